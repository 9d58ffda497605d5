"""Processor sharing against a reference that steps from change to change in exact fractions."""

from fractions import Fraction
from itertools import pairwise

import pytest
import simpy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from aisim.simulation.sharing import SharedServer

THOROUGH = settings(
    max_examples=100, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
Arrivals = list[tuple[Fraction, Fraction]]


def reference(flows: Arrivals) -> list[Fraction]:
    """When each (arrival, work) is done, in the order given."""
    left: dict[int, Fraction] = {}
    done: dict[int, Fraction] = {}
    coming = sorted(range(len(flows)), key=lambda i: flows[i][0])
    now = Fraction(0)
    while coming or left:
        due = now + min(left.values()) * len(left) if left else None
        then = min(
            time for time in (due, flows[coming[0]][0] if coming else None) if time is not None
        )
        for i in left:
            left[i] -= (then - now) / len(left)
        now = then
        for i in [i for i in left if left[i] == 0]:
            done[i] = now
            del left[i]
        while coming and flows[coming[0]][0] == now:
            i = coming.pop(0)
            left[i] = flows[i][1]
    return [done[i] for i in range(len(flows))]


class Load:
    """Flows sent to one server; `ends` is when those who wait are told."""

    def __init__(self, flows: Arrivals, *, start_s: float = 0.0, latency_s: float = 0.0) -> None:
        self.env = simpy.Environment(start_s)
        self.server = SharedServer(self.env)
        self.ends: list[float | None] = [None] * len(flows)
        for i, (arrival, work) in enumerate(flows):
            self.env.process(self._one(i, float(arrival), float(work), latency_s))

    def _one(self, i: int, arrival: float, work: float, latency_s: float):
        yield self.env.timeout(arrival)
        yield self.server.start(work, latency_s)
        self.ends[i] = self.env.now


def busy_s(flows: Arrivals) -> Fraction:
    """The union of the times with a flow: work conservation."""
    busy, until = Fraction(0), Fraction(0)
    for arrival, work in sorted(flows):
        until = max(until, arrival) + work
        busy += work
    return busy


tenths = st.integers(0, 40).map(lambda n: Fraction(n, 10))
fine = st.fractions(0, 5, max_denominator=997)
loads = st.lists(st.tuples(tenths | fine, tenths | fine), min_size=1, max_size=14)


@THOROUGH
@given(loads)
@example([(Fraction(0), Fraction(1))] * 5)
@example([(Fraction(0), Fraction(0)), (Fraction(0), Fraction(0)), (Fraction(0), Fraction(1))])
@example([(Fraction(1, 10), Fraction(3, 10)), (Fraction(4, 10), Fraction(1, 10))])
def test_as_the_reference(flows):
    load = Load(flows)
    load.env.run()
    assert load.ends == pytest.approx([float(end) for end in reference(flows)], rel=1e-9, abs=1e-9)


@THOROUGH
@given(loads, st.floats(0, 3))
def test_work_is_conserved(flows, look_s):
    """Busy exactly as long as there is work, whoever looks on the way."""
    load = Load(flows)
    if look_s > 0.01:
        load.env.process(looking(load, look_s))
    load.env.run(until=200)
    total = float(sum(work for _, work in flows))
    assert load.server.flows == 0
    assert load.server.work_done_s == pytest.approx(total)
    assert load.server.busy_until(load.env.now) == pytest.approx(float(busy_s(flows)))


def looking(load: Load, every_s: float):
    before = 0.0
    while True:
        yield load.env.timeout(every_s)
        busy = load.server.busy_until(load.env.now)
        assert 0 <= busy - before <= every_s + 1e-9
        before = busy


@THOROUGH
@given(loads, st.floats(0, 2))
def test_latency_comes_after_the_work_and_holds_no_one_up(flows, latency_s):
    load = Load(flows, latency_s=latency_s)
    load.env.run()
    wanted = [float(end) + latency_s for end in reference(flows)]
    assert load.ends == pytest.approx(wanted, rel=1e-9, abs=1e-9)


@THOROUGH
@given(st.lists(st.tuples(tenths | fine, tenths | fine, tenths), min_size=1, max_size=12))
def test_flows_that_are_watched_late(flows):
    """Nobody waits at first; a later look learns of the end, or that it is past."""
    wanted = [float(end) for end in reference([(a, w) for a, w, _ in flows])]
    env = simpy.Environment()
    server = SharedServer(env)
    told: dict[int, float] = {}
    past: dict[int, float] = {}

    def one(i, arrival, work, patience):
        yield env.timeout(arrival)
        flow = server.start_unwatched(work)
        yield env.timeout(patience)
        if server.watch(flow):
            yield flow
            told[i] = env.now
        else:
            past[i] = env.now
        assert flow.finished_s == pytest.approx(wanted[i], rel=1e-9, abs=1e-9)

    for i, row in enumerate(flows):
        env.process(one(i, *(float(number) for number in row)))
    env.run()
    assert len(told) + len(past) == len(flows)
    for i, now in told.items():
        assert now == pytest.approx(wanted[i], rel=1e-9, abs=1e-9)
    for i, now in past.items():
        assert now >= wanted[i] - 1e-9


@THOROUGH
@given(loads, st.lists(st.booleans(), min_size=14, max_size=14))
def test_watched_and_unwatched_flows_share_alike(flows, watched):
    wanted = [float(end) for end in reference(flows)]
    env = simpy.Environment()
    server = SharedServer(env)
    found: dict[int, float] = {}

    def one(i, arrival, work):
        yield env.timeout(arrival)
        if watched[i]:
            yield server.start(work)
            found[i] = env.now
        else:
            server.start_unwatched(work)

    for i, (arrival, work) in enumerate(flows):
        env.process(one(i, float(arrival), float(work)))
    env.run()
    assert len(found) == sum(watched[: len(flows)])
    for i, now in found.items():
        assert now == pytest.approx(wanted[i], rel=1e-9, abs=1e-9)


def test_equal_flows_end_together():
    load = Load([(Fraction(1), Fraction(2))] * 50)
    load.env.run()
    assert load.ends == pytest.approx([101.0] * 50)
    assert len(set(load.ends)) == 1


def test_work_of_nothing_takes_no_time():
    load = Load([(Fraction(3), Fraction(0))] * 3 + [(Fraction(0), Fraction(4))])
    load.env.run()
    assert load.ends == [3.0, 3.0, 3.0, pytest.approx(4.0)]


def test_a_late_clock_does_not_spin():
    """At 1e9 s a float holds 1e-7 s: smaller work must still come to an end."""
    works = [Fraction(1, 10**k) for k in range(13)] * 4
    flows = [(Fraction(i, 3), work) for i, work in enumerate(works)]
    load = Load(flows, start_s=1e9)
    steps = 0
    while load.env.peek() < float("inf"):
        load.env.step()
        steps += 1
        assert steps < 5_000
    wanted = [1e9 + float(end) for end in reference(flows)]
    assert load.ends == pytest.approx(wanted, abs=1e-5, rel=0)


def test_a_busy_year_does_not_spin():
    """Never idle, so virtual time is never reset; the ends still come, near enough."""
    flows = [(Fraction(0), Fraction(40_000_000))]
    flows += [(Fraction(31_000_000 + i), Fraction(1, 10**7 * (1 + i % 7))) for i in range(60)]
    load = Load(flows)
    steps = 0
    while load.env.peek() < float("inf"):
        load.env.step()
        steps += 1
        assert steps < 5_000
    assert load.ends == pytest.approx([float(end) for end in reference(flows)], rel=0, abs=1e-5)


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e6, 1e12])
def test_tiny_and_huge_work(scale):
    flows = [(Fraction(0), Fraction(i + 1)) for i in range(8)]
    scaled = [(arrival, work * Fraction(scale)) for arrival, work in flows]
    load = Load(scaled)
    load.env.run()
    assert load.ends == pytest.approx([float(end) for end in reference(scaled)], rel=1e-9)


def test_tiny_and_huge_work_together():
    flows = [(Fraction(0), Fraction(10**9)), *[(Fraction(i), Fraction(1, 10**9)) for i in range(9)]]
    load = Load(flows)
    load.env.run()
    assert load.ends[0] == pytest.approx(1e9, rel=1e-12)
    assert all(end - i < 1e-6 for i, end in enumerate(load.ends[1:]))


def test_a_link_at_10_mb_s_for_a_day():
    """The case in which a tolerance would spin for ever: many flows of odd sizes, never idle."""
    flows = [
        (Fraction(i * 17, 10), Fraction(7919 * (i % 13 + 1), 10**7 * 3) + Fraction(16, 10))
        for i in range(1500)
    ]
    load = Load(flows)
    load.env.run()
    assert all(end is not None for end in load.ends)
    assert max(load.ends) == pytest.approx(float(max(reference(flows))), rel=1e-9)


def test_flows_counts_those_in_service():
    env = simpy.Environment()
    server = SharedServer(env)
    seen = []

    def watching():
        for _ in range(4):
            seen.append(server.flows)
            yield env.timeout(1.0)

    server.start_unwatched(1.0)
    server.start_unwatched(0.25)
    env.process(watching())
    env.run()
    assert seen == [2, 1, 0, 0]
    assert all(a >= b for a, b in pairwise(seen))
