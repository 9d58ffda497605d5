"""Tables of measurements: what is read, what is counted as unreadable, what is refused."""

import csv
import math
import pickle
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.validation import measured_cells
from aisim.validation.measured import BadMeasurements, read_measurements, together
from aisim.validation.measured_rows import KINDS

SHARED = Path(__file__).resolve().parents[3] / "shared/data/performance"
needs_shared = pytest.mark.skipif(
    not SHARED.is_dir(), reason="the optional folder ../shared is not beside the checkout"
)

STEP = {
    "hardware": "H100",
    "model": "llama",
    "phase": "prefill",
    "batch_size": "2",
    "prompt_tokens_per_seq": "128.0",
    "context_len_per_seq": "0",
    "new_tokens_total": "256",
    "measured_ms": "12.5",
}
RUN = {
    "hardware": "H100",
    "model": "llama",
    "isl": "1024",
    "osl": "128",
    "output_tok_s_total": "900",
}
REQUEST = {
    "hardware": "RTX4090",
    "model": "llama",
    "arrival_s": "3",
    "input_tokens": "100",
    "output_tokens": "10",
    "ttft_ms": "50",
    "tpot_ms": "20",
    "e2e_ms": "230",
}
TRAINING = {
    "hardware": "A100",
    "model": "mpt",
    "n_gpus": "8",
    "step_time_s": "1.5",
}


@pytest.fixture
def table(tmp_path):
    """Writes rows as a CSV and reads it; all rows have the columns of the first."""

    def read(*rows):
        file = tmp_path / "table.csv"
        with file.open("w", encoding="utf-8", newline="") as opened:
            writer = csv.DictWriter(opened, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        found = read_measurements(file)
        assert found.rows == len(rows)
        return found

    return read


@pytest.fixture
def refusal(tmp_path):
    """The one line with which a file of these bytes is refused."""

    def refuse(content, name="table.csv"):
        file = tmp_path / name
        file.write_bytes(content)
        return one_line(file)

    return refuse


def one_line(path, read=read_measurements):
    with pytest.raises(BadMeasurements) as caught:
        read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_step_with_the_required_columns_only(table):
    (step,) = table(STEP).steps
    assert (step.phase, step.batch_size, step.prompt_tokens) == ("prefill", 2, 128.0)
    assert (step.context_tokens, step.new_tokens, step.measured_ms) == (0.0, 256.0, 12.5)
    assert (step.setup.tp, step.setup.n_gpus, step.setup.engine) == (1, None, "")
    assert (step.source, step.parts_ms, step.suspect) == ("table.csv", {}, "")


def test_a_step_with_everything(table):
    row = STEP | {
        "source": "me",
        "kind": "measured_iteration",
        "tp": "4.0",
        "engine": "vllm 0.14.0",
        "kv_dtype": "fp8",
        "ms_gemm": "9",
        "ms_allreduce": "0",
        "ms_moe": "",
        "suspect": "slow;",
        "colour": "blue",
    }
    (step,) = table(row).steps
    assert (step.source, step.kind, step.suspect) == ("me", "measured_iteration", "slow;")
    assert (step.setup.tp, step.setup.engine, step.setup.kv_dtype) == (4, "vllm 0.14.0", "fp8")
    assert step.parts_ms == {"gemm": 9.0, "allreduce": 0.0}


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("measured_ms", "fast", "measured_ms: not a number"),
        ("measured_ms", "-1", "measured_ms: negative"),
        ("measured_ms", "0", "measured_ms: zero"),
        ("measured_ms", "", "measured_ms: blank"),
        ("measured_ms", "nan", "measured_ms: not a number"),
        ("measured_ms", "inf", "measured_ms: too large"),
        ("measured_ms", "1_0", "measured_ms: not a number"),
        ("new_tokens_total", "0", "new_tokens_total: zero"),
        ("batch_size", "1.5", "batch_size: not whole"),
        ("batch_size", "1e300", "batch_size: too large"),
        ("prompt_tokens_per_seq", "", "prompt_tokens_per_seq: blank"),
        ("phase", "sleep", "phase: not prefill, decode or mixed"),
        ("hardware", " ", "hardware: blank"),
    ],
)
def test_a_bad_row_is_counted_and_stops_nothing(table, column, value, reason):
    found = table(STEP, STEP | {column: value}, STEP | {column: value}, STEP)
    assert len(found.steps) == 2
    assert found.unreadable == {reason: 2}


def test_a_decode_step_needs_no_prompt(table):
    (step,) = table(STEP | {"phase": "decode", "prompt_tokens_per_seq": ""}).steps
    assert step.prompt_tokens == 0.0


def test_rows_of_another_length_are_counted(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text(
        f"{','.join(STEP)}\n{','.join(STEP.values())},9\nH100\n\n{','.join(STEP.values())}\n"
    )
    found = read_measurements(file)
    assert len(found.steps) == 1
    assert found.unreadable == {"more cells than the header": 1, "fewer cells than the header": 1}


def test_order_case_blanks_and_a_byte_order_mark_do_not_matter(tmp_path):
    file = tmp_path / "t.csv"
    names = ",".join(f" {name.upper()} " for name in reversed(STEP))
    values = ",".join(f" {value} " for value in reversed(STEP.values()))
    file.write_text(f"\ufeff{names},\r\n{values},\r\n", newline="")
    assert len(read_measurements(file).steps) == 1


def test_throughput_is_the_total_or_that_of_a_gpu_times_gpus(table):
    per_gpu = RUN | {"output_tok_s_total": "", "output_tok_s_per_gpu": "10", "n_gpus": "8"}
    base = RUN | {"output_tok_s_per_gpu": "7", "n_gpus": "2"}
    found = table(base, per_gpu, per_gpu | {"n_gpus": ""})
    assert [run.measured["output_tok_s"] for run in found.runs] == [900, 80]
    assert found.unreadable == {"no measured value": 1}


def test_a_run_with_everything(table):
    row = RUN | {
        "isl": "",
        "attn_dp": "4",
        "ep": "8",
        "disagg": "1.0",
        "concurrency": "16",
        "request_rate_rps": "10 (trace)",
        "ttft_p99_ms": "80.5",
        "ttft_p90_ms": "70",
        "derived_note": "by hand",
        "quality_flag": "duplicate;",
        "n_requests": "300.0",
    }
    (run,) = table(row).runs
    assert (run.input_tokens, run.setup.dp, run.setup.ep) == (None, 4, 8)
    assert (run.disaggregated, run.concurrency, run.rate_rps) == (True, 16.0, 10.0)
    assert run.measured == {"output_tok_s": 900.0, "ttft_p99_ms": 80.5}
    assert (run.flag, run.note) == ("duplicate;", "by hand; request_rate_rps: 10 (trace)")
    assert run.n_requests == 300


def test_all_at_once_and_bad_loads(table):
    base = RUN | {"request_rate_rps": "inf", "disagg": ""}
    found = table(base, base | {"request_rate_rps": "0"}, base | {"disagg": "perhaps"})
    assert [run.rate_rps for run in found.runs] == [math.inf]
    assert found.unreadable == {"request_rate_rps: zero": 1, "disagg: not a number": 1}


def test_a_log_is_in_order_of_arrival_and_begins_at_0(table):
    (log,) = table(REQUEST, REQUEST | {"arrival_s": "1", "input_tokens": "7"}).logs
    assert log.arrival_s.tolist() == [0.0, 2.0]
    assert log.input_tokens.tolist() == [7, 100]
    assert log.input_tokens.dtype == np.int64
    assert (log.max_sequences, log.token_budget, log.kv_tokens) == (None, None, None)


def test_setups_sources_and_limits_are_logs_of_their_own(table):
    base = REQUEST | {"source": "a", "max_num_seqs": "256", "tp": "1"}
    rows = [base, base | {"source": "b"}, base | {"tp": "2"}, base | {"max_num_seqs": "8"}, base]
    found = table(*rows, base | {"ttft_ms": "-3"})
    assert [len(log.arrival_s) for log in found.logs] == [2, 1, 1, 1]
    assert found.logs[0].max_sequences == 256
    assert found.unreadable == {"ttft_ms: negative": 1}


def test_an_answer_of_one_token_has_no_time_between_tokens(table):
    one = REQUEST | {"output_tokens": "1", "tpot_ms": "0"}
    found = table(one, one | {"tpot_ms": ""}, REQUEST | {"tpot_ms": "0"}, REQUEST)
    (log,) = found.logs
    assert np.isnan(log.tpot_ms).tolist() == [True, True, False]
    assert found.unreadable == {"tpot_ms: zero": 1}


def test_training_needs_a_time_or_a_throughput(table):
    base = TRAINING | {
        "tokens_s_per_gpu": "",
        "cp": "",
        "dp_or_fsdp": "8",
        "activation_ckpt": "full",
    }
    found = table(base, base | {"step_time_s": ""}, base | {"n_gpus": ""})
    (step,) = found.training
    assert (step.n_gpus, step.dp, step.cp, step.setup.dp) == (8, 8, 1, 1)
    assert (step.step_time_s, step.tokens_s_per_gpu, step.seq_len) == (1.5, None, None)
    assert step.activation_checkpointing == "full"
    assert found.unreadable == {
        "step_time_s and tokens_s_per_gpu: blank": 1,
        "n_gpus: blank": 1,
    }


def test_a_table_without_rows_has_nothing(tmp_path):
    file = tmp_path / "t.csv"
    file.write_text(",".join(STEP) + "\n")
    assert read_measurements(file).rows == 0


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_missing_column_is_named_with_the_known_kinds(refusal, kind):
    columns = [*kind.required[:-1], *kind.any_of[:1]]
    line = refusal((",".join(columns) + "\n").encode())
    assert line.endswith(
        f"nearest is {kind.name}, where these columns are missing: " + kind.required[-1]
    )
    assert all(known.name in line for known in KINDS)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"a,b\0c\n", "binary"),
        ("müde".encode("latin-1") * 10, "UTF-8"),
        (b"hardware,model,Model\n", "column 'model' is there more than once"),
        (",".join(STEP).encode() + b'\n"H100', "not a CSV table"),
        (",".join(STEP).encode() + b"\n" + b"x" * 200_000, "not a CSV table"),
    ],
)
def test_files_that_cannot_be_read(refusal, content, said):
    assert said in refusal(content)


def test_no_file_and_a_folder(tmp_path):
    assert "No such file" in one_line(tmp_path / "none.csv")
    assert "a folder" in one_line(tmp_path)
    assert "not the name of a file" in one_line(Path("a\0b"))


def test_limits(tmp_path, monkeypatch):
    file = tmp_path / "t.csv"
    file.write_text(f"{','.join(STEP)}\n" + f"{','.join(STEP.values())}\n" * 3)
    monkeypatch.setattr("aisim.validation.measured.MAX_ROWS", 2)
    assert "more than 2 rows" in one_line(file)
    monkeypatch.setattr(measured_cells, "MAX_BYTES", 20)
    assert "larger than 20 bytes" in one_line(file)


def test_records_travel_between_processes(table):
    found = table(STEP, STEP)
    assert pickle.loads(pickle.dumps(found)) == found


def test_several_files_as_one(table):
    steps = table(STEP, STEP | {"measured_ms": "x"})
    both = together([steps, table(RUN), steps])
    assert (len(both.steps), len(both.runs), both.rows) == (2, 1, 5)
    assert both.unreadable == {"measured_ms: not a number": 2}


# A NUL would make the whole file binary.
WORDS = st.text(st.characters(exclude_characters="\0"), max_size=3)
CELLS = WORDS | st.sampled_from(
    ["", "1", "-1", "nan", "inf", "1e999", "x", '"', "decode", "0", "1 (x)"]
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from([STEP, RUN, REQUEST, TRAINING]), st.data())
def test_no_row_is_lost_whatever_its_cells(tmp_path, known, data):
    header = [*known, "tp", "request_rate_rps", "disagg", "max_num_seqs"]
    rows = data.draw(st.lists(st.lists(CELLS, min_size=1, max_size=14), max_size=6))
    file = tmp_path / "t.csv"
    with file.open("w", encoding="utf-8", newline="", errors="replace") as opened:
        writer = csv.writer(opened)
        writer.writerows([header, list(known.values()) + [""] * 4, *rows])
    assert read_measurements(file).rows == 1 + len(rows)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace"))
)
def test_arbitrary_bytes_are_refused_in_a_line(tmp_path, content):
    file = tmp_path / "t.csv"
    file.write_bytes(content)
    one_line(file)


@needs_shared
@pytest.mark.parametrize(
    ("file", "read", "unreadable"),
    [
        ("step_times.csv", 4641, {}),
        ("e2e_throughput.csv", 1934, {}),
        ("vllm_request_traces.csv", 300, {}),
        ("training_throughput.csv", 278, {"step_time_s and tokens_s_per_gpu: blank": 59}),
    ],
)
def test_the_shared_tables(file, read, unreadable):
    found = read_measurements(SHARED / file)
    assert found.rows - sum(found.unreadable.values()) == read
    assert found.unreadable == unreadable


@needs_shared
def test_every_shared_run_has_a_measure_and_the_trace_its_rate():
    runs = read_measurements(SHARED / "e2e_throughput.csv").runs
    assert all(run.measured for run in runs)
    assert [run.rate_rps for run in runs if run.scenario == "online_trace_replay"] == [10.0]
    assert sum(run.rate_rps == math.inf for run in runs) == 185
    assert sum(run.disaggregated for run in runs) == 475
