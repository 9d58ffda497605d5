"""The size of a hybrid's base in closed form, from the load-duration curve.

With b own machines, whole rented ones take what is beyond them, or an API that is paid by its work:

    cost(b) = own machines(b) + rate of a rented machine x 730 h x E[ceil((load - b)+ / size)]
    cost(b) = own machines(b) + price of a machine-month of work x E[(load - b)+]

where `size` is the work of a rented machine in own machines, and the price what the API asks for
the tokens of all requests that may go there, divided by their load in own machines. With a size of
1 the b-th own machine spares a rented one for the share L(b - 1) of the time in which the load
exceeds b - 1 machines, and is worth it while that share exceeds its month's cost / the rented
month's: the newsvendor's rule. An API it spares for the mean of L from b - 1 to b, the share of
its time for which it has work. What the API may not take counts for the own machines alone. The
cost is the whole bill, so that what the first own machine brings with it counts too.

The closed form knows no queue, no threshold of spilling over, no boot, no idle time before a rented
machine is given back and no rate limit of an API: a simulation has to confirm it.
"""

from dataclasses import replace
from math import ceil

import numpy as np

from aisim.cost.bill import bill_of
from aisim.cost.prices import Prices
from aisim.cost.used import GroupUse, Used, standing_use
from aisim.planning.bad_input import BadInput
from aisim.planning.base_choice import ClosedBase
from aisim.planning.base_overflow import Overflow
from aisim.planning.hybrid import Hybrid, at_base
from aisim.results.load import LoadCurve
from aisim.scenario import Candidate
from aisim.scenario.machines import CloudMachines

#: The closed form is drawn for at most so many numbers of own machines.
MOST_BASES = 200


def closed_form(
    hybrid: Hybrid, use: Used, curve: LoadCurve, overflow: Overflow
) -> list[ClosedBase]:
    """The closed form from no own machine, where that can be, to two more than the peak asks for.

    Args:
        hybrid: the candidate.
        use: what a simulation used: what was served counts here too.
        curve: the load in own machines.
        overflow: what is behind them.
    """
    prices = Prices.of(hybrid.study.economics)
    most = max(ceil(curve.peak), hybrid.declared) + 2
    bases = {*range(0, most + 1, -(-most // MOST_BASES)), hybrid.declared, overflow.least, most}
    found = []
    for base in sorted(base for base in bases if base >= overflow.least):
        try:
            candidate = at_base(hybrid, base)
        except BadInput:
            continue
        expected = expected_use(hybrid, candidate, base, use, curve, overflow)
        usd = bill_of(expected, candidate, prices).usd_per_month or 0.0
        told = overflow.told(curve, base)
        found.append(ClosedBase(base, curve.exceeded(base), **told, usd_per_month=usd))
    return found


def expected_use(
    hybrid: Hybrid, candidate: Candidate, base: int, use: Used, curve: LoadCurve, overflow: Overflow
) -> Used:
    """What a month would use with so many own machines: the overflow is never full.

    Answers leave from where they are made: in proportion to the load. Rented pools behind the
    first overflow are not needed then.
    """
    kept = 1.0 - overflow.beyond(curve, base) / curve.mean if curve.mean else 1.0
    busy = min(kept * curve.mean / base, 1.0) if base else 0.0
    groups = {
        name: GroupUse(0.0, (), None, None)
        if isinstance(candidate.machines[name], CloudMachines)
        else standing
        for name, standing in standing_use(candidate, busy).groups.items()
    }
    egress_gb = dict.fromkeys(use.served.egress_gb, 0.0)
    sent = sum(use.served.egress_gb.values())
    egress_gb[hybrid.candidate.site_of(hybrid.own)] = kept * sent
    egress_gb[hybrid.candidate.site_of(hybrid.behind)] = (1.0 - kept) * sent
    return Used(
        groups | overflow.groups(curve, base),
        use.apis | overflow.apis(curve, base),
        replace(use.served, egress_gb=egress_gb),
    )


def own_usd(hybrid: Hybrid, use: Used, busy: float, overflow: Overflow) -> float:
    """What one more own machine adds to a month, all of them at a busy share."""
    prices, months = Prices.of(hybrid.study.economics), []
    for base in (hybrid.declared, hybrid.declared + 1):
        candidate, level = at_base(hybrid, base), LoadCurve(np.array([base * busy]))
        within = expected_use(hybrid, candidate, base, use, level, overflow)
        months.append(bill_of(within, candidate, prices).usd_per_month or 0.0)
    return months[1] - months[0]
