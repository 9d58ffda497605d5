"""What the rate limits of an external API let in, and what becomes of the rest."""

import numpy as np
import pytest

from aisim.results import figures
from tests.simulation.apis import alone, counted, limited
from tests.simulation.journeys import sent


def test_below_the_limit_nothing_is_sent_again():
    run = sent(limited(requests_per_minute=60), np.arange(0.0, 600, 1.0).tolist())
    assert counted(run)["completed"] == 600
    assert run.apis["gpt"].retries == 0
    assert run.requests["wait_gpt_s"].sum() == 0


@pytest.mark.parametrize(
    "limit", [{"requests_per_minute": 30}, {"tokens_per_minute": 30 * 150}], ids=["rpm", "tpm"]
)
def test_above_the_limit_as_many_complete_as_it_lets_in(limit):
    """A minute's worth at once and then the limit: theory, at twice the limit over 30 minutes."""
    minutes, n = 30, 1800
    world = limited(**limit)
    long = world.model_copy(
        update={"run": world.run.model_copy(update={"horizon_s": minutes * 60.0})}
    )
    run = sent(long, np.arange(0.0, n, 1.0).tolist())
    accepted = np.sort(run.requests["dispatched_s"].dropna())
    within = int((accepted < minutes * 60).sum())
    assert within == pytest.approx(30 + 30 * minutes, abs=2)
    by_minute = np.histogram(accepted, bins=np.arange(120.0, minutes * 60 + 1, 60))[0]
    assert by_minute.mean() == pytest.approx(30, abs=0.5)
    done = np.sort(run.requests["last_token_s"].dropna())
    assert ((done > 300) & (done <= 1500)).sum() == pytest.approx(30 * 20, abs=10)
    counts = counted(run)
    assert counts["failed"] > 600
    assert counts["unfinished"] == 0


def test_no_minute_sees_more_than_twice_the_limit_nor_two_more_than_three_times():
    run = sent(limited(requests_per_minute=20), np.arange(0.0, 600, 0.5).tolist())
    accepted = np.sort(run.requests["dispatched_s"].dropna())
    for minutes in (1, 2, 5):
        ends = np.searchsorted(accepted, accepted + 60 * minutes)
        assert (ends - np.arange(len(accepted))).max() <= 20 * (minutes + 1) + 1


def test_a_429_waits_twice_as_long_each_time_and_up_to_a_half_more():
    """One request a minute: the second is sent until the bucket has filled, 60 s later."""
    retries = {"tries": 20, "first_wait_s": 1.0}
    run = sent(limited(requests_per_minute=1, retries=retries), [0.0, 0.0])
    wait = run.requests["wait_gpt_s"][1]
    # 1 + 2 + 4 + ... + 2^(n-1) = 2^n - 1 seconds, half as long again at most.
    n = run.apis["gpt"].retries
    assert wait >= 60
    assert 2**n - 1 <= wait <= 1.5 * (2**n - 1)
    assert run.requests["dispatched_s"][1] == pytest.approx(wait)
    assert run.apis["gpt"].sent == 2


def test_more_tries_leave_the_earlier_waits_as_they_are():
    few, many = (
        sent(limited(requests_per_minute=10, retries={"tries": tries}), [0.0] * 30)
        for tries in (4, 9)
    )
    same = (few.requests["status"] == "completed").to_numpy()
    assert 10 <= same.sum() < 30
    first = few.requests["wait_gpt_s"][same], many.requests["wait_gpt_s"][same]
    assert first[0].tolist() == first[1].tolist()


def test_after_the_last_try_the_request_has_failed():
    retries = {"tries": 3, "first_wait_s": 0.5}
    run = sent(limited(requests_per_minute=2, retries=retries), [0.0] * 10)
    assert counted(run) == {"completed": 2, "rejected": 0, "failed": 8, "unfinished": 0}
    assert set(run.requests["reason"][2:]) == {"429: rate limit of gpt after 3 tries"}
    facts = run.apis["gpt"]
    assert (facts.site, facts.provider, facts.model) == ("provider", "openai", "gpt-5-mini")
    assert (facts.processing, facts.sent, facts.retries) == ("standard", 10, 24)
    waits = run.requests["wait_gpt_s"][2:]
    assert waits.between(0.5 + 1, 1.5 * (0.5 + 1)).all()
    found = figures(run)
    assert found["failures"] == {"429: rate limit of gpt after 3 tries": 8}
    assert found["apis"] == {"gpt": {"sent": 10, "retries": 24}}
    assert found["slo_attainment"] == pytest.approx(0.2)
    assert found["rejections"] == {}


def test_a_failed_request_lets_those_that_waited_for_it_come():
    run = sent(
        limited(requests_per_minute=1, retries={"tries": 1}), [0.0, 0.0, 0.0],
        parent_id=[-1, -1, 1], gap_s=[0.0, 0.0, 100.0],
    )  # fmt: skip
    assert run.requests["status"].tolist() == ["completed", "failed", "completed"]
    assert run.requests["arrival_s"][2] == pytest.approx(100.0)


def test_both_limits_hold():
    both = limited(requests_per_minute=4, tokens_per_minute=450, retries={"tries": 1})
    long = sent(both, [0.0] * 5)  # 150 tokens each
    assert counted(long)["completed"] == 3
    short = sent(both, [0.0] * 5, input_tokens=[1] * 5, output_tokens=[1] * 5)
    assert counted(short)["completed"] == 4


@pytest.mark.parametrize(
    ("limit", "reason"),
    [
        ({"tokens_per_minute": 149}, "more tokens than the rate limit of gpt lets in"),
        ({"max_context": 149}, "longer than the context of gpt"),
    ],
)
def test_what_is_too_long_is_rejected(limit, reason):
    run = sent(limited(**limit), [0.0, 1.0], input_tokens=[100, 99])
    assert run.requests["status"].tolist() == ["rejected", "completed"]
    assert run.requests["reason"][0].startswith(reason)


def test_the_context_of_genai_prices_is_the_longest_request():
    run = sent(alone(), [0.0, 0.0], input_tokens=[400_000 - 50, 400_000 - 49])
    assert run.requests["status"].tolist() == ["completed", "rejected"]
