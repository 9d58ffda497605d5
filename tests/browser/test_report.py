"""The report in a real browser: offline, without an error, on a screen and on paper."""

import re
import zlib

import pytest

from aisim.planning import Picture, Trial
from aisim.report import all_charts, report_page
from aisim.workload import draw_requests
from tests.browser.conftest import SHOTS, module
from tests.browser.in_page import CONTRASTS
from tests.priced import priced_study

SECTIONS = (
    "What this is worth", "Figures", "Excluded candidates and missed promises", "Charts",
    "One against the other", "Prices", "Cautions and notes", "The study",
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    study = priced_study({"description": "<img src=x onerror=alert(1)> What is cheapest?"})
    requests, found = draw_requests(study), {}
    for name in study.candidates:
        trial = Trial(study, name, requests, saturate=False)
        list(trial.slices())
        found[name] = [trial.finish()]
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page(Picture(study, found, 1), all_charts()), encoding="utf-8")
    return path


@pytest.fixture(params=["light", "dark"])
def page(request, browser, report):
    """The page without a network, and all that it complained of or asked for."""
    context = browser.new_context(
        color_scheme=request.param, offline=True, viewport={"width": 1100, "height": 900}
    )
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda asked: page.asked.append(asked.url))
    page.goto(report.as_uri())
    page.scheme = request.param
    yield page
    context.close()


def test_it_opens_offline_and_reads_well(page, report):
    assert page.said == []
    assert page.asked == [report.as_uri()]
    assert page.locator("h2").all_inner_texts() == list(SECTIONS)
    assert page.get_by_role("img").count() == len(all_charts())
    assert page.evaluate("getComputedStyle(document.body).maxWidth") == "980px"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(22, 25, 29)"
    assert dark == (page.scheme == "dark")
    texts = "h1, h2, p, dt, dd, caption, th, td, li, figcaption, svg text, .aisim-chip"
    assert min(contrast for contrast, _ in page.evaluate(CONTRASTS, texts)) >= 4.5
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"report_{page.scheme}.png", full_page=True)


def test_a_phone_scrolls_its_tables_and_not_the_page(page):
    page.set_viewport_size({"width": 390, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_it_has_no_serious_fault_of_access(page):
    axe = module("axe_playwright_python.sync_playwright").Axe()
    page.get_by_text("As YAML").click()
    found = axe.run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"][:200]) for v in found
            if v["impact"] in ("serious", "critical")] == []  # fmt: skip


def test_on_paper_it_is_light_and_whole(page):
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    # What is folded on a screen is opened on paper.
    assert page.locator("details:not([open]) pre").is_visible()
    data = page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
    titles = headings(data)
    assert [title for title in titles if title in SECTIONS] == list(SECTIONS)
    assert {tuple(map(round, box)) for box in boxes(data)} == {(595, 842)}
    assert 4 <= len(boxes(data)) <= 20


def unpacked(data: bytes) -> bytes:
    """A PDF with its compressed objects laid open."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL)
    found = [data]
    for stream in streams:
        try:
            found.append(zlib.decompress(stream))
        except zlib.error:
            continue
    return b"\n".join(found)


def headings(data: bytes) -> list[str]:
    """The titles of a PDF's outline, in order."""
    found = re.findall(rb"/Title \(((?:[^()\\]|\\.)*)\)", unpacked(data))
    return [title.decode("latin-1") for title in found]


def boxes(data: bytes) -> list[tuple[float, float]]:
    """Width and height of every page, in points."""
    found = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", unpacked(data))
    return [(float(width), float(height)) for width, height in found]
