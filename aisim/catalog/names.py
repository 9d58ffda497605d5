"""The many ways to spell the name of a language model."""

import re
from collections.abc import Iterable

#: Whose name stands before that of a model.
_MAKERS = re.compile(r"^(ai21|c4ai|meta|nvidia)-")
#: A month and its year are one date.
_MONTH = re.compile(r"-(\d\d)-(20\d\d)(?=-|$)")
#: Parts of a name that say how a model was tuned, stored or dated, but change no shape.
_NO_SHAPE = re.compile(
    r"instruct|chat|it|pt|base|hf|sft|dpo|rlhf|thinking|reasoning|preview|exp|latest|terminus"
    r"|speciale|fp\d+|[nm][vx]fp4|bf16|int[48]|[48]bit|awq|gptq|gguf|exl2|bnb|mlx|qat|dynamic|block"
    r"|autoround|w\d+a\d+|quantized(\.w\d+a\d+)?|128k|v\d+(\.\d+)*|\d{4}|\d{6}|\d{8}"
)
#: Names that leave out what the catalog says, or say what it leaves out.
_OTHERWISE = {
    "bloom": "bloom-176b",
    "command-a": "command-a-111b",
    "deepseek-v2": "deepseek-v2-236b",
    "deepseek-v2.5": "deepseek-v2-236b",
    "devstral-small": "devstral-24b",
    "gpt-j": "gpt-j-6b",
    "granite-3.0-8b": "granite-3-8b",
    "granite-3.1-8b": "granite-3.3-8b",
    "granite-3.2-8b": "granite-3.3-8b",
    "internlm2-5-20b": "internlm2.5-20b",
    "llama-4-maverick-17b-128e": "llama-4-maverick",
    "llama-4-scout-17b-16e": "llama-4-scout",
    "mistral-large": "mistral-large-123b",
    "mistral-nemo": "mistral-nemo-12b",
    "phi-3-medium": "phi-3-medium-14b",
    "phi-3.5-mini": "phi-3-mini",
    "qwen3-coder-next": "qwen3-coder-next-80b-a3b",
}


def spelt_otherwise(name: str, known: Iterable[str]) -> str | None:
    """Return the one of the `known` names that `name` means, or None.

    Case, the organisation before a slash and endings such as instruct, fp8 or 2507 are ignored,
    as few of them as needed; what is left must be equal, so that no size is taken for another.
    """
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        return None
    spelt = {_plain(candidate): candidate for candidate in known}
    for reading in _readings(_plain(name)):
        found = spelt.get(reading) or spelt.get(_OTHERWISE.get(reading, ""))
        if found:
            return found
    return None


def _plain(name: str) -> str:
    last = name.rpartition("/")[2].casefold().replace("_", "-").replace(" ", "-")
    return _MONTH.sub(r"-\1\2", last)


def _readings(plain: str) -> Iterable[str]:
    """The name; without its maker; without one ending after the other; without any of them."""
    yield plain
    parts = _MAKERS.sub("", plain).split("-")
    yield "-".join(parts)
    shorter = parts
    while len(shorter) > 1 and _NO_SHAPE.fullmatch(shorter[-1]):
        shorter = shorter[:-1]
        yield "-".join(shorter)
    yield "-".join([parts[0], *(part for part in parts[1:] if not _NO_SHAPE.fullmatch(part))])
