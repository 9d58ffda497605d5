"""What a candidate used, as of a month of 730 h: all that is priced, and nothing of money."""

from dataclasses import dataclass, field

import numpy as np

from aisim.cost.energy import Energy, group_energy, standing_energy
from aisim.cost.tokens import ApiUse, api_use
from aisim.performance.machines import machine_shape
from aisim.results import Run, completed_in_window, in_window_s, kept_all, usage_rows
from aisim.results.latency import latencies
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.study import HOUR_S, MONTH_H
from aisim.workload.table import Bools, Floats, among

GB = 1e9


@dataclass(frozen=True)
class GroupUse:
    """What a machine group did.

    Attributes:
        held_h: machine-hours, boots included.
        shares: share of the time in which at least 1, 2, ... machines were held.
        busy_share: busy GPU time as a share of all GPU time held; None where none was.
        energy: of its machines, without cooling; None where the watts are not known.
        reclaims: spot machines that were taken back.
    """

    held_h: float
    shares: tuple[float, ...]
    busy_share: float | None
    energy: Energy | None
    reclaims: float = 0.0


@dataclass(frozen=True)
class Served:
    """What was served: requests and tokens that were completed, and bytes by site."""

    requests: float = 0.0
    kept_requests: float = 0.0
    input_tokens: float = 0.0
    output_tokens: float = 0.0
    log_gb: float = 0.0
    egress_gb: dict[str, float] = field(default_factory=dict)
    ingress_gb: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Used:
    """What a candidate used in a month of 730 h like the measured time."""

    groups: dict[str, GroupUse]
    apis: dict[str, ApiUse]
    served: Served


def used(run: Run, candidate: Candidate, economics: Economics) -> Used:
    """What a run used; it must have measured something."""
    return Used(
        {name: _group(run, candidate, name) for name in candidate.machines},
        {name: api_use(run, candidate, name, economics) for name in candidate.apis},
        _served(run, candidate),
    )


def standing_use(candidate: Candidate, load: float) -> Used:
    """What a month uses in which all machines run, before any run; nothing is served.

    The draw of a machine lies on a line between idle and most, at the share `load`.
    """
    groups = {
        name: GroupUse(
            group.count * MONTH_H,
            (1.0,) * group.count,
            load,
            standing_energy(candidate, name, load),
        )
        for name, group in candidate.machines.items()
    }
    return Used(groups, {}, Served())


def _group(run: Run, candidate: Candidate, name: str) -> GroupUse:
    seconds = in_window_s(run)
    machines = usage_rows(run, "machine", name)
    held_s = float(seconds[machines].sum())
    pools = [pool for pool, facts in run.pools.items() if facts.machines == name]
    replicas = usage_rows(run, "replica", *pools, states=("busy",)) if pools else machines & False
    gpus = run.intervals["gpus"].astype(np.float64)
    energy = group_energy(run, candidate, name, held_s)
    all_gpu_s = held_s * machine_shape(candidate, name).gpus
    return GroupUse(
        held_h=held_s / run.window_s * MONTH_H,
        shares=_held_shares(run, name, candidate.machines[name].count),
        busy_share=float((seconds * gpus)[replicas].sum()) / all_gpu_s if all_gpu_s else None,
        energy=energy,
        reclaims=_reclaims(run, name) / run.window_s * MONTH_H * HOUR_S,
    )


def _held_shares(run: Run, group: str, count: int) -> tuple[float, ...]:
    """Share of the measured time in which at least 1, 2, ... machines of a group were held."""
    rows = usage_rows(run, "machine", group)
    begins = np.clip(run.intervals["from_s"][rows], run.settings.warm_up_s, run.measured_until_s)
    ends = np.clip(run.intervals["to_s"][rows], run.settings.warm_up_s, run.measured_until_s)
    times = np.concatenate([begins, ends])
    order = np.argsort(times, kind="stable")
    held = np.cumsum(np.repeat([1, -1], len(begins))[order])[:-1]
    spans = np.diff(times[order])
    at_least = [float(spans[held >= k].sum()) / run.window_s for k in range(1, count + 1)]
    return tuple(min(share, 1.0) for share in at_least)


def _reclaims(run: Run, group: str) -> int:
    """Starts of a group in the measured time that followed a reclaim."""
    if not run.reclaims:
        return 0
    rows = usage_rows(run, "machine", group, states=("starting",))
    begins = run.intervals["from_s"][rows]
    again = among(run.intervals["why"], "reclaimed")[rows]
    inside = (begins >= run.settings.warm_up_s) & (begins <= run.measured_until_s)
    return int((again & inside).sum())


def _served(run: Run, candidate: Candidate) -> Served:
    done = completed_in_window(run)
    scale = MONTH_H * HOUR_S / run.window_s
    inputs = run.rows["input_tokens"][done]
    outputs = run.rows["output_tokens"][done]
    traffic = {name: among(run.rows["traffic"], name)[done] for name in run.traffics}
    up, down = np.zeros(len(inputs)), np.zeros(len(inputs))
    log_bytes = 0.0
    for name, declared in run.traffics.items():
        up[traffic[name]] = declared.bytes_per_token("prompt")
        down[traffic[name]] = declared.bytes_per_token("answer")
        log_bytes += declared.log_bytes * float(traffic[name].sum())
    return Served(
        requests=len(inputs) * scale,
        kept_requests=_kept(run, done) * scale,
        input_tokens=float(inputs.sum()) * scale,
        output_tokens=float(outputs.sum()) * scale,
        log_gb=log_bytes * scale / GB,
        egress_gb=_gb_by_site(run, candidate, done, outputs * down * scale),
        ingress_gb=_gb_by_site(run, candidate, done, inputs * up * scale),
    )


def _kept(run: Run, done: Bools) -> float:
    """Of the requests that were completed in the measured time, those that kept every promise."""
    spent = latencies(run.rows, float("-inf"))
    return float((kept_all(run, spent) & done).sum())


def _gb_by_site(run: Run, candidate: Candidate, done: Bools, sent: Floats) -> dict[str, float]:
    """Bytes of the requests that each site has answered."""
    found = dict.fromkeys(candidate.sites, 0.0)
    places = {
        name: candidate.machines[pool.machines].site for name, pool in candidate.pools.items()
    }
    places |= {name: api.site for name, api in candidate.apis.items()}
    for name, site in places.items():
        here = among(run.rows["pool"], name)[done]
        found[site] += float(sent[here].sum()) / GB
    return found
