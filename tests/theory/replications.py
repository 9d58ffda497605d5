"""Independent replications, and what their interval must hold and exclude."""

from collections.abc import Callable, Sequence

from aisim.results import Interval, mean_interval

SEED = 1
REPLICATIONS = 20
#: So high that thirty claims that are right all hold with 97 seeds of 100.
LEVEL = 0.999


def replicate(simulate_one: Callable[[int], float], replications: int = REPLICATIONS) -> Interval:
    """The interval of what `simulate_one(replication)` measures."""
    return mean_interval([simulate_one(i) for i in range(replications)], LEVEL)


def replicate_all(
    simulate_one: Callable[[int], Sequence[float]], replications: int = REPLICATIONS
) -> list[Interval]:
    """The intervals of several figures that `simulate_one(replication)` measures in one go."""
    rows = [simulate_one(i) for i in range(replications)]
    return [mean_interval(figures, LEVEL) for figures in zip(*rows, strict=True)]


def assert_tells(interval: Interval, truth: float, **wrong: float) -> None:
    """The interval holds the truth, and is narrow enough to miss every named wrong formula."""
    assert interval.low < truth < interval.high, f"{truth} is not in {interval}"
    for formula, value in wrong.items():
        assert not interval.low <= value <= interval.high, f"{interval} would pass {formula}"
