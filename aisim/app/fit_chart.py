"""The memory of one accelerator as a bar: what the model takes of it, and what is left."""

import pandas as pd

from aisim.app.fit_answer import FitAnswer
from aisim.charts.theme import GREY, PALETTE, framed
from aisim.charts.vega import alt
from aisim.language import mark, say, tr

HEIGHT_PX = 46
#: Parts of the bar from the left, and their colours. Where nothing fits they pass the line.
PARTS = {
    "weights": mark("weights"),
    "activations": mark("intermediate results"),
    "overhead": mark("engine"),
    "texts": mark("texts (KV cache)"),
    "kept": mark("kept free"),
}
COLOURS = (PALETTE[0], PALETTE[3], PALETTE[5], PALETTE[2], "#9A9A9A")


def memory_frame(answer: FitAnswer) -> pd.DataFrame:
    """The parts of the bar, one a row, from the left."""
    memory, rest_gib = answer.memory, answer.rest_gib
    gib = {
        "weights": memory.weights_gib,
        "activations": memory.activations_gib,
        "overhead": memory.overhead_gib,
        "texts": rest_gib if answer.texts else answer.text_gib,
        "kept": max(0.0, answer.total_gib - memory.usable_gib) if answer.texts else 0.0,
    }
    return pd.DataFrame(
        {
            "part": [tr(words) for words in PARTS.values()],
            "order": range(len(PARTS)),
            "gib": [gib[part] for part in PARTS],
            "limit": answer.total_gib if answer.texts else memory.usable_gib,
        }
    )


def memory_chart(frame: pd.DataFrame) -> alt.LayerChart:
    """The parts side by side, and a line where the memory ends.

    Args:
        frame: as `memory_frame` has it.
    """
    parts = [tr(words) for words in PARTS.values()]
    axis = alt.Axis(format=",.4~r", tickCount=6)
    bar = alt.Chart().mark_bar(height=26)
    filled = bar.encode(
        x=alt.X("gib:Q", title=tr("GiB of each accelerator"), stack="zero", axis=axis),
        color=alt.Color(
            "part:N",
            scale=alt.Scale(domain=parts, range=list(COLOURS)),
            legend=alt.Legend(symbolType="square", columns=3),
        ),
        order=alt.Order("order:Q"),
        tooltip=[
            alt.Tooltip("part:N", title=tr("Part")),
            alt.Tooltip("gib:Q", title="GiB", format=",.1f"),
        ],
    )
    end = alt.Chart().transform_aggregate(limit="max(limit)")
    line = end.mark_rule(color=GREY, strokeWidth=3).encode(x="limit:Q")
    return framed([filled, line], frame, tr("Memory of each accelerator"), {}, HEIGHT_PX)


def memory_summary(answer: FitAnswer) -> str:
    """What is where, in words."""
    memory = answer.memory
    return tr(
        say(
            "Of {total:,.1f} GiB the engine takes {usable:,.1f} GiB. Weights {weights:,.1f} GiB, "
            "intermediate results {activations:,.1f} GiB, engine {overhead:,.1f} GiB; "
            "one text takes {text:,.2f} GiB of KV cache.",
            total=answer.total_gib,
            usable=memory.usable_gib,
            weights=memory.weights_gib,
            activations=memory.activations_gib,
            overhead=memory.overhead_gib,
            text=answer.text_gib,
        )
    )
