"""When a charge is paid, and over which months it counts.

A month is 730 h. Payments fall on the boundaries of months: 0 is the beginning of the first month,
m the end of the m-th. What is billed (cash) and what is effective (amortised) come to the same sum
over the horizon, but for the cost of capital, which is effective and never billed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
import numpy_financial as npf

from aisim.cost.price import Value
from aisim.language import say

YEAR = 12


class Entry(NamedTuple):
    """What a charge comes to in one month.

    Attributes:
        month: number of the month, from 0.
        paid_at: boundary of months at which it is paid.
        billed_usd: what is paid; negative for what comes back.
        effective_usd: what the month bears of it.
        kind: Usage, Purchase or Credit, as in FOCUS.
        since: the month whose price it has.
    """

    month: int
    paid_at: int
    billed_usd: Value
    effective_usd: Value
    kind: str
    since: int


class Schedule(Protocol):
    """When a charge is paid."""

    @property
    def in_words(self) -> str:
        """When that is, for a reader."""

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """The entries of a charge of `usd` (a month, or a piece) over a horizon.

        `change` is the yearly change of its price.
        """


def grown(usd: Value, change: float, month: int) -> Value:
    """A price after the yearly changes up to a month."""
    return usd * (1 + change) ** (month // YEAR) if change else usd


@dataclass(frozen=True)
class Monthly:
    """Paid at the end of each month."""

    @property
    def in_words(self) -> str:
        """When it is paid."""
        return say("at the end of each month")

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """Each month the same, but for the change of its price."""
        for month in range(months):
            paid = grown(usd, change, month)
            yield Entry(month, month + 1, paid, paid, "Usage", month)


@dataclass(frozen=True)
class Following:
    """Paid at the end of each month in proportion to what other charges bear of it.

    Attributes:
        months: what those come to in each month, in US dollars.
    """

    months: tuple[Value, ...]

    @property
    def in_words(self) -> str:
        """When it is paid."""
        return say("at the end of each month, as what it counts on")

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """`usd` is the mean of a month; its changes are those of what it follows."""
        total = np.asarray(sum(self.months, 0.0))
        for month, other in enumerate(self.months):
            part = np.divide(other, total, out=np.zeros_like(total), where=total != 0)
            paid = usd * len(self.months) * part
            yield Entry(month, month + 1, paid, paid, "Usage", month)


@dataclass(frozen=True)
class Prepaid:
    """Bound for a term: `upfront_share` of it is paid when it begins, the rest month by month.

    Of a term that ends after the horizon what was paid for later comes back then, as its worth.
    """

    term_months: int
    upfront_share: float = 1.0

    @property
    def in_words(self) -> str:
        """When it is paid."""
        months, share = self.term_months, self.upfront_share
        term = say("a month") if months == 1 else say("{months} months", months=months)
        if share == 1:
            return say("{term} in advance", term=term)
        if share:
            return say(
                "{share:.0%} in advance, the rest at the end of each month, bound for {term}",
                share=share, term=term,
            )  # fmt: skip
        return say("at the end of each month, bound for {term}", term=term)

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """The upfront part at the beginning of a term, the rest at the end of its months."""
        for month in range(months):
            begun = month - month % self.term_months
            paid = grown(usd, change, begun)
            if month == begun and self.upfront_share:
                upfront = paid * self.upfront_share * self.term_months
                yield Entry(month, month, upfront, 0.0, "Purchase", begun)
            rest = paid * (1 - self.upfront_share)
            yield Entry(month, month + 1, rest, paid, "Usage", begun)
            left = begun + self.term_months - months
            if month == months - 1 and left > 0 and self.upfront_share:
                back = -paid * self.upfront_share * left
                yield Entry(month, months, back, 0.0, "Credit", begun)


@dataclass(frozen=True)
class Bought:
    """Bought at the beginning and again at the end of each life.

    Attributes:
        life_months: months until it is replaced.
        left: shares of the price that it is worth at an age in months, rising by age; on straight
            lines between them. What is left comes back at the end of a life or of the horizon.
    """

    life_months: int
    left: tuple[tuple[float, Value], ...] = ((0.0, 1.0), (1.0, 0.0))

    @property
    def in_words(self) -> str:
        """When it is paid."""
        return say("bought for {months} months", months=self.life_months)

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """A purchase, its share of each month, and what it is worth at the end."""
        for begun, ended in self.cycles(months):
            price = grown(usd, change, begun)
            back = price * self.worth(ended - begun)
            share = (price - back) / (ended - begun)
            yield Entry(begun, begun, price, 0.0, "Purchase", begun)
            for month in range(begun, ended):
                yield Entry(month, month + 1, 0.0, share, "Usage", begun)
            if np.any(back):
                yield Entry(ended - 1, ended, -back, 0.0, "Credit", begun)

    def cycles(self, months: int) -> Iterator[tuple[int, int]]:
        """Beginning and end of each life within the horizon."""
        for begun in range(0, months, self.life_months):
            yield begun, min(begun + self.life_months, months)

    def worth(self, age_months: float) -> Value:
        """Share of the price that is left at an age."""
        ages = [age for age, _ in self.left]
        if age_months >= ages[-1]:
            return self.left[-1][1]
        i = int(np.searchsorted(ages, age_months, side="right")) - 1
        (first, high), (last, low) = self.left[i], self.left[i + 1]
        part = (age_months - first) / (last - first)
        return high + (low - high) * part


@dataclass(frozen=True)
class CapitalCost:
    """What the money in a purchase costs: the annuity beyond its plain share of a month.

    The equal payments at the end of each month that are worth as much as the purchase less what
    comes back, at the cost of capital (numpy_financial.pmt), less the purchase's plain share. No
    cash: discounting the purchase says the same.
    """

    bought: Bought
    rate_per_year: Value

    @property
    def in_words(self) -> str:
        """When it is paid."""
        return say("no cash")

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """The cost of capital of each month; nothing is billed."""
        for begun, ended in self.bought.cycles(months):
            price, span = grown(usd, change, begun), ended - begun
            back = price * self.bought.worth(span)
            cost = annuity(price, self.rate_per_year, span, back) - (price - back) / span
            for month in range(begun, ended):
                yield Entry(month, month + 1, 0.0, cost, "Usage", begun)


@dataclass(frozen=True)
class AtEnd:
    """Paid at the end of each life, pro rata where the horizon cuts it."""

    life_months: int

    @property
    def in_words(self) -> str:
        """When it is paid."""
        return say("after {months} months", months=self.life_months)

    def entries(self, usd: Value, months: int, change: float) -> Iterator[Entry]:
        """Each month bears its share; it is paid when the life or the horizon ends."""
        for begun, ended in Bought(self.life_months).cycles(months):
            share = grown(usd, change, begun) / self.life_months
            for month in range(begun, ended):
                yield Entry(month, month + 1, 0.0, share, "Usage", begun)
            yield Entry(ended - 1, ended, share * (ended - begun), 0.0, "Usage", begun)


def monthly_rate(rate_per_year: Value) -> Value:
    """The rate of a month that compounds to a yearly one."""
    return np.expm1(np.log1p(rate_per_year) / YEAR)


def annuity(price: Value, rate_per_year: Value, months: int, back: Value) -> Value:
    """Equal payments at the ends of months for a purchase of which `back` is left at the end."""
    rate = monthly_rate(rate_per_year)
    # Below this a float cannot tell the powers of 1 + rate from 1.
    rate = np.where(np.abs(rate) < 1e-9, 0.0, rate)
    paid = npf.pmt(rate, months, -np.asarray(price), back)
    return float(paid) if np.ndim(paid) == 0 else paid
