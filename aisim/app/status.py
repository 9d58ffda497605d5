"""What the figures on the desk are worth, in a line."""

from html import escape

from aisim.language import mark, say, tr
from aisim.planning import Picture
from aisim.planning.limits import missed_promises
from aisim.report import verdict
from aisim.scenario import Study
from aisim.scenario.study import HOUR_S

LITTLE = mark("Run fully before you decide: so short a time holds no busy and no quiet hours.")
CHANGED = mark("The study has changed since; a preview is on its way.")


def status_html(picture: Picture, study: Study) -> str:
    """What was simulated of the study on the desk, and what it says."""
    if picture.preview:
        return _line("preview", _preview(picture), _advice(picture, study))
    hours = picture.study.run.window_s / HOUR_S
    numbers = {"n": picture.replications, "wanted": picture.wanted, "hours": hours}
    if not picture.partial:
        draws = say("full run: {n} of {wanted} replications of {hours:.3g} h", **numbers)
        return _line("sound", tr(draws), verdict(picture.answer, study.economics.currency))
    if not picture.stopped:
        draws = say("{n} of {wanted} replications of {hours:.3g} h so far", **numbers)
        return _line("partial", tr(draws), "")
    unfinished = _unfinished(picture, study)
    if unfinished:
        draws = say("stopped: in replication {n} of {wanted}, {hours:.3g} h each", **numbers)
    else:
        draws = say("stopped: {n} of {wanted} replications of {hours:.3g} h", **numbers)
    return _line("partial", tr(draws), unfinished)


def changed_html() -> str:
    """What is shown is of a study that has been changed."""
    return _line(mark("old"), tr(CHANGED), "")


def out_html(picture: Picture) -> str:
    """Who breaks a limit or a promise, and by how much; empty if nobody does."""
    lines = []
    for name, candidate in picture.answer["candidates"].items():
        missed = [*candidate["broken_limits"], *missed_promises(candidate)]
        if missed and picture.state(name) in ("excluded", "overloaded"):
            reasons = "; ".join(tr(reason) for reason in missed)
            lines.append(tr(say("{name} is out: {reasons}", name=name, reasons=reasons)))
    found = "".join(f"<li>{escape(line)}</li>" for line in lines)
    label = tr("Who is out")
    return f"<ul class='aisim-out' aria-label='{label}'>{found}</ul>" if found else ""


def _preview(picture: Picture) -> str:
    return tr(
        say(
            "draw {n} of {wanted}, {minutes:.3g} minutes from {start} on, after a warm-up",
            n=picture.replications,
            wanted=picture.wanted,
            minutes=picture.study.run.window_s / 60,
            start=picture.study.run.start,
        )
    )


def _advice(picture: Picture, study: Study) -> str:
    if picture.study.run.horizon_s == study.run.horizon_s:
        return tr("So short a study is simulated whole; run fully for its saturation rate.")
    return tr(LITTLE)


def _unfinished(picture: Picture, study: Study) -> str:
    """Which candidates were cut short, and which were not simulated; empty if none."""
    outcomes = picture.outcomes.items()
    cut = [name for name, found in outcomes if any(o.answer["partial"] for o in found)]
    missing = [name for name in study.candidates if name not in picture.outcomes]
    words = [tr(say("Cut short: {names}.", names=", ".join(cut)))] if cut else []
    words += [tr(say("Not simulated: {names}.", names=", ".join(missing)))] if missing else []
    return " ".join(words)


def _line(chip: str, what: str, says: str) -> str:
    return (
        f"<div role='status'><span class='aisim-chip aisim-{chip}'>{escape(tr(chip))}</span> "
        f"{escape(what)}<br><strong>{escape(says)}</strong></div>"
    )
