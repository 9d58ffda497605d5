"""The line on what the figures on the desk are worth."""

from itertools import islice

from aisim.app.status import status_html
from aisim.planning import Picture, Trial
from aisim.scenario import parse_study
from aisim.workload import draw_requests
from tests.small import small_data


def study():
    data = small_data()
    data["candidates"]["GPU-House"] = data["candidates"].pop("owned")
    return parse_study(data)


def outcome(name, slices=None):
    trial = Trial(study(), name, draw_requests(study()), saturate=False)
    list(islice(trial.slices(), slices))
    return trial.finish()


def test_a_full_run_is_sound_and_has_a_verdict():
    names = list(study().candidates)
    line = status_html(Picture(study(), {n: [outcome(n)] for n in names}, 1), study())
    assert "aisim-sound" in line
    assert "full run: 1 of 1 replications" in line
    assert "USD a month" in line


def test_what_was_stopped_names_who_was_cut_short_and_who_is_missing_and_no_winner():
    cut = {"GPU-House": [outcome("GPU-House", 5)]}
    line = status_html(Picture(study(), cut, 5, stopped=True), study())
    assert "stopped: in replication 1 of 5" in line
    assert "Cut short: GPU-House. Not simulated: rented." in line
    assert "USD" not in line


def test_a_stop_between_replications_has_whole_ones():
    names = list(study().candidates)
    whole = Picture(study(), {n: [outcome(n)] for n in names}, 5, stopped=True)
    line = status_html(whole, study())
    assert "stopped: 1 of 5 replications" in line
    assert "Cut short" not in line


def test_a_preview_has_no_verdict():
    names = list(study().candidates)
    preview = Picture(study(), {n: [outcome(n)] for n in names}, 6, preview=True)
    line = status_html(preview, study())
    assert "draw 1 of 6" in line
    assert "USD" not in line
