"""Does it fit: the same answers as `predict`, faults as lines, a planner's own accelerator."""

import json
import re
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from aisim import catalog, predict
from aisim.app.fit import GPUS, WEIGHTS, Fit, verdict_html
from aisim.app.fit_answer import Question, answer_of
from aisim.app.fit_chart import PARTS, memory_chart, memory_frame, memory_summary
from aisim.app.fit_words import answer_html, verdict
from aisim.app.own_row import accelerator_of, example_yaml
from aisim.performance import WEIGHT_BYTES
from aisim.planning import BadInput
from aisim.scenario import InvalidStudy
from aisim.scenario.own_accelerator import OwnAccelerator

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02_hardware_and_models.ipynb"


def asked(model="llama-3.1-8b", device="H100-SXM-80", weights="fp16", gpus=1, tokens=4096):
    return answer_of(Question(model, catalog.accelerator(device), weights, gpus, tokens))


@pytest.mark.parametrize(
    ("model", "device", "weights", "gpus", "tokens"),
    [
        ("llama-3.1-8b", "H100-SXM-80", "fp16", 1, 4096),
        ("llama-3.1-70b", "L40S-48", "fp8", 4, 16384),
        ("qwen3-235b-a22b", "MI300X-192", "fp8", 8, 32768),
    ],
)
def test_it_answers_what_predict_answers(model, device, weights, gpus, tokens):
    answer = asked(model, device, weights, gpus, tokens)
    prompt, reply = answer.question.lengths
    assert prompt + reply == tokens
    whole = predict(
        model, device, weights=weights, tensor_parallel=gpus, input_tokens=prompt,
        output_tokens=reply,
    )  # fmt: skip
    assert answer.memory.weights_gib == whole.memory.weights_gib
    assert answer.memory.kv_gib == whole.memory.kv_gib
    times = {at.sequences: at for at in whole.at_batches}
    assert answer.texts in times
    for at in answer.at_batches:
        assert at == times[at.sequences]
    assert (answer.provenance, answer.errors) == (whole.provenance, whole.errors)


def test_the_bar_is_the_memory():
    answer = asked()
    frame = memory_frame(answer)
    total_gib = catalog.accelerator("H100-SXM-80").mem_gib_reported
    assert frame["gib"].sum() == pytest.approx(total_gib)
    assert list(frame["part"]) == list(PARTS.values())
    assert answer.rest_gib == pytest.approx(answer.memory.kv_gib, abs=0.01)
    assert set(frame["limit"]) == {total_gib}


def test_what_does_not_fit_says_by_how_much():
    answer = asked("llama-3.1-70b")
    frame = memory_frame(answer)
    assert (answer.texts, answer.at_batches, answer.draw, answer.errors) == (0, (), None, None)
    over_gib = frame["gib"].sum() - frame["limit"].iloc[0]
    assert answer.missing_gib == pytest.approx(over_gib)
    assert "does not fit" in verdict_html(answer)
    assert f"{answer.missing_gib:.1f} GiB are missing" in verdict(answer)
    assert answer_html(answer) == ""
    # with just that much more memory one text fits
    device = answer.question.device
    more_gib = answer.total_gib + (answer.missing_gib + 0.01) / 0.9
    larger = device.model_copy(update={"mem_gib_reported": more_gib})
    assert answer_of(Question("llama-3.1-70b", larger, "fp16", 1, 4096)).texts >= 1


def test_weights_may_fit_and_a_text_not():
    device = catalog.accelerator("RTX4090-24")
    answer = answer_of(Question("llama-3.1-8b", device, "fp16", 1, 131_072))
    assert answer.rest_gib > 0
    assert answer.texts == 0
    assert "the weights fit, but not one text of 131,072 tokens" in verdict(answer)


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        ({"model": "llama-2-7b", "tokens": 32768}, "the context of llama-2-7b"),
        ({"weights": "nvfp4", "device": "V100-SXM2-32"}, None),
    ],
)
def test_bad_questions_are_lines(changed, line):
    if line is None:
        assert asked(**changed).notes  # computed another way, and said
        return
    with pytest.raises(BadInput, match=line) as raised:
        asked(**changed)
    assert "\n" not in str(raised.value)


def test_gpus_that_do_not_split_the_model():
    odd = next(m for m in catalog.llm_models().values() if m.n_heads % 8 and m.max_context >= 4096)
    with pytest.raises(BadInput):
        asked(odd.name, gpus=8)


def test_the_words_name_error_rest_and_watts():
    html = answer_html(asked())
    assert "measurements on this accelerator itself" in html
    assert "median; 9 of 10 within" in html
    assert "W in prompts" in html
    assert "relatives" in answer_html(asked(device="MI300X-192"))
    device = catalog.accelerator("H100-SXM-80").model_copy(update={"tdp_w": None, "idle_w": None})
    unknown = answer_of(Question("llama-3.1-8b", device, "fp16", 1, 4096))
    assert "the power limit of H100-SXM-80 is not known" in answer_html(unknown)


def test_the_chart_and_its_summary():
    answer = asked()
    spec = memory_chart(memory_frame(answer)).to_dict()
    assert [layer["mark"]["type"] for layer in spec["layer"]] == ["bar", "rule"]
    assert f"Weights {answer.memory.weights_gib:.1f} GiB" in memory_summary(answer)


def test_every_choice_is_answered():
    fit = Fit()
    for gpus in GPUS:
        for weights in WEIGHTS:
            fit.gpus.value, fit.weights.value = gpus, weights
            assert fit.answer is not None
            assert fit.answer.question.gpus == gpus
    assert set(WEIGHTS) == set(WEIGHT_BYTES) - {"bf16"}


def test_a_fault_of_input_is_a_line_and_goes_again():
    fit = Fit()
    fit.model.value = "llama-2-7b"
    fit.context.value = 32768
    assert "role='alert'" in fit._verdict.value
    assert (fit.answer, fit._times.value, fit.charts.layout.display) == (None, "", "none")
    fit.context.value = 1024
    assert fit.answer is not None
    assert fit.charts.layout.display is None
    assert "alert" not in fit._verdict.value


def test_the_example_is_a_sound_data_sheet():
    own = accelerator_of(example_yaml())
    row = catalog.accelerator("L40S-48")
    assert own.name == "My-Card"
    assert (own.mem_gb, own.mem_bw_gb_s, own.tdp_w) == (row.mem_gb, row.mem_bw_gb_s, row.tdp_w)


def test_an_own_accelerator_is_offered_and_answered_and_not_in_the_catalog():
    fit = Fit()
    fit.own.text.value = example_yaml().replace("My-Card", "<b>Evil</b>")
    fit.own.add.click()
    assert fit.device.value == "<b>Evil</b>"
    assert fit.answer.question.device.name == "<b>Evil</b>"
    assert fit.answer.provenance == "relatives"
    shown = fit._verdict.value + fit._times.value + fit.own._said.value
    assert "<b>" not in shown
    assert "&lt;b&gt;Evil" in shown
    assert "<b>Evil</b>" not in catalog.accelerators()
    # corrected, it takes the place of the first
    fit.own.text.value = fit.own.text.value.replace("mem_gb: 48", "mem_gb: 96").replace(
        "mem_gib_reported: 45.0\n", ""
    )
    fit.own.add.click()
    assert [name for name, _ in fit.device.options].count("<b>Evil</b>") == 1
    assert fit.answer.total_gib == pytest.approx(96e9 / 2**30)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: H100-SXM-80\nmem_gb: 1\nmem_type: HBM3\nmem_bw_gb_s: 1", "one of the catalog"),
        ("- a list", "an accelerator is a map of fields"),
        ("name: [", "not YAML"),
        ("name: x\nmem_gb: <i>much</i>", "mem_gb: got &#x27;&lt;i&gt;much&lt;/i&gt;&#x27;"),
        ("", "an accelerator is a map of fields"),
        ("name: \ud800", "not YAML"),
    ],
)
def test_faults_of_a_data_sheet_are_lines(text, line):
    fit = Fit()
    before = list(fit.device.options)
    fit.own.text.value = text
    fit.own.add.click()
    said = fit.own._said.value
    assert line in said
    assert "data sheet: " in said
    assert "/tmp" not in said
    assert "<i>" not in said
    assert list(fit.device.options) == before


def test_faults_name_no_file():
    with pytest.raises(InvalidStudy) as raised:
        accelerator_of("name: x")
    assert {fault.file for fault in raised.value.faults} == {"data sheet"}
    assert len(raised.value.faults) >= 3


def test_the_example_of_the_notebook_is_sound():
    cells = json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]
    text = next("".join(c["source"]) for c in cells if "```yaml" in "".join(c["source"]))
    study = YAML(typ="safe").load(re.search(r"```yaml\n(.*?)```", text, re.S)[1])
    own = study["machines"]["server"]["accelerator"]
    assert OwnAccelerator.model_validate(own).record().name == "My-Card"
