"""Names find their records, and unknown names are answered with known ones."""

import pytest

from aisim import catalog


def test_accelerator():
    h100 = catalog.accelerator("H100-SXM-80")
    assert (h100.bf16_dense_tflops, h100.mem_bw_gb_s, h100.mem_gib_reported) == (989.4, 3350, 79.6)
    assert h100.fp4_dense_tflops is None


def test_dense_model():
    llama = catalog.llm_model("llama-3.1-8b")
    assert (llama.layers, llama.n_kv_heads, llama.head_dim) == (32, 8, 128)
    assert (llama.n_experts, llama.kv_lora_rank, llama.sliding_window) == (0, 0, None)
    assert llama.gated_mlp
    assert not catalog.llm_model("opt-66b").gated_mlp


def test_expert_model():
    deepseek = catalog.llm_model("deepseek-v3")
    assert (deepseek.n_experts, deepseek.experts_per_token, deepseek.first_dense_layers) == (
        256,
        8,
        3,
    )
    assert (deepseek.kv_lora_rank, deepseek.rope_dim) == (512, 64)


def test_engine_overhead_closes_the_memory_of_the_run_it_comes_from():
    engine, model = catalog.engine("vllm"), catalog.llm_model("llama-3.1-8b")
    reported_gib = catalog.accelerator("RTX4090-24").mem_gib_reported
    assert reported_gib is not None
    activations = engine.token_budget * (2 * model.hidden + 2 * model.ffn_intermediate) * 2
    activations += engine.max_sequences * model.vocab * 4
    free = (engine.memory_fraction * reported_gib - engine.overhead_gib) * 2**30
    kv_bytes_per_token = 2 * model.layers * model.n_kv_heads * model.head_dim * 2
    kv_tokens = (free - activations - model.params_b * 1e9 * 2) / kv_bytes_per_token
    assert int(kv_tokens // engine.block_tokens) * engine.block_tokens == 41_408


def test_fits():
    fit = next(
        fit
        for fit in catalog.gpu_fits()
        if (fit.accelerator, fit.engine, fit.precision) == ("H100-SXM-80", "vllm", "fp16")
    )
    assert fit.engine_version == "0.14.0"
    assert fit.overhead_us_per_layer == 32.2995
    assert fit.eff_kv_mixed is None
    assert fit.at_bound == ("eff_c_dense", "act_mult")


def test_parameters_at_a_bound_are_fields_of_the_fit():
    for fit in catalog.gpu_fits():
        assert set(fit.at_bound) <= set(catalog.GpuFit.model_fields)


def test_one_fit_serves_all_other_accelerators():
    pooled = [fit for fit in catalog.gpu_fits() if fit.accelerator == "ALL"]
    assert [(fit.engine, fit.precision) for fit in pooled] == [("ALL", "ALL")]


def test_fits_speak_of_known_engines():
    engines = {*catalog.engines(), "vllm-2023", "ALL"}
    assert {fit.engine for fit in catalog.gpu_fits()} <= engines
    assert {fit.engine for fit in catalog.allreduce_fits()} <= engines


@pytest.mark.parametrize(
    ("look_up", "names", "nearest"),
    [
        (catalog.accelerator, ("h100",), "H100-SXM-80"),
        (catalog.accelerator, ("H100-SMX-80",), "H100-SXM-80"),
        (catalog.llm_model, ("lama-3.1-8B",), "llama-3.1-8b"),
        (catalog.engine, ("vlm",), "vllm"),
        (catalog.hardware, ("nvidia dgx h100",), "NVIDIA DGX H100"),
        (
            catalog.cloud_instance,
            ("aws", "us-east-1", "p5.48xl"),
            "aws / us-east-1 / p5.48xlarge",
        ),
        (
            catalog.opex,
            ("facility", "PUE modern site", "global"),
            "facility / PUE modern large site / global",
        ),
        (catalog.electricity, ("USA",), "US"),
        (catalog.electricity, ("US", "industrial"), "industrial average"),
        (catalog.weekly_profile, ("azure2024",), "azure2024_conv"),
        (catalog.traffic_windows, ("azure2023",), "azure2023_conv"),
    ],
)
def test_unknown_name_is_answered_with_the_nearest(look_up, names, nearest):
    with pytest.raises(catalog.UnknownName) as caught:
        look_up(*names)
    assert nearest in caught.value.nearest
    assert nearest in str(caught.value)
    assert isinstance(caught.value, LookupError)


def test_name_like_no_other_gets_no_hint():
    with pytest.raises(catalog.UnknownName) as caught:
        catalog.engine("zzz")
    assert str(caught.value) == "unknown engine 'zzz'"
