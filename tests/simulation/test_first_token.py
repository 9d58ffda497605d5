"""Engines stream several tokens at a time: the client has the first one later than it is made."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aisim.performance import iteration
from aisim.performance.fits import bare
from tests.simulation.journeys import BIG_WAN, sent, study


def served(delay, sizes, gap_s=0.05):
    """The requests of a run whose engine is so many iterations late."""
    host = bare("vllm").model_copy(update={"delay_iterations": delay})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(iteration, "engine_host", lambda *_: host)
        columns = {"input_tokens": [n for n, _ in sizes], "output_tokens": [n for _, n in sizes]}
        arrivals = [i * gap_s for i in range(len(sizes))]
        return sent(study(links__wan=BIG_WAN), arrivals, **columns).requests


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.floats(0, 300),
    st.lists(st.tuples(st.integers(1, 3000), st.integers(1, 200)), min_size=1, max_size=8),
)
def test_late_by_so_many_of_its_own_tokens_and_never_after_the_last(delay, sizes):
    plain, late = served(0.0, sizes), served(delay, sizes)
    after = plain["output_tokens"] - 1
    span_s = plain["last_token_s"] - plain["first_token_s"]
    tpot_s = (span_s / after).where(after > 0, 0.0)
    expected = plain["first_token_s"] + (delay * tpot_s).clip(upper=span_s)
    assert late["first_token_s"].to_numpy() == pytest.approx(expected.to_numpy(), rel=1e-9)
    assert (late["first_token_s"] <= late["last_token_s"] * (1 + 1e-12)).all()
    others = [name for name in plain.columns if name != "first_token_s"]
    assert late[others].equals(plain[others])


def test_answers_of_one_token_are_not_late():
    plain, late = served(0.0, [(100, 1)]), served(9.0, [(100, 1)])
    assert late.equals(plain)
