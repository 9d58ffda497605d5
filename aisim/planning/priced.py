"""What has been simulated and priced: all that questions about money are asked of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

from aisim.cost import Bill
from aisim.cost.bill import bill_of
from aisim.cost.prices import Prices
from aisim.planning.answer import whole_answer
from aisim.planning.trial import Outcome
from aisim.scenario import Study
from aisim.scenario.study import HOUR_S, MONTH_H


class Priced(Protocol):
    """A study with the bills and the answer of one draw of its requests."""

    @property
    def study(self) -> Study:
        """The question."""

    @property
    def bills(self) -> Mapping[str, Bill]:
        """By candidate."""

    def answer(self) -> dict[str, Any]:
        """All figures as plain data."""

    def reach(self, name: str) -> float | None:
        """How many times its traffic a candidate can serve; None where it is not known."""


@dataclass(frozen=True)
class OneDraw:
    """One replication of a picture; its bills are made anew from what was used.

    Attributes:
        study: as it was simulated.
        outcomes: by candidate.
        replication: its number among those of the picture, from 0.
    """

    study: Study
    outcomes: Mapping[str, Outcome]
    replication: int = 0

    @cached_property
    def bills(self) -> dict[str, Bill]:
        """By candidate, of those in which something was measured."""
        prices = Prices.of(self.study.economics)
        return {
            name: bill_of(found.used, self.study.candidates[name], prices)
            for name, found in self.outcomes.items()
            if found.used is not None
        }

    def answer(self) -> dict[str, Any]:
        """The figures of this replication."""
        answers = {name: found.answer for name, found in self.outcomes.items()}
        represents = next((found.represents for found in self.outcomes.values()), None)
        partial = any(answer["partial"] for answer in answers.values())
        return whole_answer(self.study, answers, represents, partial)

    def reach(self, name: str) -> float | None:
        """How many times its traffic a candidate can serve; None where it is not known."""
        used, most_rps = self.bills[name].used, self.outcomes[name].answer["saturation_rps"]
        assert used is not None
        served_rps = used.served.requests / (MONTH_H * HOUR_S)
        return None if most_rps is None or not served_rps else float(most_rps) / served_rps
