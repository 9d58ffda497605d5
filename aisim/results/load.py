"""The load over time in machines, and its load-duration curve.

What commitments are chosen by, the machines of a group that were held at once, is
`cost.used.GroupUse.shares`: the same curve, exact, from the intervals of usage. Here is the load
that a base of one's own machines is chosen by, whatever machines served it in the run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from aisim.results.run import Run
from aisim.workload.table import Floats, among

#: Length of a stretch of time, seconds: that of the windows of real traffic.
STRETCH_S = 300.0
#: Share of a machine by which a load may miss a whole number of them, by rounding.
ROUNDING = 1e-9


@dataclass(frozen=True)
class LoadCurve:
    """The load-duration curve L(x): the share of the time in which the load exceeds x machines.

    Attributes:
        load: machines that each stretch of equal length asks for, in any order.
    """

    load: Floats

    @property
    def mean(self) -> float:
        """Machines that are asked for in the mean."""
        return float(self.load.mean())

    @property
    def peak(self) -> float:
        """Machines that the heaviest stretch asks for."""
        return float(self.load.max())

    def exceeded(self, machines: float) -> float:
        """L(x): share of the time in which more machines are asked for."""
        return float((self.load > machines + ROUNDING).mean())

    def beyond(self, machines: float) -> float:
        """Mean load beyond so many machines: E[(load - x)+], the integral of L from x on."""
        return float(np.maximum(self.load - machines, 0.0).mean())

    def rented(self, base: float, size: float) -> tuple[float, ...]:
        """Share of the time in which at least 1, 2, ... rented machines take what is beyond a base.

        Machines are rented whole: ceil((load - base)+ / size) of them, one of which does the work
        of `size` machines of the load. With a size of 1 these shares are L(base), L(base + 1), ...
        """
        wanted = np.ceil(np.maximum(self.load - base, 0.0) / size - ROUNDING)
        return tuple(float((wanted >= k).mean()) for k in range(1, int(wanted.max()) + 1))

    def at_shares(self, shares: Sequence[float]) -> tuple[float, ...]:
        """Machines that are exceeded in so many percent of the time, for a chart of the curve."""
        found = np.percentile(self.load, 100.0 - np.asarray(shares, dtype=np.float64))
        return tuple(float(machines) for machines in found)


def load_curve(
    run: Run,
    weights: Floats,
    machine_rps: float,
    *,
    traffics: Sequence[str],
    stretch_s: float = STRETCH_S,
) -> LoadCurve:
    """The load of the requests that arrived between warm-up and horizon.

    In each stretch, requests per second by their weights, divided by what a machine takes. What
    is left of the measured time after whole stretches does not count; less than one is one.

    Args:
        run: whose requests; closed loops and sessions arrive as they did in it.
        weights: work of each row of its requests, relative to the mean of those that count.
        machine_rps: requests of mean work per second that one machine serves.
        traffics: names of the traffic that counts.
        stretch_s: seconds of a stretch.
    """
    begin, end = run.settings.warm_up_s, run.measured_until_s
    count = max(int((end - begin) / stretch_s + ROUNDING), 1)
    length_s = min(stretch_s, end - begin)
    if length_s <= 0:
        return LoadCurve(np.zeros(1))
    rows = among(run.rows["traffic"], *traffics)
    edges = begin + length_s * np.arange(count + 1)
    arrived = run.rows["arrival_s"][rows]
    work, _ = np.histogram(arrived, edges, weights=weights[rows])
    load: Floats = work / length_s / machine_rps
    return LoadCurve(load)
