"""Nothing is lost in the counting: what the components counted is what the request table holds."""

from math import isclose

import numpy as np

from aisim.results.balance import Unbalanced
from aisim.results.tables import Columns
from aisim.simulation.api import Api
from aisim.simulation.link import Transfer
from aisim.simulation.records import NOT_ARRIVED
from aisim.simulation.replica import Replica
from aisim.simulation.sharing import SharedServer
from aisim.simulation.storage import Log, Read
from aisim.simulation.world import World
from aisim.workload.table import Ints, among


def check_world(world: World, table: Columns) -> None:
    """Compare what the components counted with the request table.

    Raises:
        Unbalanced: they differ; a fault of aisim, not of the study.
    """
    _check_arrivals(world)
    completed = among(table["status"], "completed")
    served = completed & (table["replica"] >= 0)
    _check_tokens(world, *(table[f"{put}_tokens"][served] for put in ("input", "output")))
    for api in world.apis.values():
        _check_api(api, table.where(completed & among(table["pool"], api.name)))
    for name, link in world.links.items():
        _check_work(f"{name}, up", link.up, link.bytes_up * link.s_per_byte)
        _check_work(f"{name}, down", link.down, link.bytes_down * link.s_per_byte)
    for name, device in world.storage.items():
        _check_work(name, device.server)
    if not world.records.in_flight and completed.all():
        _check_path(world, table)


def _check_arrivals(world: World) -> None:
    """Every request that was due was sent, and every one that was sent is in flight or ended."""
    requests, records = world.requests, world.records
    status = np.frombuffer(records.status, dtype=np.int8)
    end = min(requests.settings.horizon_s, world.env.now)
    due = (requests.parent_id < 0) & (requests.arrival_s < end)
    missing = int((status[due] == NOT_ARRIVED).sum())
    if missing:
        raise Unbalanced(f"{missing:,} requests were due and never sent")
    sent = int((status != NOT_ARRIVED).sum())
    if sent != records.in_flight + records.ended:
        counted = f"{records.in_flight:,} in flight, {records.ended:,} ended"
        raise Unbalanced(f"{sent:,} requests sent, {counted}")


def _check_tokens(world: World, served_inputs: Ints, served_outputs: Ints) -> None:
    """Every token that was computed is of a finished request, in a cache, or was dropped."""
    tallies = [replica.tally for replica in world.replicas]
    decoded = sum(replica.batch.tokens_done for replica in world.replicas)
    finished = sum(t.finished for t in tallies)
    inputs = sum(t.finished_input_tokens for t in tallies)
    outputs = sum(t.finished_output_tokens for t in tallies)
    kept = decoded + sum(t.prompt_tokens - t.dropped_tokens for t in tallies)
    # The KV of the very last token of an answer is never computed.
    wanted = inputs + outputs - finished + sum(map(_cached_tokens, world.replicas))
    if kept != wanted:
        raise Unbalanced(f"{kept:,} tokens computed and kept, {wanted:,} accounted for")
    made = decoded + sum(t.sampled_tokens for t in tallies)
    # Those whose machine was taken back may be held at their pool, with what they have.
    held = sum(request.produced for pool in world.pools.values() for request in pool.held)
    wanted = outputs + held + sum(map(_made_tokens, world.replicas))
    if made != wanted:
        raise Unbalanced(f"{made:,} tokens made, {wanted:,} accounted for")
    # Answers may still be on their way to the client when the simulation ends.
    table = (served_inputs.sum(), served_outputs.sum())
    served = len(served_inputs)
    if finished == served and table != (inputs, outputs):
        raise Unbalanced(f"{outputs:,} tokens made, {table[1]:,} in the request table")
    if finished < served:
        raise Unbalanced(f"{served:,} requests completed, replicas finished {finished:,}")


def _check_api(api: Api, served: Columns) -> None:
    """Every request that was sent is somewhere, and has all its tokens once it is through."""
    held = api.waiting + api.in_flight + api.failed + api.finished
    if api.sent != held:
        raise Unbalanced(f"{api.name}: {api.sent:,} requests sent, {held:,} accounted for")
    if api.finished < served.height:
        raise Unbalanced(f"{api.name}: {served.height:,} completed, {api.finished:,} were answered")
    # Answers may still be on their way to the client when the simulation ends.
    counted = (api.finished_input_tokens, api.finished_output_tokens)
    tokens = (int(served["input_tokens"].sum()), int(served["output_tokens"].sum()))
    if api.finished == served.height and counted != tokens:
        raise Unbalanced(f"{api.name}: {counted} tokens in and out, {tokens} in the request table")


def _cached_tokens(replica: Replica) -> int:
    """Tokens in the KV cache, those of the chunks in work included, at the last boundary."""
    return sum(
        replica.batch.length(request) if request.finish_iteration >= 0 else request.context
        for request in replica.running
    )


def _made_tokens(replica: Replica) -> int:
    """Output tokens that the requests still here had at the last boundary."""
    return sum(
        replica.batch.produced(request) if request.finish_iteration >= 0 else request.produced
        for request in (*replica.waiting, *replica.running)
    )


def _check_work(name: str, server: SharedServer, sent_s: float | None = None) -> None:
    """The work that was sent was begun, and is done once no flow is left."""
    if sent_s is not None:
        _same(f"{name}: work sent and begun", sent_s, server.work_begun_s)
    if server.flows == 0:
        _same(f"{name}: work begun and done", server.work_begun_s, server.work_done_s)


def _check_path(world: World, table: Columns) -> None:
    """Once every answer has arrived, each stage has moved the bytes of the whole table."""
    for stage in world.path:
        match stage:
            case Transfer(link=link):
                _enough(f"{link.name}, up", link.bytes_up, _total(world, table, "prompt"))
                _enough(f"{link.name}, down", link.bytes_down, _total(world, table, "answer"))
            case Read(storage=device):
                _enough(f"{device.name}, read", device.bytes_read, _total(world, table, "read"))
            case Log(storage=device):
                _enough(f"{device.name}, logs", device.bytes_written, _total(world, table, "log"))


def _total(world: World, table: Columns, what: str) -> float:
    """Bytes of one sort that the requests of the table come to."""
    total = 0.0
    for name, facts in zip(world.requests.traffics, world.traffics, strict=True):
        rows = among(table["traffic"], name)
        match what:
            case "prompt" | "answer":
                column = "input_tokens" if what == "prompt" else "output_tokens"
                tokens = float(table[column][rows].sum())
                total += tokens * getattr(facts, f"{what}_bytes_per_token")
            case "read" | "log":
                total += int(rows.sum()) * getattr(facts, f"{what}_bytes")
    return total


def _same(what: str, first: float, second: float) -> None:
    if not isclose(first, second, rel_tol=1e-6, abs_tol=1e-6):
        raise Unbalanced(f"{what} differ: {first:g} and {second:g} s")


def _enough(what: str, moved: float, wanted: float) -> None:
    if moved < wanted * (1 - 1e-9):
        raise Unbalanced(f"{what}: {moved:,.0f} bytes moved, {wanted:,.0f} in the request table")
