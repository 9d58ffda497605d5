"""What a search for the best base has found so far."""

from dataclasses import dataclass, field

from aisim.cost.used import Used
from aisim.planning.base_choice import ClosedBase, SimulatedBase
from aisim.planning.base_overflow import Overflow
from aisim.planning.hybrid import Hybrid
from aisim.results.load import LoadCurve


@dataclass
class Found:
    """What is known of a hybrid so far.

    Attributes:
        own_rps: of one own machine at saturation; None until it is simulated.
        overflow: what is behind the own machines; None until it is known.
        curve: the load in own machines.
        closed: the closed form by number of own machines.
        simulated: what was simulated, by the same.
        uses: what each of those used.
        impossible: why a number cannot be.
        notes: of the runs, each once.
        partial: whether it was stopped.
    """

    hybrid: Hybrid
    own_rps: float | None = None
    overflow: Overflow | None = None
    curve: LoadCurve | None = None
    closed: list[ClosedBase] = field(default_factory=list)
    simulated: dict[int, SimulatedBase] = field(default_factory=dict)
    uses: dict[int, Used] = field(default_factory=dict)
    impossible: dict[int, str] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)
    partial: bool = False

    @property
    def named(self) -> int | None:
        """What the closed form names: the fewest own machines of those that cost least."""
        best = min(self.closed, key=lambda point: point.usd_per_month, default=None)
        return None if best is None else best.machines

    @property
    def best(self) -> int | None:
        """The cheapest of those that keep all promises; the cheapest of all where none does."""
        points = self.simulated.values()
        holding = [point for point in points if point.holds] or list(points)
        found = min(holding, key=lambda point: point.usd_per_month, default=None)
        return None if found is None else found.machines

    @property
    def confirmed(self) -> int | None:
        """The best, once what the closed form names was simulated too."""
        return self.best if self.named in self.simulated else None
