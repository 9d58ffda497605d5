"""What fits, what is left for the KV cache, and what is said when nothing is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator
from aisim.catalog.engines import engine
from aisim.catalog.models import llm_model, llm_models
from aisim.performance import WEIGHT_BYTES, DoesNotFit, Parallel, memory_plan
from aisim.performance.shapes import check_parallel, tensor_parallel_choices


def plan(model, gpu, weights="fp16", kv_cache="fp16", tp=1, token_budget=2048, max_sequences=256):
    return memory_plan(
        llm_model(model) if isinstance(model, str) else model,
        accelerator(gpu),
        engine("vllm"),
        weights,
        kv_cache,
        tp,
        token_budget,
        max_sequences,
    )


def test_the_run_from_which_the_overhead_comes():
    """vLLM 0.19 reported 41,408 tokens; the overhead is what closes that sum: consistency."""
    found = plan("llama-3.1-8b", "RTX4090-24")
    assert found.kv_tokens == 41_408
    assert found.blocks == 41_408 / 16
    assert found.usable_gib == pytest.approx(0.9 * 24)


def test_parts_by_hand():
    found = plan("llama-3.1-8b", "H100-SXM-80", tp=2)
    assert found.weights_gib == pytest.approx(8.03e9 * 2 / 2 / 2**30)
    activations = 2048 * (2 * 4096 + 2 * 14336 / 2) * 2 + 256 * 128256 * 4 / 2
    assert found.activations_gib == pytest.approx(activations / 2**30)
    assert found.kv_gib == pytest.approx(found.kv_tokens * 131_072 / 2 / 2**30)


@given(
    name=st.sampled_from(sorted(llm_models())),
    gpu=st.sampled_from(["H100-SXM-80", "B200-SXM-180", "T4-16", "MI210-64"]),
    weights=st.sampled_from(sorted(WEIGHT_BYTES)),
)
def test_more_ranks_never_hold_more_weights_each(name, gpu, weights):
    held, tokens = float("inf"), 0
    for tp in tensor_parallel_choices(llm_model(name)):
        try:
            found = plan(name, gpu, weights, tp=tp)
        except DoesNotFit:
            assert tokens == 0
            continue
        used = found.weights_gib + found.activations_gib + found.overhead_gib + found.kv_gib
        assert used <= found.usable_gib * (1 + 1e-12)
        assert found.weights_gib < held
        assert found.kv_tokens >= tokens
        held, tokens = found.weights_gib, found.kv_tokens


def test_fp8_cache_holds_twice_the_tokens():
    half = plan("llama-3.1-8b", "H100-SXM-80")
    assert plan("llama-3.1-8b", "H100-SXM-80", kv_cache="fp8").blocks in (
        2 * half.blocks,
        2 * half.blocks + 1,
    )


def test_compressed_cache_is_not_divided():
    eight, sixteen = (plan("deepseek-v3", "B200-SXM-180", "fp8", tp=tp) for tp in (8, 16))
    for found in (eight, sixteen):
        assert found.kv_gib * 2**30 / found.kv_tokens == pytest.approx(61 * 576 * 2)


def attempt(*args, **kinds):
    try:
        return plan(*args, **kinds)
    except DoesNotFit:
        return None


@given(
    name=st.sampled_from([model.name for model in llm_models().values() if model.kv_lora_rank]),
    weights=st.sampled_from(["fp8", "int4"]),
)
def test_a_compressed_cache_takes_as_much_on_any_number_of_ranks(name, weights):
    model = llm_model(name)
    found = [attempt(name, "B200-SXM-180", weights, tp=tp)
             for tp in tensor_parallel_choices(model)]  # fmt: skip
    for held in filter(None, found):
        each = model.layers * (model.kv_lora_rank + model.rope_dim) * 2
        assert held.kv_gib * 2**30 / held.kv_tokens == pytest.approx(each)


DEEPSEEK_EXPERTS = 58 * 256 * 3 * 7168 * 2048


@pytest.mark.parametrize(
    "spread",
    [Parallel(8), Parallel(8, expert=8), Parallel(1, 1, 8, 8), Parallel(2, 1, 8, 4),
     Parallel(4, 4), Parallel(2, 2, 8, 4)],
    ids=str,
)  # fmt: skip
def test_experts_are_spread_over_all_ranks_of_a_stage(spread):
    """Whole or in slices; the rest is whole in each copy of the attention."""
    model = llm_model("deepseek-v3")
    rest = model.params_b * 1e9 - DEEPSEEK_EXPERTS
    rank = rest / (spread.tensor * spread.pipeline) + DEEPSEEK_EXPERTS / spread.gpus
    found = plan("deepseek-v3", "MI325X-256", "fp8", tp=spread)
    assert found.weights_gib == pytest.approx(rank / 2**30)


@given(st.data(), st.sampled_from(sorted(llm_models())))
def test_the_ranks_together_hold_every_weight(data, name):
    """Of an accelerator as large as can be; experts once, the rest once in each copy."""
    model = llm_model(name)
    gpu = accelerator("H100-SXM-80").model_copy(update={"mem_gib_reported": 1e6})
    tp = data.draw(st.sampled_from(tensor_parallel_choices(model)))
    spread = Parallel(tp, data.draw(st.integers(1, 8)))
    if model.n_experts:
        copies = data.draw(st.sampled_from([1, 2, 4]))
        groups = [n for n in range(1, tp * copies + 1)
                  if tp * copies % n == 0 and model.n_experts % n == 0]  # fmt: skip
        spread = spread._replace(data=copies, expert=data.draw(st.sampled_from(groups)))
    check_parallel(model, spread)
    found = memory_plan(model, gpu, engine("vllm"), "fp8", "fp16", spread, 2048, 256)
    layers = 0
    if model.n_experts:
        layers = (model.layers - model.first_dense_layers) // model.moe_every
    expert = (3 if model.gated_mlp else 2) * model.hidden * model.moe_intermediate
    routed = layers * model.n_experts * expert
    held = spread.data * (model.params_b * 1e9 - routed) + routed
    assert found.weights_gib * 2**30 * spread.gpus == pytest.approx(held)


def test_each_copy_of_the_attention_has_a_cache_of_its_own():
    """Four copies of two ranks hold four times the blocks that fit beside their weights."""
    copies = plan("mixtral-8x7b", "H100-SXM-80", tp=Parallel(2, data=4, expert=8))
    assert copies.blocks % 4 == 0
    assert copies.kv_tokens == copies.blocks * 16
    layer_bytes = 2 * (8 / 2) * 128 * 2
    assert copies.kv_gib == pytest.approx(copies.blocks / 4 * 16 * 32 * layer_bytes / 2**30)
    left = copies.usable_gib - copies.weights_gib - copies.activations_gib - copies.overhead_gib
    assert 0 <= left - copies.kv_gib < 16 * 32 * layer_bytes / 2**30


def test_a_stage_caches_its_own_layers():
    """Four stages of eight layers each: every token takes a quarter of the memory on each."""
    one, four = (plan("llama-3.1-8b", "H100-SXM-80", tp=Parallel(1, pp)) for pp in (1, 4))
    assert four.weights_gib == pytest.approx(one.weights_gib / 4)
    assert one.kv_gib * 2**30 / one.kv_tokens == pytest.approx(131_072)
    assert four.kv_gib * 2**30 / four.kv_tokens == pytest.approx(131_072 / 4)
    assert four.kv_tokens > 4 * one.kv_tokens


def test_states_of_linear_attention_are_kept_beside_the_cache():
    """36 of 48 layers keep states of all sequences that may run; 12 cache 2 KV heads of 256."""
    model = llm_model("qwen3-next-80b-a3b")
    few, many = (plan(model, "B200-SXM-180", "fp8", max_sequences=n) for n in (64, 256))
    token_bytes = 12 * 2 * 2 * 256 * 2
    assert few.kv_gib * 2**30 / few.kv_tokens == pytest.approx(token_bytes)
    states = 192 * 36 * model.linear_state_bytes
    logits = 192 * model.vocab * 4
    missing = (few.kv_tokens - many.kv_tokens) * token_bytes
    assert missing == pytest.approx(states + logits, abs=16 * token_bytes)


@pytest.mark.parametrize("spread", [Parallel(data=2), Parallel(pipeline=2)], ids=str)
def test_each_lane_keeps_states_for_its_own_sequences(spread):
    """64 run on each lane, so twice as many in all: a rank keeps as much as without lanes."""
    model = llm_model("qwen3-next-80b-a3b")
    bare = model.model_copy(update={"linear_state_bytes": 0})

    def states(parallel):
        held = [plan(m, "B200-SXM-180", "fp8", tp=parallel, max_sequences=64).kv_gib
                for m in (bare, model)]  # fmt: skip
        return held[0] - held[1]

    assert states(spread) == pytest.approx(states(Parallel()), abs=0.01)
    assert states(Parallel(2)) == pytest.approx(states(Parallel()) / 2, abs=0.01)


def test_states_leave_the_cache_at_least_half():
    """4,096 sequences would want 150.8 GiB of states; what weights leave is shared evenly."""
    found = plan("qwen3-next-80b-a3b", "B200-SXM-180", "fp8", max_sequences=4096)
    bare = llm_model("qwen3-next-80b-a3b").model_copy(update={"linear_state_bytes": 0})
    alone = plan(bare, "B200-SXM-180", "fp8", max_sequences=4096)
    assert found.kv_gib == pytest.approx(alone.kv_gib / 2, rel=0.01)


def test_a_name_on_the_box_is_1e9_bytes():
    assert plan("llama-3.1-8b", "MI210-64").usable_gib == pytest.approx(0.9 * 64e9 / 2**30)


def test_the_message_says_what_would_fit():
    with pytest.raises(DoesNotFit) as caught:
        plan("llama-3.1-70b", "H100-SXM-80")
    message = str(caught.value)
    assert message.startswith("llama-3.1-70b in fp16 does not fit on H100-SXM-80: per GPU 131.4")
    assert "in 71.6 GiB" in message
    assert message.endswith("tensor parallelism 2 or fp8 weights would fit")
    assert "\n" not in message
    assert plan("llama-3.1-70b", "H100-SXM-80", tp=2).blocks
    assert plan("llama-3.1-70b", "H100-SXM-80", weights="fp8").blocks


def test_the_message_counts_the_gpus():
    with pytest.raises(DoesNotFit, match=r"on 8 x H100-SXM-80.*parallelism 16 or nvfp4 weights"):
        plan("deepseek-v3", "H100-SXM-80", "fp8", tp=8)


def test_the_message_when_nothing_would():
    with pytest.raises(DoesNotFit, match="neither more tensor parallelism nor smaller weights"):
        plan("qwen2.5-7b", "T4-16", "int4", token_budget=1_000_000, tp=28)


def test_ranks_must_share_the_heads():
    with pytest.raises(ValueError, match=r"3 does not split the 32 heads \(8 .*1, 2, 4, 8, 16, 32"):
        plan("llama-3.1-8b", "H100-SXM-80", tp=3)
    with pytest.raises(ValueError, match=r"40 heads \(10 of the KV cache\).*1, 2, 5, 10, 20, 40$"):
        plan("phi-4", "H100-SXM-80", tp=4)
