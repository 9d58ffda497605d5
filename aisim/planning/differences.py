"""What the other candidates have more or less than one of them, with paired intervals."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aisim.catalog import usd_per
from aisim.language import Sentence, mark, say
from aisim.planning.bad_input import BadInput
from aisim.planning.picture import Picture
from aisim.scenario.faults import nearest

#: Path in the answer, label, unit, units of the answer's figure in one; USD become the study's own.
FIGURES: tuple[tuple[tuple[str, ...], str, str, float], ...] = (
    (("ttft_s", "p50"), mark("Time to first token, median"), "s", 1.0),
    (("ttft_s", "p95"), mark("Time to first token, 95 %"), "s", 1.0),
    (("tpot_s", "p95"), mark("Time per output token, 95 %"), "s", 1.0),
    (("e2e_s", "p95"), mark("End to end, 95 %"), "s", 1.0),
    (("slo_attainment",), mark("Within service level"), mark("percentage points"), 0.01),
    (("cost", "usd_per_month"), mark("Cost per month"), "USD", 1.0),
    (("cost", "usd_per_1000_requests"), mark("Cost per 1,000 requests"), "USD", 1.0),
    (
        ("cost", "usd_per_million_output_tokens"),
        mark("Cost per million output tokens"),
        "USD",
        1.0,
    ),
    (("cost", "upfront_usd"), mark("Paid at the beginning"), "USD", 1.0),
    (("cost", "present_cost_usd"), mark("Present cost"), "USD", 1.0),
    (("energy", "kwh_per_month"), mark("Electricity per month"), "kWh", 1.0),
    (("energy", "kg_co2e_per_month"), mark("Emissions per month"), "kg CO2e", 1.0),
)
#: Parts of an answer that stand for a month, and are nothing where that is not known.
OF_A_MONTH = ("cost", "energy")


@dataclass(frozen=True)
class Difference:
    """How much more one has than the other, mean over the draws; the ends of its 95 % interval.

    Attributes:
        mean: the mean of the paired differences.
        low: low end; None with a single draw.
        high: high end; None with a single draw.
    """

    mean: float
    low: float | None
    high: float | None

    @property
    def is_clear(self) -> bool | None:
        """Whether the interval leaves out 0; None without an interval."""
        if self.low is None or self.high is None:
            return None
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class DifferenceRow:
    """A figure of all others less that of the baseline.

    Attributes:
        path: of the figure in the answer.
        label: what it is; shown by `tr`.
        unit: of the numbers; shown by `tr`.
        by_candidate: other candidates by name; None where one of the two has no such figure.
    """

    path: tuple[str, ...]
    label: str
    unit: str
    by_candidate: Mapping[str, Difference | None]


@dataclass(frozen=True)
class Differences:
    """All that is different from a baseline.

    Attributes:
        baseline: the candidate that the others are held against.
        replications: draws, each the same requests for every candidate.
        rows: a row a figure.
    """

    baseline: str
    replications: int
    rows: tuple[DifferenceRow, ...]

    @property
    def note(self) -> Sentence:
        """What the numbers are worth; shown by `tr`."""
        if self.replications < 2:
            return say("More or less than {name}, of one draw: no interval.", name=self.baseline)
        return say(
            "More or less than {name}: mean and 95 % interval of {count} draws, each the same "
            "requests for all.",
            name=self.baseline,
            count=self.replications,
        )


def differences(picture: Picture, baseline: str) -> Differences:
    """The other candidates less the baseline, figure by figure.

    Raises:
        BadInput: no such candidate in the picture.
    """
    if baseline not in picture.outcomes:
        raise BadInput(f"no candidate {baseline!r}, {nearest(baseline, picture.outcomes)}")
    others = [name for name in picture.outcomes if name != baseline]
    currency, rows = picture.study.economics.currency, []
    for path, label, unit, size in FIGURES:
        if unit == "USD":
            unit, size = currency, usd_per(currency)[0]
        found = {name: _difference(picture, baseline, name, path, size) for name in others}
        rows.append(DifferenceRow(path, label, unit, found))
    return Differences(baseline, picture.replications, tuple(rows))


def _difference(
    picture: Picture, baseline: str, other: str, path: tuple[str, ...], size: float
) -> Difference | None:
    candidates, found = picture.answer["candidates"], picture.answer["differences"]
    if path[0] in OF_A_MONTH:
        months = [candidates[name]["cost"]["usd_per_month"] for name in (baseline, other)]
        if None in months:
            return None
    # The answer has the later candidate less the earlier one.
    if f"{other} - {baseline}" in found:
        return _sized(_at(found[f"{other} - {baseline}"], path), size)
    return _sized(_at(found[f"{baseline} - {other}"], path), -size)


def _at(data: Any, path: tuple[str, ...]) -> Any:
    for name in path:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data


def _sized(figure: Mapping[str, float | None] | None, size: float) -> Difference | None:
    """A figure in another unit; a negative one turns it round, and its ends with it."""
    if figure is None or figure["mean"] is None:
        return None
    low, high = figure["low"], figure["high"]
    if low is None or high is None:
        return Difference(figure["mean"] / size, None, None)
    ends = sorted((low / size, high / size))
    return Difference(figure["mean"] / size, ends[0], ends[1])
