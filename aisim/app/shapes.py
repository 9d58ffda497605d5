"""How the load of a traffic can go up and down over the week, to choose from."""

from aisim import catalog
from aisim.language import mark, tr
from aisim.scenario import Study
from aisim.scenario.workload import ShapedArrivals, WindowSizes

Shapes = tuple[tuple[str, object], ...]
OFFICE = range(8, 18)
NOT_SET = mark("not set")


def _hours(elsewhere: float) -> tuple[float, ...]:
    return tuple(1.0 if hour in OFFICE else elsewhere for hour in range(24))


HOURS: dict[str, tuple[float, ...] | None] = {
    mark("all hours alike"): None,
    mark("8 to 18 only"): _hours(0.0),
    mark("8 to 18, a tenth of it at other hours"): _hours(0.1),
    mark("8 to 18, half of it at other hours"): _hours(0.5),
}
DAYS: dict[str, tuple[float, ...] | None] = {
    mark("all days alike"): None,
    mark("Monday to Friday only"): (1.0,) * 5 + (0.0,) * 2,
    mark("half of it at weekends"): (1.0,) * 5 + (0.5,) * 2,
}


def shapes(study: Study, traffic: str, name: str) -> Shapes:
    """Text and value of each choice for a field of shaped arrivals; none for its numbers.

    Args:
        study: as it stands.
        traffic: whose arrivals.
        name: of the field.
    """
    declared = study.workload.traffic[traffic]
    if not isinstance(declared.arrivals, ShapedArrivals):
        return ()
    match name:
        case "by_hour":
            return _with(HOURS, declared.arrivals.by_hour)
        case "by_weekday":
            return _with(DAYS, declared.arrivals.by_weekday)
        case "weekly":
            return _named(catalog.weekly_profile_names())
        case "windows":
            # Their lengths are those of the windows, which have to be there then.
            is_needed = isinstance(declared.sizes, WindowSizes)
            return _named(catalog.traffic_window_names())[is_needed:]
    return ()


def _with(known: dict[str, tuple[float, ...] | None], now: tuple[float, ...] | None) -> Shapes:
    """What is known, and what the study says if that is none of it."""
    own = () if now in known.values() else ((tr("as the study says"), now),)
    return (*((tr(words), factors) for words, factors in known.items()), *own)


def _named(names: tuple[str, ...]) -> Shapes:
    return ((tr(NOT_SET), None), *((name, name) for name in names))
