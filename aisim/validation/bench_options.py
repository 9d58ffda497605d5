"""What a benchmark file tells of a run, and what the planner adds to it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from aisim.scenario.faults import nearest, shown
from aisim.validation.measured_cells import BadValue, amount, needed, rate, whole, words
from aisim.validation.measured_records import BadMeasurements, ServingRun, Setup

TEXTS = ("hardware", "model", "engine", "engine_version", "precision", "kv_dtype")
DEGREES = ("tp", "pp", "ep", "dp", "n_gpus")
LOAD = ("concurrency", "rate_rps")
LENGTHS = ("input_tokens", "output_tokens")
#: Without these a run cannot be compared with anything.
NEEDED = ("hardware", "model", "engine", "precision")

Option = str | int | float


class MissingOptions(BadMeasurements):
    """A benchmark file that says too little; the line names the options that are to be given."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the planner says about benchmark files, checked.

    Names, degrees of parallelism and lengths replace what a file says (the spelling of the
    planner's catalog, say); the load (`concurrency`, `rate_rps`) only fills what a file leaves
    open, and a file that says something else is refused.
    """

    texts: Mapping[str, str]
    numbers: Mapping[str, float]

    @staticmethod
    def of(given: Mapping[str, Option | None]) -> "Options":
        """The options of keyword arguments; those that are None count as not given.

        Raises:
            BadMeasurements: an unknown option, or a value it cannot have.
        """
        texts, numbers = {}, {}
        for name, value in given.items():
            try:
                if name in TEXTS:
                    texts[name] = words(value, name)
                elif (found := _number(name, value)) is not None:
                    numbers[name] = found
            except BadValue as reason:
                raise BadMeasurements(f"option {reason}, got {shown(value)}") from None
        return Options({name: text for name, text in texts.items() if text}, numbers)


def _number(name: str, value: object) -> float | None:
    if name in DEGREES:
        return whole(value, name)
    if name in LENGTHS or name == "concurrency":
        return amount(value, name)
    if name == "rate_rps":
        return rate(value, name)
    known = (*TEXTS, *DEGREES, *LOAD, *LENGTHS)
    raise BadMeasurements(f"unknown option {shown(name)}: {nearest(name, known)}")


@dataclass(slots=True)
class Found:
    """What one entry of a benchmark file tells, before the planner's options.

    `setup` has raw values under the names of `Setup`; the other fields are those of `ServingRun`.
    """

    source: str
    setup: Mapping[str, object]
    measured: Mapping[str, float | None]
    concurrency: float | None = None
    rate_rps: float | None = None
    input_tokens: float | None = None
    output_tokens: float | None = None
    length_kind: str = "mean of the run"
    n_requests: int | None = None
    flag: str = ""
    notes: list[str] = field(default_factory=list)


def serving_run(found: Found, options: Options) -> ServingRun:
    """The run of what was found and what the planner adds.

    Raises:
        BadValue: a value in the file that cannot be, or nothing measured.
        MissingOptions: neither the file nor the options say it.
        BadMeasurements: the file and the options say different things about the load.
    """
    measured = {name: value for name, value in found.measured.items() if value}
    if not measured:
        raise BadValue("no measured value")
    texts = {n: options.texts.get(n) or words(found.setup.get(n), n) for n in TEXTS}
    concurrency, rps = _load(found, options)
    output = options.numbers.get("output_tokens", found.output_tokens)
    _refuse_missing(
        found.source,
        {name: texts[name] or None for name in NEEDED}
        | {"output_tokens": output, "concurrency or rate_rps": concurrency or rps},
    )
    return ServingRun(
        setup=_setup(texts, found, options),
        source=found.source,
        scenario=_scenario(rps),
        input_tokens=options.numbers.get("input_tokens", found.input_tokens),
        output_tokens=needed(output, "output_tokens"),
        length_kind="as given" if "output_tokens" in options.numbers else found.length_kind,
        concurrency=concurrency,
        rate_rps=rps,
        n_requests=found.n_requests,
        batch_size=None,
        disaggregated=False,
        measured=measured,
        flag=found.flag,
        note="; ".join(found.notes),
    )


def _refuse_missing(source: str, wanted: Mapping[str, object]) -> None:
    """Say in one line all that neither the file nor the options say."""
    missing = ", ".join(name for name, value in wanted.items() if value is None)
    if missing:
        raise MissingOptions(f"{source}: does not say {missing}: to be given as options")


def _scenario(rps: float | None) -> str:
    """The word of our own tables for a load."""
    if rps is None:
        return "online_closed_loop"
    return "offline_max_load" if rps == math.inf else "online_rate"


def _setup(texts: Mapping[str, str], found: Found, options: Options) -> Setup:
    degrees: dict[str, int | None] = {}
    for name in DEGREES:
        given = options.numbers.get(name)
        degrees[name] = whole(found.setup.get(name) if given is None else given, name)
    if degrees["tp"] is None:
        found.notes.append("tp not said, taken as 1")
    return Setup(
        **texts,
        tp=degrees["tp"] or 1,
        pp=degrees["pp"] or 1,
        ep=degrees["ep"] or 1,
        dp=degrees["dp"] or 1,
        n_gpus=degrees["n_gpus"],
    )


def _load(found: Found, options: Options) -> tuple[float | None, float | None]:
    """Concurrency and rate, of the file or else of the options."""
    told = _closed(found.concurrency, found.rate_rps)
    given = {name: options.numbers[name] for name in LOAD if name in options.numbers}
    if told == (None, None):
        return _closed(given.get("concurrency"), given.get("rate_rps"))
    for name, said in zip(LOAD, told, strict=True):
        if name in given and given[name] != said:
            says = "is silent" if said is None else f"says {said:g}"
            raise BadMeasurements(
                f"{found.source}: {name}: {given[name]:g} was given, where the file {says}"
            )
    return told


def _closed(concurrency: float | None, rps: float | None) -> tuple[float | None, float | None]:
    """All at once but only so many at a time is a closed loop."""
    if concurrency is not None and rps == math.inf:
        return concurrency, None
    return concurrency, rps
