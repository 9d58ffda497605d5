"""Processor sharing: n flows on one server, each served at 1/n of its speed."""

from heapq import heappop, heappush

import simpy
from simpy.events import NORMAL

from aisim.simulation.wake import Wake

NEVER = float("inf")


class Flow(simpy.Event):
    """Work on a shared server.

    Whoever waits for the event learns of its end `latency_s` after the work is done.
    """

    __slots__ = ("finished_s", "latency_s", "promised")

    def __init__(self, env: simpy.Environment, latency_s: float) -> None:
        self.env = env
        self.callbacks = []
        self.latency_s = latency_s
        self.finished_s: float | None = None
        self.promised = False

    def keep_promise(self, _wake: Wake) -> None:
        """The flow stayed alone to its end: tell those who wait, now."""
        if self.promised:
            self._ok, self._value = True, None
            callbacks, self.callbacks = self.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(self)


class SharedServer:
    """A server that its flows share equally (egalitarian processor sharing).

    Virtual time is the work that each present flow has received. A flow that brings work w at
    virtual time v finishes at v + w, whoever comes or goes: a heap of these points is all that is
    needed, O(log n) a flow (the device of generalised processor sharing, Parekh and Gallager,
    IEEE/ACM Trans. Networking 1(3), 1993, with equal weights).

    The server catches up when it is asked; it wakes by itself only for flows that somebody waits
    for. The end of a flow that is alone is known at once: it is promised, and the promise is
    broken when another comes. Work is counted in seconds that the server would take for it alone.
    """

    __slots__ = (
        "_alone", "_busy_s", "_count", "_heap", "_planned_s", "_since_s", "_virtual_s", "_waited",
        "_wakes", "_work_begun_s", "_work_done_s", "env",
    )  # fmt: skip

    def __init__(self, env: simpy.Environment) -> None:
        self.env = env
        self._work_begun_s = 0.0
        self._work_done_s = 0.0
        self._busy_s = 0.0
        self._heap: list[tuple[float, int, Flow, float]] = []
        self._virtual_s = 0.0
        self._since_s = 0.0
        self._count = 0
        self._waited = 0
        self._alone: Flow | None = None
        self._wakes = 0
        self._planned_s = NEVER

    @property
    def flows(self) -> int:
        """Flows in service now."""
        self._catch_up(self.env.now)
        return len(self._heap)

    @property
    def work_done_s(self) -> float:
        """Work of the flows that have ended."""
        self._catch_up(self.env.now)
        return self._work_done_s

    @property
    def work_begun_s(self) -> float:
        """Work of all flows that were ever started."""
        return self._work_begun_s

    def busy_until(self, now_s: float) -> float:
        """Seconds with at least one flow, up to `now_s`, which is now."""
        self._catch_up(now_s)
        return self._busy_s

    def start(self, work_s: float, latency_s: float = 0.0) -> Flow:
        """Begin a flow of `work_s` seconds of work that the caller waits for at once."""
        flow = self.start_unwatched(work_s, latency_s)
        if len(self._heap) == 1:
            flow.promised = True
            self._alone = flow
            Wake(self.env, 0, flow.keep_promise, work_s + latency_s, NORMAL)
        else:
            self._waited += 1
            self._plan(self._since_s)
        return flow

    def start_unwatched(self, work_s: float, latency_s: float = 0.0) -> Flow:
        """Begin a flow that nobody waits for, or not yet: see `watch`."""
        env = self.env
        flow = Flow(env, latency_s)
        self._work_begun_s += work_s
        self._catch_up(env.now)
        self._count += 1
        heappush(self._heap, (self._virtual_s + work_s, self._count, flow, work_s))
        if self._alone is not None:
            self._break_promise(self._alone)
        return flow

    def _break_promise(self, alone: Flow) -> None:
        """Another flow came: the end of the first is open again, unless its work is done."""
        self._alone = None
        if alone.finished_s is None:
            alone.promised = False
            self._waited += 1
            self._plan(self._since_s)

    def watch(self, flow: Flow) -> bool:
        """Make ready to wait for a flow; False if it is over already."""
        self._catch_up(self.env.now)
        if flow.finished_s is not None:
            return False
        self._waited += 1
        self._plan(self._since_s)
        return True

    def _catch_up(self, now_s: float) -> None:
        """Bring virtual time up to the clock, ending on the way what ends on the way."""
        heap, since, virtual = self._heap, self._since_s, self._virtual_s
        while heap:
            finish, _, flow, work_s = heap[0]
            n = len(heap)
            due = since + (finish - virtual) * n
            # Due is what cannot move the clock any more: a float never has to reach a float.
            if due > now_s:
                self._virtual_s = virtual + (now_s - since) / n
                self._busy_s += now_s - since
                break
            heappop(heap)
            if due > since:
                self._busy_s += due - since
                since = due
            if finish > virtual:
                virtual = finish
            self._end(flow, work_s, since, now_s)
        else:
            # An idle server restarts at zero: virtual time must not grow without bound.
            self._virtual_s = 0.0
        self._since_s = now_s

    def _end(self, flow: Flow, work_s: float, finished_s: float, now_s: float) -> None:
        self._work_done_s += work_s
        flow.finished_s = finished_s
        if flow.callbacks and not flow.promised:
            self._waited -= 1
            flow._ok, flow._value = True, None
            delay = finished_s + flow.latency_s - now_s
            self.env.schedule(flow, NORMAL, delay if delay > 0.0 else 0.0)

    def _plan(self, now_s: float) -> None:
        """Wake when the first flow is due. More flows only delay it: an early wake plans anew."""
        due = now_s + (self._heap[0][0] - self._virtual_s) * len(self._heap)
        if due < self._planned_s:
            self._planned_s = due
            self._wakes += 1
            Wake(self.env, self._wakes, self._on_wake, due - now_s, NORMAL)

    def _on_wake(self, wake: Wake) -> None:
        if wake.number != self._wakes:
            return
        now = self.env.now
        self._planned_s = NEVER
        self._catch_up(now)
        if self._waited and self._heap:
            self._plan(now)
