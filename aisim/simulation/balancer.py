"""How a pool chooses a replica."""

from collections.abc import Callable, Sequence
from itertools import count

import numpy as np

from aisim.simulation.replica import Replica

Balancer = Callable[[Sequence[Replica]], int]


def round_robin() -> Balancer:
    """One after the other."""
    turns = count()
    return lambda replicas: next(turns) % len(replicas)


def least_outstanding() -> Balancer:
    """The one with the fewest requests waiting or running; the first of equals."""

    def pick(replicas: Sequence[Replica]) -> int:
        return min(range(len(replicas)), key=lambda i: replicas[i].outstanding)

    return pick


def power_of_two(rng: np.random.Generator) -> Balancer:
    """The better of two at random (Mitzenmacher, IEEE TPDS 12(10), 2001)."""

    def pick(replicas: Sequence[Replica]) -> int:
        if len(replicas) == 1:
            return 0
        first = int(rng.integers(len(replicas)))
        second = int(rng.integers(len(replicas) - 1))
        second += second >= first
        return min(first, second, key=lambda i: replicas[i].outstanding)

    return pick


def balancer(name: str, rng: np.random.Generator) -> Balancer:
    """The balancer of a declared name; `rng` is the pool's own stream."""
    if name == "power_of_two":
        return power_of_two(rng)
    return round_robin() if name == "round_robin" else least_outstanding()
