"""The list and the button of a download in a real browser, with a model that answers."""

from pathlib import Path

import pytest

from tests.browser.conftest import ROOT

SCRIPT = (ROOT / "aisim" / "app" / "download.js").read_text(encoding="utf-8")
LABEL = "Report <img src=x onerror=alert(1)>"
#: What anywidget gives a view, and what the kernel would answer.
START = """async ([source, label]) => {
  const heard = {};
  const state = {labels: ['Study', label], texts: {what: 'What', save: 'Save', waiting: 'Wait'}};
  window.asked = [];
  window.answer = (content, bytes) =>
    heard['msg:custom'](content, bytes ? [new DataView(new Uint8Array(bytes).buffer)] : []);
  window.outside = 0;
  document.addEventListener('keydown', () => { window.outside += 1; });
  const model = {
    get: name => state[name], send: content => window.asked.push(content),
    on: (names, told) => names.split(' ').forEach(name => { heard[name] = told; }),
  };
  const address = URL.createObjectURL(new Blob([source], {type: 'text/javascript'}));
  (await import(address)).default.render({model, el: document.body});
}"""


@pytest.fixture
def page(browser):
    page = browser.new_context().new_page()
    page.goto("about:blank")
    page.evaluate(START, [SCRIPT, LABEL])
    yield page
    page.context.close()


def test_a_file_is_chosen_and_saved_by_keyboard(page, tmp_path):
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    assert page.get_by_label("What").input_value() == LABEL
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.get_by_role("status").inner_text() == "Wait"
    asked = page.evaluate("window.asked")
    assert [one["wanted"] for one in asked] == [LABEL]
    content = {"ticket": asked[0]["ticket"], "name": "r.html", "mime": "text/html", "said": "Done"}
    with page.expect_download() as saved:
        page.evaluate("c => window.answer(c, [0, 255, 10])", content)
    assert saved.value.suggested_filename == "r.html"
    saved.value.save_as(tmp_path / "r.html")
    assert Path(tmp_path / "r.html").read_bytes() == bytes([0, 255, 10])
    assert page.get_by_role("status").inner_text() == "Done"
    # Enter and the arrow stayed with the widget; Tab went on to the page.
    assert page.evaluate("window.outside") == 2
    assert page.locator("img").count() == 0


def test_a_problem_is_told_and_a_strange_answer_is_not_heard(page):
    page.get_by_role("button").click()
    ticket = page.evaluate("window.asked[0].ticket")
    page.evaluate("window.answer({ticket: 'other', problem: 'not mine'})")
    assert page.get_by_role("alert").inner_text() == ""
    page.evaluate("t => window.answer({ticket: t, problem: '<b>no</b>'})", ticket)
    assert page.get_by_role("alert").inner_text() == "<b>no</b>"
    assert page.get_by_role("status").inner_text() == ""
