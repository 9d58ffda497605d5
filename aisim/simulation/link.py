"""A network link, full duplex; each direction is shared equally by its flows."""

from collections.abc import Generator
from typing import TYPE_CHECKING

import simpy

from aisim.scenario.links import Link as LinkDeclaration
from aisim.simulation.records import Records
from aisim.simulation.request import Request
from aisim.simulation.sharing import Flow, SharedServer

if TYPE_CHECKING:
    from simpy.events import Event

BITS_PER_BYTE = 8


class Link:
    """Prompts go up, answers come down; they do not disturb each other."""

    def __init__(
        self, env: simpy.Environment, name: str, declared: LinkDeclaration, records: Records
    ) -> None:
        self.env = env
        self.name = name
        self.latency_s = declared.latency_s
        self.s_per_byte = BITS_PER_BYTE / (declared.bandwidth_gbit_per_s * 1e9)
        self.up = SharedServer(env)
        self.down = SharedServer(env)
        self.bytes_up = 0.0
        self.bytes_down = 0.0
        self._wait_s = records.wait_s[name]
        self._service_s = records.service_s[name]

    def send(self, request: Request) -> "Generator[Event, None, None]":
        """Carry the prompt across; the answer will come back over this link."""
        began = self.env.now
        n_bytes = request.input_tokens * request.traffic.prompt_bytes_per_token
        work_s = n_bytes * self.s_per_byte
        self.bytes_up += n_bytes
        yield self.up.start(work_s, self.latency_s)
        took = self.env.now - began
        wait = took - work_s - self.latency_s
        if wait < 0.0:
            wait = 0.0
        self._wait_s[request.index] += wait
        self._service_s[request.index] += took - wait
        if request.back is None:
            request.back = [Return(self)]
        else:
            request.back.append(Return(self))

    def book_return(self, row: int, wait_s: float) -> None:
        """Write down what the last token met on its way back."""
        self._wait_s[row] += wait_s
        self._service_s[row] += self.latency_s


class Return:
    """The way back of one answer over one link.

    The answer streams: its bytes flow from the first token on, and the last token arrives when
    both it is made and the bytes before it are through.
    """

    __slots__ = ("flow", "link")

    def __init__(self, link: Link) -> None:
        self.link = link
        self.flow: Flow | None = None

    def stream(self, request: Request) -> Flow:
        """The first token was made: the bytes begin to flow."""
        link = self.link
        n_bytes = request.output_tokens * request.traffic.answer_bytes_per_token
        self.flow = flow = link.down.start_unwatched(n_bytes * link.s_per_byte)
        link.bytes_down += n_bytes
        return flow


class Transfer:
    """The stage of a path that crosses a link."""

    def __init__(self, link: Link) -> None:
        self.link = link

    def serve(self, request: Request) -> "Generator[Event, None, None]":
        """Carry the prompt across."""
        return self.link.send(request)
