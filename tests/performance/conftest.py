"""A toy model on a toy accelerator, whose terms can be worked out by hand."""

import pytest

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import EngineHost, GpuFit
from aisim.catalog.models import LlmModel

ORIGIN = {"source": "made up", "as_of": "2026", "quality": "estimate"}


@pytest.fixture
def model() -> LlmModel:
    """2 layers of width 10; 4 heads of 3, 2 of them cached; feed-forward 20; vocabulary 50."""
    return LlmModel(
        **ORIGIN,
        name="toy",
        params_b=1.0,
        active_params_b=1.0,
        layers=2,
        hidden=10,
        n_heads=4,
        n_kv_heads=2,
        head_dim=3,
        ffn_intermediate=20,
        vocab=50,
        max_context=1000,
        attention_kind="GQA",
        gated_mlp=True,
    )


@pytest.fixture
def device() -> Accelerator:
    """1 TFLOP/s in 16 bits, 2 in fp8, 1 GB/s."""
    return Accelerator(
        **ORIGIN,
        name="toy",
        vendor="none",
        arch="none",
        year=2026,
        bf16_dense_tflops=1.0,
        fp16_dense_tflops=1.0,
        fp8_dense_tflops=2.0,
        mem_gb=10.0,
        mem_gib_reported=10.0,
        mem_type="none",
        mem_bw_gb_s=1.0,
        scaleup_link="toy",
        scaleup_bw_gb_s=100.0,
    )


@pytest.fixture
def fit() -> GpuFit:
    """Parameters of which no two are alike, so that none can stand where another should."""
    return GpuFit(
        **ORIGIN,
        accelerator="toy",
        engine="vllm",
        engine_version="1",
        precision="fp16",
        product_us=2.0,
        eff_c_dense=0.8,
        eff_m_dense=0.5,
        act_mult=1.5,
        attention_us=3.0,
        eff_prefill_attn=0.4,
        attn_half_sat_tokens=7.0,
        eff_kv_decode=0.6,
        eff_kv_mixed=0.3,
        experts_us=5.0,
        eff_c_moe=0.7,
        eff_m_moe=0.9,
        moe_half_sat_tokens=0.75,
        moe_act_mult=2.5,
    )


@pytest.fixture
def host() -> EngineHost:
    """An engine that adds to everything."""
    return EngineHost(
        **ORIGIN,
        engine="vllm",
        precision="fp16",
        launch_share=2.0,
        experts_share=3.0,
        read_share=0.8,
        exchange_share=1.5,
        iteration_us=11.0,
        sequence_us=0.5,
        delay_iterations=2.0,
    )


@pytest.fixture
def experts(model) -> LlmModel:
    """The toy with 8 experts of 5, of which a token passes 2 and one that is shared."""
    return model.model_copy(
        update={
            "n_experts": 8,
            "experts_per_token": 2,
            "moe_intermediate": 5,
            "n_shared_experts": 1,
            "first_dense_layers": 1,
            "moe_every": 1,
        }
    )


@pytest.fixture
def mla(model) -> LlmModel:
    """The toy with a compressed cache of 5, a rotary part of 2 and values of 6."""
    return model.model_copy(update={"kv_lora_rank": 5, "rope_dim": 2, "v_head_dim": 6})
