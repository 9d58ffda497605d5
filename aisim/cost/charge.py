"""A charge: one thing that is paid for, and how its amount comes about."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import cast

from aisim.cost.price import Price, Value
from aisim.cost.schedule import CapitalCost, Entry, Following, Monthly, Schedule
from aisim.scenario.costs import CATEGORIES, Category
from aisim.scenario.economics import Economics

__all__ = ["CATEGORIES", "Carbon", "Charge", "months_of"]


@dataclass(frozen=True)
class Carbon:
    """Energy behind a charge in a month, and what the grid emits and uses for it."""

    kwh: float
    kg_co2e: float | None
    water_l: float | None
    source: str


@dataclass(frozen=True)
class Charge:
    """One thing that is paid for.

    Attributes:
        category: one of CATEGORIES.
        resource: what is paid for.
        site: where it stands.
        quantity: how much, in `unit`, a month; of what is bought, how much in all.
        unit: what the quantity counts.
        unit_price_usd: price of one unit.
        inputs: the prices that it comes from, the leading one first.
        description: how the figure comes about.
        schedule: when it is paid.
        pricing: Standard, Committed, Dynamic or Other, as in FOCUS.
        commitment: Used or Unused for a part of a commitment; else empty.
        estimated: whether its quantity is an estimate, whatever its price is.
        carbon: energy behind it, where there is any and it is known.
        changes_as: the category whose yearly change of prices it has, where not its own.
        by_traffic: whether its quantity is counted by what is served, so that none of it is idle.
        list_price_usd: the price on demand, where a commitment has another.
        provider: who is paid; empty for one's own house.
        region: where that is, in the provider's words.
        changes_as: the category whose yearly change of prices it follows; empty for its own.
    """

    category: str
    resource: str
    site: str
    quantity: Value
    unit: str
    unit_price_usd: Value
    inputs: tuple[Price, ...]
    description: str
    schedule: Schedule = field(default_factory=Monthly)
    pricing: str = "Standard"
    commitment: str = ""
    estimated: bool = False
    carbon: Carbon | None = None
    changes_as: str = ""
    by_traffic: bool = False
    list_price_usd: Value | None = None
    provider: str = ""
    region: str = ""

    def entries(self, economics: Economics) -> Iterator[Entry]:
        """What it comes to, month by month."""
        usd = self.quantity * self.unit_price_usd
        return self.schedule.entries(usd, months_of(economics), self.change_per_year(economics))

    def change_per_year(self, economics: Economics) -> float:
        """Yearly change of its price; what follows other charges changes as they do."""
        if isinstance(self.schedule, Following):
            return 0.0
        category = cast("Category", self.changes_as or self.category)
        return economics.price_change_per_year.get(category, 0.0)

    def usd_per_month(self, economics: Economics) -> Value:
        """What a month bears of it, mean over the horizon."""
        total: Value = sum((entry.effective_usd for entry in self.entries(economics)), 0.0)
        return total / months_of(economics)

    @property
    def quality(self) -> str:
        """What the amount is worth: as its leading price, or an estimate where its quantity is."""
        return "estimate" if self.estimated else self.inputs[0].quality

    @property
    def source(self) -> str:
        """Where its prices come from."""
        return "; ".join(dict.fromkeys(price.source for price in self.inputs))

    @property
    def as_of(self) -> str:
        """When its leading price held."""
        return self.inputs[0].as_of

    @property
    def is_imputed(self) -> bool:
        """Whether no cash is paid for it."""
        return isinstance(self.schedule, CapitalCost)


def months_of(economics: Economics) -> int:
    """Months that are looked at."""
    return 12 * economics.years
