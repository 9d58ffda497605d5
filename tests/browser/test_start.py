"""The first notebook under a planner's hands, in JupyterLab."""

import subprocess
import sys
import time
from statistics import median

import pytest

from aisim import load_study
from tests.browser.conftest import SHOTS, slowness

RATE = "staff: Request rate"


@pytest.fixture
def desk(start):
    """The desk as it was opened."""
    start.push("Reset")
    start.turn("Answer", ["latency"])
    start.tab("Workload")
    return start


def test_a_key_press_changes_charts_and_numbers(desk, say):
    slider = desk.slider(RATE)
    slider.focus()
    before, figures = slider.get_attribute("aria-valuetext"), desk.figures()
    times = []
    for _ in range(5):
        times.append(desk.press("ArrowRight"))
        desk.settle()
    assert slider.get_attribute("aria-valuetext") != before
    assert desk.figures() != figures
    assert None not in times
    say(f"key press to new pixels, all charts, all three candidates: {shown(times)}")


def test_a_key_press_for_one_candidate(desk, say):
    desk.tab("Storage")
    desk.candidate("cloud")
    slider = desk.slider("volume: Bandwidth")
    slider.focus()
    times = []
    for _ in range(4):
        times.append(desk.press("ArrowLeft", "latency"))
        desk.settle()
    assert None not in times
    say(f"key press to new pixels, latency chart, one candidate: {shown(times)}")


def shown(times):
    return f"median {median(times):.0f} ms ({', '.join(f'{time:.0f}' for time in times)})"


def test_the_mouse_moves_a_slider(desk):
    charts, figures = desk.charts(), desk.figures()
    desk.drag(RATE, 0.5, 0.8)
    desk.settle()
    assert desk.charts()["latency"] != charts["latency"]
    assert desk.figures() != figures


def test_letters_on_a_slider_leave_the_notebook_alone(desk):
    slider = desk.slider(RATE)
    slider.focus()
    cells = desk.page.locator(".jp-Cell").count()
    for key in ("x", "d", "d", "m", "b"):
        desk.page.keyboard.press(key)
    desk.settle()
    assert desk.page.locator(".jp-Cell").count() == cells
    assert desk.page.locator(".jp-CodeCell .aisim-desk").count() == 1


def test_a_wrong_value_is_a_line_beside_the_control(desk):
    box = desk.page.get_by_role("textbox", name=f"{RATE}, exact value")
    before = desk.figures()
    box.fill("many")
    box.press("Enter")
    line = desk.page.get_by_text("got 'many', allowed: a number, such as 2.5 or 1200")
    line.wait_for()
    gap = line.bounding_box()["y"] - box.bounding_box()["y"]
    assert 0 < gap < 60
    box.fill("-3")
    box.press("Enter")
    desk.page.get_by_text("got -3.0, allowed: greater than 0").wait_for()
    assert desk.figures() == before
    box.fill("0.19")
    box.press("Enter")
    desk.settle()
    assert desk.problems() == []
    box.fill("0.2")
    box.press("Enter")
    desk.settle()
    assert desk.slider(RATE).get_attribute("aria-valuetext") == "0.2 requests/s"


def test_what_does_not_fit_is_said_and_the_others_go_on(desk):
    desk.tab("Hardware")
    desk.candidate("on-prem")
    # Until its controls are there, those of the other candidate have the same names.
    desk.slider("owned: Machines").wait_for()
    slider = desk.slider("chat: Replicas")
    slider.focus()
    slider.press("ArrowRight")
    desk.page.get_by_text("on-prem cannot run").wait_for()
    desk.settle()
    assert any("do not fit" in line for line in desk.problems())
    assert "cloud" in desk.figures()
    assert "on-prem" not in desk.figures()
    desk.push("Undo")
    assert desk.problems() == []
    assert "on-prem" in desk.figures()


def test_undo_redo_and_reset(desk):
    opened = desk.figures()
    slider = desk.slider(RATE)
    slider.press("End")
    desk.settle()
    changed, value = desk.figures(), slider.get_attribute("aria-valuetext")
    desk.push("Undo")
    assert desk.figures() == opened
    desk.push("Redo")
    assert (desk.figures(), slider.get_attribute("aria-valuetext")) == (changed, value)
    desk.push("Reset")
    assert desk.figures() == opened


def test_a_pinned_candidate_stays_and_is_compared(desk):
    desk.tab("Storage")
    desk.candidate("cloud")
    desk.push("Pin cloud")
    assert "cloud-pin1" in desk.figures()
    desk.slider("volume: Bandwidth").press("Home")
    desk.settle()
    row = desk.row("TTFT p95, s")
    assert row[0] != row[3]
    assert "cloud-pin1" in desk.charts()["cost"]
    desk.push("Unpin cloud-pin1")
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
    assert took < 0.5 * slowness()
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
    page.get_by_text("Saved. In a terminal").wait_for()
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
    page.get_by_label("Open an example").select_option("assistant")
    desk.settle()


def test_nothing_failed_in_the_page_and_nothing_was_fetched_from_elsewhere(start):
    assert start.foreign == []
    assert start.errors == []
