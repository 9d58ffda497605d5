"""Numbers and names as people say them."""

import math
from collections.abc import Callable

import pandas as pd

NO_FIGURE = "no figure"


def named(candidate: str, state: str) -> str:
    """The candidate, and its state where that is not 'sound': 'hybrid (overloaded)'."""
    return candidate if state == "sound" else f"{candidate} ({state})"


def by_candidate(frame: pd.DataFrame, say: Callable[[pd.DataFrame], str]) -> str:
    """What is said of the rows of each candidate: 'cloud ..., hybrid (overloaded) ...'."""
    groups = frame.groupby(["candidate", "state"], sort=False)
    return "; ".join(
        f"{named(str(name), str(state))} {say(rows)}" for (name, state), rows in groups
    )


def number(value: float) -> str:
    """Three significant digits, never an exponent: 1.63, 0.35, 1,234."""
    return f"{value:,.0f}" if abs(value) >= 999.5 else f"{value:.3g}"


def seconds(value: float) -> str:
    """A duration in s, no finer than 1 ms: '0.35 s', '12.6 s', 'under 0.001 s'."""
    if math.isnan(value):
        return NO_FIGURE
    if 0 < value < 0.0005:
        return "under 0.001 s"
    return f"{number(round(value, 3))} s"


def percent(value: float) -> str:
    """A share of 0 to 100: '99.5 %'; never all or nothing for almost."""
    if 0 < value < 0.1:
        return "under 0.1 %"
    if 99.9 < value < 100:
        return "over 99.9 %"
    return f"{value:.3g} %"


def usd(value: float) -> str:
    """Whole dollars: '9,600 USD'."""
    return f"{value:,.0f} USD"
