"""A check: what is expected, what was found, and whether the one is within the other."""

from dataclasses import dataclass

from aisim.language import mark, number, tr
from aisim.results import Interval

#: An interval of 95 % misses the truth once in 20 times; one of 99.9 % once in 1,000.
WIDE_LEVEL = 0.999
YES, CHANCE, NO = mark("yes"), mark("just outside, as 1 in 20 is by chance"), mark("NO")


@dataclass(frozen=True)
class Check:
    """One line of what can be trusted.

    Attributes:
        what: was checked, as a sentence.
        expected: by the formula, the count or the claim.
        found: by aisim, with its 95 % interval where it is random.
        unit: of both, in English; empty for a pure number.
        spec: how both are written.
        verdict: YES, CHANCE or NO.
    """

    what: str
    expected: float
    found: float | Interval
    unit: str
    spec: str
    verdict: str

    def cells(self) -> tuple[str, str, str, str]:
        """The line of a table: what, expected, found, within."""
        unit = f" {tr(self.unit)}" if self.unit else ""
        expected = number(self.expected, self.spec) + unit
        return tr(self.what), expected, self._found() + unit, tr(self.verdict)

    def _found(self) -> str:
        if not isinstance(self.found, Interval):
            return number(self.found, self.spec)
        mean, low, high = (number(value, self.spec) for value in self.found)
        return f"{mean} [{low}, {high}]"


def verdict_of(expected: float, interval: Interval, wide: Interval) -> str:
    """Whether an interval of 95 % holds what is expected, or at least a wide one does."""
    if interval.low <= expected <= interval.high:
        return YES
    return CHANCE if wide.low <= expected <= wide.high else NO


def exact(what: str, expected: float, found: float, unit: str = "", spec: str = ",.0f") -> Check:
    """A check of numbers that have to be equal, but for rounding."""
    is_equal = abs(found - expected) <= 1e-9 * max(1.0, abs(expected))
    return Check(what, expected, found, unit, spec, YES if is_equal else NO)
