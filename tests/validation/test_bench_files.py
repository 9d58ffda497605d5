"""Files of benchmark tools as runs, and what planners have to add."""

import contextlib
import json
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.validation.bench_files import MissingOptions, read_any, read_benchmark
from aisim.validation.measured import BadMeasurements

SAID = {"hardware": "H100-SXM-80", "engine": "vllm", "precision": "bf16"}
VLLM = {
    "backend": "openai",
    "model_id": "org/Small-8B",
    "num_prompts": 100,
    "request_rate": "inf",
    "max_concurrency": 16,
    "burstiness": 1.0,
    "duration": 10.0,
    "completed": 100,
    "total_input_tokens": 50_000,
    "total_output_tokens": 20_000,
    "output_throughput": 2000.0,
    "mean_ttft_ms": 90.0,
    "median_ttft_ms": 80.0,
    "p99_ttft_ms": 200.0,
    "mean_tpot_ms": 12.0,
    "median_tpot_ms": 11.0,
    "p99_tpot_ms": 19.0,
    "mean_e2el_ms": 2500.0,
    "p99_e2el_ms": 4000.0,
}


def distribution(mean, p50=None, p99=None, std_dev=1.0):
    p50 = mean if p50 is None else p50
    return {
        "successful": {
            "mean": mean,
            "median": p50,
            "std_dev": std_dev,
            "percentiles": {"p50": p50, "p99": p99 or 2 * mean},
        },
        "errored": {"mean": 0.0},
    }


def guidellm(strategy, **metrics):
    return {
        "config": {"strategy": strategy, "backend": {"model": "org/Small-8B"}},
        "metrics": {
            "request_totals": {"successful": 40, "errored": 0, "incomplete": 2, "total": 42},
            "output_tokens_per_second": distribution(800.0),
            "time_to_first_token_ms": distribution(50.0, 45.0, 120.0),
            "time_per_output_token_ms": distribution(14.0),
            "inter_token_latency_ms": distribution(12.0, 11.0, 20.0),
            "request_latency": distribution(2.5, 2.4, 3.5),
            "prompt_token_count": distribution(512.0, std_dev=0.0),
            "output_token_count": distribution(200.0, std_dev=0.0),
        }
        | metrics,
    }


AIPERF = """\
Metric,avg,min,max,p99,p90,p50,std
Input Sequence Length (tokens),"1,000.50",990.00,"1,010.00",1010.00,1005.00,1000.00,5.00
Inter Token Latency (ms),11.85,7.49,13.31,13.27,12.80,12.25,1.25
Output Sequence Length (tokens),200.00,200.00,200.00,200.00,200.00,200.00,0.00
Output Token Throughput Per User (tokens/sec/user),85.66,75.15,133.52,131.46,94.80,81.66,11.98
Request Latency (ms),"2,600.00",399.38,19164.49,"3,900.00",3000.00,2500.00,300.00
Time to First Token (ms),230.14,75.04,693.93,687.62,396.73,177.79,152.24

Metric,Value
Error Request Count,3.00
Output Token Throughput (tokens/sec),"1,172.15"
Request Count,96.00
Request Throughput (requests/sec),2.16


Endpoint,GPU_Index,GPU_Name,GPU_UUID,Metric,avg
here,0,GPU,uuid,GPU Power Usage (W),300.00
"""


@pytest.fixture
def write(tmp_path):
    def to(content, name="bench.json"):
        file = tmp_path / name
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    return to


@pytest.fixture
def one(write):
    """The only run of a file."""

    def read(content, name="bench.json", **options):
        (run,) = read_benchmark(write(content, name), **SAID | options).runs
        return run

    return read


def refusal(path, read=read_benchmark, **options):
    with pytest.raises(BadMeasurements) as caught:
        read(path, **options)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_vllm_in_a_closed_loop(one):
    run = one(VLLM, tp=2)
    assert (run.scenario, run.concurrency, run.rate_rps) == ("online_closed_loop", 16.0, None)
    assert (run.input_tokens, run.output_tokens, run.n_requests) == (500.0, 200.0, 100)
    assert (run.setup.model, run.setup.engine, run.setup.tp) == ("org/Small-8B", "vllm", 2)
    assert (run.source, run.flag, run.note) == ("bench.json", "", "")
    assert run.measured == {
        "output_tok_s": 2000.0,
        "ttft_mean_ms": 90.0,
        "ttft_p50_ms": 80.0,
        "ttft_p99_ms": 200.0,
        "tpot_mean_ms": 12.0,
        "tpot_p50_ms": 11.0,
        "tpot_p99_ms": 19.0,
        "e2e_mean_ms": 2500.0,
        "e2e_p99_ms": 4000.0,
    }


def test_vllm_all_at_once_and_at_a_rate(one):
    free = VLLM | {"max_concurrency": None}
    assert one(free).scenario == "offline_max_load"
    assert one(free).rate_rps == math.inf
    paced = one(VLLM | {"request_rate": 4.0, "burstiness": 0.5})
    assert (paced.scenario, paced.rate_rps, paced.concurrency) == ("online_rate", 4.0, 16.0)
    assert "burstiness 0.5" in paced.note
    # The JSON of SGLang has Infinity as a number.
    assert one(free | {"request_rate": math.inf}).rate_rps == math.inf


def test_failed_requests_are_flagged(one):
    assert one(VLLM | {"completed": 98}).flag == "2 of 100 requests failed;"


def test_inter_token_latency_stands_in_and_is_noted(one):
    short = {k: v for k, v in VLLM.items() if "tpot" not in k} | {"mean_itl_ms": 13.0}
    run = one(short)
    assert run.measured["tpot_mean_ms"] == 13.0
    assert "inter-token latencies" in run.note


def test_single_requests_give_what_the_summary_lacks(one):
    short = {k: v for k, v in VLLM.items() if "e2el" not in k}
    details = {
        "ttfts": [0.1, 0.3, 0.0],
        "itls": [[0.1, 0.1], [0.1], []],
        "input_lens": [8, 8, 8],
        "output_lens": [3, 3, 3],
    }
    run = one(short | details)
    assert run.measured["e2e_mean_ms"] == pytest.approx(350.0)
    assert run.measured["e2e_p99_ms"] == pytest.approx(399.0)
    assert (run.length_kind, "single requests" in run.note) == ("fixed", True)


def test_throughput_from_totals_and_zeros_are_not_measured(one):
    run = one(VLLM | {"output_throughput": None, "mean_tpot_ms": 0.0, "p99_tpot_ms": None})
    assert run.measured["output_tok_s"] == 2000.0
    assert "tpot_mean_ms" not in run.measured


def test_metadata_of_the_planner_is_read(write):
    said = {"hardware": "L40S", "precision": "fp8", "tensor_parallel_size": "4", "backend": "vllm"}
    (run,) = read_benchmark(write(VLLM | said)).runs
    assert (run.setup.hardware, run.setup.precision) == ("L40S", "fp8")
    assert (run.setup.tp, run.setup.engine) == (4, "vllm")


def test_tp_that_nobody_said_is_noted(one):
    assert one(VLLM).note == "tp not said, taken as 1"


def test_names_and_lengths_of_the_planner_win(one):
    run = one(VLLM, model="small-8b", input_tokens=512, output_tokens="256")
    assert (run.setup.model, run.input_tokens, run.output_tokens) == ("small-8b", 512, 256)
    assert run.length_kind == "as given"


def test_a_load_that_the_file_contradicts_is_refused(one, write):
    assert one(VLLM, concurrency=16).concurrency == 16
    line = refusal(write(VLLM), **SAID, concurrency=8)
    assert line.endswith("concurrency: 8 was given, where the file says 16")
    assert "rate_rps: 2 was given, where the file is silent" in refusal(
        write(VLLM), **SAID, rate_rps=2
    )


def test_what_is_missing_is_one_line_of_options(write):
    with pytest.raises(MissingOptions) as caught:
        read_benchmark(write(AIPERF, "a.csv"))
    for name in ("hardware", "model", "engine", "precision", "concurrency or rate_rps"):
        assert name in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"hardwear": "H100"}, "unknown option 'hardwear': did you mean 'hardware'?"),
        ({"tp": 1.5}, "option tp: not whole, got 1.5"),
        ({"tp": True}, "option tp: not a number"),
        ({"concurrency": -1}, "option concurrency: negative"),
        ({"rate_rps": "often"}, "option rate_rps: not a number, got 'often'"),
        ({"hardware": 5}, "option hardware: not text"),
    ],
)
def test_bad_options(write, options, said):
    assert said in refusal(write(VLLM), **options)


def test_arrays_and_appended_results(write):
    array = read_benchmark(write([VLLM, VLLM | {"mean_ttft_ms": "soon"}, 7, VLLM]), **SAID)
    assert [run.source for run in array.runs] == ["bench.json #1", "bench.json #4"]
    assert array.unreadable["mean_ttft_ms: not a number"] == 1
    assert array.rows == 4
    lines = "\n".join(json.dumps(each) for each in (VLLM, VLLM))
    assert len(read_benchmark(write(lines), **SAID).runs) == 2


@pytest.mark.parametrize(
    ("strategy", "concurrency", "rps"),
    [
        ({"type_": "synchronous", "max_concurrency": 1}, 1.0, None),
        ({"type_": "concurrent", "streams": 8, "max_concurrency": 8}, 8.0, None),
        ({"type_": "throughput", "max_concurrency": 512}, 512.0, None),
        ({"type_": "throughput", "max_concurrency": None}, None, math.inf),
        ({"type_": "constant", "rate": 2.5, "max_concurrency": 512}, None, 2.5),
        ({"type_": "poisson", "rate": 4}, None, 4.0),
    ],
)
def test_the_strategies_of_guidellm(one, strategy, concurrency, rps):
    run = one({"benchmarks": [guidellm(strategy)]})
    assert (run.concurrency, run.rate_rps) == (concurrency, rps)
    if strategy["type_"] in ("constant", "poisson"):
        assert f"{strategy['type_']} arrivals" in run.note


def test_the_statistics_of_guidellm(one):
    run = one({"benchmarks": [guidellm({"type_": "concurrent", "streams": 8})]})
    assert run.measured == {
        "output_tok_s": 800.0,
        "ttft_mean_ms": 50.0,
        "ttft_p50_ms": 45.0,
        "ttft_p99_ms": 120.0,
        "tpot_mean_ms": 12.0,
        "tpot_p50_ms": 11.0,
        "tpot_p99_ms": 20.0,
        "e2e_mean_ms": 2500.0,
        "e2e_p99_ms": 3500.0,
    }
    assert (run.setup.model, run.n_requests) == ("org/Small-8B", 40)
    assert (run.input_tokens, run.output_tokens, run.length_kind) == (512.0, 200.0, "fixed")
    assert "tpot is inter_token_latency, weighted by tokens" in run.note


def test_an_older_report_of_guidellm(one):
    old = guidellm({}, inter_token_latency_ms=None, request_totals=None)
    old |= {
        "config": None,
        "args": {"strategy": {"type_": "concurrent", "streams": 4}},
        "worker": {"backend_model": "older"},
        "run_stats": {"requests_made": {"successful": 7, "errored": 2}},
    }
    run = one({"benchmarks": [old]})
    assert (run.setup.model, run.concurrency, run.n_requests) == ("older", 4.0, 7)
    assert run.flag == "2 requests failed;"
    assert run.measured["tpot_mean_ms"] == 14.0
    assert "may count the first token" in run.note


def test_a_sweep_is_several_runs_and_an_empty_one_is_counted(write):
    nothing = {n: distribution(0.0) for n in guidellm({})["metrics"] if n != "request_totals"}
    sweep = [guidellm({"type_": "concurrent", "streams": n}) for n in (1, 2)]
    sweep.append(guidellm({"type_": "throughput"}, **nothing))
    found = read_benchmark(write({"benchmarks": [*sweep, None]}), **SAID)
    assert [run.concurrency for run in found.runs] == [1, 2]
    assert found.unreadable == {"no measured value": 1, "metrics: not there": 1}


def test_an_unknown_strategy_needs_the_load(write, one):
    report = {"benchmarks": [guidellm({"type_": "replay"})]}
    assert "concurrency or rate_rps" in refusal(write(report), **SAID)
    assert "strategy replay" in one(report, rate_rps=3).note


def test_aiperf(one):
    run = one(AIPERF, "profile_export_aiperf.csv", model="m", concurrency=16)
    assert (run.input_tokens, run.output_tokens, run.n_requests) == (1000.5, 200.0, 96)
    assert (run.concurrency, run.scenario) == (16.0, "online_closed_loop")
    assert run.measured == {
        "output_tok_s": 1172.15,
        "ttft_mean_ms": 230.14,
        "ttft_p50_ms": 177.79,
        "ttft_p99_ms": 687.62,
        "tpot_mean_ms": 11.85,
        "tpot_p50_ms": 12.25,
        "tpot_p99_ms": 13.27,
        "e2e_mean_ms": 2600.0,
        "e2e_p99_ms": 3900.0,
    }
    assert run.flag == "3 requests failed;"
    assert run.note == "tpot is the inter-token latency; tp not said, taken as 1"


def test_the_older_names_and_other_units_of_genai_perf(one):
    content = (
        "Metric,avg,min,max,p99,p50\n"
        "Time To First Token (s),1.5,1,2,2,1\n"
        "Output Sequence Length (tokens),100,90,110,110,100\n"
        "\nMetric,Value\nOutput Token Throughput (per sec),261.25\nRequest Count (count),40.00\n"
    )
    run = one(content, "old.csv", model="m", rate_rps="inf")
    assert run.measured["ttft_mean_ms"] == 1500.0
    assert (run.measured["output_tok_s"], run.n_requests) == (261.25, 40)
    assert (run.rate_rps, run.input_tokens) == (math.inf, None)


def test_a_single_request_has_all_in_one_block(one):
    content = "Metric,Value\nTime to First Token (ms),20\nOutput Sequence Length (tokens),9\n"
    assert one(content, "a.csv", model="m", concurrency=1).measured == {"ttft_mean_ms": 20.0}


def test_an_unknown_unit_is_no_number(write):
    content = "Metric,avg\nTime to First Token (fortnights),20\n"
    line = refusal(write(content, "a.csv"), **SAID, model="m", concurrency=1)
    assert "time to first token: unknown unit" in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "not JSON"),
        ('{"a": 1} x', "not JSON"),
        ("[" * 200_000, "nested too deeply"),
        ("[" + "9" * 5000 + "]", "not JSON"),
        ("{}", "no run could be read: not a result of vllm"),
        ("[]", "no run could be read: no result of these tools"),
        ('{"benchmarks": []}', "no run could be read"),
        ('{"request_latency": {"avg": 1}}', "read profile_export_aiperf.csv"),
        ('{"mean_ttft_ms": [1]}', "mean_ttft_ms: not a number"),
        ('{"mean_ttft_ms": NaN}', "mean_ttft_ms: not a number"),
        ('{"mean_ttft_ms": -5}', "mean_ttft_ms: negative"),
        ('{"mean_ttft_ms": 1e400}', "mean_ttft_ms: too large"),
        ('{"mean_ttft_ms": 5, "completed": 0}', "completed: zero"),
        ('{"mean_ttft_ms": 5, "backend": 3}', "backend: not text"),
        ('{"mean_ttft_ms": 0}', "no measured value"),
        ('{"mean_ttft_ms": 5, "ttfts": [1], "itls": [1]}', "itls: not a list of lists"),
        ("a,b\n1,2\n", "not of these tools"),
    ],
)
def test_what_cannot_be_read_is_one_line(write, content, said):
    assert said in refusal(write(content), **SAID)


def test_numbers_as_text_and_keys_twice_are_tolerated(one):
    assert one(VLLM | {"mean_ttft_ms": "90.5"}).measured["ttft_mean_ms"] == 90.5
    twice = json.dumps(VLLM)[:-1] + ', "mean_ttft_ms": 70}'
    assert one(twice).measured["ttft_mean_ms"] == 70.0


TABLE = "hardware,model,isl,osl,output_tok_s_total\nH100,llama,10,20,30\n"


def test_a_folder_of_files(write, tmp_path):
    write(VLLM, "b.json")
    write(VLLM | {"request_rate": 2}, "a.json")
    write({"half": "done"}, "c.json")
    write(TABLE, "table.csv")
    write("not looked at", "readme.txt")
    found = read_benchmark(tmp_path, **SAID)
    assert [run.source for run in found.runs] == ["a.json", "b.json"]
    assert sorted(reason[:9] for reason in found.unreadable) == ["c.json: n", "table.csv"]
    both = read_any(tmp_path, **SAID)
    assert [run.source for run in both.runs] == ["a.json", "b.json", "table.csv"]
    assert both.runs[2].setup.hardware == "H100"


def test_folders_with_nothing_to_read(write, tmp_path):
    assert "0 files" in refusal(tmp_path)
    write({"half": "done"}, "c.json")
    assert "nothing could be read: c.json: no run" in refusal(tmp_path)


def test_what_a_folder_lacks_is_asked_for(write, tmp_path):
    write(VLLM, "b.json")
    assert "b.json: does not say hardware" in refusal(tmp_path)


def test_any_file_is_told_apart(write):
    assert read_any(write(VLLM), **SAID).runs[0].concurrency == 16
    assert read_any(write(TABLE, "t.csv")).runs[0].output_tokens == 20
    aiperf = write(AIPERF, "profile.csv")
    assert read_any(aiperf, **SAID, model="m", concurrency=4).runs[0].n_requests == 96
    line = refusal(write(TABLE, "t.csv"), read_any, hardware="H100")
    assert "a table says these itself, leave them out: hardware" in line
    assert "not of these tools" in refusal(write(TABLE, "t.csv"))


def test_no_such_file(tmp_path):
    assert "No such file" in refusal(tmp_path / "none.json", read_any)
    assert "not the name of a file" in refusal("a\0b", read_any)


MORE = "benchmarks metrics config args strategy type_ successful percentiles request_totals"
KEYS = st.sampled_from(
    [*VLLM, *MORE.split(), "time_to_first_token_ms", "ttfts", "itls", "mean_itl_ms"]
)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSONS = st.recursive(
    LEAVES | st.sampled_from(["concurrent", "inf", 10**400, 5.0]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=25,
)


def read_or_line(read, file, **options):
    """The file is read, or refused in one line; everything else is a fault of aisim."""
    with contextlib.suppress(BadMeasurements):
        read(file, **options)
        return
    refusal(file, read, **options)


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(JSONS, st.dictionaries(KEYS, JSONS, max_size=4))
def test_arbitrary_json_is_read_or_refused_in_a_line(write, anything, changed):
    full = guidellm({"type_": "concurrent", "streams": 4}) | changed
    for content in (anything, VLLM | changed, {"benchmarks": [full, anything]}, full):
        read_or_line(read_any, write(content), **SAID, model="m", tp=1)


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(max_size=60), st.integers(0, len(AIPERF)), st.text('0123456789.,"-()ms\n', max_size=8)
)
def test_arbitrary_csv_is_read_or_refused_in_a_line(tmp_path, text, at, inserted):
    for content in (text, "Metric," + text, AIPERF[:at] + inserted + AIPERF[at:]):
        file = tmp_path / "a.csv"
        file.write_bytes(content.encode("utf-8", "replace"))
        read_or_line(read_any, file, **SAID, model="m", concurrency=2)
        read_or_line(read_benchmark, file, **SAID, model="m", concurrency=2)
