"""GPUs that have other work too: what serves gets the rest of their time."""

from dataclasses import dataclass

from aisim.catalog.engines import EngineHost
from aisim.language import say
from aisim.performance.iteration import IterationTime


@dataclass(frozen=True, slots=True)
class SharedTime:
    """Iteration times on GPUs that other work takes a share u of: 1 / (1 - u) times as long.

    That is processor sharing with other work; every term is as much longer, so the time of
    decodes stays linear in the cached tokens. Build it with `shared_time`.

    Attributes:
        alone: The times on GPUs of one's own.
        slowdown: How many times as long an iteration takes.
    """

    alone: IterationTime
    slowdown: float
    decode_kv_s: float
    mixed_kv_s: float
    decode_local_kv_s: float
    mixed_local_kv_s: float
    window: int | None
    notes: tuple[str, ...]

    @property
    def host(self) -> EngineHost:
        """What the engine adds to its kernels."""
        return self.alone.host

    @property
    def provenance(self) -> str:
        """Where the parameters come from."""
        return self.alone.provenance

    def tokens_s(self, n: int) -> float:
        """Return the seconds that depend on the `n` decoding sequences of the batch alone."""
        return self.slowdown * self.alone.tokens_s(n)

    def mixed_tokens_s(self, n: int) -> float:
        """Return the same of a batch of `n` tokens that holds prompt chunks."""
        return self.slowdown * self.alone.mixed_tokens_s(n)

    def prompt_s(self, new: int, context: int) -> float:
        """Return the seconds of attention of `new` prompt tokens after `context` cached ones."""
        return self.slowdown * self.alone.prompt_s(new, context)


def shared_time(alone: IterationTime, taken: float) -> IterationTime | SharedTime:
    """Return the iteration times where other work takes this share of the GPUs' time."""
    if not taken:
        return alone
    slowdown = 1 / (1 - taken)
    note = say(
        "shares its GPUs with other work: {percent:.3g} % of their time, so iterations take "
        "{slowdown:.3g} times as long; all of their memory is taken to be free",
        percent=100 * taken,
        slowdown=slowdown,
    )
    return SharedTime(
        alone,
        slowdown,
        decode_kv_s=slowdown * alone.decode_kv_s,
        mixed_kv_s=slowdown * alone.mixed_kv_s,
        decode_local_kv_s=slowdown * alone.decode_local_kv_s,
        mixed_local_kv_s=slowdown * alone.mixed_local_kv_s,
        window=alone.window,
        notes=(*alone.notes, note),
    )
