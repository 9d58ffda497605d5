"""Which accelerators serve a load: the closed form, and what a simulation makes of it."""

import json
from dataclasses import fields, is_dataclass, replace
from math import ceil

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aisim import catalog
from aisim.planning import BadInput, options, size, sizing
from aisim.planning.confirm import Confirm, sized
from aisim.planning.offers import find_offers
from aisim.planning.options import LOAD, ranked, replicas_for
from aisim.planning.question import Question
from tests.numbers import finite_or_null

QUESTION = Question("llama-3.1-8b", 20.0, 1000, 250, 1.0, 0.05)
ONE = {"rps": 2.0, "ttft_p95_s": 1.0, "tpot_p95_s": 0.05}


def rank(question: Question, **chosen):
    offers = find_offers(**chosen)
    return ranked(question, list(options.settings(question, offers)), offers)


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e3), st.floats(1, 3))
def test_more_requests_never_need_fewer_replicas(rps, each, more):
    assert replicas_for(rps * more, each) >= replicas_for(rps, each) >= 1
    assert replicas_for(rps, each) == max(1, ceil(rps / (LOAD * each) - 1e-9))


@given(st.floats(0.01, 1e4), st.floats(0.01, 1e3), st.floats(0, 5))
def test_a_worse_replica_never_needs_fewer(rps, each, error):
    assert replicas_for(rps, each, error) <= replicas_for(rps, each)
    assert replicas_for(rps, each, -error) >= replicas_for(rps, each)


@settings(max_examples=15, deadline=None)
@given(
    ttft=st.floats(0.05, 5), tpot=st.floats(0.005, 0.2), looser=st.floats(1, 3),
    which=st.sampled_from(["ttft_p95_s", "tpot_p95_s"]),
)  # fmt: skip
def test_looser_limits_never_cost_more(ttft, tpot, looser, which):
    tight = replace(QUESTION, ttft_p95_s=ttft, tpot_p95_s=tpot)
    loose = replace(tight, **{which: looser * getattr(tight, which)})
    chosen = {"accelerators": ["H100-SXM-80", "L4-24"], "providers": ["aws", "gcp"]}
    before, after = rank(tight, **chosen), rank(loose, **chosen)
    assert len(after) >= len(before)
    if before:
        assert after[0].usd_per_month <= before[0].usd_per_month


@settings(max_examples=15, deadline=None)
@given(st.floats(0.1, 500), st.floats(1, 10))
def test_more_requests_never_cost_less(rps, more):
    chosen = {"accelerators": ["L40S-48"]}
    few = rank(replace(QUESTION, rps=rps), **chosen)
    many = rank(replace(QUESTION, rps=rps * more), **chosen)
    months = {str(option): option.usd_per_month for option in many}
    for option in few:
        assert months.get(str(option), 1e99) >= option.usd_per_month or option not in many
    assert many[0].usd_per_month >= few[0].usd_per_month - 1e-6


def test_whole_machines_are_paid():
    (option, *_) = [
        o
        for o in rank(replace(QUESTION, rps=1), accelerators=["H100-SXM-80"], providers=["nebius"])
        if o.tensor_parallel == 8 and o.offer.provider
    ]
    assert option.machines(option.replicas) == 1
    row = catalog.cloud_instance("nebius", option.offer.region, option.offer.machine)
    assert option.usd_per_month == pytest.approx(row.usd_per_hour_on_demand * 730)
    per_machine = 8 // option.tensor_parallel
    assert option.machines(per_machine) == 1
    assert option.machines(per_machine + 1) == 2


def test_the_closed_form_ranks_by_cost():
    months = [option.usd_per_month for option in rank(QUESTION)]
    assert months == sorted(months)
    assert len(months) > 50


def test_what_is_confirmed_keeps_the_limits():
    found = size("llama-3.1-8b", **ONE, accelerators=["L4-24", "L40S-48"], providers=["aws"])
    assert not found.partial
    assert [option.accelerator for option in found.options[:2]]
    months = [option.usd_per_month for option in found.options]
    assert months == sorted(months)
    for option in found.options:
        assert option.confirmed
        assert option.ttft_p95_s <= 1.0
        assert option.tpot_p95_s <= 0.05
        assert option.load <= LOAD + 1e-9
        assert option.replicas_low <= option.replicas <= option.replicas_high
        low, high = option.usd_per_month_low, option.usd_per_month_high
        assert low * (1 - 1e-9) <= option.usd_per_month <= high * (1 + 1e-9)
        row = catalog.cloud_instance(option.provider, option.region, option.machine)
        hours = option.machines * 730
        # The answers that leave the cloud are paid too, a little.
        assert option.usd_per_month == pytest.approx(hours * row.usd_per_hour_on_demand, rel=2e-3)
        tokens = 2.0 * 250 * 730 * 3600 / 1e6
        assert option.usd_per_million_output_tokens == pytest.approx(option.usd_per_month / tokens)
        assert option.gpus == option.machines * row.n_gpu
        assert option.gpus_idle == option.gpus - option.replicas * option.tensor_parallel


def test_own_machines_are_billed_by_the_cost_model():
    (option,) = size("llama-3.1-8b", **ONE, accelerators=["L40S-48"], kinds=["own"], top=1).options
    assert (option.kind, option.provider, option.region) == ("own", None, "DE")
    row = catalog.hardware(option.machine)
    assert row.accelerator == "L40S-48"
    # Five years of use cost more than the purchase alone.
    assert option.usd_per_month > option.machines * row.usd_typical / 60


def test_the_same_seed_gives_the_same_answer():
    answers = [size("llama-3.1-8b", **ONE, accelerators=["L4-24"], seed=s) for s in (3, 3, 4)]
    assert answers[0] == answers[1] != answers[2]


def test_more_replicas_until_the_limits_are_kept():
    chosen = {"accelerators": ["L4-24"], "providers": ["aws"]}
    option = rank(replace(QUESTION, rps=4), **chosen)[0]
    # A setting that promises too much: a third of the replicas would do.
    boast = replace(option, setting=option.setting._replace(rps=3 * option.setting.rps))
    found = Confirm(replace(QUESTION, rps=4.0)).confirm(replace(boast, rps=4.0))
    assert isinstance(found, sizing.Sized)
    assert found.replicas > boast.replicas
    assert found.replicas_high > found.replicas


def test_nothing_keeps_impossible_limits_and_the_nearest_miss_is_named():
    found = size("llama-3.1-8b", rps=1, ttft_p95_s=1e-4, tpot_p95_s=1e-5)
    assert found.options == ()
    assert found.nearest.ttft_s > 1e-4
    assert "TTFT limit above" in found.nearest.would_do
    assert "TPOT limit above" in found.nearest.would_do


def test_a_model_that_no_machine_holds():
    found = size("llama-3.3-70b", **ONE, accelerators=["T4-16"], weights=["fp16"])
    assert (found.options, found.nearest, found.considered) == ((), None, 0)


def test_a_stop_keeps_what_there_is():
    told = []
    found = size(
        "llama-3.1-8b",
        **ONE,
        accelerators=["L4-24", "L40S-48"],
        on_progress=lambda name, done: told.append(name),
        cancelled=lambda: len(set(told)) > 1,
    )
    assert found.partial
    assert found.options
    assert not any(option.confirmed for option in found.options)
    assert all(option.ttft_p95_s is None for option in found.options)


def test_unconfirmed_options_have_the_costs_of_the_closed_form():
    option = rank(QUESTION, accelerators=["L4-24"], providers=["aws"])[0]
    found = sized(QUESTION, option, option.replicas, None)
    assert found.usd_per_month == pytest.approx(option.usd_per_month)


def test_a_named_provider_means_its_cloud_alone():
    found = size("llama-3.1-8b", **ONE, providers=["aws"], top=2)
    assert {option.provider for option in found.options} == {"aws"}


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"accelerators": ["H100"]}, catalog.UnknownName, "nearest: H100-"),
        ({"providers": ["awz"]}, catalog.UnknownName, "nearest: aws"),
        ({"engine": "vlm"}, catalog.UnknownName, "vllm"),
        ({"accelerators": ["TPUv4-32"]}, BadInput, "TPUv4-32 has a price"),
        ({"kinds": ["own"], "providers": ["aws"]}, BadInput, "own"),
        ({"rps": 0.0}, BadInput, "rps 0, allowed"),
        ({"rps": float("nan")}, BadInput, "rps nan"),
        ({"ttft_p95_s": -1.0}, BadInput, "ttft_p95_s -1"),
        ({"input_tokens": 10**6}, BadInput, "context of llama-3.1-8b"),
        ({"top": 0}, BadInput, "top 0"),
        ({"weights": ["fp9"]}, catalog.UnknownName, "fp8"),
        ({"kv_cache": "fp9"}, catalog.UnknownName, "fp8"),
    ],
)
def test_what_cannot_be_is_one_line(options, error, words):
    with pytest.raises(error) as caught:
        size("llama-3.1-8b", **{**ONE, **options})
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_json_has_no_nan_and_every_key_is_explained():
    found = size("llama-3.1-8b", **ONE, accelerators=["L4-24"], top=1)
    finite_or_null(json.loads(json.dumps(found.as_dict(), allow_nan=False)))
    for kind in vars(sizing).values():
        if is_dataclass(kind):
            for field in fields(kind):
                assert f"{field.name}: " in kind.__doc__, (kind, field.name)
