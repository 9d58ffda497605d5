"""The load that a base is sized for, measured in own machines."""

from collections.abc import Sequence

import numpy as np

from aisim.performance.placement import PoolPlan, plan_pools
from aisim.planning.bad_input import BadInput
from aisim.planning.hybrid import Hybrid, alone, takes
from aisim.results import Run
from aisim.results.load import LoadCurve, load_curve
from aisim.workload.table import Floats, among

#: Share of its saturation rate that a machine is taken to serve in a stretch of some minutes:
#: beyond about that, queues of Poisson arrivals grow long (at 0.7 an M/M/1 holds 2.3 requests,
#: at 0.9 it holds 9). An assumption; the simulation shows what it is worth.
TARGET_LOAD = 0.7


def own_load(
    hybrid: Hybrid, run: Run, own_rps: float, only: Sequence[str] | None = None
) -> LoadCurve:
    """The load over time in own machines.

    Args:
        hybrid: the candidate.
        run: whose requests.
        own_rps: requests per second at which an own machine saturates, of the traffic that it may
            serve.
        only: the traffic that counts; left out, all that own machines may serve. Stretches are
            the same whatever counts, so that loads can be subtracted.
    """
    names = served_by(hybrid, hybrid.own)
    rows = among(run.rows["traffic"], *names)
    work = _work_s(plan_pools(alone(hybrid.candidate, hybrid.own))[hybrid.own], run)
    mean = float(work[rows].mean()) if rows.any() else 1.0
    counted = names if only is None else only
    return load_curve(run, work / mean, TARGET_LOAD * own_rps, traffics=counted)


def served_by(hybrid: Hybrid, place: str) -> list[str]:
    """The traffic that may go to a pool or an API.

    Raises:
        BadInput: none may.
    """
    study, candidate = hybrid.study, hybrid.candidate
    names = [t for t in study.workload.traffic if takes(study, candidate, place, t)]
    if not names:
        kind = "pool" if place in candidate.pools else "API"
        raise BadInput(f"{hybrid.name}: no traffic may go to {kind} {place!r}")
    return names


def _work_s(plan: PoolPlan, run: Run) -> Floats:
    """Seconds of a replica that each request takes: prompts in full batches, decodes in a full one.

    A prompt token takes its share of an iteration of a whole token budget; an output token its
    share of a decode of as many sequences as the KV cache holds. Only the ratio of both counts.
    """
    inputs: Floats = run.rows["input_tokens"].astype(np.float64)
    outputs = run.rows["output_tokens"].astype(np.float64)
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
