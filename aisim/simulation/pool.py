"""A pool: replicas of one model behind a balancer, running by a rule."""

from collections import deque
from collections.abc import Generator
from itertools import count
from typing import TYPE_CHECKING

import simpy

from aisim.language import say
from aisim.scenario.candidate import Burst
from aisim.scenario.hours import WEEK_S, open_spans_s
from aisim.scenario.pools import Hours, OnDemand, Rule
from aisim.simulation.balancer import Balancer
from aisim.simulation.machine import Lost, Machine
from aisim.simulation.records import Records
from aisim.simulation.replica import Replica
from aisim.simulation.request import Request

if TYPE_CHECKING:
    from simpy.events import Event


class Pool:
    """Dispatches requests to the replicas of the machines that are up.

    Without one, requests are held at the pool until a machine is up. So are those of a machine
    that was taken back, at the head of the queue: they keep the tokens that they have and compute
    their KV cache anew.
    """

    #: What is said of a request with more than `longest_tokens`.
    too_long: str = say("longer than the model's context or the KV cache")

    def __init__(
        self,
        env: simpy.Environment,
        name: str,
        number: int,
        *,
        machines: list[Machine],
        replicas: dict[Replica, Machine],
        balancer: Balancer,
        rule: Rule,
        max_context: int,
        records: Records,
        delay_iterations: float = 0.0,
    ) -> None:
        self.env = env
        self.name = name
        self.machines = machines
        self.held: deque[Request] = deque()
        self.ready: list[Replica] = []
        self._open = True
        self._delay_iterations = delay_iterations
        self._number = number
        self._machine_of = replicas
        self._numbers = {replica: i for i, replica in enumerate(replicas)}
        #: Tokens of the longest request that a replica can serve.
        self.longest_tokens = min(max_context, *(r.kv_tokens for r in self._numbers))
        self.on_demand = isinstance(rule, OnDemand)
        self._balancer = balancer
        self._rule = rule
        self._pool_column = records.pool
        self._replica_column = records.replica
        self._dispatched_s = records.dispatched_s
        self._wait_s = records.wait_s[name]
        self._service_s = records.service_s[name]
        for machine in machines:
            machine.on_up.append(self._is_up)
            machine.on_reclaim.append(self._is_reclaimed)

    def open(self, start_hour: float) -> None:
        """Begin to run by the rule; `start_hour` is the time of the week at second 0."""
        match self._rule:
            case OnDemand():
                for machine in self.machines:
                    machine.on_idle = self._stop_later
            case Hours():
                self.env.process(self._keep_hours(self._rule, start_hour))
            case _:
                for machine in self.machines:
                    machine.up_at_once("always")
                self._refresh()

    # --- serving ----------------------------------------------------------------------------

    @property
    def waiting(self) -> int:
        """Requests that no replica is working on yet."""
        return len(self.held) + sum(len(replica.waiting) for replica in self._numbers)

    @property
    def running(self) -> int:
        """Requests in the batches of the replicas."""
        return sum(len(replica.running) for replica in self._numbers)

    def kv_share(self) -> float:
        """Mean share of the KV memory in use, over the replicas that are up."""
        if not self.ready:
            return 0.0
        return sum(replica.kv_share() for replica in self.ready) / len(self.ready)

    def is_full(self, burst: Burst, tokens: int) -> bool:
        """Whether the queue per replica or the KV memory passes its threshold."""
        if burst.queue is not None and self.waiting > burst.queue * len(self.ready):
            return True
        return burst.utilisation is not None and self.kv_share() > burst.utilisation

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Hand the request to a replica and wait for its last token."""
        env, row = self.env, request.index
        began = env.now
        request.done = done = simpy.Event(env)
        self._pool_column[row] = self._number
        if self.ready:
            self._dispatch(request)
        else:
            request.queued_s = began
            self.held.append(request)
        yield done
        after = request.output_tokens - 1
        if self._delay_iterations and after:
            # The first token reaches the client so many of its own iterations late.
            late = min(self._delay_iterations / after, 1.0)
            answer_s = request.last_token_s - request.first_token_s - request.paused_s
            request.first_token_s += late * answer_s
        self._wait_s[row] = wait = request.waited_s
        self._service_s[row] = env.now - began - wait

    def _dispatch(self, request: Request) -> None:
        ready = self.ready
        replica = ready[self._balancer(ready)] if len(ready) > 1 else ready[0]
        self._replica_column[request.index] = self._numbers[replica]
        if request.scheduled_s is None:
            self._dispatched_s[request.index] = self.env.now
        replica.submit(request)

    def _refresh(self) -> None:
        """Who is up has changed: the held go to the replicas that are there now."""
        self.ready = [r for r, machine in self._machine_of.items() if machine.state == "up"]
        while self.held and self.ready:
            request = self.held.popleft()
            waited_s = self.env.now - request.queued_s
            request.waited_s += waited_s
            if request.first_token_s is not None:
                request.paused_s += waited_s
            self._dispatch(request)

    # --- running ----------------------------------------------------------------------------

    @property
    def starting(self) -> bool:
        """Whether a machine is on its way."""
        return any(machine.state == "starting" for machine in self.machines)

    def want_more(self, queue: int, why: str = "on demand") -> None:
        """`queue` requests wait or spill over: an on-demand pool starts one machine at a time."""
        rule = self._rule
        if not isinstance(rule, OnDemand) or queue <= rule.start_queue or self.starting:
            return
        for machine in self.machines:
            if machine.state == "off":
                machine.start(why)
                return

    def _is_up(self, machine: Machine) -> None:
        if not self._open:
            machine.drain()
        self._refresh()
        # A machine that nobody needed while it started would never turn idle by itself.
        if machine.on_idle is not None and machine.idle_since_s is not None:
            self._stop_later(machine)

    def _is_reclaimed(self, machine: Machine, lost: Lost) -> None:
        """Its requests go back to the head of the queue; by the rule, it starts anew at once."""
        mine = [r for replica, here in lost.items() if replica in self._numbers for r in here]
        self.held.extendleft(reversed(mine))
        self._refresh()
        if self.on_demand:
            self.want_more(self.waiting, "reclaimed")
        elif self._open and machine.state == "off":
            machine.start("reclaimed")

    def _stop_later(self, machine: Machine) -> None:
        self.env.process(self._stop_when_idle(machine, machine.idle_since_s))

    def _stop_when_idle(
        self, machine: Machine, since_s: float | None
    ) -> "Generator[Event, None, None]":
        assert isinstance(self._rule, OnDemand)
        yield self.env.timeout(self._rule.stop_idle_s)
        if machine.state == "up" and machine.idle_since_s == since_s:
            machine.drain()
            self._refresh()

    def _keep_hours(self, rule: Hours, start_hour: float) -> "Generator[Event, None, None]":
        """Machines are up within the spans; where second 0 is in one, they already are."""
        spans = open_spans_s(rule.hours, start_hour)
        self._open = spans[0][0] <= 0
        if self._open:
            for machine in self.machines:
                machine.up_at_once("hours")
            self._refresh()
        for week in count():
            for opens, closes in spans:
                yield self.env.timeout(max(opens + week * WEEK_S - self.env.now, 0.0))
                self._start_all()
                yield self.env.timeout(max(closes + week * WEEK_S - self.env.now, 0.0))
                self._drain_all()

    def _start_all(self) -> None:
        self._open = True
        for machine in self.machines:
            if machine.state == "off":
                machine.start("hours")
            elif machine.state == "draining":
                machine.state = "up"
        self._refresh()

    def _drain_all(self) -> None:
        self._open = False
        for machine in self.machines:
            if machine.state == "up":
                machine.drain()
        self._refresh()
