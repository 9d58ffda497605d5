"""Does this model fit that accelerator, and what would it do there?"""

from html import escape
from typing import Any

import ipywidgets as widgets

from aisim import catalog
from aisim.app.controls import problem_line
from aisim.app.drawn import put
from aisim.app.fit_answer import FitAnswer, Question, answer_of
from aisim.app.fit_chart import memory_chart, memory_frame, memory_summary
from aisim.app.fit_words import answer_html, verdict
from aisim.app.own_row import OwnRow
from aisim.app.style import style
from aisim.app.widgets import LiveCharts
from aisim.catalog import Accelerator
from aisim.language import mark, say, tr
from aisim.planning import BadInput
from aisim.planning.predict import CONTEXTS

MODEL, DEVICE = "llama-3.1-8b", "H100-SXM-80"
#: Precisions of the weights, as planners read them.
WEIGHTS = {
    "fp16": mark("16 bits (fp16, bf16)"), "fp8": mark("8 bits (fp8)"),
    "int8": mark("8 bits (int8)"), "nvfp4": mark("4 bits (nvfp4)"),
    "int4": mark("4 bits (int4: AWQ, GPTQ)"),
}  # fmt: skip
GPUS = (1, 2, 4, 8)


class Fit(widgets.VBox):
    """Five lists to choose from; every choice is answered at once.

    Attributes:
        model: the language model.
        device: the accelerator, of the catalog or of the planner.
        weights: precision of the weights.
        gpus: accelerators that share the model.
        context: tokens of a text, prompt and answer together.
        own: the data sheet of an accelerator of the planner's own.
        answer: the last one; None where the question has none.
    """

    def __init__(self) -> None:
        self.answer: FitAnswer | None = None
        self._quiet = False
        self._devices: dict[str, Accelerator] = dict(catalog.accelerators())
        self.model = _list(tr("Model"), [(name, name) for name in sorted(catalog.llm_models())])
        self.device = _list(tr("Accelerator"), [(name, name) for name in sorted(self._devices)])
        self.weights = _list(tr("Weights"), [(tr(words), name) for name, words in WEIGHTS.items()])
        self.gpus = _list(tr("Accelerators together"), [(str(n), n) for n in GPUS])
        self.context = _list(
            tr("Text, prompt and answer"),
            [(tr(say("{n:,} tokens", n=tokens)), tokens) for tokens in CONTEXTS],
        )
        self.model.value, self.device.value, self.context.value = MODEL, DEVICE, CONTEXTS[1]
        self.own = OwnRow(self._offer)
        folded = widgets.Accordion([self.own], titles=[tr("Add an accelerator of your own")])
        self._verdict, self._times = widgets.HTML(), widgets.HTML()
        self.charts = LiveCharts()
        for choice in self._choices():
            choice.observe(self._asked, "value")
        asked = widgets.HBox(self._choices())
        super().__init__([style(), asked, self._verdict, self.charts, self._times, folded])
        self.add_class("aisim-desk")
        self.add_class("aisim-fit")
        self._asked(None)

    def _choices(self) -> list[Any]:
        return [self.model, self.device, self.weights, self.gpus, self.context]

    def _offer(self, own: Accelerator) -> None:
        """Take an accelerator of the planner's own into the list, and choose it."""
        self._devices[own.name] = own
        names = [own.name, *(name for name, _ in self.device.options if name != own.name)]
        self._quiet = True
        self.device.options = [(name, name) for name in names]
        self.device.value = own.name
        self._quiet = False
        self._asked(None)

    def _asked(self, _change: Any) -> None:
        if self._quiet:
            return
        question = Question(
            self.model.value,
            self._devices[self.device.value],
            self.weights.value,
            self.gpus.value,
            self.context.value,
        )
        try:
            self.answer = answer_of(question)
        except BadInput as problem:
            self.answer = None
            self._verdict.value, self._times.value = problem_line(str(problem)), ""
            self.charts.layout.display = "none"
            return
        self._show(self.answer)

    def _show(self, answer: FitAnswer) -> None:
        frame = memory_frame(answer)
        self.charts.layout.display = None
        self._verdict.value = verdict_html(answer)
        self._times.value = answer_html(answer)
        put(self.charts, {"memory": (memory_chart(frame), frame, memory_summary(answer))})


def verdict_html(answer: FitAnswer) -> str:
    """Whether it fits, as a chip, and by how much, as a sentence."""
    words = tr("fits") if answer.texts else tr("does not fit")
    kind = "aisim-chip" if answer.texts else "aisim-chip aisim-overloaded"
    chip = f"<span class='{kind}'>{escape(words)}</span>"
    return f"<p class='aisim-description' role='status'>{chip} {escape(verdict(answer))}</p>"


def _list(label: str, options: list[tuple[str, Any]]) -> Any:
    return widgets.Dropdown(
        options=options,
        value=options[0][1],
        description=label,
        style={"description_width": "initial"},
        layout={"width": "auto"},
    )
