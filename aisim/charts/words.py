"""Numbers and names as people say them, in the language in use."""

import math
from collections.abc import Callable

import pandas as pd

from aisim import language
from aisim.language import mark, say, tr

NO_FIGURE = mark("no figure")


def named(candidate: str, state: str) -> str:
    """The candidate, and its state where that is not 'sound': 'hybrid (overloaded)'."""
    return candidate if state == "sound" else f"{candidate} ({tr(state)})"


def by_candidate(frame: pd.DataFrame, spoken: Callable[[pd.DataFrame], str]) -> str:
    """What is said of the rows of each candidate: 'cloud ..., hybrid (overloaded) ...'."""
    groups = frame.groupby(["candidate", "state"], sort=False)
    return "; ".join(
        f"{named(str(name), str(state))} {spoken(rows)}" for (name, state), rows in groups
    )


def summed_up(title: str, frame: pd.DataFrame, spoken: Callable[[pd.DataFrame], str]) -> str:
    """What is said of each candidate under a title, or that there is no result yet."""
    if frame.empty:
        return tr(say("{title}: no result yet.", title=title))
    return f"{title}: {by_candidate(frame, spoken)}."


def number(value: float) -> str:
    """Three significant digits, never an exponent: 1.63, 0.35, 1,234."""
    return language.number(value, ",.0f" if abs(value) >= 999.5 else ".3g")


def seconds(value: float) -> str:
    """A duration in s, no finer than 1 ms: '0.35 s', '12.6 s', 'under 0.001 s'."""
    if math.isnan(value):
        return tr(NO_FIGURE)
    if 0 < value < 0.0005:
        return tr(say("under {seconds} s", seconds=0.001))
    return f"{number(round(value, 3))} s"


def percent(value: float) -> str:
    """A share of 0 to 100: '99.5 %'; never all or nothing for almost."""
    if 0 < value < 0.1:
        return tr(say("under {percent} %", percent=0.1))
    if 99.9 < value < 100:
        return tr(say("over {percent} %", percent=99.9))
    return f"{language.number(value, '.3g')} %"
