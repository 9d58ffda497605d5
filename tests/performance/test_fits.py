"""Which parameters are taken, from whom they are borrowed, and what is said about it."""

import re
from statistics import geometric_mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator, accelerators
from aisim.catalog.engines import gpu_fits
from aisim.catalog.models import llm_model
from aisim.catalog.unknown import UnknownName
from aisim.performance import gpu_fit, iteration_time
from aisim.performance.fits import (
    PARAMETERS,
    as_served,
    bare,
    blend,
    engine_host,
    kernels_named,
)
from aisim.performance.precision import WEIGHT_BYTES, compute

RATES = ("eff_c_dense", "eff_c_moe")


def of(gpu, engine, precision):
    """The rows of the catalog of an accelerator, engine and precision."""
    key = (gpu, engine, precision)
    return [fit for fit in gpu_fits() if (fit.accelerator, fit.engine, fit.precision) == key]


@pytest.mark.parametrize(
    ("gpu", "engine", "precision", "found"),
    [
        ("H100-SXM-80", "vllm", "fp8", ("vllm", "fp8")),
        ("H100-SXM-80", "trtllm", "fp16", ("trtllm", "fp16")),
        ("H100-SXM-80", "vllm-2023", "fp16", ("vllm-2023", "fp16")),
        ("B200-SXM-180", "vllm", "nvfp4", ("trtllm", "nvfp4")),
        ("H100-SXM-80", "vllm", "int8", ("vllm", "fp8")),
        ("RTX4090-24", "trtllm", "fp8", ("vllm", "fp16")),
    ],
)
def test_a_fit_of_its_own(gpu, engine, precision, found):
    """The engine's in that precision; else another engine's; else the nearest in width."""
    chosen = gpu_fit(accelerator(gpu), engine, precision)
    (fit,) = of(gpu, *found)
    assert (chosen.fit, chosen.provenance) == (fit, "fitted")
    said = " ".join(chosen.notes)
    assert (f"no fit for {engine} on {gpu}" in said) == (found[0] != engine)
    assert (f"no {precision} fit for {gpu}" in said) == (found[1] != precision)


def made(fit, **changes):
    return fit.model_copy(update=changes)


def test_the_newest_version_wins(device, fit):
    versions = [
        made(fit, engine_version=version, engine=engine)
        for version, engine in [("0.9.0", "vllm"), ("0.14.0", "vllm"), ("2023", "vllm-2023")]
    ]

    def version(engine):
        return gpu_fit(device, engine, "fp16", versions).fit.engine_version

    assert [version(name) for name in ("vllm", "trtllm", "vllm-2023")] == [
        "0.14.0", "0.14.0", "2023"
    ]  # fmt: skip


def test_an_engine_without_a_fit_is_like_the_mean_of_the_others(device, fit):
    """Parameter by parameter the geometric mean; batches that mix, of those who measured it."""
    others = [
        made(fit, engine="vllm", product_us=2.0, eff_kv_mixed=None),
        made(fit, engine="trtllm", product_us=8.0, eff_kv_mixed=0.25, at_bound=("act_mult",)),
    ]
    chosen = gpu_fit(device, "sglang", "fp16", others)
    assert chosen.fit.product_us == pytest.approx(4.0)
    assert chosen.fit.attention_us == pytest.approx(fit.attention_us)
    assert chosen.fit.eff_kv_mixed == pytest.approx(0.25)
    assert chosen.fit.at_bound == ("act_mult",)
    assert chosen.provenance == "fitted"
    assert "no fit for sglang on toy: as with trtllm and vllm" in chosen.notes


def test_the_old_stack_serves_only_those_who_name_it(device, fit):
    old, new = made(fit, engine="vllm-2023", product_us=90.0), made(fit, engine="trtllm")
    assert gpu_fit(device, "vllm", "fp16", [old, new]).fit == new
    assert gpu_fit(device, "vllm-2023", "fp16", [old, new]).fit == old
    assert gpu_fit(device, "vllm-2023", "fp16", [new]).fit == new


def test_the_old_stack_of_another_accelerator_is_lent_to_nobody(fit):
    l40s = accelerator("L40S-48")
    assert gpu_fit(l40s, "vllm-2023", "fp16") == gpu_fit(l40s, "vllm", "fp16")


def test_there_must_be_some_fit(device):
    for engine in ("vllm", "vllm-2023"):
        with pytest.raises(LookupError, match="no fits to choose from"):
            gpu_fit(device, engine, "fp16", [])


def borrowed(gpu, fits, engine="vllm", precision="fp16"):
    return gpu_fit(accelerator(gpu), engine, precision, fits)


@pytest.mark.parametrize(
    ("gpu", "lenders"),
    [
        ("H200-SXM-141", {"H100-SXM-80"}),
        ("L4-24", {"L40S-48", "RTX4090-24"}),
        ("GB200-186", {"B200-SXM-180"}),
        ("MI300X-192", {"H100-SXM-80", "B200-SXM-180"}),
        ("T4-16", {"L40S-48", "RTX4090-24"}),
    ],
)
def test_relatives_lend_theirs(fit, gpu, lenders):
    """First of the same architecture and kind of memory, then of the kind of memory."""
    names = ("H100-SXM-80", "B200-SXM-180", "L40S-48", "RTX4090-24")
    fits = [made(fit, accelerator=name, product_us=float(i)) for i, name in enumerate(names, 1)]
    chosen = borrowed(gpu, fits)
    assert chosen.provenance == "relatives"
    lent = [float(names.index(name) + 1) for name in lenders]
    assert chosen.fit.product_us == pytest.approx(geometric_mean(lent))
    assert f"efficiencies of {', '.join(sorted(lenders))}" in chosen.notes[0]


def test_where_no_kind_of_memory_is_alike_all_lend(fit):
    fits = [made(fit, accelerator=name, product_us=us)
            for name, us in (("H100-SXM-80", 2.0), ("A100-SXM-80", 8.0))]  # fmt: skip
    assert borrowed("L4-24", fits).fit.product_us == pytest.approx(4.0)


def test_relatives_of_the_same_engine_go_first(fit):
    fits = [made(fit, accelerator="H100-SXM-80", engine=engine, product_us=us)
            for engine, us in (("vllm", 2.0), ("trtllm", 8.0))]  # fmt: skip
    assert borrowed("H200-SXM-141", fits, "trtllm").fit.product_us == pytest.approx(8.0)
    assert borrowed("H200-SXM-141", fits, "sglang").fit.product_us == pytest.approx(4.0)


def test_rates_follow_the_fastest_product_that_was_measured(monkeypatch, device, fit):
    """One that reaches half of its data sheet's peak, from one that reaches four fifths."""
    known = {
        "lender": made(device, name="lender", measured_bf16_tflops=0.8, measured_fp8_tflops=1.0),
        "other": made(device, name="other", measured_bf16_tflops=0.4),
    }
    monkeypatch.setattr("aisim.performance.fits.accelerator", known.__getitem__)
    chosen = gpu_fit(known["other"], "vllm", "fp16", [made(fit, accelerator="lender")])
    for name in PARAMETERS:
        share = 0.5 if name in RATES else 1.0
        assert getattr(chosen.fit, name) == pytest.approx(share * getattr(fit, name))
    narrow = [made(fit, accelerator="lender", precision="fp8")]
    # In fp8 the lender reaches half of 2; the other was measured in 16 bits alone.
    chosen = gpu_fit(known["other"], "vllm", "fp8", narrow)
    assert chosen.fit.eff_c_dense == pytest.approx(0.8 * 0.4 / 0.5)
    unknown = made(device, name="unknown")
    chosen = gpu_fit(unknown, "vllm", "fp8", narrow)
    assert chosen.fit.eff_c_dense == pytest.approx(0.8)


@given(
    st.sampled_from(sorted(accelerators())),
    st.sampled_from(["vllm", "trtllm", "sglang", "vllm-2023"]),
    st.sampled_from(["fp16", "fp8", "int8", "nvfp4"]),
)
def test_every_accelerator_has_parameters(gpu, engine, precision):
    chosen = gpu_fit(accelerator(gpu), engine, precision)
    assert all(getattr(chosen.fit, name) >= 0 for name in PARAMETERS)
    own = any(fit.accelerator == gpu for fit in gpu_fits() if fit.engine != "vllm-2023")
    own = own or (engine == "vllm-2023" and bool(of(gpu, "vllm-2023", "fp16")))
    assert chosen.provenance == ("fitted" if own else "relatives")
    assert all(note and "\n" not in note for note in chosen.notes)


@given(st.lists(st.sampled_from(gpu_fits()), min_size=1, max_size=6))
def test_a_mean_lies_between_what_it_is_made_of(fits):
    found = blend(fits)
    for name in PARAMETERS:
        values = [getattr(fit, name) for fit in fits]
        assert min(values) * (1 - 1e-9) <= getattr(found, name) <= max(values) * (1 + 1e-9)


HOSTS = [("", 100.0), ("0.14", 50.0), ("1.2", 25.0)]


def hosts(engine="vllm", precision="fp16"):
    return [
        bare(engine).model_copy(
            update={"from_version": version, "iteration_us": us, "precision": precision}
        )
        for version, us in HOSTS
    ]


@pytest.mark.parametrize(
    ("version", "added_us"),
    [
        ("", 25), ("nightly", 25), ("2.0", 25), ("1.2", 25), ("1.2.0rc5", 25), ("1.1.9", 50),
        ("0.14.0", 50), ("0.14", 50), ("0.13.9", 100), ("0.12.0", 100), ("0.9", 100),
    ],
)  # fmt: skip
def test_the_host_of_a_version(version, added_us):
    """The last that it had reached; without numbers the newest."""
    assert engine_host("vllm", "fp16", version, hosts()).iteration_us == added_us


def test_an_engine_that_nobody_served_with_adds_nothing():
    found = engine_host("other", "fp16", "", hosts())
    assert found == bare("other")
    assert (found.launch_share, found.experts_share) == (1, 1)
    assert (found.read_share, found.exchange_share) == (1, 1)
    assert (found.iteration_us, found.sequence_us, found.delay_iterations) == (0, 0, 0)
    assert engine_host("vllm-2023", "fp16") == bare("vllm-2023")


def test_a_version_before_all_that_were_fitted_adds_nothing():
    late = [host for host in hosts() if host.from_version]
    assert engine_host("vllm", "fp16", "0.9", late) == bare("vllm")


def test_weight_only_kernels_are_like_no_others():
    """Narrow weights in 16-bit products have rows of their own; else those of 16 bits serve."""
    own = [made(row, launch_share=3.0) for row in hosts(precision="weight_only")]
    half = hosts(precision="fp16")
    assert kernels_named("int4", "fp16") == kernels_named("fp8", "fp16") == "weight_only"
    assert (kernels_named("fp16", "fp16"), kernels_named("fp8", "fp8")) == ("fp16", "fp8")
    assert engine_host("vllm", "weight_only", "", [*half, *own]).launch_share == 3.0
    assert engine_host("vllm", "fp16", "", [*own, *half]).launch_share == 1.0
    assert engine_host("vllm", "weight_only", "", half).launch_share == 1.0


def test_kernels_of_an_older_version_with_the_host_of_the_newest():
    """Where a precision was served with an older version alone."""
    old = made(hosts(precision="fp8")[0], launch_share=3.0)
    found = engine_host("vllm", "fp8", "", [*hosts(precision="fp16"), old])
    assert (found.launch_share, found.iteration_us) == (3.0, 25.0)


def test_the_precision_nearest_in_width():
    narrow = [host.model_copy(update={"launch_share": 3.0}) for host in hosts(precision="nvfp4")]
    found = engine_host("vllm", "fp8", "", [*hosts(precision="fp16"), *narrow])
    assert found.launch_share == 3.0


@pytest.mark.parametrize("row", ["vllm", "trtllm", "sglang"])
def test_every_engine_has_a_host(row):
    for precision in ("fp16", "fp8", "nvfp4"):
        assert engine_host(row, precision).engine == row
        assert engine_host(row, precision).rows


def test_a_host_changes_launches_and_reads(fit, host):
    fit = fit.model_copy(update={"eff_m_dense": 0.5, "eff_m_moe": 0.5})
    served = as_served(fit, host)
    factors = {"product_us": 2, "attention_us": 2, "experts_us": 3}
    factors |= {"eff_m_dense": 1.25, "eff_m_moe": 1.25}
    for name in PARAMETERS:
        assert getattr(served, name) == pytest.approx(getattr(fit, name) * factors.get(name, 1))


def test_no_engine_reads_faster_than_the_memory(fit, host):
    near = fit.model_copy(update={"eff_m_dense": 0.95, "eff_m_moe": 1.05})
    served = as_served(near, host.model_copy(update={"read_share": 0.5}))
    assert (served.eff_m_dense, served.eff_m_moe) == (1.0, 1.05)


def notes(gpu, engine="vllm", weights="fp16", tp=1):
    llama = llm_model("llama-3.1-8b")
    return iteration_time(llama, accelerator(gpu), engine, weights, "fp16", tp).notes


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"gpu": "H200-SXM-141"},
            "its data sheet with the efficiencies of H1",
        ),
        ({"gpu": "H100-SXM-80", "engine": "sglang"}, "no fit for sglang on H100-SXM-80"),
        ({"gpu": "H100-SXM-80", "weights": "int8"}, "no int8 fit for H100-SXM-80"),
        ({"gpu": "H100-SXM-80", "engine": "vllm-2023"}, "ended at a bound in "),
        ({"gpu": "H100-SXM-80"}, "KV cache read as in pure decode"),
        ({"gpu": "A100-SXM-80", "weights": "fp8"}, "fp8 weights on A100-SXM-80 save bytes"),
        ({"gpu": "H100-SXM-80", "weights": "int4"}, "int4 weights on H100-SXM-80 save bytes"),
        ({"gpu": "V100-SXM2-32"}, "V100-SXM2-32 has no bf16"),
        ({"gpu": "H200-SXM-141", "tp": 2}, "all-reduce of 2 H200-SXM-141 estimated"),
        ({"gpu": "GB300-288", "tp": 2}, "as with nccl: no fit for vllm"),
        ({"gpu": "H100-SXM-80", "weights": "nvfp4"}, "nvfp4 weights on H100-SXM-80 save bytes"),
    ],
)
def test_what_is_estimated_is_said(arguments, words):
    assert any(words in note for note in notes(**arguments))


def test_nothing_is_said_of_the_all_reduce_of_a_fitted_machine():
    assert not any("all-reduce" in note for note in notes("H100-SXM-80", tp=8))


@pytest.mark.parametrize(
    ("gpu", "weights", "name", "tflop_s"),
    [
        ("H100-SXM-80", "bf16", "fp16", 989.4),
        ("H100-SXM-80", "fp8", "fp8", 1978.9),
        ("H100-SXM-80", "int8", "int8", 1978.9),
        ("H100-SXM-80", "int4", "fp16", 989.4),
        ("A100-SXM-80", "fp8", "fp16", 312.0),
        ("B200-SXM-180", "nvfp4", "nvfp4", 9000.0),
        ("V100-SXM2-32", "fp16", "fp16", 125.0),
        ("T4-16", "bf16", "fp16", 65.0),
        ("T4-16", "int8", "int8", 130.0),
    ],
)
def test_peaks(gpu, weights, name, tflop_s):
    found = compute(accelerator(gpu), weights)
    assert (found.name, found.peak_flop_s) == (name, pytest.approx(tflop_s * 1e12))


def test_an_accelerator_without_a_16_bit_peak(device):
    blind = device.model_copy(update={"bf16_dense_tflops": None, "fp16_dense_tflops": None})
    with pytest.raises(ValueError, match="no 16-bit peak of toy"):
        compute(blind, "fp8")


def test_what_a_planner_has_fitted_is_used(model, device, fit, host):
    slow = made(fit, eff_kv_mixed=0.25, eff_kv_decode=0.5)
    windowed = model.model_copy(update={"sliding_window": 16, "local_layers_per_global": 1})
    time = iteration_time(windowed, device, "vllm", "fp16", "fp16", 1, fits=[slow], host=host)
    # The work of asking counts beside what is read: not quite twice.
    assert 1.9 * time.decode_kv_s < time.mixed_kv_s < 2 * time.decode_kv_s
    assert time.mixed_local_kv_s == pytest.approx(time.mixed_kv_s)
    assert time.notes == ()
    assert time.provenance == "calibrated"
    assert time.host == host


def test_where_mixed_batches_were_not_measured_they_read_as_decodes_do(model, device, fit):
    unknown = made(fit, eff_kv_mixed=None)
    time = iteration_time(model, device, "vllm", "fp16", "fp16", 1, fits=[unknown])
    assert time.mixed_kv_s == time.decode_kv_s
    assert any("read as in pure decode" in note for note in time.notes)


def test_activations_of_16_bits_mean_weights_alone():
    h100 = accelerator("H100-SXM-80")
    assert compute(h100, "fp8", "fp16") == compute(h100, "fp8", "bf16") == compute(h100, "fp16")
    assert compute(h100, "fp8", "fp16").notes == ()
    assert compute(h100, "int4", "fp8").name == "fp8"
    assert compute(h100, "fp16", "fp8").name == "fp16"


@pytest.mark.parametrize(
    ("gpu", "weights", "activations", "line"),
    [
        ("H100-SXM-80", "nvfp4", "nvfp4",
         "H100-SXM-80 multiplies no nvfp4; it does fp16, bf16, fp8, int8"),
        ("A100-SXM-80", "fp8", "fp8", "A100-SXM-80 multiplies no fp8; it does fp16, bf16, int8"),
        ("H100-SXM-80", "int4", "int4",
         "H100-SXM-80 multiplies no int4; it does fp16, bf16, fp8, int8"),
    ],
)  # fmt: skip
def test_units_that_are_not_there_are_named(gpu, weights, activations, line):
    with pytest.raises(ValueError, match=f"^{re.escape(line)}$"):
        compute(accelerator(gpu), weights, activations)


@pytest.mark.parametrize(
    ("weights", "activations"), [("fp9", None), ("fp8", "fp9"), ("fp16", "fp9")]
)
def test_unknown_precisions_are_answered_with_the_nearest(weights, activations):
    with pytest.raises(UnknownName, match=r"nearest: .*fp8"):
        compute(accelerator("H100-SXM-80"), weights, activations)


@given(st.sampled_from(sorted(accelerators())), st.sampled_from(sorted(WEIGHT_BYTES)))
def test_narrow_weights_never_multiply_slower(gpu, weights):
    device = accelerator(gpu)
    assert compute(device, weights).peak_flop_s >= compute(device, "fp16").peak_flop_s
    assert compute(device, weights, "fp16").peak_flop_s == compute(device, "fp16").peak_flop_s
