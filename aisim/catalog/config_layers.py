"""Which layers of a config.json attend to everything, to a window, or by a state."""

from dataclasses import dataclass

from aisim.catalog.config_families import family
from aisim.catalog.config_keys import MOST, Keys

#: Words of `layer_types` and of older lists.
_WORDS = {
    "full_attention": "full",
    "attention": "full",
    "sliding_attention": "local",
    "chunked_attention": "local",
    "linear_attention": "linear",
    "mamba": "linear",
}


@dataclass(frozen=True)
class LayerMix:
    """Layers by kind.

    Attributes:
        full: Attend to the whole context.
        local: Attend to a window.
        linear: Keep a state of fixed size.
        window: Tokens of the window, None without local layers.
    """

    full: int
    local: int = 0
    linear: int = 0
    window: int | None = None


def layer_mix(keys: Keys, layers: int, context: int) -> LayerMix:
    """Return how many of the `layers` are of which kind.

    A window that is no shorter than the context is none.

    Raises:
        BadModelConfig: A kind of layer is unknown, or the list of kinds has another length.
    """
    window = _window(keys, context)
    kinds = _kinds(keys, layers)
    if kinds:
        local = kinds.count("local") if window else 0
        linear = kinds.count("linear")
        return LayerMix(layers - local - linear, local, linear, window if local else None)
    if "attn_layer_period" in keys:
        period = keys.count("attn_layer_period")
        offset = keys.count("attn_layer_offset", least=0, default=0)
        full = len(range(offset, layers, period))
        return LayerMix(full, linear=layers - full)
    if "full_attention_interval" in keys:
        full = layers // keys.count("full_attention_interval")
        return LayerMix(full, linear=layers - full)
    if window is None:
        return LayerMix(layers)
    full = _global_layers(keys, layers)
    return LayerMix(full, layers - full, window=window if full < layers else None)


def between(keys: Keys, others: int, own: int, what: str) -> int:
    """Return how many of the `others` stand between two of its `own` kind.

    The pattern is taken as regular, as the catalog knows no other; where this gives another
    number of layers, it is remarked.
    """
    if not others or not own:
        return others
    total = others + own
    guess = round(others / own)
    gaps = range(max(0, guess - 1), guess + 2)
    best = min(gaps, key=lambda gap: (abs(total // (gap + 1) - own), abs(gap * own - others)))
    if total // (best + 1) != own:
        keys.remarks.append(f"{own} of {total} layers are {what}, counted as {total // (best + 1)}")
    return best


def _window(keys: Keys, context: int) -> int | None:
    if not keys.flag("use_sliding_window", default=True):
        return None
    names = ("sliding_window", "attention_chunk_size", "sliding_window_size")
    window = keys.count(*names, least=0, most=1_000 * MOST, default=0)
    return window if 0 < window < context else None


def _kinds(keys: Keys, layers: int) -> list[str]:
    for name in ("layer_types", "layers_block_type", "attn_type_list"):
        entries = keys.entries(name)
        if not entries:
            continue
        if len(entries) != layers:
            raise keys.bad(name, f"allowed: one entry for each of the {layers} layers")
        numbered = name == "attn_type_list"
        words = {0: "linear", 1: "full"} if numbered else _WORDS
        if unknown := [entry for entry in entries if not _is_one(entry, words)]:
            allowed = ", ".join(map(str, words))
            raise keys.bad(name, f"not understood: {str(unknown[0])[:40]!r}, allowed: {allowed}")
        return [words[entry] for entry in entries]  # type: ignore[index]
    return []


def _is_one(entry: object, words: object) -> bool:
    assert isinstance(words, dict)
    return isinstance(entry, str | int) and entry in words


def _global_layers(keys: Keys, layers: int) -> int:
    if "use_sliding_window" in keys and "max_window_layers" in keys:
        return min(layers, keys.count("max_window_layers", least=0))
    names = ("sliding_window_pattern", "_sliding_window_pattern", "no_rope_layer_interval")
    pattern = keys.count(*names, default=family(keys.kind).global_every or layers + 1)
    return layers // pattern
