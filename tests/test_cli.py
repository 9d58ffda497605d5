"""The command line, as a planner meets it."""

import json
from pathlib import Path

import pandas as pd
import pytest

from aisim.scenario import load_study
from aisim.scenario.text import dump_yaml
from tests.command import aisim, interrupted
from tests.small import small_data

SHORT = ["--set", "run.horizon_s=5400"]


def strict(text: str):
    """JSON that knows no NaN."""

    def refuse(word: str):
        raise AssertionError(f"{word} in JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture
def study_file(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(dump_yaml(small_data()))
    return path


def test_the_answer_as_json():
    done = aisim("run", "assistant", "--json", *SHORT)
    assert done.returncode == 0, done.stderr
    answer = strict(done.stdout)
    assert (answer["study"], answer["seed"], answer["partial"]) == ("assistant", 1, False)
    assert list(answer["candidates"]) == ["cloud", "on-prem", "hybrid"]
    pools = {"cloud": {"chat"}, "on-prem": {"chat"}, "hybrid": {"own", "burst"}}
    for name, candidate in answer["candidates"].items():
        requests = candidate["requests"]
        statuses = ("completed", "rejected", "failed", "unfinished")
        assert requests["arrived"] == sum(requests[status] for status in statuses) > 0
        for measure in ("ttft_s", "tpot_s", "e2e_s"):
            values = candidate[measure]
            assert 0 < values["p50"] <= values["p95"] <= values["p99"]
        assert 0 <= candidate["slo_attainment"] <= 1
        assert candidate["requests_per_s"] > 0
        assert candidate["output_tokens_per_s"] > 0
        assert set(candidate["utilisation"]) == pools[name]
        for shares in candidate["utilisation"].values():
            assert set(shares) == {"gpu_busy", "kv_memory"}
        assert candidate["overloaded"] is False
        assert candidate["saturation_rps"] > candidate["requests_per_s"]
        assert candidate["bottleneck"]["component"] in pools[name]
        assert candidate["bottleneck"]["reason"]
        cost = candidate["cost"]
        assert cost["usd_per_month"] > 1000
        assert cost["usd_per_million_output_tokens"] > 0
        assert cost["usd_per_1000_requests"] > 0
        assert "compliance" in cost["excluded"]
    assert set(answer["differences"]) == {"on-prem - cloud", "hybrid - cloud", "hybrid - on-prem"}
    difference = answer["differences"]["on-prem - cloud"]["cost"]["usd_per_month"]
    months = {n: c["cost"]["usd_per_month"] for n, c in answer["candidates"].items()}
    assert difference == pytest.approx(months["on-prem"] - months["cloud"])


def test_the_answer_as_a_table():
    done = aisim("run", "assistant", *SHORT, env={"COLUMNS": "100"})
    assert done.returncode == 0, done.stderr
    for words in (
        "cloud", "on-prem", "hybrid", "Within service level", "TTFT p95, s", "TPOT p99, ms",
        "End to end p50, s", "Requests per second", "Output tokens per second", "GPU busy",
        "KV memory in use", "Limited by", "Overloaded", "USD per month",
        "USD per million output tokens", "USD per 1,000 requests", "EXCLUDED", "Note:",
        "keep their promises", "Load, of saturation", "GPUs in replicas / machines",
    ):  # fmt: skip
        assert words in done.stdout


def test_a_study_at_a_path(study_file):
    done = aisim("run", str(study_file), "--json")
    assert done.returncode == 0
    assert strict(done.stdout)["study"] == "small"


def test_progress_goes_to_stderr():
    done = aisim("run", "assistant", "--json", "--candidate", "cloud")
    assert done.returncode == 0
    assert "cloud: " in done.stderr
    assert "%" in done.stderr
    assert list(strict(done.stdout)["candidates"]) == ["cloud"]


def test_same_seed_same_answer_other_seed_another(study_file):
    answers = [aisim("run", str(study_file), "--json", "--seed", s).stdout for s in "112"]
    assert answers[0] == answers[1] != answers[2]
    assert strict(answers[2])["seed"] == 2


def test_set_names_the_slow_device():
    slow = "candidates.on-prem.storage.array.bandwidth_gb_per_s=0.0003"
    done = aisim("run", "assistant", "--json", "--candidate", "on-prem", "--set", slow, *SHORT)
    bottleneck = strict(done.stdout)["candidates"]["on-prem"]["bottleneck"]
    assert bottleneck["component"] == "array", bottleneck


@pytest.mark.parametrize("gbit_per_s", [0.000_005, 0.000_05])
def test_set_names_the_thin_uplink(gbit_per_s):
    thin = f"candidates.cloud.links.uplink.bandwidth_gbit_per_s={gbit_per_s}"
    done = aisim("run", "assistant", "--json", "--candidate", "cloud", "--set", thin, *SHORT)
    candidate = strict(done.stdout)["candidates"]["cloud"]
    assert candidate["bottleneck"]["component"] == "uplink", candidate["bottleneck"]
    assert candidate["overloaded"] is True


def test_out_writes_tables_ledger_and_manifest(study_file, tmp_path):
    out = tmp_path / "out"
    done = aisim("run", str(study_file), "--json", "--out", str(out))
    assert done.returncode == 0, done.stderr
    answer = strict(done.stdout)
    assert strict((out / "answer.json").read_text()) == answer
    assert load_study(out / "study.yaml") == load_study(study_file)
    manifest = strict((out / "manifest.json").read_text())
    assert (manifest["study"], manifest["seed"]) == ("small", 1)
    assert set(manifest["packages"]) >= {"aisim", "simpy", "numpy"}
    assert all(price["as_of"] for price in manifest["prices"]["rented"])
    for name, candidate in answer["candidates"].items():
        requests = pd.read_parquet(out / name / "requests.parquet")
        assert len(requests) == candidate["requests"]["arrived"]
        ledger = pd.read_csv(out / name / "ledger.csv")
        month = candidate["cost"]["usd_per_month"]
        assert ledger["EffectiveCost"].sum() / 36 == pytest.approx(month)
        assert {"from_s", "to_s", "state"} <= set(pd.read_csv(out / name / "usage.csv"))
        assert pd.read_csv(out / name / "series.csv")["time_s"].is_monotonic_increasing
    assert not [path for path in out.iterdir() if path.name.startswith(".")]


def test_out_twice_replaces(study_file, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("kept")
    for _ in range(2):
        assert aisim("run", str(study_file), "--json", "--out", str(out)).returncode == 0
    assert (out / "mine.txt").read_text() == "kept"


def test_replications_give_intervals(study_file):
    done = aisim("run", str(study_file), "--json", "--replications", "4")
    assert done.returncode == 0, done.stderr
    answer = strict(done.stdout)
    assert answer["replications"] == 4
    rented = answer["candidates"]["rented"]
    for figure in (
        rented["requests"]["arrived"], rented["ttft_s"]["p95"], rented["slo_attainment"],
        rented["utilisation"]["pool"]["gpu_busy"], rented["saturation_rps"],
        rented["cost"]["usd_per_month"], answer["differences"]["owned - rented"]["ttft_s"]["p50"],
    ):  # fmt: skip
        assert set(figure) == {"mean", "low", "high"}
        assert figure["low"] <= figure["mean"] <= figure["high"]
    assert rented["requests"]["arrived"]["low"] < rented["requests"]["arrived"]["high"]
    # Both candidates see the same requests: the same GPU, the same time, a difference of nothing.
    same = answer["differences"]["owned - rented"]["ttft_s"]["p50"]
    assert same["low"] == pytest.approx(0, abs=1e-9) == same["high"]
    assert aisim("run", str(study_file), "--json", "--replications", "4").stdout == done.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["run", "asistant"], ["no shipped study", "did you mean 'assistant'?"]),
        (["run", "no/such.yaml"], ["no/such.yaml: No such file"]),
        (["run", "assistant", "--set", "nonsense"], ["write PATH=VALUE"]),
        (
            ["run", "assistant", "--set", "candidates.cloud.pools.chat.replica=3"],
            ["candidates.cloud.pools.chat.replica", "did you mean 'replicas'?"],
        ),
        (
            ["run", "assistant", "--set", "candidates.cloud.pools.chat.replicas=zero"],
            ["candidates.cloud.pools.chat.replicas", "'zero'"],
        ),
        (
            ["run", "assistant", "--set", "candidates.cloud.pools.chat.replicas=5"],
            ["candidates.cloud.pools.chat", "replicas 5", "do not fit"],
        ),
        (
            ["run", "assistant", "--set", "candidates.cloud.pools.chat.weights=fp16"],
            ["does not fit", "GiB"],
        ),
        (["run", "assistant", "--candidate", "clod"], ["--candidate: clod", "'cloud'"]),
        (["run", "assistant", "--replications", "0"], ["allowed: 1 to 10000"]),
        (["run", "assistant", "--seed", "-1"], ["--seed"]),
        (["run", "assistant", "--out", "/dev/null/x"], ["--out: /dev/null/x"]),
        (["catalog", "acelerators"], ["acelerators", "accelerators"]),
        (["fly"], ["invalid choice"]),
    ],
)  # fmt: skip
def test_bad_input_is_a_line_and_status_2(arguments, words):
    done = aisim(*arguments)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    for word in words:
        assert word in done.stderr


def test_a_bad_trace_is_a_line_and_status_2(tmp_path):
    data = small_data()
    data["workload"]["traffic"]["chat"] |= {
        "arrivals": {"kind": "replay", "file": "trace.csv"}, "sizes": {"kind": "trace"},
    }  # fmt: skip
    (tmp_path / "trace.csv").write_text("arrival_s,input_tokens,output_tokens\n0,10,5\n1,x,5\n")
    (tmp_path / "study.yaml").write_text(dump_yaml(data))
    done = aisim("run", str(tmp_path / "study.yaml"))
    assert done.returncode == 2
    assert "trace.csv: row 2: input_tokens: got 'x'" in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_shows_what_there_is():
    done = interrupted("run", "assistant", "--json", "--set", "run.horizon_s=2000000", at="cloud")
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    answer = strict(done.stdout)
    assert answer["partial"] is True
    assert answer["candidates"]["cloud"]["partial"] is True


def test_ctrl_c_keeps_the_replications_that_are_through(study_file):
    done = interrupted(
        "run", str(study_file), "--json", "--replications", "2000", at="replications"
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    answer = strict(done.stdout)
    assert answer["partial"] is True
    assert 0 <= answer["replications"] < 2000


def test_schema_is_a_json_schema():
    schema = strict(aisim("schema").stdout)
    assert schema["properties"]["candidates"]["description"]
    pool = schema["$defs"]["Pool"]["properties"]
    assert pool["tensor_parallel"]["maximum"] == 64
    assert pool["replicas"]["description"].startswith("Replicas at most")


def test_catalog_lists_and_shows_with_sources():
    listed = aisim("catalog", env={"COLUMNS": "120"}).stdout
    assert "accelerators" in listed
    assert "cloud_instances" in listed
    shown = aisim("catalog", "accelerators").stdout
    assert "H100-SXM-80" in shown
    assert "datasheet, as of" in shown
    rows = strict(aisim("catalog", "accelerators", "--json").stdout)
    assert all(row["source"] and row["as_of"] and row["quality"] for row in rows)
