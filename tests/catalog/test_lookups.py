"""Names find their records, and unknown names are answered with known ones."""

import pytest

from aisim import catalog
from aisim.performance.fits import PARAMETERS


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
    assert fit.quality == "fitted"
    assert fit.rows > 100
    assert fit.eff_kv_mixed is None


def test_parameters_are_as_large_as_can_be():
    """Shares of peak or bandwidth near 1 at most; launches of microseconds, on the old stack of
    a hundred."""
    for fit in catalog.gpu_fits():
        for name in ("eff_c_dense", "eff_m_dense", "eff_prefill_attn", "eff_kv_decode",
                     "eff_c_moe", "eff_m_moe"):  # fmt: skip
            assert 0.02 <= getattr(fit, name) <= 1.1, (fit.accelerator, name)
        assert fit.eff_kv_mixed is None or 0.02 <= fit.eff_kv_mixed <= 1.1
        for name in ("product_us", "attention_us", "experts_us"):
            assert 0.1 <= getattr(fit, name) <= 200, (fit.accelerator, name)


def test_parameters_at_a_bound_are_fields_of_the_fit():
    for fit in catalog.gpu_fits():
        assert set(fit.at_bound) <= set(PARAMETERS)


def test_fits_name_accelerators():
    for fit in (*catalog.gpu_fits(), *catalog.collective_fits()):
        assert catalog.accelerator(fit.accelerator)


def test_fits_speak_of_known_engines():
    engines = {*catalog.engines(), "vllm-2023"}
    assert {fit.engine for fit in catalog.gpu_fits()} <= engines
    assert {fit.engine for fit in catalog.collective_fits()} <= {*engines, "nccl"}
    assert {host.engine for host in catalog.engine_hosts()} <= set(catalog.engines())


def test_hosts_begin_with_the_versions_in_which_they_changed():
    for host in catalog.engine_hosts():
        assert host.from_version in {"", *catalog.engine(host.engine).host_changed_in}


def test_collectives_are_of_two_kinds():
    assert {fit.operation for fit in catalog.collective_fits()} == {"all_reduce", "all_to_all"}
    assert all(fit.ranks > 1 and fit.busbw_gb_s > 0 for fit in catalog.collective_fits())


def test_large_accelerators_have_settings_of_their_own():
    vllm = catalog.engine("vllm")
    assert (vllm.token_budget, vllm.max_sequences) == (2048, 256)
    assert (vllm.large_token_budget, vllm.large_max_sequences) == (8192, 1024)
    assert (vllm.large_gib, vllm.large_since) == (70, 2022)


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
