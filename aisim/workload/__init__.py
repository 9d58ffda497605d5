"""Declared traffic becomes a table of requests."""

from aisim.workload.arrivals import TooManyRequests
from aisim.workload.draw import draw_requests
from aisim.workload.streams import stream
from aisim.workload.table import Requests
from aisim.workload.traces import BadTrace, Trace, load_trace, trace_stamps

__all__ = [
    "BadTrace", "Requests", "TooManyRequests", "Trace", "draw_requests", "load_trace", "stream",
    "trace_stamps",
]  # fmt: skip
