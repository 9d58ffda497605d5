"""The first notebook under a planner's hands, in JupyterLab."""

import subprocess
import sys
import time
from statistics import median

import pytest

from aisim import load_study
from tests.browser.conftest import SHOTS, module
from tests.browser.notebook import Notebook

RATE = "staff: Request rate"


@pytest.fixture(scope="module")
def notebook(browser, lab):
    address, _ = lab
    context = browser.new_context(viewport={"width": 1500, "height": 2400})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    notebook = Notebook(context.new_page(), address, "00_start.ipynb")
    notebook.run_all()
    yield notebook
    context.close()


@pytest.fixture
def desk(notebook):
    """The desk as it was opened."""
    notebook.button("Reset").click()
    notebook.settle()
    notebook.tab("Workload")
    return notebook


def test_it_opens_and_shows_charts_and_figures(notebook):
    outputs = notebook.page.locator(".jp-RenderedText[data-mime-type*=stderr]").all_inner_texts()
    assert outputs == []
    charts = notebook.charts()
    assert list(charts) == ["latency", "queue", "utilisation", "waterfall", "cost"]
    for words in ("Time to first token", "hybrid", "limit 2.5 s"):
        assert words in charts["latency"]
    for candidate in ("cloud", "on-prem", "hybrid"):
        assert candidate in notebook.figures()
    assert "preview" in notebook.status()
    captions = notebook.page.locator(".aisim-charts figcaption").all_inner_texts()
    assert all(len(caption) > 40 for caption in captions)
    notebook.shot(SHOTS, "start")


def test_a_key_press_changes_charts_and_numbers(desk, say):
    slider = desk.slider(RATE)
    slider.focus()
    before, figures = slider.get_attribute("aria-valuetext"), desk.figures()
    times = []
    for _ in range(8):
        times.append(desk.press("ArrowRight"))
        desk.settle()
    assert slider.get_attribute("aria-valuetext") != before
    assert desk.figures() != figures
    assert None not in times
    say(f"key press to new pixels, all charts, all three candidates: {shown(times)}")


def test_a_key_press_for_one_candidate(desk, say):
    desk.tab("Storage")
    desk.button("cloud").click()
    desk.settle()
    slider = desk.slider("volume: Bandwidth")
    slider.focus()
    times = []
    for _ in range(6):
        times.append(desk.press("ArrowLeft", "latency"))
        desk.settle()
    assert None not in times
    say(f"key press to new pixels, latency chart, one candidate: {shown(times)}")


def shown(times):
    return f"median {median(times):.0f} ms ({', '.join(f'{time:.0f}' for time in times)})"


def test_the_mouse_moves_a_slider(desk):
    slider, charts, figures = desk.slider(RATE), desk.charts(), desk.figures()
    box = slider.bounding_box()
    middle = box["y"] + box["height"] / 2
    desk.page.mouse.move(box["x"] + box["width"] / 2, middle)
    desk.page.mouse.down()
    for step in range(1, 8):
        desk.page.mouse.move(box["x"] + box["width"] * (0.5 + step / 20), middle)
    desk.page.mouse.up()
    desk.settle()
    assert desk.charts()["latency"] != charts["latency"]
    assert desk.figures() != figures


def test_letters_on_a_slider_leave_the_notebook_alone(desk):
    slider = desk.slider(RATE)
    slider.focus()
    cells = desk.page.locator(".jp-Cell").count()
    for key in ("x", "d", "d", "m", "b"):
        desk.page.keyboard.press(key)
    desk.page.wait_for_timeout(300)
    assert desk.page.locator(".jp-Cell").count() == cells
    assert desk.page.locator(".jp-CodeCell .aisim-desk").count() == 1


def test_a_wrong_value_is_a_line_beside_the_control(desk):
    box = desk.page.get_by_role("textbox", name=f"{RATE}, exact value")
    before = desk.figures()
    box.fill("many")
    box.press("Enter")
    line = desk.page.get_by_text("got 'many', allowed: a number, such as 2.5")
    line.wait_for()
    gap = line.bounding_box()["y"] - box.bounding_box()["y"]
    assert 0 < gap < 60
    box.fill("-3")
    box.press("Enter")
    desk.page.get_by_text("got -3.0, allowed: greater than 0").wait_for()
    assert desk.figures() == before
    box.fill("0.19")
    box.press("Enter")
    desk.page.wait_for_timeout(300)
    assert desk.problems() == []
    box.fill("0.2")
    box.press("Enter")
    desk.settle()
    assert desk.slider(RATE).get_attribute("aria-valuetext") == "0.2 requests/s"


def test_what_does_not_fit_is_said_and_the_others_go_on(desk):
    desk.tab("Hardware")
    desk.button("on-prem").click()
    desk.settle()
    slider = desk.slider("chat: Replicas")
    slider.focus()
    slider.press("ArrowRight")
    desk.page.get_by_text("on-prem cannot run").wait_for()
    desk.settle()
    assert any("do not fit" in line for line in desk.problems())
    assert "cloud" in desk.figures()
    assert "on-prem" not in desk.figures()
    desk.button("Undo").click()
    desk.settle()
    assert desk.problems() == []
    assert "on-prem" in desk.figures()


def test_undo_redo_and_reset(desk):
    opened = desk.figures()
    slider = desk.slider(RATE)
    slider.press("End")
    desk.settle()
    changed, value = desk.figures(), slider.get_attribute("aria-valuetext")
    desk.button("Undo").click()
    desk.settle()
    assert desk.figures() == opened
    desk.button("Redo").click()
    desk.settle()
    assert (desk.figures(), slider.get_attribute("aria-valuetext")) == (changed, value)
    desk.button("Reset").click()
    desk.settle()
    assert desk.figures() == opened


def test_a_pinned_candidate_stays_and_is_compared(desk):
    desk.tab("Storage")
    desk.button("cloud").click()
    desk.settle()
    desk.button("Pin cloud").click()
    desk.settle()
    assert "cloud-pin1" in desk.figures()
    desk.slider("volume: Bandwidth").press("Home")
    desk.settle()
    row = desk.page.get_by_role("row", name="TTFT p95, s").inner_text().split("\t")
    assert row[1] != row[4]
    assert "cloud-pin1" in desk.charts()["cost"]
    desk.button("Unpin cloud-pin1").click()
    desk.settle()
    assert "cloud-pin1" not in desk.figures()


def test_a_full_run_is_cancelled_and_the_kernel_answers_meanwhile(desk, say):
    page = desk.page
    desk.button("Run fully").click()
    page.get_by_text("replication 1 of 5").wait_for()
    began = time.monotonic()
    page.get_by_label("Latency shown").select_option("End to end")
    page.wait_for_function("document.querySelector('figure svg').outerHTML.includes('End to end')")
    say(f"another control answered during a full run in {time.monotonic() - began:.2f} s")
    assert "replication 1 of 5" in page.locator(".aisim-desk").inner_text()
    began = time.monotonic()
    desk.button("Cancel").click()
    page.wait_for_selector("button.aisim-cancel:disabled")
    took = time.monotonic() - began
    say(f"cancel to the end of the full run: {took:.2f} s")
    assert took < 1.0  # 0.5 s is the aim, where nothing else runs on the machine
    page.wait_for_selector(".aisim-results .aisim-chip.aisim-partial")
    desk.shot(SHOTS, "partial")
    page.get_by_label("Latency shown").select_option("Time to first token")


def test_a_full_run_is_sound(desk):
    desk.page.get_by_label("Replications").fill("1")
    desk.page.get_by_label("Replications").press("Enter")
    desk.button("Run fully").click()
    desk.page.wait_for_selector(".aisim-results .aisim-chip.aisim-sound")
    assert "full run: 1 of 1 replications of 24 h" in desk.status()
    assert "preview" not in desk.figures()
    assert "keep their promises" in desk.status()
    desk.shot(SHOTS, "full")
    box = desk.page.locator(".aisim-desk").bounding_box()
    desk.page.screenshot(path=SHOTS / "desk.png", clip={**box, "height": 1390})


def test_a_study_is_saved_opened_and_copied_as_a_script(desk, lab, tmp_path):
    page, (_, folder) = desk.page, lab
    desk.slider(RATE).press("ArrowRight")
    name = page.get_by_label("File name")
    name.fill("mine.yaml")
    name.press("Enter")
    desk.button("Save YAML").click()
    page.get_by_text("Saved").wait_for()
    saved = load_study(folder / "mine.yaml")
    assert saved.workload.traffic["staff"].arrivals.rate_rps == 0.2
    broken = tmp_path / "broken.yaml"
    broken.write_text("aisim: 1\nname: <img src=x onerror=alert(1)>\n")
    desk.open(broken)
    page.get_by_text("broken.yaml: workload: missing").wait_for()
    assert page.locator(".aisim-desk img").count() == 0
    desk.button("Copy as Python script").click()
    page.get_by_text("Copied").wait_for()
    script = tmp_path / "study.py"
    script.write_text(page.evaluate("navigator.clipboard.readText()").split("answer =")[0])
    script.write_text(script.read_text() + "print(study.workload.traffic['staff'].arrivals)")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert "rate_rps=0.2" in ran.stdout
    desk.open(folder / "mine.yaml")
    page.get_by_text("Opened assistant").wait_for()
    desk.settle()
    page.get_by_label("Study").select_option("assistant")
    desk.settle()


def test_it_is_accessible(desk):
    axe = module("axe_playwright_python.sync_playwright").Axe()
    for theme in ("Light", "Dark"):
        desk.theme(theme)
        found = axe.run(desk.page, context=".aisim-desk").response["violations"]
        serious = [v for v in found if v["impact"] in ("serious", "critical")]
        told = [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in serious]
        assert not told, f"{theme}: {told}"
    desk.theme("Light")


def test_it_is_legible_in_the_dark(desk):
    desk.theme("Dark")
    desk.shot(SHOTS, "dark")
    contrasts = desk.contrasts(".aisim-charts svg text, .aisim-table td, .aisim-range label")
    desk.theme("Light")
    assert len(contrasts) > 50
    assert min(contrasts) >= 4.5


def test_nothing_failed_in_the_page_and_nothing_was_fetched_from_elsewhere(notebook):
    assert notebook.foreign == []
    assert notebook.errors == []
