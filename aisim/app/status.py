"""What the figures on the desk are worth, in a line."""

from html import escape

from aisim.planning import Picture
from aisim.report import verdict
from aisim.scenario import Study
from aisim.scenario.study import HOUR_S

LITTLE = "Run fully before you decide: so short a time holds no busy and no quiet hours."
CHANGED = "The study has changed since; a preview is on its way."


def status_html(picture: Picture, study: Study) -> str:
    """What was simulated of the study on the desk, and what it says."""
    if picture.preview:
        return _line("preview", _preview(picture), _advice(picture, study))
    hours = picture.study.run.window_s / HOUR_S
    draws = f"{picture.replications} of {picture.wanted} replications of {hours:.3g} h"
    if not picture.partial:
        return _line("sound", f"full run: {draws}", verdict(picture.answer))
    if not picture.stopped:
        return _line("partial", f"{draws} so far", "")
    unfinished = _unfinished(picture, study)
    if unfinished:
        draws = f"in replication {picture.replications} of {picture.wanted}, {hours:.3g} h each"
    return _line("partial", f"stopped: {draws}", unfinished)


def changed_html() -> str:
    """What is shown is of a study that has been changed."""
    return _line("old", CHANGED, "")


def _preview(picture: Picture) -> str:
    minutes = picture.study.run.window_s / 60
    draws = f"draw {picture.replications} of {picture.wanted}"
    return f"{draws}, {minutes:.3g} minutes from {picture.study.run.start} on, after a warm-up"


def _advice(picture: Picture, study: Study) -> str:
    if picture.study.run.horizon_s == study.run.horizon_s:
        return "So short a study is simulated whole; run fully for its saturation rate."
    return LITTLE


def _unfinished(picture: Picture, study: Study) -> str:
    """Which candidates were cut short, and which were not simulated; empty if none."""
    outcomes = picture.outcomes.items()
    cut = [name for name, found in outcomes if any(o.answer["partial"] for o in found)]
    missing = [name for name in study.candidates if name not in picture.outcomes]
    words = [f"Cut short: {', '.join(cut)}."] if cut else []
    words += [f"Not simulated: {', '.join(missing)}."] if missing else []
    return " ".join(words)


def _line(chip: str, what: str, says: str) -> str:
    return (
        f"<div role='status'><span class='aisim-chip aisim-{chip}'>{chip}</span> "
        f"{escape(what)}<br><strong>{escape(says)}</strong></div>"
    )
