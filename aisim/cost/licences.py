"""Licences and subscriptions of machines."""

from collections.abc import Iterator

from aisim import catalog
from aisim.cost.charge import Charge
from aisim.cost.owned import own_share
from aisim.cost.prices import Prices
from aisim.cost.schedule import Prepaid
from aisim.language import say
from aisim.performance.machines import Shape, machine_shape
from aisim.scenario.candidate import Candidate

MONTHS = 12


def licence_charges(candidate: Candidate, name: str, prices: Prices) -> Iterator[Charge]:
    """Each licence of a machine group, for all its machines, paid a year in advance."""
    group = candidate.machines[name]
    shape = machine_shape(candidate, name)
    share = own_share(group)
    for item in group.licences:
        row = catalog.licence(item)
        price = prices.opex(row.category, row.item, row.region)
        count, what = _counted(row.unit, shape)
        yield Charge(
            category="licences",
            resource=f"{name}: {item}",
            site=group.site,
            quantity=count * group.count * share,
            unit=say("{unit}-month", unit=row.unit.removeprefix("per ").removesuffix("-year")),
            unit_price_usd=price.value / MONTHS,
            inputs=(price,),
            description=say(
                "{machines} machines with {count:g} {what}",
                machines=group.count,
                count=count,
                what=what,
            ),
            schedule=Prepaid(MONTHS),
        )


def _counted(unit: str, shape: Shape) -> tuple[float, str]:
    """How many of a licence's units a machine has; sockets and nodes count once a machine."""
    match unit:
        case "per GPU-year":
            return shape.gpus, say("GPUs")
        case "per core-year":
            if shape.cores is None:
                return catalog.assumption("host_cores").value, say("cores, assumed")
            # Two hardware threads to a core.
            return shape.cores / (2 if shape.threads else 1), say("cores")
    return 1.0, unit.removeprefix("per ").removesuffix("-year")
