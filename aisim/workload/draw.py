"""From a declared workload to its table of requests."""

from collections.abc import Callable

import numpy as np

from aisim.language import say
from aisim.scenario.study import RunSettings, Study
from aisim.scenario.workload import (
    ClientArrivals,
    ConstantSizes,
    PoissonArrivals,
    QuantileSizes,
    ReplayedArrivals,
    ScaledSizes,
    ShapedArrivals,
    TraceSizes,
    Traffic,
    WindowSizes,
)
from aisim.workload import arrivals, sizes
from aisim.workload.streams import stream
from aisim.workload.table import Floats, Ints, Requests, Stream, merge
from aisim.workload.traces import Trace, load_trace


def draw_requests(study: Study, replication: int = 0) -> Requests:
    """The table of requests of a study, for one replication.

    The same study, seed and replication give the same table, bit for bit.

    Raises:
        BadTrace: a trace file that cannot be used.
        TooManyRequests: more requests than fit in memory.
    """
    streams = {
        name: _draw(name, traffic, study.run, replication)
        for name, traffic in study.workload.traffic.items()
    }
    return merge(streams, dict(study.workload.traffic), study.run, replication)


def _draw(name: str, traffic: Traffic, settings: RunSettings, replication: int) -> Stream:
    def rng(purpose: str) -> np.random.Generator:
        return stream(settings.seed, replication, f"traffic/{name}/{purpose}")

    declared, horizon = traffic.arrivals, settings.horizon_s
    windows = parent = gap = trace = None
    notes: tuple[str, ...] = ()
    match declared:
        case PoissonArrivals():
            times = arrivals.poisson(declared, horizon, rng("arrivals"))
        case ShapedArrivals():
            if declared.windows is not None:
                windows = arrivals.draw_windows(declared.windows, horizon, rng("windows"))
            times = arrivals.shaped(declared, settings, windows, rng("arrivals"))
            notes = _season_notes(declared, settings)
        case ReplayedArrivals():
            trace = load_trace(declared.file, declared.format)
            times = trace.arrival_s[trace.arrival_s < horizon]
            notes = _trace_notes(trace, len(times), horizon)
        case ClientArrivals():
            times, parent, gap = arrivals.clients(declared, horizon, rng("think"))
    lengths = _lengths(traffic, times, windows, trace, rng)
    if isinstance(traffic.sizes, ScaledSizes):
        lengths = sizes.scaled(traffic.sizes, *lengths)
    return Stream(times, *lengths, parent, gap, notes)


def _lengths(
    traffic: Traffic,
    times: Floats,
    windows: arrivals.Windows | None,
    trace: Trace | None,
    rng: Callable[[str], np.random.Generator],
) -> tuple[Ints, Ints]:
    declared, n = traffic.sizes, len(times)
    match declared:
        case ConstantSizes():
            return sizes.constant(declared, n)
        case QuantileSizes():
            return sizes.quantiles(declared, n, rng("input"), rng("output"))
        case WindowSizes():
            name = getattr(traffic.arrivals, "windows", None)
            assert windows is not None
            assert name is not None
            return sizes.from_windows(name, windows, times, rng("input"), rng("output"))
        case TraceSizes():
            if trace is not None and declared.file in (None, _replayed_file(traffic)):
                return trace.input_tokens[:n], trace.output_tokens[:n]
            return _drawn_rows(declared, n, rng("rows"))


def _replayed_file(traffic: Traffic) -> str | None:
    return traffic.arrivals.file if isinstance(traffic.arrivals, ReplayedArrivals) else None


def _drawn_rows(declared: TraceSizes, n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Whole rows of a trace at random, so that input and output stay together."""
    assert declared.file is not None
    trace = load_trace(declared.file)
    rows = rng.integers(0, len(trace.arrival_s), size=n)
    return trace.input_tokens[rows], trace.output_tokens[rows]


def _season_notes(declared: ShapedArrivals, settings: RunSettings) -> tuple[str, ...]:
    """How the measured time stands to the week, as a month is made of it."""
    hours = np.arange(settings.warm_up_s, settings.horizon_s, 60.0) / 3600 + settings.start_hour
    share = float(arrivals.weekly_factors(declared)[(hours % 168).astype(np.int64)].mean())
    if abs(share - 1) < 0.05:
        return ()
    return (say("the measured time has {share:.0%} of the mean rate of the week", share=share),)


def _trace_notes(trace: Trace, replayed: int, horizon_s: float) -> tuple[str, ...]:
    rows = {"read": trace.rows_read, "replayed": replayed}
    notes = [say("{read:,} rows read, {replayed:,} replayed before the horizon", **rows)]
    if trace.rows_dropped:
        dropped = trace.rows_dropped
        notes.append(say("{n:,} rows without input or output tokens dropped", n=dropped))
    if trace.arrival_s[-1] < 0.95 * horizon_s:
        empty_s = float(horizon_s - trace.arrival_s[-1])
        notes.append(
            say("the trace ends {empty_s:,.0f} s before the horizon; nothing arrives then",
                empty_s=empty_s)
        )  # fmt: skip
    return tuple(notes)
