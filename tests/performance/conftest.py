"""A toy model on a toy accelerator, whose terms can be worked out by hand."""

import pytest

from aisim.catalog.accelerators import Accelerator
from aisim.catalog.engines import GpuFit
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
    """Full efficiency, no overhead, compute and memory time added up."""
    return GpuFit(
        **ORIGIN,
        accelerator="toy",
        engine="vllm",
        engine_version="1",
        precision="fp16",
        overhead_us_per_layer=0.0,
        eff_prefill_attn=1.0,
        eff_kv_decode=1.0,
        eff_c_dense=1.0,
        eff_m_dense=1.0,
        eff_c_moe=1.0,
        eff_m_moe=1.0,
        p_norm=1.0,
        act_mult=0.0,
        moe_half_sat_tokens=0.0,
        attn_half_sat_tokens=0.0,
    )
