"""Energy of machines: their hosts by busy time, their accelerators by what they were doing."""

from dataclasses import dataclass
from typing import NamedTuple

from aisim import catalog
from aisim.language import joined, say
from aisim.performance.machines import Shape, machine_shape
from aisim.performance.power import Draw, power_draw
from aisim.results import BusyTime, Run
from aisim.scenario.candidate import Candidate
from aisim.scenario.machines import OwnMachines
from aisim.scenario.study import HOUR_S, MONTH_H


@dataclass(frozen=True)
class Energy:
    """Electricity of a machine group in a month, without cooling.

    Attributes:
        kwh: how much.
        words: the watts that it comes from.
        sources: where those come from.
    """

    kwh: float
    words: str
    sources: tuple[str, ...]


class Watts(NamedTuple):
    """Draw of one machine, accelerators included."""

    idle_w: float
    most_w: float


class Work(NamedTuple):
    """What a pool did on a machine group, and what its GPUs drew meanwhile."""

    pool: str
    busy: BusyTime
    gpus: int
    draw: Draw | None


def machine_watts(candidate: Candidate, name: str) -> Watts | None:
    """Idle and greatest draw of one machine of a group; None where it is not known."""
    group = candidate.machines[name]
    if isinstance(group, OwnMachines):
        return owned_watts(group)
    return _rented_watts(machine_shape(candidate, name))


def owned_watts(group: OwnMachines) -> Watts:
    """Draw of a machine of one's own: the sum of its parts, GPUs as the accelerators' table."""
    idle = most = 0.0
    for item, quantity in group.parts.items():
        row = catalog.hardware(item)
        watts = (row.watts_idle or 0.0, row.watts_max or 0.0)
        if row.category == "gpu" and row.accelerator is not None:
            own = group.accelerator
            gpu = catalog.accelerator(row.accelerator) if own is None else own.record()
            watts = (gpu.idle_w or watts[0], gpu.tdp_w or watts[1])
        idle += quantity * watts[0]
        most += quantity * watts[1]
    return Watts(idle, most)


def _rented_watts(shape: Shape) -> Watts | None:
    """An estimate: its accelerators, and a host as own servers have it."""
    draw = power_draw(shape.accelerator, None)
    if draw is None:
        return None
    host_w = shape.gpus * draw.most_w * catalog.assumption("cloud_host_share").value
    idle_w = host_w * catalog.assumption("cloud_host_idle_share").value
    return Watts(shape.gpus * draw.idle_w + idle_w, shape.gpus * draw.most_w + host_w)


def group_energy(run: Run, candidate: Candidate, name: str, held_s: float) -> Energy | None:
    """Electricity of the machines of a group that were held for so many machine-seconds."""
    watts = machine_watts(candidate, name)
    if watts is None:
        return None
    shape = machine_shape(candidate, name)
    work = _work(run, name, shape)
    joules = group_joules(held_s, watts, shape, work)
    kwh = joules / HOUR_S / 1000 / run.window_s * MONTH_H * HOUR_S
    sources = [
        say("GPU watts: {source}", source=w.draw.shares.source) for w in work if w.draw is not None
    ]
    return Energy(kwh, _in_words(watts, work), tuple(dict.fromkeys(sources)))


def standing_energy(candidate: Candidate, name: str, load: float) -> Energy | None:
    """Electricity of a month in which all machines run, on a line between idle and most."""
    watts = machine_watts(candidate, name)
    if watts is None:
        return None
    mean_w = watts.idle_w + load * (watts.most_w - watts.idle_w)
    kwh = candidate.machines[name].count * MONTH_H * mean_w / 1000
    between = say("{watts}, at {load:.0%} between them", watts=_in_words(watts, []), load=load)
    return Energy(kwh, between, ())


def group_joules(held_s: float, watts: Watts, shape: Shape, work: list[Work]) -> float:
    """Energy of the machines of a group.

    `held_s` machine-seconds at the idle watts of a machine; what its GPUs draw beyond idling, by
    phase; and the host's share of the greatest draw, in proportion to the GPUs that are busy.
    """
    idle_w, most_w = watts
    joules = held_s * idle_w
    for _, busy, gpus, draw in work:
        span_w = most_w - idle_w
        if draw is not None:
            span_w -= shape.gpus * (draw.most_w - draw.idle_w)
            joules += gpus * busy.prefill_s * (draw.prefill_w - draw.idle_w)
            joules += gpus * busy.decode_s * (draw.decode_w - draw.idle_w)
        joules += busy.busy_s * gpus / shape.gpus * max(span_w, 0.0)
    return joules


def _work(run: Run, group: str, shape: Shape) -> list[Work]:
    found = []
    for pool, facts in run.pools.items():
        if facts.machines == group:
            busy = run.busy[pool]
            draw = power_draw(shape.accelerator, busy.decode_sequences)
            found.append(Work(pool, busy, facts.gpus_per_replica, draw))
    return found


def _in_words(watts: Watts, work: list[Work]) -> str:
    idle_w, most_w = watts
    machine = say("a machine {idle_w:,.0f} W idle, {most_w:,.0f} W at most",
                  idle_w=idle_w, most_w=most_w)  # fmt: skip
    phases = [
        say(
            "{pool}: a GPU {prefill_w:,.0f} W in prefill, {decode_w:,.0f} W decoding "
            "{sequences:.1f} sequences ({quality}, row {row})",
            pool=pool, prefill_w=draw.prefill_w, decode_w=draw.decode_w,
            sequences=busy.decode_sequences or 0.0, quality=say(draw.shares.quality),
            row=draw.shares.covers,
        )
        for pool, busy, _, draw in work
        if draw is not None
    ]  # fmt: skip
    return joined([machine, *phases])
