"""Machines that have other work: every iteration takes as much longer, and nothing else changes."""

from dataclasses import replace

import pytest

from aisim.performance.placement import plan_pools
from tests.simulation.journeys import BIG_WAN, candidate, sent, study

OWNED = {"present_utilisation": 0.4}


def plans(model="llama-3.1-8b", **fields):
    world = study(
        machines__box__parts={"L40S 48GB": 2},
        pools__llm__model=model,
        pools__llm__tensor_parallel=2,
        **fields,
    )
    return plan_pools(candidate(world))["llm"]


@pytest.mark.parametrize("model", ["llama-3.1-8b", "gemma-3-12b"])
@pytest.mark.parametrize("taken", [0.25, 0.4, 0.99])
def test_every_part_of_an_iteration_takes_so_many_times_as_long(model, taken):
    alone = plans(model).time
    shared = plans(model, machines__box__already_owned={"present_utilisation": taken}).time
    times = 1 / (1 - taken)
    assert shared.window == alone.window
    for part in ("decode_kv_s", "mixed_kv_s", "decode_local_kv_s", "mixed_local_kv_s"):
        assert getattr(shared, part) == times * getattr(alone, part)
    for n in (1, 7, 200, 5000):
        assert shared.tokens_s(n) == times * alone.tokens_s(n)
        assert shared.mixed_tokens_s(n) == times * alone.mixed_tokens_s(n)
        assert shared.prompt_s(n, 0) == times * alone.prompt_s(n, 0)
        assert shared.prompt_s(n, 3 * n) == times * alone.prompt_s(n, 3 * n)


def test_the_rest_of_the_plan_is_the_same_but_for_a_note():
    plain, shared = plans(), plans(machines__box__already_owned=OWNED)
    (note,) = set(shared.notes) - set(plain.notes)
    assert note == (
        "shares its GPUs with other work: 40 % of their time, so iterations take 1.67 times as "
        "long; all of their memory is taken to be free"
    )
    assert replace(shared, time=plain.time, notes=plain.notes) == plain
    assert (shared.time.host, shared.time.provenance) == (plain.time.host, plain.time.provenance)


@pytest.mark.parametrize("owned", [None, {"present_utilisation": 0.0}])
def test_machines_without_other_work_are_as_ever(owned):
    assert plans(machines__box__already_owned=owned) == plans()


def test_a_run_without_queues_is_so_many_times_as_slow():
    fields = {"links__wan": BIG_WAN}
    owned = {"machines__box__already_owned": OWNED}
    plain, shared = sent(study(**fields), [0.0]), sent(study(**fields, **owned), [0.0])
    times = 1 / (1 - 0.4)
    for token in ("first_token_s", "last_token_s"):
        assert shared.requests[token][0] == pytest.approx(
            times * plain.requests[token][0], rel=1e-9
        )
    assert shared.iterations == plain.iterations
    assert any("shares its GPUs" in note for note in shared.notes)
