"""What one replica does, by hand where that can be."""

import json
from dataclasses import fields, is_dataclass
from typing import get_args

import pytest

from aisim import catalog
from aisim.planning import BadInput, predict, prediction
from aisim.planning.prediction import Prediction
from tests.numbers import finite_or_null


def test_sequences_at_once_by_hand():
    found = predict("llama-3.1-8b", "H100-SXM-80")
    model, memory = catalog.llm_model("llama-3.1-8b"), found.memory
    # Keys and values of 8 heads x 128 in 16 bits, 32 layers: 128 KiB a token.
    token_bytes = 2 * model.n_kv_heads * model.head_dim * 2 * model.layers
    assert token_bytes == 131_072
    left_gib = memory.usable_gib - memory.weights_gib - memory.activations_gib
    left_gib -= memory.overhead_gib
    blocks = int(left_gib * 2**30 / (16 * token_bytes))
    assert memory.kv_tokens == 16 * blocks
    for row in found.at_contexts:
        assert row.sequences == blocks // (row.context_tokens // 16)
        assert row.limited_by == "KV cache"
    assert [row.context_tokens for row in found.at_contexts] == [1024, 4096, 16384, 32768, 131072]


def test_contexts_end_at_that_of_the_model():
    found = predict("llama-2-7b", "A100-SXM-80", input_tokens=100, output_tokens=50)
    assert [row.context_tokens for row in found.at_contexts] == [1024, 4096]


def test_the_engine_limits_short_sequences():
    rows = predict("qwen3-30b-a3b", "B300-SXM-288").at_contexts
    assert rows[0].limited_by == "engine"
    assert rows[0].sequences == catalog.engine("vllm").large_max_sequences


def test_batches_double_up_to_what_fits():
    found = predict("llama-3.1-8b", "L4-24")
    sequences = [row.sequences for row in found.at_batches]
    most = found.memory.kv_tokens // 16 // -(-1250 // 16)
    assert sequences == [1, 2, 4, 8, 16, most]
    for row in found.at_batches:
        assert row.output_tokens_per_s == pytest.approx(250 * row.requests_per_s)
        # Little's law: so many are under way as arrive in the time that one takes.
        stay_s = row.ttft_s + 249 * row.tpot_s
        assert row.requests_per_s * stay_s == pytest.approx(row.sequences, rel=0.2)


def test_saturation_is_near_the_largest_batch():
    found = predict("llama-3.1-8b", "L4-24")
    assert found.saturation.requests_per_s == pytest.approx(
        found.at_batches[-1].requests_per_s, rel=0.25
    )
    assert 0 < found.saturation.prefill_share < 1


def test_a_batch_with_several_prompts_an_iteration_is_near_its_simulation():
    found = predict("qwen3-30b-a3b", "B200-SXM-180", tensor_parallel=1, weights="fp16")
    largest, kept = found.at_batches[-1], found.saturation.kept_requests_per_s
    assert (largest.sequences - 1) / 250 > 3
    # The simulation's lengths are all the same, so its prompts come in waves.
    assert largest.requests_per_s == pytest.approx(kept, rel=0.45)
    rates = [row.requests_per_s for row in found.at_batches]
    assert rates == sorted(rates)


def test_energy_by_hand():
    found = predict("llama-3.1-8b", "H100-SXM-80")
    power, rate = found.power, found.saturation
    assert power.idle_w < power.decode_w <= power.prefill_w <= 700
    share = rate.prefill_share
    watts = share * power.prefill_w + (1 - share) * power.decode_w
    kwh = watts / 1000 * (1e6 / rate.output_tokens_per_s) / 3600
    assert power.kwh_per_million_output_tokens == pytest.approx(kwh)


def test_the_fewest_gpus_that_hold_eight_sequences_are_chosen_and_said():
    found = predict("llama-3.3-70b", "H100-SXM-80")
    assert (found.weights, found.spread.tensor_parallel) == ("fp16", 2)
    assert any(note.startswith("chosen: TP2") for note in found.notes)
    one_less = predict("llama-3.3-70b", "H100-SXM-80", tensor_parallel=1, weights="fp16")
    assert not one_less.fits
    given = predict("llama-3.3-70b", "H100-SXM-80", tensor_parallel=8, weights="fp8")
    assert not any(note.startswith("chosen") for note in given.notes)


def test_narrower_weights_where_sixteen_bits_do_not_fit():
    found = predict("deepseek-v3", "H200-SXM-141")
    assert found.fits
    assert found.weights == "fp8"
    assert any("fp16 does not fit" in note for note in found.notes)


def test_what_does_not_fit_says_why_and_what_would():
    found = predict("llama-3.3-70b", "L4-24", tensor_parallel=1, weights="fp16")
    assert not found.fits
    assert found.memory is None
    assert found.at_batches == ()
    assert "GiB weights" in found.why_not
    assert "would fit" in found.why_not


def test_data_parallel_copies_hold_their_own_sequences():
    one = predict("qwen3-30b-a3b", "H200-SXM-141", tensor_parallel=1, weights="fp8")
    two = predict(
        "qwen3-30b-a3b", "H200-SXM-141", tensor_parallel=1, weights="fp8",
        data_parallel=2, expert_parallel=2,
    )  # fmt: skip
    assert two.spread.gpus == 2
    assert two.at_contexts[2].sequences > 2 * one.at_contexts[2].sequences - 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"tensor_parallel": 3}, "tensor parallelism 3 does not split the 32 heads"),
        ({"expert_parallel": 2}, "needs experts"),
        ({"activations": "nvfp4", "weights": "nvfp4"}, "multiplies no nvfp4"),
        ({"input_tokens": 200_000}, "allowed: 131,072, the context of llama-3.1-8b"),
        ({"output_tokens": 0}, "output of 0 tokens, allowed: 1 or more"),
    ],
)
def test_what_cannot_be_is_one_line(options, words):
    with pytest.raises(BadInput) as caught:
        predict("llama-3.1-8b", "H100-SXM-80", **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("options", [{"engine": "vlm"}, {"weights": "fp9"}, {"kv_cache": "fp4"}])
def test_unknown_names_have_nearest_ones(options):
    with pytest.raises(catalog.UnknownName):
        predict("llama-3.1-8b", "H100-SXM-80", **options)


def test_json_has_no_nan_and_every_key_is_explained():
    found = predict("llama-3.1-8b", "TPUv5e-16", tensor_parallel=4)
    finite_or_null(json.loads(json.dumps(found.as_dict(), allow_nan=False)))
    for kind in vars(prediction).values():
        if is_dataclass(kind):
            for field in fields(kind):
                assert f"{field.name}: " in kind.__doc__, (kind, field.name)


def test_every_number_says_its_unit_or_is_a_count():
    counts = {"sequences", "gpus", "tensor_parallel", "pipeline_parallel", "expert_parallel",
              "data_parallel"}  # fmt: skip
    units = ("_s", "_gib", "_tokens", "_w", "_share", "_median", "_p90", "tokens")
    for kind in vars(prediction).values():
        if is_dataclass(kind) and kind is not Prediction:
            for field in fields(kind):
                if field.type in (int, float) or set(get_args(field.type)) & {int, float}:
                    assert field.name in counts or field.name.endswith(units), field.name
