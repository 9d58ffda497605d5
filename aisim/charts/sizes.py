"""How long prompts and answers are: a distribution of tokens by traffic."""

from collections.abc import Sequence

import pandas as pd

from aisim.charts.chart import Chart
from aisim.charts.drawn import drawn
from aisim.charts.rows import numbers
from aisim.charts.scale import lower, upper
from aisim.charts.spoken import word
from aisim.charts.theme import framed
from aisim.charts.traffic import points, summed_up, traffic_colour, traffic_names
from aisim.charts.vega import alt
from aisim.charts.words import NO_FIGURE, number
from aisim.language import mark, say, tr
from aisim.planning import Picture

#: Dash and gap in px, by what is counted.
DASHES: dict[str, list[float]] = {mark("input"): [], mark("output"): [6, 4]}

_TICKS = [float(f"{digit}e{power}") for power in range(8) for digit in (1, 2, 5)]


def sizes_frame(picture: Picture) -> pd.DataFrame:
    """Columns traffic, part (input, output), share (percent of the requests), tokens, requests."""
    return drawn(picture).sizes


def sizes_scales(frame: pd.DataFrame) -> dict[str, float]:
    """Ends of the axis of tokens: params `least` and `most`."""
    tokens = numbers(frame, "tokens")
    return {"least": lower(tokens), "most": upper(tokens)}


def sizes_chart(frame: pd.DataFrame, names: Sequence[str]) -> alt.LayerChart:
    """Share of the requests over the tokens that they have at most.

    Args:
        frame: as `sizes_frame` has it.
        names: of the traffic, in the order of the colours.
    """
    log = alt.Scale(type="log", domain=[alt.ExprRef("least"), alt.ExprRef("most")], nice=False)
    ticks = alt.Axis(values=_TICKS, format=",~r", labelOverlap="greedy", labelSeparation=8)
    shares = alt.Axis(values=[0, 25, 50, 75, 95], labelExpr="datum.label + ' %'")
    x = alt.X("tokens:Q", title=tr("Tokens or fewer (log scale)"), scale=log, axis=ticks)
    y = alt.Y("share:Q", title=tr("Share of requests"), axis=shares,
              scale=alt.Scale(domain=[0, 100], nice=False))  # fmt: skip
    line = alt.Chart().mark_line(clip=True, strokeWidth=2)
    curve = line.encode(
        x=x, y=y, order="share:Q", color=traffic_colour(names), strokeDash=_dash()
    )  # fmt: skip
    tips = points(
        x, y,
        alt.Tooltip("part_word:N", title=tr("Tokens")),
        alt.Tooltip("share:Q", title=tr("Share of requests, %"), format=",.3~r"),
        alt.Tooltip("tokens:Q", title=tr("Tokens or fewer"), format=",.3~r"),
    ).transform_filter("datum.share % 5 == 0 || datum.share == 99")  # fmt: skip
    tips = tips.transform_calculate(part_word=word("datum.part", list(DASHES)))
    title = tr("How long prompts and answers are")
    return framed([curve, tips], frame, title, sizes_scales(frame))


def sizes_summary(frame: pd.DataFrame) -> str:
    """The middle and the 95th percentile of prompts and answers, by traffic."""
    return summed_up(tr("Tokens of a request"), frame, _spoken)


def _dash() -> alt.StrokeDash:
    scale = alt.Scale(domain=list(DASHES), range=list(DASHES.values()))
    legend = alt.Legend(labelExpr=word("datum.value", list(DASHES)), symbolSize=320)
    return alt.StrokeDash("part:N", scale=scale, legend=legend)


def _spoken(rows: pd.DataFrame) -> str:
    """'prompts 1,230 in the middle and 95 % up to 4,510, answers ... (of 19,308 requests)'."""
    known = rows.dropna(subset=["tokens"])
    if known.empty:
        return tr(NO_FIGURE)
    tokens = known.set_index(["part", "share"])["tokens"]
    told = {
        f"{part}_{share}": number(tokens[part, float(share)])
        for part in DASHES
        for share in (50, 95)
    }
    return tr(
        say(
            "prompts {input_50} in the middle and 95 % up to {input_95}, answers {output_50} in "
            "the middle and 95 % up to {output_95} (of {requests:,.0f} requests)",
            requests=int(known["requests"].iloc[0]),
            **told,
        )
    )


SIZES = Chart(
    "sizes",
    sizes_frame,
    lambda picture, frame, _: sizes_chart(frame, traffic_names(picture)),
    sizes_scales,
    lambda _, frame: sizes_summary(frame),
    traffic_names,
)
