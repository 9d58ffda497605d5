"""Randomness by purpose: the same seed gives the same table, and nothing shifts another stream."""

import hashlib
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pytest

from aisim.scenario import load_study, parse_study
from aisim.workload import Requests, draw_requests, stream
from tests.scenario.small import put, small

COLUMNS = ("arrival_s", "input_tokens", "output_tokens", "traffic", "parent_id", "gap_s")
DIGEST = """
import hashlib, sys
from aisim.scenario import load_study
from aisim.workload import draw_requests
table = draw_requests(load_study("assistant", ["run.seed=5"]), 2)
parts = [getattr(table, name).tobytes() for name in sys.argv[1].split()]
print(hashlib.sha256(b"".join(parts)).hexdigest())
"""


def same(a: Requests, b: Requests) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in COLUMNS)


def rows(table: Requests, traffic: str) -> list[tuple]:
    of = list(table.traffics).index(traffic)
    columns = [getattr(table, name)[table.traffic == of].tolist() for name in COLUMNS[:3]]
    return list(zip(*columns, strict=True))


def mixed() -> dict:
    data = small()
    staff = data["workload"]["traffic"]["staff"]
    staff["sizes"] = {"kind": "quantiles", "input_tokens": [1, 900], "output_tokens": [5, 80]}
    other = deepcopy(staff)
    other["arrivals"] = {"kind": "shaped", "rate_rps": 2, "windows": "azure2023_conv"}
    other["sizes"] = {"kind": "windows"}
    data["workload"]["traffic"]["other"] = other
    return data


def test_the_same_seed_gives_the_same_table():
    study = load_study("assistant", ["run.horizon_s=7200"])
    assert same(draw_requests(study), draw_requests(study))


def test_the_same_seed_gives_the_same_table_in_another_process():
    table = draw_requests(load_study("assistant", ["run.seed=5"]), 2)
    here = hashlib.sha256(b"".join(getattr(table, name).tobytes() for name in COLUMNS))
    there = subprocess.run(
        [sys.executable, "-c", DIGEST, " ".join(COLUMNS)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert there.stdout.strip() == here.hexdigest()


def test_seed_and_replication_change_everything():
    tables = [
        rows(draw_requests(parse_study(small(run__seed=seed)), replication), "staff")
        for seed in (1, 2)
        for replication in (0, 1)
    ]
    assert all(a[:5] != b[:5] for i, a in enumerate(tables) for b in tables[:i])


def test_adding_or_reordering_traffic_shifts_no_other():
    alone = mixed()
    del alone["workload"]["traffic"]["other"]
    turned = mixed()
    turned["workload"]["traffic"] = dict(reversed(turned["workload"]["traffic"].items()))
    both, reference = (draw_requests(parse_study(data)) for data in (mixed(), alone))
    assert rows(both, "staff") == rows(reference, "staff")
    reordered = draw_requests(parse_study(turned))
    for traffic in ("staff", "other"):
        assert rows(both, traffic) == rows(reordered, traffic)


def test_changing_sizes_shifts_no_arrival_and_the_other_way_round():
    before = draw_requests(parse_study(mixed()))
    data = put(mixed(), "workload.traffic.staff.sizes.output_tokens", [5, 90])
    after = draw_requests(parse_study(data))
    assert np.array_equal(before.arrival_s, after.arrival_s)
    assert np.array_equal(before.input_tokens, after.input_tokens)


def test_hardware_changes_no_request():
    before = draw_requests(parse_study(mixed()))
    data = put(mixed(), "candidates.site.machines.box.count", 7)
    data["candidates"]["more"] = deepcopy(data["candidates"]["site"])
    assert same(before, draw_requests(parse_study(data)))


def test_names_have_streams_of_their_own():
    draws = {
        (seed, replication, name): stream(seed, replication, name).random(4).tobytes()
        for seed in (0, 1)
        for replication in (0, 1)
        for name in ("a", "b", "traffic/a/input", "traffic/a/output")
    }
    assert len(set(draws.values())) == len(draws)
    assert stream(0, 1, "a").random() == stream(0, 1, "a").random()


def test_rows_are_in_order_of_arrival():
    table = draw_requests(parse_study(mixed()))
    assert (np.diff(table.arrival_s) >= 0).all()
    assert table.arrival_s[-1] < table.settings.horizon_s
    frame = table.to_frame()
    assert frame["traffic"].value_counts().to_dict() == {
        name: len(rows(table, name)) for name in ("staff", "other")
    }
    assert len(frame) == len(table)


def test_a_negative_seed_has_no_stream():
    with pytest.raises(ValueError, match="non-negative"):
        stream(-1, 0, "a")
