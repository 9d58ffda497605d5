"""The size of a hybrid's base in closed form, from the load-duration curve.

With b own machines, whole rented ones take what is beyond them:

    cost(b) = own machines(b) + rate of a rented machine x 730 h x E[ceil((load - b)+ / size)]

where `size` is the work of a rented machine in own machines. With a size of 1 the b-th own machine
spares a rented one for the share L(b - 1) of the time in which the load exceeds b - 1 machines,
and is worth it while that share exceeds its month's cost / the rented month's: the newsvendor's
rule. The cost is the whole bill, so that what the first own machine brings with it counts too.

The closed form knows no queue, no threshold of spilling over, no boot and no idle time before a
rented machine is given back: a simulation has to confirm it.
"""

from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from aisim.cost.bill import bill_of
from aisim.cost.cloud import level_price
from aisim.cost.prices import Prices
from aisim.cost.used import GroupUse, Used, standing_use
from aisim.performance.placement import PoolPlan, plan_pools
from aisim.planning.bad_input import BadInput
from aisim.planning.base_choice import ClosedBase
from aisim.planning.hybrid import Hybrid, alone, at_base, takes
from aisim.results import Run
from aisim.results.load import LoadCurve, load_curve
from aisim.scenario import Candidate
from aisim.scenario.machines import CloudMachines
from aisim.scenario.study import MONTH_H
from aisim.workload.table import Floats, among

#: Share of its saturation rate that a machine is taken to serve in a stretch of some minutes:
#: beyond about that, queues of Poisson arrivals grow long (at 0.7 an M/M/1 holds 2.3 requests,
#: at 0.9 it holds 9). An assumption; the simulation shows what it is worth.
TARGET_LOAD = 0.7
#: The closed form is drawn for at most so many numbers of own machines.
MOST_BASES = 200


@dataclass(frozen=True)
class Rates:
    """Requests per second at which one own machine and one rented machine saturate."""

    own: float
    rented: float

    @property
    def size(self) -> float:
        """The work of a rented machine, in own machines."""
        return self.rented / self.own


def own_load(hybrid: Hybrid, run: Run, rates: Rates) -> LoadCurve:
    """The load over time in own machines, of the traffic that they may serve."""
    names = served_by(hybrid, hybrid.own)
    rows = among(run.requests["traffic"], *names)
    work = _work_s(plan_pools(alone(hybrid.candidate, hybrid.own))[hybrid.own], run)
    mean = float(work[rows].mean()) if rows.any() else 1.0
    return load_curve(run, work / mean, TARGET_LOAD * rates.own, traffics=names)


def served_by(hybrid: Hybrid, pool: str) -> list[str]:
    """The traffic that may go to a pool."""
    study, candidate = hybrid.study, hybrid.candidate
    names = [t for t in study.workload.traffic if takes(study, candidate, pool, t)]
    if not names:
        raise BadInput(f"{hybrid.name}: no traffic may go to pool {pool!r}")
    return names


def _work_s(plan: PoolPlan, run: Run) -> Floats:
    """Seconds of a replica that each request takes: prompts in full batches, decodes in a full one.

    A prompt token takes its share of an iteration of a whole token budget; an output token its
    share of a decode of as many sequences as the KV cache holds. Only the ratio of both counts.
    """
    inputs = run.requests["input_tokens"].to_numpy().astype(np.float64)
    outputs = run.requests["output_tokens"].to_numpy().astype(np.float64)
    if not len(inputs):
        return inputs
    time, budget = plan.time, plan.token_budget
    context = float(np.mean(inputs + outputs / 2))
    held = max(min(plan.max_sequences, int(plan.blocks * plan.block_tokens / context)), 1)
    prompt_s = (time.mixed_tokens_s(budget) + time.prompt_s(budget, 0)) / budget
    local = min(context, time.window) * time.decode_local_kv_s if time.window else 0.0
    decode_s = time.tokens_s(held) / held + context * time.decode_kv_s + local
    work: Floats = inputs * prompt_s + outputs * decode_s
    return work


def closed_form(hybrid: Hybrid, use: Used, curve: LoadCurve, size: float) -> list[ClosedBase]:
    """The closed form from no own machine, where that can be, to two more than the peak asks for.

    Args:
        hybrid: the candidate.
        use: what a simulation used: what was served counts here too.
        curve: the load in own machines.
        size: the work of a rented machine in own machines.
    """
    prices = Prices.of(hybrid.study.economics)
    most = max(ceil(curve.peak), hybrid.declared) + 2
    found = []
    for base in sorted({*range(0, most + 1, -(-most // MOST_BASES)), hybrid.declared, most}):
        try:
            candidate = at_base(hybrid, base)
        except BadInput:
            continue
        expected = expected_use(hybrid, candidate, base, use, curve, size)
        usd = bill_of(expected, candidate, prices).usd_per_month or 0.0
        hours = expected.groups[hybrid.rented_group].held_h
        found.append(ClosedBase(base, curve.exceeded(base), hours, usd))
    return found


def expected_use(
    hybrid: Hybrid, candidate: Candidate, base: int, use: Used, curve: LoadCurve, size: float
) -> Used:
    """What a month would use with so many own machines: there are always enough rented ones.

    Answers leave from where they are made: in proportion to the load. Rented pools behind the
    first are not needed then.
    """
    kept = 1.0 - curve.beyond(base) / curve.mean if curve.mean else 1.0
    busy = min(kept * curve.mean / base, 1.0) if base else 0.0
    groups = {
        name: GroupUse(0.0, (), None, None)
        if isinstance(candidate.machines[name], CloudMachines)
        else standing
        for name, standing in standing_use(candidate, busy).groups.items()
    }
    shares = curve.rented(base, size)
    groups[hybrid.rented_group] = GroupUse(sum(shares) * MONTH_H, shares, None, None)
    egress_gb = dict.fromkeys(use.served.egress_gb, 0.0)
    sent = sum(use.served.egress_gb.values())
    egress_gb[hybrid.candidate.site_of(hybrid.own)] = kept * sent
    egress_gb[hybrid.candidate.site_of(hybrid.rented)] = (1.0 - kept) * sent
    return Used(groups, use.apis, replace(use.served, egress_gb=egress_gb))


def rented_usd(hybrid: Hybrid, size: float) -> float:
    """A rented month of the work of one own machine."""
    group = hybrid.candidate.machines[hybrid.rented_group]
    assert isinstance(group, CloudMachines)
    prices = Prices.of(hybrid.study.economics)
    price = level_price(hybrid.candidate, hybrid.rented_group, group.price, prices)
    assert price is not None, "the study was checked"
    return float(price.value) * MONTH_H / size


def own_usd(hybrid: Hybrid, use: Used, busy: float, size: float) -> float:
    """What one more own machine adds to a month, all of them at a busy share."""
    prices, months = Prices.of(hybrid.study.economics), []
    for base in (hybrid.declared, hybrid.declared + 1):
        candidate, level = at_base(hybrid, base), LoadCurve(np.array([base * busy]))
        within = expected_use(hybrid, candidate, base, use, level, size)
        months.append(bill_of(within, candidate, prices).usd_per_month or 0.0)
    return months[1] - months[0]
