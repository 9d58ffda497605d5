"""Small worlds on rented machines that are taken back when a test says so, or at random."""

from typing import Any

from aisim.results import Run
from aisim.scenario import Study
from aisim.simulation import Simulation
from tests.simulation.journeys import BIG_WAN, candidate, requests, study

BOOT_S = 60.0
HOUR = 3600.0
MONTH = 730 * HOUR
REGION = {"kind": "cloud", "provider": "aws", "region": "us-east-1"}
MACHINE = {
    "kind": "cloud",
    "site": "room",
    "instance": "g6e.xlarge",
    "price": "spot",
    "usd_per_hour": 1.0,
    "reclaims_per_month": 0.0,
    "boot_s": BOOT_S,
}


def spot(per_month: float | None = 0.0, machines: int = 1, **fields: Any) -> Study:
    """One pool with a replica on each of so many spot machines, without storage."""
    box = {**MACHINE, "count": machines, "reclaims_per_month": per_month}
    if per_month is None:
        del box["reclaims_per_month"]
    usual = {
        "links__wan": BIG_WAN,
        "sites__room": REGION,
        "machines__box": box,
        "pools__llm__replicas": machines,
    }
    return study(**(usual | fields))


def taken(
    world: Study, at_s: list[tuple[float, int]], arrival_s: list[float], **columns: list[Any]
) -> Run:
    """The run, checked; at each time the machine of that number is taken back, if it is held."""
    table = requests(world, arrival_s, **columns)
    simulation = Simulation(candidate(world), table, world.run.seed)
    inner = simulation._world
    machines = inner.fleet.group("box", "")

    def take():
        for at, i in sorted(at_s):
            yield inner.env.timeout(max(at - inner.env.now, 0.0))
            if machines[i].state != "off":
                machines[i].reclaim()

    inner.env.process(take())
    for _ in simulation.slices():
        pass
    return simulation.finish()


def starts(run: Run, why: str) -> int:
    """How often a machine was started for this reason."""
    usage = run.usage
    begins = (usage["kind"] == "machine") & (usage["state"] == "starting") & (usage["why"] == why)
    return int(begins.sum())


def busy_s(run: Run) -> float:
    """Seconds in which replicas were busy, over the whole run."""
    usage = run.usage[run.usage["state"] == "busy"]
    return float((usage["to_s"] - usage["from_s"]).sum())
