"""A study in a link: packed into its text, and taken out again as carefully as any input."""

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

from aisim import catalog
from aisim.language import LANGUAGES, say, tr
from aisim.scenario import Fault, InvalidStudy, Study, parse_study
from aisim.scenario.text import parse_yaml
from aisim.scenario.workload import (
    Arrivals,
    ClientArrivals,
    ConstantSizes,
    QuantileSizes,
    Sizes,
)

#: Set by Voila: what stands behind the question mark of the page's address.
QUERY = "QUERY_STRING"
#: Set by Voila, too.
SOFTWARE = "SERVER_SOFTWARE"
#: Letters that a link may have, and bytes that may come out of it.
MOST_LETTERS, MOST_BYTES = 8_000, 100_000
#: Nesting that a study needs, with room.
MOST_DEPTH = 20
#: What a study from a link may ask of a server.
MOST_CANDIDATES, MOST_PARTS, MOST_DOCUMENTS = 8, 100, 1_000
MOST_SAMPLES, MOST_TOKENS = 20_000, 200_000
#: Requests of all candidates together.
MOST_REQUESTS = 1_000_000
#: About the longest prompt in the tables of the catalog.
TABLE_TOKENS = 10_000
#: Fields that name files: a link must not make a server read what lies on it.
FILES = ("file", "price_list", "calibration")
#: Letters of an address with a link in it, and room for other things.
LONGEST = MOST_LETTERS + 1_000


def link_text(study: Study) -> str:
    """The study as text that fits behind `?s=`.

    Raises:
        ValueError: it names files, or is too long for a link.
    """
    data = study.model_dump(mode="json")
    named = [path for path, value in _leaves(data) if _names_a_file(path, value)]
    if named:
        raise ValueError(tr(say("a link cannot hold files: {paths}", paths=", ".join(named))))
    packed = zlib.compress(json.dumps(data, separators=(",", ":")).encode(), 9)
    text = base64.urlsafe_b64encode(packed).decode().rstrip("=")
    if len(text) > MOST_LETTERS:
        raise ValueError(tr(say("too long for a link: save the study as YAML instead")))
    return text


def linked_study(text: str) -> Study:
    """The study of a link.

    Raises:
        InvalidStudy: with every fault; nothing is simulated or read from disk before it is valid.
    """
    return _checked(_unpacked(text), "link")


def uploaded_study(text: str, name: str) -> Study:
    """A study from a file that a visitor of a dashboard brings: as careful as with a link.

    Raises:
        InvalidStudy: with every fault.
    """
    return _checked(parse_yaml(text, name), name)


def is_dashboard() -> bool:
    """Whether the page is one of Voila's, looked at by who may be a stranger."""
    return "voila" in os.environ.get(SOFTWARE, "").lower()


def asked_study() -> str | None:
    """The text of the study that the address of a dashboard asks for."""
    return _asked("s")


def asked_language() -> str | None:
    """The language that the address of a dashboard asks for; None for one that is not there."""
    code = _asked("lang")
    return code if code in LANGUAGES else None


def _asked(name: str) -> str | None:
    query = os.environ.get(QUERY, "")
    try:
        fields = parse_qs(query[:LONGEST], max_num_fields=10)
    except ValueError:
        return None
    return fields.get(name, [None])[0]


def _checked(data: Any, name: str) -> Study:
    """A study of a stranger's: it names no files, and asks for no more than a server bears.

    Raises:
        InvalidStudy: with every fault.
    """
    if not isinstance(data, dict):
        raise InvalidStudy([Fault(name, "", "not a study")])
    files = [path for path, value in _leaves(data) if _names_a_file(path, value)]
    if files:
        raise InvalidStudy(Fault(name, path, "may not name a file here") for path in files)
    study = parse_study(data, name)
    too_much = list(_too_much(study))
    if too_much:
        raise InvalidStudy(Fault(name, path, problem) for path, problem in too_much)
    return study


def _unpacked(text: str) -> Any:
    if len(text) > MOST_LETTERS:
        raise InvalidStudy([Fault("link", "s", f"longer than {MOST_LETTERS:,} letters")])
    try:
        packed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        unpacker = zlib.decompressobj()
        plain = unpacker.decompress(packed, MOST_BYTES)
        if not unpacker.eof:
            raise ValueError
        data = json.loads(plain)
    except (ValueError, binascii.Error, zlib.error, RecursionError):
        raise InvalidStudy([Fault("link", "s", "not a study; was the link cut short?")]) from None
    if not isinstance(data, dict) or any(path.count(".") > MOST_DEPTH for path, _ in _leaves(data)):
        raise InvalidStudy([Fault("link", "s", "not a study")])
    return data


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    items = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in items:
        here = f"{path}{key}"
        if isinstance(value, dict | list):
            yield from _leaves(value, f"{here}.")
        else:
            yield here, value


def _names_a_file(path: str, value: Any) -> bool:
    """Whether a field names a file, or a model that is a file."""
    parts = path.split(".")
    if parts[-1] in FILES:
        return value is not None
    return parts[-1] == "model" and "pools" in parts and value not in catalog.llm_models()


def _too_much(study: Study) -> Iterator[tuple[str, str]]:
    """What would keep a server busy for longer than a visitor waits."""
    asked: dict[str, tuple[float, int]] = {}
    asked["candidates"] = (len(study.candidates), MOST_CANDIDATES)
    for name, candidate in study.candidates.items():
        parts = (candidate.links, candidate.storage, candidate.pools, candidate.apis,
                 candidate.machines, candidate.sites, candidate.path, candidate.costs)  # fmt: skip
        replicas = sum(pool.replicas for pool in candidate.pools.values())
        machines = sum(group.count for group in candidate.machines.values())
        here = f"candidates.{name}"
        asked[here] = (sum(len(part) for part in parts), MOST_PARTS)
        asked[f"{here}.pools.*.replicas"] = (replicas, MOST_PARTS)
        asked[f"{here}.machines.*.count"] = (machines, MOST_PARTS)
    run = study.run
    asked["run.horizon_s / run.resolution_s"] = (run.horizon_s / run.resolution_s, MOST_SAMPLES)
    traffics = study.workload.traffic
    requests = sum(_requests(traffic.arrivals, run.horizon_s) for traffic in traffics.values())
    asked["workload.traffic"] = (requests * len(study.candidates), MOST_REQUESTS)
    for name, traffic in traffics.items():
        asked[f"workload.traffic.{name}.sizes"] = (_longest(traffic.sizes), MOST_TOKENS)
        documents = f"workload.traffic.{name}.retrieval.documents"
        asked[documents] = (traffic.retrieval.documents, MOST_DOCUMENTS)
    for path, (count, most) in asked.items():
        if count > most:
            yield path, f"asks for {count:,.0f}, allowed in a link: {most:,}"


def _requests(arrivals: Arrivals, horizon_s: float) -> float:
    """About how many requests come."""
    if isinstance(arrivals, ClientArrivals):
        return arrivals.requests or arrivals.clients * (
            1 + horizon_s / max(arrivals.think_time_s, 1)
        )
    return getattr(arrivals, "rate_rps", 0.0) * horizon_s


def _longest(sizes: Sizes) -> float:
    """Tokens of the longest prompt or answer, those of a table of the catalog as they are."""
    match sizes:
        case ConstantSizes():
            return max(sizes.input_tokens, sizes.output_tokens)
        case QuantileSizes():
            longest = (sizes.input_tokens[-1] * sizes.input_scale,
                       sizes.output_tokens[-1] * sizes.output_scale)  # fmt: skip
            return max(longest)
        case _:
            return TABLE_TOKENS * max(sizes.input_scale, sizes.output_scale)
