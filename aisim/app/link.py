"""A study in a link: packed into its text, and taken out again as carefully as any input."""

import base64
import binascii
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from math import ceil
from typing import Any
from urllib.parse import parse_qs

from aisim import catalog
from aisim.catalog.names import spelt_otherwise
from aisim.language import LANGUAGES, say, tr
from aisim.scenario import Candidate, Fault, InvalidStudy, Study, parse_study
from aisim.scenario.study import HOUR_S
from aisim.scenario.text import parse_yaml
from aisim.scenario.workload import (
    Arrivals,
    ClientArrivals,
    ConstantSizes,
    QuantileSizes,
    ShapedArrivals,
    Sizes,
)
from aisim.workload.arrivals import WINDOW_S, weekly_factors

WEEK_S = 168 * HOUR_S
#: Set by Voila: what stands behind the question mark of the page's address.
QUERY = "QUERY_STRING"
#: Set by Voila, too.
SOFTWARE = "SERVER_SOFTWARE"
#: Letters that a link may have, and bytes that may come out of it.
MOST_LETTERS, MOST_BYTES = 8_000, 100_000
#: Nesting that a study needs, with room; letters of a text in it.
MOST_DEPTH, MOST_TEXT = 20, 4_000
#: What a study from a link may ask of a server.
MOST_CANDIDATES, MOST_TRAFFICS, MOST_RULES = 8, 20, 20
MOST_PARTS, MOST_DOCUMENTS = 100, 1_000
MOST_SAMPLES, MOST_TOKENS, MOST_CLIENTS = 20_000, 200_000, 20_000
#: Parts, requests and iterations with a chunk of a prompt, of all candidates together.
ALL_PARTS, MOST_REQUESTS, MOST_CHUNKS = 200, 1_000_000, 10_000_000
#: About the longest prompt in the tables of the catalog.
TABLE_TOKENS = 10_000
#: Fields that name files: a link must not make a server read what lies on it.
FILES = ("file", "price_list", "calibration")
#: Letters of an address with a link in it, and room for other things.
LONGEST = MOST_LETTERS + 1_000
#: What is asked for: where, how much, and how much it may be.
Asked = tuple[str, float, int]


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
    if _is_deep(data):
        raise InvalidStudy([Fault(name, "", "not a study")])
    files = [path for path, value in _leaves(data) if _names_a_file(path, value)]
    if files:
        raise InvalidStudy(Fault(name, path, "may not name a file here") for path in files)
    _refuse(name, _too_large(data))  # to check it would take long
    study = parse_study(data, name)
    _refuse(name, _too_much(study))  # to simulate it would
    return study


def _refuse(name: str, asked: Iterator[Asked]) -> None:
    faults = [
        Fault(name, path, f"asks for {count:,.0f}, allowed in a link: {most:,}")
        for path, count, most in asked
        if count > most
    ]
    if faults:
        raise InvalidStudy(faults)


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
    return data


def _is_deep(data: Any) -> bool:
    """Whether it is nested deeper than any study; it may be deeper than Python can go."""
    level = [data]
    for _ in range(MOST_DEPTH):
        level = [inner for each in level for _, inner in _items(each)]
    return any(isinstance(each, dict | list | tuple) for each in level)


def _leaves(data: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in _items(data):
        here = f"{path}{key}"
        if isinstance(value, dict | list | tuple):
            yield from _leaves(value, f"{here}.")
        else:
            yield here, value


def _items(data: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(data, dict):
        return data.items()
    return enumerate(data) if isinstance(data, list | tuple) else ()


def _names_a_file(path: str, value: Any) -> bool:
    """Whether a field names a file, or a model that is a file."""
    parts = path.split(".")
    if parts[-1] in FILES:
        return value is not None
    if parts[-1] != "model" or "pools" not in parts or not isinstance(value, str):
        return False
    known = catalog.llm_models()
    return value not in known and spelt_otherwise(value[:MOST_TEXT], known) is None


def _too_large(data: dict[str, Any]) -> Iterator[Asked]:
    """What would take long to find the faults of."""
    candidates = [*_part(data, "candidates").values()]
    yield "candidates", len(candidates), MOST_CANDIDATES
    yield "candidates.*", sum(map(_parts, candidates)), ALL_PARTS
    yield "workload.traffic", len(_part(_part(data, "workload"), "traffic")), MOST_TRAFFICS
    yield "limits.data", len(_part(_part(data, "limits"), "data")), MOST_RULES
    for path, value in _leaves(data):
        yield path, len(value) if isinstance(value, str) else 0, MOST_TEXT


def _part(data: dict[Any, Any], key: str) -> dict[Any, Any]:
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _parts(candidate: Any) -> int:
    """All that a candidate is made of, and the parts of its machines."""
    if not isinstance(candidate, dict):
        return 0
    machines = _part(candidate, "machines").values()
    maps = [*candidate.values(), *(_part(m, "parts") for m in machines if isinstance(m, dict))]
    return sum(len(each) for each in maps if isinstance(each, dict))


def _too_much(study: Study) -> Iterator[Asked]:
    """What would keep a server busy for longer than a visitor waits."""
    for name, candidate in study.candidates.items():
        here = f"candidates.{name}"
        replicas = sum(pool.replicas for pool in candidate.pools.values())
        machines = sum(group.count for group in candidate.machines.values())
        yield here, _parts(candidate.model_dump()), MOST_PARTS
        yield f"{here}.pools.*.replicas", replicas, MOST_PARTS
        yield f"{here}.machines.*.count", machines, MOST_PARTS
    run = study.run
    yield "run.horizon_s / run.resolution_s", run.horizon_s / run.resolution_s, MOST_SAMPLES
    requests, chunks = 0.0, 0.0
    for name, traffic in study.workload.traffic.items():
        here, come = f"workload.traffic.{name}", _requests(traffic.arrivals, run.horizon_s)
        longest, clients = _longest(traffic.sizes), getattr(traffic.arrivals, "clients", 0)
        requests += come * len(study.candidates)
        chunks += come * sum(ceil(longest / _budget(each)) for each in study.candidates.values())
        yield f"{here}.sizes", longest, MOST_TOKENS
        yield f"{here}.arrivals.clients", clients, MOST_CLIENTS
        yield f"{here}.retrieval.documents", traffic.retrieval.documents, MOST_DOCUMENTS
    yield "workload.traffic", requests, MOST_REQUESTS
    yield "requests x prompt / token_budget", chunks, MOST_CHUNKS


def _budget(candidate: Candidate) -> int:
    """The fewest tokens of an iteration; an engine may take more on a large accelerator."""
    pools = candidate.pools.values()
    budgets = (pool.token_budget or catalog.engine(pool.engine).token_budget for pool in pools)
    return min(budgets, default=MOST_TOKENS)


def _requests(arrivals: Arrivals, horizon_s: float) -> float:
    """About how many requests come, at the most."""
    match arrivals:
        case ClientArrivals():
            each = 1 + horizon_s / max(arrivals.think_time_s, 1)
            return arrivals.requests or arrivals.clients * each
        case ShapedArrivals():
            return arrivals.rate_rps * _busiest_s(arrivals, horizon_s)
    return getattr(arrivals, "rate_rps", 0.0) * horizon_s


def _busiest_s(arrivals: ShapedArrivals, horizon_s: float) -> float:
    """Seconds of the mean rate in which as much comes as in the busiest hours up to a horizon."""
    weeks, rest_s = divmod(horizon_s, WEEK_S)
    busiest = sorted(weekly_factors(arrivals), reverse=True)[: ceil(rest_s / HOUR_S)]
    seconds = weeks * WEEK_S + sum(busiest) * min(rest_s, HOUR_S)
    if arrivals.windows is None:
        return seconds
    factors = [window.rate_factor for window in catalog.traffic_windows(arrivals.windows)]
    peak = max(factors) * len(factors) / sum(factors)
    return seconds * (1 + (peak - 1) / ceil(horizon_s / WINDOW_S))


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
