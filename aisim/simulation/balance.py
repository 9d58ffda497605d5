"""Nothing is lost in the counting: tokens and bytes in = out, at the end of every simulation."""

from math import isclose

import pandas as pd

from aisim.results.balance import Unbalanced
from aisim.simulation.link import Link
from aisim.simulation.world import World


def check_world(world: World, requests: pd.DataFrame) -> None:
    """Compare what the components counted with the request table.

    Raises:
        Unbalanced: they differ; a fault of aisim, not of the study.
    """
    completed = requests[requests["status"] == "completed"]
    served = completed[completed["replica"] >= 0]
    _check_tokens(world, served)
    for name, link in world.links.items():
        _check_link(name, link)
    for name, device in world.storage.items():
        moved = device.bytes_read + device.bytes_written
        if device.server.flows == 0 and moved > 0 and device.server.work_done_s <= 0:
            raise Unbalanced(f"{name}: {moved:g} bytes moved in no time")


def _check_tokens(world: World, served: pd.DataFrame) -> None:
    """Every token that was computed is of a finished request, in a cache, or was dropped."""
    replicas = world.replicas
    finished = sum(r.finished_requests for r in replicas)
    inputs = sum(r.finished_input_tokens for r in replicas)
    outputs = sum(r.finished_output_tokens for r in replicas)
    kept = sum(r.prompt_tokens_done + r.decode_tokens_done for r in replicas)
    kept -= sum(r.recomputed_tokens for r in replicas)
    # The KV of the very last token of an answer is never computed.
    wanted = inputs + outputs - finished + sum(r.cached_tokens() for r in replicas)
    if kept != wanted:
        raise Unbalanced(f"{kept:,} tokens computed and kept, {wanted:,} accounted for")
    made = sum(r.sampled_tokens + r.decode_tokens_done for r in replicas)
    wanted = outputs + sum(r.made_tokens() for r in replicas)
    if made != wanted:
        raise Unbalanced(f"{made:,} tokens made, {wanted:,} accounted for")
    # Answers may still be on their way to the client when the simulation ends.
    table = (served["input_tokens"].sum(), served["output_tokens"].sum())
    if finished == len(served) and table != (inputs, outputs):
        raise Unbalanced(f"{outputs:,} tokens made, {table[1]:,} in the request table")
    if finished < len(served):
        raise Unbalanced(f"{len(served):,} requests completed, replicas finished {finished:,}")


def _check_link(name: str, link: Link) -> None:
    """The bytes that were sent are the work that was done, once no flow is left."""
    ways = ((link.up, link.bytes_up, "sent"), (link.down, link.bytes_down, "returned"))
    for server, n_bytes, verb in ways:
        idle = server.flows == 0
        carried = server.work_done_s / link.s_per_byte
        if idle and not isclose(carried, n_bytes, rel_tol=1e-6, abs_tol=1.0):
            raise Unbalanced(f"{name}: {n_bytes:,.0f} bytes {verb}, {carried:,.0f} carried")
