"""Benchmarks of an imaginary server: aisim's own simulation with other parameters, and noise."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from aisim.performance.fits import engine_host, gpu_fit
from aisim.validation.measured import MEASURES, ServingRun, Setup
from aisim.validation.serving import Serving
from aisim.validation.setups import what_ran

LOADS = (1, 4, 16, 48, 96, 192)


def setup(**changes) -> Setup:
    plain = Setup("L40S-48", "llama-3.1-8b", "vllm", "", "fp16", "", 1, 1, 1, 1, None)
    return replace(plain, **changes)


def truth(one: Setup, compute=1.0, memory=1.0, launches=1.0, **host):
    """The catalog's parameters, changed: factors on rates and launches, values of the host."""
    ran = what_ran(one)
    fit = gpu_fit(ran.device, ran.engine, ran.precision).fit
    kernels = {
        **{n: getattr(fit, n) * compute for n in ("eff_c_dense", "eff_c_moe", "eff_prefill_attn")},
        **{n: getattr(fit, n) * memory for n in ("eff_m_dense", "eff_m_moe", "eff_kv_decode")},
        "accelerator": ran.device.name, "engine": ran.engine, "precision": ran.precision,
    }  # fmt: skip
    if fit.eff_kv_mixed is not None:
        kernels["eff_kv_mixed"] = fit.eff_kv_mixed * memory
    known = engine_host(ran.engine, ran.precision, one.engine_version)
    shares = {n: getattr(known, n) * launches for n in ("launch_share", "experts_share")}
    changed = known.model_copy(update={**shares, "from_version": "", **host})
    return fit.model_copy(update=kernels), changed


def run(one: Setup, load: int, sizes=(1000, 250)) -> ServingRun:
    return ServingRun(
        setup=one, source="synthetic", scenario="online_closed_loop", input_tokens=sizes[0],
        output_tokens=sizes[1], length_kind="fixed", concurrency=load, rate_rps=None,
        n_requests=None, batch_size=None, disaggregated=False,
        measured=dict.fromkeys(MEASURES, 1.0), flag="", note="",
    )  # fmt: skip


def runs(one: Setup, parameters, loads=LOADS, sizes=(1000, 250), noise=0.01, seed=0):
    """What a benchmark of that server would have measured."""
    fit, host = parameters
    serving, random = Serving((fit,), (host,)), np.random.default_rng(seed)
    found = []
    for load in loads:
        asked = run(one, load, sizes)
        said = serving.predicted(asked)
        kept = {name: said[name] for name in ("tpot_mean_ms", "ttft_mean_ms", "output_tok_s")}
        noisy = {k: float(v * np.exp(noise * random.normal())) for k, v in kept.items()}
        found.append(replace(asked, measured=noisy))
    return tuple(found)


def write_vllm(folder: Path, measured, **metadata) -> Path:
    """The runs as files of `vllm bench serve`."""
    folder.mkdir(exist_ok=True)
    for one in measured:
        count = 10 * one.concurrency
        (folder / f"c{one.concurrency}.json").write_text(
            json.dumps(
                {
                    "backend": "vllm",
                    "model_id": one.setup.model,
                    "max_concurrency": one.concurrency,
                    "request_rate": "inf",
                    "completed": count,
                    "total_input_tokens": int(count * one.input_tokens),
                    "total_output_tokens": int(count * one.output_tokens),
                    "output_throughput": one.measured["output_tok_s"],
                    "mean_ttft_ms": one.measured["ttft_mean_ms"],
                    "mean_tpot_ms": one.measured["tpot_mean_ms"],
                    **metadata,
                }
            )
        )
    return folder
