"""A replica that stops at any time: what it had done is counted, what it has not is not lost."""

from fractions import Fraction

import simpy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.simulation.replica import Replica
from aisim.simulation.request import Request
from tests.reference.strategies import limits, linear_perfs, request_lists
from tests.reference.test_reference import UNIT
from tests.simulation.test_replica import fits

THOROUGH = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
STOPS = st.lists(st.fractions("1/20", 4, max_denominator=60), min_size=1, max_size=4)


class Stopped:
    """Requests through one replica, which stops again and again and starts anew after a while."""

    def __init__(self, requests, perf, gaps_s, pause_s, **limits):
        self.env = env = simpy.Environment()
        self.turns = [Fraction(0), False]
        self.replica = Replica(env, perf, on_state=self.on_state, **limits)
        made = [Request(i, tokens, output) for i, (_, tokens, output) in enumerate(requests)]
        self.requests = [request for request in made if fits(self.replica, request)]
        self.arrival_s = [requests[request.index][0] for request in self.requests]
        self.up = True
        self.held = []
        env.process(self.arrivals())
        env.process(self.stops(gaps_s, pause_s))
        env.run()

    def on_state(self, busy):
        self.turns[0] += -self.env.now if busy else self.env.now
        self.turns[1] = busy

    def arrivals(self):
        for request, at in zip(self.requests, self.arrival_s, strict=True):
            yield self.env.timeout(max(at - self.env.now, 0))
            if self.up:
                self.replica.submit(request)
            else:
                request.queued_s = self.env.now
                self.held.append(request)

    def stops(self, gaps_s, pause_s):
        for gap_s in gaps_s:
            yield self.env.timeout(gap_s)
            had = {request: self.replica.tokens_produced(request) for request in self.requests}
            self.held = self.replica.stop()
            self.up = False
            self.look(had)
            yield self.env.timeout(pause_s)
            self.up = True
            for request in self.held:
                request.waited_s += self.env.now - request.queued_s
                self.replica.submit(request)
            self.held = []

    def look(self, had):
        """Right after a stop: the tokens are those from before, and nothing else is left."""
        replica, batch, tally = self.replica, self.replica.batch, self.replica.tally
        assert {request: request.produced for request in self.requests} == had
        assert (replica.outstanding, replica.kv_share(), batch.size) == (0, 0, 0)
        assert (batch.kv_tokens, batch.local_tokens, batch.growing_local) == (0, 0, 0)
        assert not self.turns[1]
        assert all(request.context == 0 for request in self.held)
        kept = batch.tokens_done + tally.prompt_tokens - tally.dropped_tokens
        finished = tally.finished_input_tokens + tally.finished_output_tokens - tally.finished
        assert kept == finished


@THOROUGH
@given(request_lists(), linear_perfs(), limits(), STOPS, st.fractions(0, 3))
def test_nothing_is_lost_but_time(requests, perf, limits, gaps_s, pause_s):
    world = Stopped(requests, perf, gaps_s, pause_s, **limits)
    replica, tally = world.replica, world.replica.tally
    assert all(request.produced == request.output_tokens for request in world.requests)
    assert tally.finished == len(world.requests)
    outputs = sum(request.output_tokens for request in world.requests)
    assert replica.batch.tokens_done + tally.sampled_tokens == outputs
    prefill_s, decode_s, _ = replica.phases()
    assert prefill_s + decode_s == world.turns[0]
    for request, at in zip(world.requests, world.arrival_s, strict=True):
        assert at <= request.scheduled_s < request.first_token_s <= request.last_token_s
        assert 0 <= request.waited_s <= request.last_token_s - at


@THOROUGH
@given(request_lists(max_size=1), linear_perfs(), limits(), st.fractions("1/20", 4))
def test_one_alone_waits_and_is_served_in_turns(requests, perf, limits, stop_s):
    """Its waits and the busy time of the replica are all of its time."""
    world = Stopped(requests, perf, [stop_s], Fraction(7, 3), **limits)
    for request, at in zip(world.requests, world.arrival_s, strict=True):
        assert request.waited_s + world.turns[0] == request.last_token_s - at


def test_a_stop_at_the_very_end_of_a_jump_keeps_its_last_token():
    perf = UNIT
    world = Stopped([(Fraction(0), 3, 4)], perf, [Fraction(4)], Fraction(5), **WIDE)
    assert world.requests[0].last_token_s == 4
    assert world.requests[0].preemptions == 0


def test_a_chunk_in_work_is_lost():
    """The prompt of 9 in chunks of 4: stopped in its second chunk, all three come once more."""
    world = Stopped([(Fraction(0), 9, 2)], UNIT, [Fraction(3, 2)], Fraction(10), **NARROW)
    request, tally = world.requests[0], world.replica.tally
    assert (request.first_token_s, request.last_token_s) == (Fraction("14.5"), Fraction("15.5"))
    assert (tally.prompt_tokens, tally.dropped_tokens) == (8 + 9, 8)
    assert (tally.prefill_s, tally.decode_s) == (Fraction("1.5") + 3, 1)


WIDE = {"token_budget": 100, "max_sequences": 100, "blocks": 100, "block_tokens": 1}
NARROW = {**WIDE, "token_budget": 4, "max_sequences": 1}
