"""In a browser: new rows and params in a drawn chart show what a chart drawn anew shows."""

from pathlib import Path

import pytest
import vl_convert

from aisim.charts import DATASET
from tests.charts.frames import CHARTS, NAMES

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="needs Chromium")

PAGE = "<style>.vega-embed { width: 100% }</style>"
DRAW = """async spec => {
  document.body.replaceChildren(document.createElement('div'));
  window.view = (await vegaEmbed(document.body.firstChild, spec)).view;
}"""
CHANGE = """async ([rows, params]) => {
  for (const param of params) view.signal(param.name, param.value);
  view.data('rows', rows);
  await view.runAsync();
}"""
# all that has a size and is not transparent: what it is, and its box in px
SEEN = """async () => {
  await new Promise(done => setTimeout(done, 50));
  const looks = ['fill', 'stroke', 'stroke-dasharray', 'fill-opacity', 'font-weight'];
  return [...document.querySelectorAll('svg :is(path, text, line)')].map(mark => {
    const box = mark.getBoundingClientRect();
    const look = looks.map(name => mark.getAttribute(name) ?? '').join(' ');
    return [`${mark.tagName} ${mark.textContent} ${look}`, box.x, box.y, box.width, box.height];
  }).filter(([look, , , width, height]) => width + height > 0 && !look.startsWith('path      '));
}"""

#: Pictures that follow each other while a planner moves a slider.
FOLLOWING = (
    (NAMES[:3], {}),
    (NAMES[:3], {"states": {"hybrid": "overloaded"}, "slow": 40.0}),
    (NAMES[:2], {"state": "preview", "slow": 0.3}),
    (NAMES[1:3], {"states": {"hybrid": "partial"}}),
    (NAMES[:3], {"states": {"on-prem": "excluded"}}),
    (NAMES[:3], {}),
)


@pytest.fixture(scope="module")
def page():
    arguments = ["--no-sandbox", "--disable-dev-shm-usage"]
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=str(CHROMIUM), args=arguments)
        page = browser.new_page(viewport={"width": 700, "height": 800})
        page.set_content(PAGE)
        page.add_script_tag(content=vl_convert.javascript_bundle(), type="module")
        page.wait_for_function("!!window.vegaEmbed")
        yield page
        browser.close()


@pytest.fixture
def faults(page):
    """Errors and warnings in the browser, but for one on heights that Vega-Lite always gives."""
    found = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on("console", lambda message: found.append(message.text))
    yield found
    assert not [fault for fault in found if "fit-y" not in fault]


@pytest.mark.parametrize("kind", CHARTS)
@pytest.mark.usefixtures("faults")
def test_a_chart_that_changes_in_place_is_the_chart_drawn_anew(page, kind):
    make, draw = CHARTS[kind]
    specs = [draw(make(names, **given), NAMES[:3]).to_dict() for names, given in FOLLOWING]
    page.evaluate(DRAW, {**specs[0], "datasets": {}})
    changed = []
    for spec in specs:
        page.evaluate(CHANGE, [spec["datasets"][DATASET], spec["params"]])
        changed.append(page.evaluate(SEEN))
    for spec, in_place in zip(specs, changed, strict=True):
        page.evaluate(DRAW, spec)
        anew = page.evaluate(SEEN)
        assert [mark[0] for mark in sorted(in_place)] == [mark[0] for mark in sorted(anew)]
        for (look, *one), (_, *other) in zip(sorted(in_place), sorted(anew), strict=True):
            assert one == pytest.approx(other, abs=2.5), look
