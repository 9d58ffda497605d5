"""Every figure of the answer table taken apart: arithmetic to do again, inputs, sources."""

from dataclasses import replace
from functools import cache

import pytest

from aisim.planning import BadInput, Picture, Trial, check_figure, compare, explain
from aisim.planning.explain import formula_of
from aisim.planning.explain_figures import ARITHMETIC, LATENCIES, SIMULATED, WORDS, figure_value
from aisim.planning.explain_picture import MEAN, TOGETHER, UNKNOWN, explain_picture
from aisim.report.explain import explanation_lines
from aisim.report.table import row_groups
from aisim.results import completed_in_window
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.planning.test_explain import evaluated
from tests.priced import priced
from tests.small import small_data, small_study

STUDY = small_study(horizon_s=600)


@cache
def compared():
    return compare(STUDY)


@cache
def outcome(name, replication):
    trial = Trial(STUDY, name, draw_requests(STUDY, replication), saturate=True)
    list(trial.slices())
    return trial.finish()


@cache
def picture(replications=2):
    found = {n: [outcome(n, r) for r in range(replications)] for n in STUDY.candidates}
    return Picture(STUDY, found, replications)


def shown_figures():
    candidates = list(compared().answer()["candidates"].values())
    return [row.figure for group in row_groups(candidates) for row in group]


def test_every_simulated_figure_is_in_the_table():
    assert set(SIMULATED) <= set(shown_figures())
    assert set(ARITHMETIC) | set(WORDS) | set(LATENCIES) == set(SIMULATED)


@pytest.mark.parametrize("figure", shown_figures())
def test_whatever_the_table_shows_can_be_explained(figure):
    check_figure(figure)
    for asked in (compared(), picture().typical):
        found = explain(asked, "rented", figure)
        assert found[0].figure == figure
        assert found[0].formula == formula_of(figure) != ""
        assert found[0].sources
        assert found[0].value == pytest.approx(
            figure_value(asked.answer()["candidates"]["rented"], figure)
        )
        assert all(line.strip() for each in found for line in explanation_lines(each, "rented"))


@pytest.mark.parametrize("figure", ARITHMETIC)
def test_the_arithmetic_gives_the_value(figure):
    for name in ("own", "managed", "gpt"):
        (found,) = explain(priced(), name, figure)
        if figure == "load" and found.value is None:
            assert found.inputs["saturation_rps"] is None
            continue
        assert found.value == pytest.approx(evaluated(found))


def test_what_was_counted_in_the_measured_time_is_what_the_run_has():
    run = compared().runs["rented"]
    done = completed_in_window(run)
    (found,) = explain(compared(), "rented", "requests_per_s")
    assert found.inputs["measured.requests"] == done.sum()
    assert found.inputs["run.window_s"] == run.window_s
    (tokens,) = explain(compared(), "rented", "output_tokens_per_s")
    assert tokens.inputs["measured.output_tokens"] == run.requests["output_tokens"][done].sum()


def test_a_promise_says_by_how_much_it_is_missed():
    answer = compared().answer()["candidates"]["rented"]
    promise = answer["service_level"]["chat"]["ttft_s"]
    (found,) = explain(compared(), "rented", "service_level")
    inputs = {name.rpartition(".")[2]: value for name, value in found.inputs.items()}
    assert inputs["over_s"] == pytest.approx(promise["value_s"] - promise["limit_s"])
    assert inputs["limit_s"] == 1.0


def test_gpus_are_those_of_groups_and_replicas():
    (found,) = explain(compared(), "owned", "gpus")
    assert found.inputs == {
        "pools.pool.replicas": 1, "pools.pool.gpus_of_a_replica": 1,
        "machines.server.count": 1, "machines.server.gpus_of_a_machine": 4,
    }  # fmt: skip
    assert found.value == {"in_machines": 4, "in_replicas": 1}


def test_reasons_add_up_to_what_was_rejected():
    data = small_data()
    data["workload"]["traffic"]["chat"]["sizes"]["input_tokens"] = 5_000_000
    (found,) = explain(compare(parse_study(data)), "rented", "requests.rejected")
    assert found.value == sum(found.inputs.values()) > 0


def test_sources_name_the_run_and_the_measurements_behind_gpu_times():
    (found,) = explain(compared(), "rented", "ttft_s.p95")
    run, times, *rest = found.sources
    assert "seed 1" in run.what
    assert "rented" not in times.what
    assert times.what.startswith("pool: iteration times on L40S-48, fitted to measurements")
    assert times.source
    assert times.as_of
    notes = compared().answer()["candidates"]["rented"]["notes"]
    assert notes == [source.what for source in rest if not source.source]


def test_times_of_an_accelerator_without_a_fit_are_said_to_lean_on_its_relatives():
    data = small_data()
    del data["candidates"]["owned"]
    data["candidates"]["rented"]["machines"]["gpu"]["instance"] = "g5.xlarge"
    (found,) = explain(compare(parse_study(data)), "rented", "tpot_s.p50")
    assert "related accelerators" in found.sources[1].what
    assert any("no fit for" in source.what for source in found.sources)


def test_times_of_an_api_come_from_its_own_source():
    (found,) = explain(priced(), "gpt", "ttft_s.p50")
    assert any("the API's times are" in source.what for source in found.sources)
    assert not any("iteration times" in source.what for source in found.sources)


def test_of_several_replications_the_mean_comes_first():
    together, first = explain_picture(picture(), "rented", "ttft_s.p95")
    values = [o.answer["ttft_s"]["p95"] for o in picture().outcomes["rented"]]
    assert together.formula == MEAN
    assert list(together.inputs.values()) == values
    assert together.value["mean"] == pytest.approx(sum(values) / 2)
    assert first.value == values[picture().typical.replication]


@pytest.mark.parametrize("figure", shown_figures())
def test_whatever_a_picture_shows_can_be_opened(figure):
    for replications in (1, 2):
        found = explain_picture(picture(replications), "owned", figure)
        shown = figure_value(picture(replications).answer["candidates"]["owned"], figure)
        assert found[0].value == shown or replications == 1
        assert found[0].formula
    assert found[0].formula in {MEAN, *TOGETHER.values()}


def test_what_stands_for_no_month_is_not_explained_by_one_that_does():
    cut = {n: [replace(o, answer=o.answer | {"partial": True}) for o in found]
           for n, found in picture().outcomes.items()}  # fmt: skip
    (found,) = explain_picture(Picture(STUDY, cut, 2), "owned", "cost.usd_per_month")
    assert (found.value, found.formula) == (None, UNKNOWN)


def test_who_was_never_measured_has_no_figures_and_no_fault():
    stopped = {n: [replace(o, used=None) for o in found] for n, found in picture().outcomes.items()}
    first = Picture(STUDY, stopped, 2).typical
    (found,) = explain(first, "owned", "requests_per_s")
    assert found.inputs["measured.requests"] is None
    assert explain(first, "owned", "cost.by_category.energy")[0].value is None


@pytest.mark.parametrize("figure", ["ttft_s.p96", "requests", "utilisation.gpu_bussy"])
def test_what_is_no_figure_is_refused(figure):
    with pytest.raises(BadInput, match="no figure"):
        check_figure(figure)
    with pytest.raises(BadInput, match="no figure"):
        explain(compared(), "rented", figure)
