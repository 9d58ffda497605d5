"""Every notebook as a planner meets it: run in JupyterLab, looked at, moved."""

import pytest

from aisim.app import panels
from aisim.app.panel import Panel
from tests.browser.checks import check_accessible, check_drawn, check_legible
from tests.browser.conftest import ROOT, SHOTS, kernel_mb
from tests.browser.notebook import Notebook

NOTEBOOKS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
#: Charts by title of their page; what matters is drawn by a view, growth when it is asked for.
CHARTS = {
    panel.title: [chart.name for chart in panel.charts]
    for panel in vars(panels).values()
    if isinstance(panel, Panel)
} | {"What matters": ["tornado", "map"]}
FIT = "Accelerators together"


@pytest.fixture(scope="module")
def page(browser, lab):
    """One page for all, as a JupyterLab takes long to open; the first notebook comes with it."""
    context = browser.new_context(viewport={"width": 1500, "height": 3600})
    yield Notebook(context.new_page(), lab[0], f"{NOTEBOOKS[0]}.ipynb")
    context.close()


@pytest.fixture(scope="module", params=NOTEBOOKS)
def notebook(request, page):
    """The tests of a notebook share its kernel, in the order of this file."""
    page.go_to(f"{request.param}.ipynb")
    page.name = request.param
    try:
        page.run_all()
        yield page
        page.theme("Light")
    finally:
        page.close()


def test_it_draws_every_page_and_can_be_used_by_all(notebook):
    if notebook.name == "07_trust":
        pytest.skip("it has no desk")
    for title in reversed(notebook.pages()):
        notebook.turn(title, CHARTS[title])
        check_drawn(notebook.desk, CHARTS[title])
        if notebook.name == "00_start" or title == "Answer":
            check_accessible(notebook.page, title)
        if notebook.name == "00_start":
            notebook.shot(SHOTS, f"{notebook.name}-{title}")
    notebook.shot(SHOTS, notebook.name)


def test_a_control_moves_by_keyboard_and_by_mouse(notebook):
    move = {"02_hardware_and_models": choose_what_fits, "07_trust": check_theory_and_measurements}
    move.get(notebook.name, move_a_slider)(notebook)


def move_a_slider(notebook):
    notebook.turn("Answer", CHARTS["Answer"])
    notebook.tab("Workload")
    slider = notebook.desk.locator(".aisim-controls").get_by_role("slider").first
    name = slider.locator("xpath=..").locator("label").inner_text()
    figures, charts = notebook.figures(), notebook.charts()
    slider.focus()
    notebook.page.keyboard.press("ArrowRight")
    by_key = notebook.new_figures(figures)
    assert notebook.charts()["latency"] != charts["latency"]
    value = slider.get_attribute("aria-valuetext")
    notebook.drag(name, 0.5, 0.4)
    assert slider.get_attribute("aria-valuetext") != value
    # More pictures of the key press may come until one is of the study as it stands.
    notebook.follow()
    notebook.new_figures(figures, by_key)


def choose_what_fits(notebook):
    page = notebook.page
    beside = page.locator(".aisim-fit")
    check_drawn(beside, ["memory"])
    before, said = notebook.charts()["memory"], beside.get_by_role("status").inner_text()
    beside.get_by_label(FIT).focus()
    page.keyboard.press("ArrowDown")
    notebook.settle()
    assert beside.get_by_role("status").inner_text() != said
    assert notebook.charts()["memory"] != before
    beside.get_by_text("Add an accelerator of your own").click()
    page.get_by_role("button", name="Use this accelerator").click()
    beside.get_by_text("is in the list of accelerators").wait_for()
    notebook.settle()
    name = beside.get_by_label("Accelerator", exact=True).locator("option:checked").inner_text()
    assert name in beside.get_by_role("status").first.inner_text()


def check_theory_and_measurements(notebook):
    page = notebook.page
    page.get_by_role("button", name="Check against theory").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("button:disabled:has-text('Check against theory')")
    page.wait_for_selector("button:enabled:has-text('Check against theory')")
    assert "checks, 0 of them failed" in page.locator(".aisim-desk caption").first.inner_text()
    page.get_by_role("button", name="Check against measurements").click()
    page.wait_for_function("document.querySelectorAll('.aisim-charts svg').length > 0")
    page.locator("button.aisim-cancel:enabled").last.click()
    page.get_by_text("Stopped.").wait_for()
    notebook.settle()
    check_drawn(page.locator(".aisim-desk"), list(notebook.charts()))
    check_accessible(page)


def test_it_is_legible_in_the_dark(notebook):
    notebook.theme("Dark")
    notebook.shot(SHOTS, f"{notebook.name}-dark")
    check_legible(notebook.page)
    if notebook.name == "00_start":
        check_accessible(notebook.page, "in the dark")


def test_its_kernel_fits_in_a_gigabyte(notebook, lab):
    _, folder = lab
    assert 100 < kernel_mb(folder.parent) < 1000


def test_nothing_failed_and_nothing_was_fetched_from_elsewhere(notebook):
    assert notebook.faults() == []
    assert notebook.errors == []
    assert notebook.foreign == []
