"""A jump: iterations of pure decode at constant batch, taken in one event.

The duration of iteration i is `first_s + i * step_s`, because every decoding sequence adds one
token to what is read. k of them therefore last `k * first_s + step_s * k (k - 1) / 2`.
"""

from dataclasses import dataclass
from math import ceil, sqrt
from typing import Any


@dataclass(slots=True)
class Jump:
    """`iterations` iterations that start at `start_s`.

    Times may be floats or Fractions: all that is asked of them is exact or rounded arithmetic.
    """

    start_s: Any
    first_s: Any
    step_s: Any
    iterations: int

    def elapsed_s(self, k: int) -> Any:
        """Seconds from the start to the end of the first k iterations."""
        return k * self.first_s + self.step_s * (k * (k - 1) // 2)

    def boundary_from(self, now_s: Any) -> int:
        """The number (at least 1) of the first iteration that ends at `now_s` or later.

        The quadratic gives it up to rounding; its neighbours are then compared in exact order.
        """
        passed = now_s - self.start_s
        k = min(max(ceil(self._root(float(passed))), 1), self.iterations)
        while k < self.iterations and self.elapsed_s(k) < passed:
            k += 1
        while k > 1 and self.elapsed_s(k - 1) >= passed:
            k -= 1
        return k

    def completed_at(self, now_s: Any) -> int:
        """Iterations that have ended at `now_s`."""
        k = self.boundary_from(now_s)
        return k if self.elapsed_s(k) <= now_s - self.start_s else k - 1

    def _root(self, passed: float) -> float:
        half, linear = float(self.step_s) / 2, float(self.first_s) - float(self.step_s) / 2
        if half <= 0:
            return passed / linear if linear > 0 else 1.0
        return (sqrt(linear * linear + 4 * half * passed) - linear) / (2 * half)
