"""How the load of a traffic can go up and down over the week, to choose from."""

from collections.abc import Mapping
from typing import Any

from aisim import catalog
from aisim.language import mark, tr
from aisim.scenario import Study
from aisim.scenario.workload import ShapedArrivals, WindowSizes

Shapes = tuple[tuple[str, Any], ...]
Factors = tuple[float, ...] | None
OFFICE = range(8, 18)
NOT_SET = mark("not set")


def _hours(elsewhere: float) -> tuple[float, ...]:
    return tuple(1.0 if hour in OFFICE else elsewhere for hour in range(24))


HOURS: dict[str, Factors] = {
    mark("all hours alike"): None,
    mark("8 to 18 only"): _hours(0.0),
    mark("8 to 18, a tenth of it at other hours"): _hours(0.1),
    mark("8 to 18, half of it at other hours"): _hours(0.5),
}
DAYS: dict[str, Factors] = {
    mark("all days alike"): None,
    mark("Monday to Friday only"): (1.0,) * 5 + (0.0,) * 2,
    mark("half of it at weekends"): (1.0,) * 5 + (0.5,) * 2,
}


def shapes(study: Study, traffic: str, name: str, opened: Any = None) -> Shapes:
    """Text and value of each choice for a field of shaped arrivals; none for its numbers.

    Args:
        study: as it stands.
        traffic: whose arrivals.
        name: of the field.
        opened: its value in the study as it was opened, which stays among the choices.
    """
    declared = study.workload.traffic[traffic]
    if not isinstance(declared.arrivals, ShapedArrivals):
        return ()
    match name:
        case "by_hour":
            return _with(HOURS, declared.arrivals.by_hour, opened)
        case "by_weekday":
            return _with(DAYS, declared.arrivals.by_weekday, opened)
        case "weekly":
            return _named(catalog.weekly_profile_names())
        case "windows":
            # Their lengths are those of the windows, which have to be there then.
            is_needed = isinstance(declared.sizes, WindowSizes)
            return _named(catalog.traffic_window_names())[is_needed:]
    return ()


def _with(known: Mapping[str, Factors], *said: Factors) -> Shapes:
    """What is known, and what the study says, now or when it was opened, if that is none of it."""
    own = [(tr("as the study says"), factors) for factors in said if factors not in known.values()]
    return (*((tr(words), factors) for words, factors in known.items()), *own[:1])


def _named(names: tuple[str, ...]) -> Shapes:
    return ((tr(NOT_SET), None), *((name, name) for name in names))
