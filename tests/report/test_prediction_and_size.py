"""The tables of `predict` and `size` in a terminal."""

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from aisim.planning import predict, size
from aisim.report import print_prediction, print_sizing

LOAD = {"rps": 2.0, "ttft_p95_s": 1.0, "tpot_p95_s": 0.05}


def printed(show, found) -> str:
    console = Console(file=StringIO(), width=140)
    show(found, console)
    return console.file.getvalue()


def test_a_prediction_says_all_it_knows():
    text = printed(print_prediction, predict("llama-3.1-8b", "H100-SXM-80"))
    for words in (
        "llama-3.1-8b on 1 x H100-SXM-80 (TP1), vllm, fp16 weights, fp16 KV cache: fits",
        "Memory, GiB per GPU", "128k", "sequences at once", "TTFT, ms", "TPOT, ms",
        "Saturates at", "W in prefill", "kWh per million output tokens", "Provenance: fitted",
        "90 % within", "Note: chosen: TP1",
    ):  # fmt: skip
        assert words in text


def test_a_prediction_without_watts_says_so():
    text = printed(print_prediction, predict("llama-3.1-8b", "TPUv6e-32"))
    assert "Watts: the power limit of TPUv6e-32 is not known." in text


def test_what_does_not_fit_is_one_sentence():
    found = predict("llama-3.3-70b", "L4-24", tensor_parallel=1, weights="fp16")
    text = printed(print_prediction, found)
    assert text.startswith("Does not fit: llama-3.3-70b in fp16")
    assert "Memory" not in text


def test_names_are_never_mark_up():
    found = replace(predict("llama-3.1-8b", "L4-24"), model="[red]x[/red]", notes=("[bold]n",))
    text = printed(print_prediction, found)
    assert "[red]x[/red]" in text
    assert "[bold]n" in text


@pytest.fixture(scope="module")
def sizing():
    return size("llama-3.1-8b", **LOAD, accelerators=["L4-24", "L40S-48"])


def test_a_sizing_has_a_column_an_option(sizing):
    text = printed(print_sizing, sizing)
    for words in (
        "llama-3.1-8b at 2 requests/s", "L4-24", "Where", "GPUs idle / paid", "(limit 1)",
        "TPOT p95, ms (limit 50)", "Load, of saturation", "USD per month",
        "USD per million output tokens", "rate off by (p90)", "then USD per month", "the least:",
        "Simulated:", "Note: cloud: on demand",
    ):  # fmt: skip
        assert words in text


def test_a_partial_sizing_says_so(sizing):
    text = printed(print_sizing, replace(sizing, partial=True))
    assert "So far: the least" in text
    assert "PARTIAL" in text
    nothing = printed(print_sizing, replace(sizing, partial=True, options=()))
    assert "Stopped before there was anything to show" in nothing


def test_nothing_that_keeps_the_limits_names_the_nearest():
    text = printed(print_sizing, size("llama-3.1-8b", rps=1, ttft_p95_s=1e-4, tpot_p95_s=1e-5))
    assert "Nothing keeps the limits." in text
    assert "Nearest: " in text
    assert "What would do: a TTFT limit above" in text


def test_a_model_too_large_says_so():
    found = size("llama-3.3-70b", **LOAD, accelerators=["T4-16"], weights=["fp16"])
    assert "No machine holds the model" in printed(print_sizing, found)
