"""Pictures with figures of one's own, of a small study that was simulated once."""

from dataclasses import replace
from functools import cache

from aisim.planning import Picture, Trial
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.small import small_data


def study(names=("cloud", "own", "hybrid"), **changes):
    """The small study with candidates of these names, all alike."""
    data = small_data()
    rented, owned = data["candidates"].values()
    data["candidates"] = {name: owned if name == "own" else rented for name in names}
    data["run"]["horizon_s"] = 300
    return parse_study(data | changes)


@cache
def _outcome(is_owned):
    asked = study(("own",) if is_owned else ("cloud",))
    name = next(iter(asked.candidates))
    trial = Trial(asked, name, draw_requests(asked), saturate=False)
    list(trial.slices())
    return trial.finish()


def outcome(name, usd=None, ttft_s=None, overloaded=False, broken=()):
    """What was simulated, with another cost and time where they are given."""
    found = _outcome(name == "own")
    answer = found.answer
    usd = answer["cost"]["usd_per_month"] if usd is None else usd
    ttft_s = answer["ttft_s"]["p95"] if ttft_s is None else ttft_s
    changed = {
        "cost": answer["cost"] | {"usd_per_month": usd},
        "ttft_s": answer["ttft_s"] | {"p95": ttft_s},
        "overloaded": overloaded,
        "broken_limits": list(broken),
    }
    return replace(found, candidate=name, answer=answer | changed)


def picture(points, **changes):
    """A picture of candidates: figures by name, a list of them for several draws."""
    drawn = {name: found if isinstance(found, list) else [found] for name, found in points.items()}
    outcomes = {name: [outcome(name, **each) for each in found] for name, found in drawn.items()}
    return Picture(study(tuple(points), **changes), outcomes, len(next(iter(outcomes.values()))))
