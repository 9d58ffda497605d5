"""The first notebook as a dashboard of Voila's, beside the same JupyterLab."""

from urllib.parse import urlencode

import pytest

from aisim import load_study
from aisim.app.link import link_text
from aisim.scenario import parse_study
from tests.binder.test_replay import ASKED_BY_VOILA
from tests.browser.checks import check_accessible, check_drawn, check_legible
from tests.browser.conftest import SHOTS, module
from tests.browser.desk import Desk, in_dutch

ANSWER = ["latency", "cost", "queue", "utilisation", "waterfall"]
RATE = "staff: Request rate"


@pytest.fixture
def dashboard(browser, lab):
    """Opens a dashboard by what stands behind the question mark of its address."""
    module("voila")
    context = browser.new_context(viewport={"width": 1500, "height": 2400})

    def opened(**query: str) -> Desk:
        desk = Desk(context.new_page(), lab[0])
        address = f"{lab[0]}/voila/render/00_start.ipynb"
        desk.page.goto(f"{address}?{urlencode({'token': 't', **query})}")
        desk.page.wait_for_selector(f".aisim-charts figure[data-chart={ANSWER[-1]}] svg")
        desk.page.wait_for_selector(".aisim-results:not(.aisim-waiting)")
        return desk

    yield opened
    context.close()


def test_a_desk_is_drawn_and_a_key_moves_it(dashboard):
    desk = dashboard()
    check_drawn(desk.desk, ANSWER)
    assert desk.button("Save YAML").count() == 0
    assert desk.button("Download").count() == 1
    figures = desk.figures()
    desk.slider(RATE).focus()
    assert desk.press("ArrowRight", "latency") is not None
    desk.new_figures(figures)
    check_accessible(desk.page)
    desk.shot(SHOTS, "dashboard")
    assert [error for error in desk.errors if not any(url in error for url in ASKED_BY_VOILA)] == []
    assert [url for url in desk.foreign if not url.startswith(ASKED_BY_VOILA)] == []


def test_a_link_opens_its_study_in_its_language_in_the_dark(dashboard):
    data = load_study("assistant").model_dump(mode="json")
    data["workload"]["traffic"]["staff"]["arrivals"]["rate_rps"] = 0.123
    desk = dashboard(s=link_text(parse_study(data)), lang="nl", theme="dark")
    values = desk.desk.get_by_role("slider").evaluate_all(
        "all => all.map(one => one.ariaValueText)"
    )
    assert any(value.startswith("0,123 ") for value in values)
    assert in_dutch("Run fully") != "Run fully"
    assert desk.button(in_dutch("Run fully")).count() == 1
    check_legible(desk.page)
    desk.shot(SHOTS, "dashboard-dark")


def test_a_broken_link_is_a_line_and_the_study_of_the_notebook(dashboard):
    desk = dashboard(s="<img src=x onerror=alert(1)>")
    assert any("was the link cut short?" in line for line in desk.problems())
    assert desk.slider(RATE).get_attribute("aria-valuetext").startswith("0.19 ")
    assert desk.desk.locator("img").count() == 0
