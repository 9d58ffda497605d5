"""Clients that never run out of requests, traces that are never misread."""

import numpy as np
import pytest

from aisim.scenario import parse_study
from aisim.workload import BadTrace, draw_requests, load_trace
from tests.scenario.small import small


def test_clients_do_not_run_out_of_rows():
    arrivals = {"kind": "clients", "clients": 200, "think_time_s": 60}
    data = small(workload__traffic__staff__arrivals=arrivals, run__horizon_s=1200.0)
    table = draw_requests(parse_study(data))
    thinks = np.where(table.parent_id < 0, table.arrival_s, table.gap_s)
    total = np.zeros(200)
    client = np.arange(len(table)) % 200
    np.add.at(total, client, thinks)
    assert (total > 1200).mean() > 0.99


@pytest.mark.parametrize("rows", ["0,1,2,3\n1,2,3,4\n", "0,1.9,2\n"])
def test_traces_are_not_misread(rows, tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("arrival_s,input_tokens,output_tokens\n" + rows)
    with pytest.raises(BadTrace):
        load_trace(str(path))
