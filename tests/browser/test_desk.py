"""What a planner does on the desk but move sliders: open numbers, set limits, save, speak Dutch."""

import re
import time
from io import BytesIO
from zipfile import ZipFile

import pytest

from aisim.app.link import linked_study
from tests.browser.checks import check_drawn
from tests.browser.conftest import SHOTS, slowness
from tests.browser.desk import in_dutch

BUDGET = "Limits: Budget per month, exact value"


@pytest.fixture
def desk(start):
    """The desk as it was opened."""
    start.push("Reset")
    start.turn("Answer", ["latency"])
    return start


def test_a_number_is_opened_by_keyboard_and_the_focus_comes_back(desk):
    page, opened = desk.page, desk.desk.locator(".aisim-opened")
    desk.table().get_by_role("button").first.focus()
    page.keyboard.press("ArrowRight")
    while not focused(page).startswith("TTFT p95, s"):
        before = focused(page)
        page.keyboard.press("ArrowDown")
        assert focused(page) != before
    cell = focused(page)
    assert cell.startswith("TTFT p95, s, on-prem: ")
    page.keyboard.press("Enter")
    opened.locator(".aisim-formula").first.wait_for()
    assert opened.get_by_role("heading", name="TTFT p95, s, on-prem").count() == 1
    page.keyboard.press("Escape")
    opened.wait_for(state="hidden")
    assert focused(page) == cell


def focused(page) -> str:
    return page.evaluate("document.activeElement.getAttribute('aria-label') ?? ''")


def test_a_number_is_opened_by_mouse_down_to_its_source(desk):
    cell = desk.table().get_by_role("button", name="USD per month").nth(1)
    cell.click()
    opened = desk.desk.locator(".aisim-opened")
    opened.locator(".aisim-formula").first.wait_for()
    assert opened.get_by_text("on-prem").first.is_visible()
    assert opened.get_by_role("listitem").count() > 3
    sources = opened.get_by_role("listitem").filter(has_text=re.compile(r", 20\d\d-\d\d\): \w"))
    assert sources.count() > 0
    assert cell.get_attribute("aria-expanded") == "true"
    desk.shot(SHOTS, "opened")
    opened.get_by_role("button", name="Close").click()
    opened.wait_for(state="hidden")
    assert cell.evaluate("node => node === document.activeElement")
    assert cell.get_attribute("aria-expanded") == "false"


def test_who_breaks_a_limit_is_grey_and_one_reads_by_how_much(desk):
    desk.tab("Limits")
    box = desk.desk.get_by_role("textbox", name=BUDGET)
    box.fill("9500")
    box.press("Enter")
    desk.settle()
    out = desk.desk.get_by_role("list", name="Who is out")
    assert "cloud is out" in out.inner_text()
    assert "over the budget of 9,500" in out.inner_text()
    assert "cloud (excluded)" in desk.charts()["latency"]
    column = desk.table().locator("td.aisim-loser")
    assert column.count() > 10
    assert "excluded" in desk.table().get_by_role("columnheader", name="cloud").inner_text()
    desk.shot(SHOTS, "limits")
    desk.push("Undo")
    assert out.count() == 0


def test_a_candidate_is_duplicated_renamed_pinned_as_opened_and_removed(desk):
    desk.candidate("cloud")
    desk.push("Duplicate cloud")
    assert "cloud-copy" in desk.figures()
    name = desk.desk.get_by_label("Rename to")
    name.fill("bigger")
    name.press("Enter")
    desk.settle()
    assert "bigger" in desk.figures()
    desk.push("Remove bigger")
    assert "bigger" not in desk.figures()
    desk.candidate("cloud")
    assert desk.button("Pin cloud as opened").is_disabled()
    desk.tab("Storage")
    desk.slider("volume: Bandwidth").press("Home")
    desk.settle()
    desk.push("Pin cloud as opened")
    pinned = desk.row("TTFT p95, s")
    assert len(pinned) == 4
    assert pinned[0] != pinned[3]


def test_dutch_is_spoken_and_english_again(desk):
    english = desk.figures()
    speak(desk, "Nederlands")
    assert in_dutch("Run fully") != "Run fully"
    for words in ("Run fully", "Undo", "Cancel"):
        assert desk.button(in_dutch(words)).count() == 1
    assert in_dutch("Money") in desk.pages()
    assert any("," in cell and "." not in cell for cell in desk.row("TTFT p95"))
    assert "0,5" in latency_axis(desk)
    check_drawn(desk.desk, list(desk.charts()))
    desk.shot(SHOTS, "dutch")
    speak(desk, "English")
    assert desk.figures() == english
    assert "0.5" in latency_axis(desk)


def latency_axis(desk) -> list[str]:
    return desk.page.locator("[data-chart=latency] .role-axis-label text").all_text_contents()


def speak(desk, name):
    """Choose a language, and wait until the desk is drawn in it."""
    before, choice = desk.figures(), desk.desk.get_by_label("Language")
    choice.select_option(choice.locator("option", has_text=name).inner_text())
    desk.new_figures(before)
    desk.settle()
    desk.page.wait_for_function("document.querySelectorAll('figure svg').length >= 5")


def test_what_is_downloaded_is_what_it_says(desk):
    report = download(desk, "Report (HTML)").decode()
    assert report.lower().startswith("<!doctype html>")
    assert "on-prem" in report
    assert report.count("<svg") >= 5
    with ZipFile(BytesIO(download(desk, "Figures, ledger, prices (XLSX)"))) as workbook:
        assert "xl/workbook.xml" in workbook.namelist()
        texts = b"".join(workbook.read(n) for n in workbook.namelist() if n.endswith(".xml"))
        assert b"on-prem" in texts
    assert download(desk, "Study (YAML)").startswith(b"aisim: 1")
    with desk.page.expect_download() as saved:
        desk.button("Save as SVG: latency").click()
    drawing = saved.value.path().read_text()
    assert saved.value.suggested_filename == "latency.svg"
    assert drawing.startswith("<svg")
    assert "Time to first token" in drawing


def download(desk, label) -> bytes:
    desk.desk.get_by_label("What to download").select_option(label)
    with desk.page.expect_download() as saved:
        desk.button("Download").click()
    return saved.value.path().read_bytes()


def test_a_link_to_the_dashboard_is_copied(desk):
    desk.tab("Workload")
    slider = desk.slider("staff: Request rate")
    slider.press("ArrowRight")
    desk.settle()
    desk.button("Copy link").click()
    desk.page.get_by_text("Copied").wait_for()
    link = desk.page.evaluate("navigator.clipboard.readText()")
    address, text = link.split("?s=")
    assert address.endswith("/voila/render/desk.ipynb")
    assert linked_study(text).workload.traffic["staff"].arrivals.rate_rps == 0.2


def test_growth_begins_and_is_stopped_at_once(desk, say):
    desk.turn("Growth", [])
    desk.button("Let the load grow").click()
    stop = desk.desk.locator(".aisim-results .aisim-cancel:visible")
    desk.page.wait_for_selector("[data-chart=growth] svg")
    began = time.monotonic()
    stop.click()
    desk.desk.get_by_text("Stopped.").wait_for()
    took = time.monotonic() - began
    say(f"stop to the end of the growth of the load: {took:.2f} s")
    assert took < 0.5 * slowness()
    assert stop.is_disabled()
    check_drawn(desk.desk, ["growth"])
    desk.shot(SHOTS, "growth")


def test_nothing_failed_in_the_page_and_nothing_was_fetched_from_elsewhere(start):
    assert start.faults() == []
    assert start.errors == []
    assert start.foreign == []
