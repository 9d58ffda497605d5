"""Energy of owned machines: their hosts by busy time, their GPUs by what they were doing."""

from typing import NamedTuple

from aisim import catalog
from aisim.cost import prices
from aisim.cost.ledger import Line
from aisim.performance.machines import Shape, machine_shape
from aisim.performance.power import Draw, power_draw
from aisim.results import BusyTime, Run, in_window_s, usage_rows
from aisim.scenario.candidate import Candidate
from aisim.scenario.economics import Economics
from aisim.scenario.machines import OwnMachines
from aisim.scenario.sites import OwnSite
from aisim.scenario.study import HOUR_S, MONTH_H


class Work(NamedTuple):
    """What a pool did on a machine group, and what its GPUs drew meanwhile."""

    pool: str
    busy: BusyTime
    gpus: int
    draw: Draw | None


def machine_watts(group: OwnMachines) -> tuple[float, float]:
    """Idle and greatest draw of one machine; GPUs as the table of accelerators has them."""
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
    return idle, most


def energy_line(
    run: Run, candidate: Candidate, name: str, group: OwnMachines, economics: Economics
) -> Line:
    """Electricity of a machine group in a month, cooling by the PUE included."""
    site = candidate.sites[group.site]
    assert isinstance(site, OwnSite)
    shape = machine_shape(candidate, name)
    work = _work(run, name, shape)
    held_s = float(in_window_s(run)[usage_rows(run, "machine", name)].sum())
    joules = group_joules(held_s, machine_watts(group), shape, work)
    kwh = joules / HOUR_S / 1000 / run.window_s * MONTH_H * HOUR_S
    tariff, pue = tariff_and_pue(site, economics)
    return Line(
        category="energy",
        resource=f"{name}: electricity",
        site=group.site,
        quantity=kwh * pue.value,
        unit="kWh",
        unit_price_usd=tariff.value,
        description=f"{_watts_in_words(group, shape, work)}; by simulated time, times PUE "
        f"{pue.value:g}",
        source="; ".join([tariff.source, f"PUE: {pue.source}", *_sources(work)]),
        as_of=tariff.as_of,
        quality="estimate",
    )


def group_joules(
    held_s: float, watts: tuple[float, float], shape: Shape, work: list[Work]
) -> float:
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


def _watts_in_words(group: OwnMachines, shape: Shape, work: list[Work]) -> str:
    idle_w, most_w = machine_watts(group)
    machine = f"a machine {idle_w:,.0f} W idle, {most_w:,.0f} W at most"
    phases = [
        f"{pool}: a GPU {draw.prefill_w:,.0f} W in prefill, {draw.decode_w:,.0f} W decoding "
        f"{busy.decode_sequences or 0:.1f} sequences ({draw.shares.quality}, "
        f"row {draw.shares.covers})"
        for pool, busy, _, draw in work
        if draw is not None
    ]
    return "; ".join([machine, *phases])


def _sources(work: list[Work]) -> list[str]:
    found = [f"GPU watts: {w.draw.shares.source}" for w in work if w.draw is not None]
    return list(dict.fromkeys(found))


def tariff_and_pue(site: OwnSite, economics: Economics) -> tuple[prices.Price, prices.Price]:
    """Return the price of a kWh at a site, and the kWh it takes for one of its machines."""
    given = site.electricity_usd_per_kwh
    tariff = prices.electricity(economics, site.region) if given is None else prices.own(given)
    return tariff, _pue(site, economics)


def _pue(site: OwnSite, economics: Economics) -> prices.Price:
    if site.pue is not None:
        return prices.own(site.pue)
    return prices.opex(economics, "facility", "PUE average of surveyed sites", "global")
