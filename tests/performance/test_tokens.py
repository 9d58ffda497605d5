"""What depends on the number of tokens alone: launches, states, and what ranks exchange."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aisim.catalog.accelerators import accelerator
from aisim.catalog.engines import gpu_fits
from aisim.catalog.models import llm_model, llm_models
from aisim.performance import Parallel
from aisim.performance.collectives import ALL_REDUCE, ALL_TO_ALL, collective
from aisim.performance.experts import ExpertTime, expert_work
from aisim.performance.products import dense_time
from aisim.performance.shapes import check_parallel
from aisim.performance.tokens import exchange_notes, exchange_time, tokens_time
from tests.performance.toys import deployed


def all_reduce_s(device, ranks, n):
    """Of `n` hidden states of 10 values."""
    time = collective(ALL_REDUCE, device, "vllm", ranks)
    return time.alpha_s + n * 20 * time.s_per_byte + (n * 20) ** 0.5 * time.root_s


def test_a_sum_of_launches_products_and_experts(experts, device, fit):
    made = deployed(experts, device)
    expected = 2 * 3e-6 + dense_time(made, fit).seconds(7)
    expected += ExpertTime(expert_work(made), fit).seconds(21)
    assert tokens_time(made, fit).seconds(7, 21, 7) == pytest.approx(expected)


def test_each_layer_launches_its_attention(model, device, fit):
    slow = fit.model_copy(update={"attention_us": 10.0})
    made = deployed(model, device)
    extra = tokens_time(made, slow).seconds(3, 3, 3) - tokens_time(made, fit).seconds(3, 3, 3)
    assert extra == pytest.approx(2 * 7e-6)


def test_states_of_linear_attention_are_read_and_written(model, device, fit):
    """6 of 8 layers keep 1,000 bytes of a sequence; two ranks share them; 60 % of 1 GB/s."""
    linear = model.model_copy(update={"layers": 8, "linear_layers_per_global": 3})
    kept = linear.model_copy(update={"linear_state_bytes": 1000})
    for tp in (1, 2):
        plain_s = tokens_time(deployed(linear, device, tp), fit).seconds(5, 5, 4)
        extra = tokens_time(deployed(kept, device, tp), fit).seconds(5, 5, 4) - plain_s
        assert extra == pytest.approx(4 * 2 * 6 * 1000 / tp / (1e9 * 0.6))


def test_one_rank_exchanges_nothing(model, device):
    assert exchange_time(deployed(model, device)).seconds(1000) == 0
    assert exchange_notes(deployed(model, device)) == ()


@pytest.mark.parametrize("n", [1, 1000])
def test_tensor_parallel_ranks_reduce_twice_a_layer(model, device, n):
    found = exchange_time(deployed(model, device, 2)).seconds(n)
    assert found == pytest.approx(4 * all_reduce_s(device, 2, n))


def test_stages_hand_on_the_hidden_states(model, device):
    """Three hops of a message of 20 bytes a token over a link of 100 GB/s."""
    found = exchange_time(deployed(model, device, Parallel(pipeline=4))).seconds(1000)
    start_s = collective(ALL_REDUCE, device, "vllm", 2).alpha_s
    assert found == pytest.approx(3 * (start_s + 1000 * 20 / 100e9))


def test_copies_of_the_attention_exchange_with_the_experts(experts, device):
    """There and back in the layer of experts, each token to both of its experts' ranks; the
    tensor-parallel ranks of a copy share that, and reduce after its attention alone."""
    found = exchange_time(deployed(experts, device, Parallel(2, data=2, expert=4))).seconds(1000)
    time = collective(ALL_TO_ALL, device, "vllm", 4)
    sent = 1000 * 20 * 2 / 2
    passed = time.alpha_s + sent * time.s_per_byte + sent**0.5 * time.root_s
    assert found == pytest.approx(2 * passed + 3 * all_reduce_s(device, 2, 1000))


def test_waiting_for_the_slowest_is_a_share_of_those_exchanges(experts, device):
    spread = Parallel(2, data=2, expert=4)
    time = exchange_time(deployed(experts, device, spread))
    slower = time._replace(share=1.5).seconds(1000) - time.seconds(1000)
    sent = 1000 * 20 * 2 / 2
    assert slower == pytest.approx(2 * 0.5 * time.exchange.seconds(sent))


def test_a_token_goes_to_no_more_ranks_than_there_are(experts, device):
    all_eight = experts.model_copy(update={"experts_per_token": 8})
    time = exchange_time(deployed(all_eight, device, Parallel(data=2)))
    assert (time.reduces, time.exchanges, time.routed_share) == (3, 2, 2)


def test_expert_groups_of_tensor_parallel_ranks_reduce_as_ever(experts, device):
    plain = exchange_time(deployed(experts, device, 4)).seconds(1000)
    assert exchange_time(deployed(experts, device, Parallel(4, expert=4))).seconds(1000) == plain


def test_what_is_estimated_is_said_once_needed(experts, device):
    assert "all-reduce of 2 toy estimated" in exchange_notes(deployed(experts, device, 2))[0]
    notes = exchange_notes(deployed(experts, device, Parallel(2, data=2)))
    assert "all-to-all of 4 toy estimated" in notes[1]


@st.composite
def placed(draw):
    model = llm_model(draw(st.sampled_from(sorted(llm_models()))))
    spread = Parallel(*(draw(st.sampled_from([1, 2, 4, 8])) for _ in range(4)))
    try:
        check_parallel(model, spread)
    except ValueError:
        spread = Parallel(spread.tensor if model.n_heads % spread.tensor == 0 else 1)
        try:
            check_parallel(model, spread)
        except ValueError:
            spread = Parallel()
    gpu = draw(st.sampled_from(["H100-SXM-80", "H200-SXM-141", "L40S-48", "A100-SXM-80"]))
    return model, accelerator(gpu), spread


@given(placed(), st.sampled_from(gpu_fits()), st.integers(1, 9000), st.integers(1, 9000))
def test_more_tokens_are_never_faster(where, fit, n, more):
    model, device, spread = where
    time = tokens_time(deployed(model, device, spread), fit)
    few = time.seconds(n, n * spread.data, n)
    assert time.seconds(n + more, (n + more) * spread.data, n + more) >= few * (1 - 1e-12) > 0


@given(placed(), st.integers(1, 9000))
def test_a_faster_link_is_never_slower(where, n):
    model, device, spread = where
    known = device.scaleup_bw_gb_s
    faster = device.model_copy(
        update={
            "name": "faster",
            "scaleup_bw_gb_s": None if known is None else 2 * known,
            "pcie_bw_gb_s": 2 * device.pcie_bw_gb_s,
        }
    )
    named = device.model_copy(update={"name": "as fast"})
    slow = exchange_time(deployed(model, named, spread)).seconds(n)
    assert exchange_time(deployed(model, faster, spread)).seconds(n) <= slow * (1 + 1e-12)
