"""A picture as one page of HTML that stands alone: it opens offline and prints well."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from aisim.language import language, mark, say, tr
from aisim.planning import Picture
from aisim.planning.limits import missed_promises
from aisim.report.answer import verdict
from aisim.report.html import answer_html
from aisim.report.page_html import Html, bullets, safe, section, words
from aisim.report.page_money import draw_note, money_parts, priced_of
from aisim.report.page_prices import prices_table
from aisim.report.pictures import chart_svg
from aisim.results.intervals import mean_of
from aisim.scenario import dump_study

if TYPE_CHECKING:
    from aisim.charts.chart import Chart

STYLE = (Path(__file__).parent / "page.css").read_text(encoding="utf-8")
#: Nothing runs and nothing is fetched; no style but that of the page itself.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    f"style-src 'sha256-{b64encode(sha256(STYLE.encode()).digest()).decode()}'"
)
PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
</body>
</html>
"""
#: What a picture is worth, by its kind.
WORTH = {
    "preview": mark("A preview: run fully before you decide, it holds no busy and no quiet hours"),
    "partial": mark("Partial: stopped before its end"),
    "sound": mark("A full run"),
}


def report_page(picture: Picture, charts: "Sequence[Chart]", *, date: str = "") -> str:
    """The whole answer as a page, in the language in use and the currency of the study.

    Args:
        picture: what there is to see.
        charts: those to be shown, in this order.
        date: of the report, in words; left out, it has none, and the same picture gives the
            same page.
    """
    study = picture.asked or picture.study
    body = "\n".join(part for part in _parts(picture, charts, date) if part)
    return PAGE.format(
        language=language(),
        policy=escape(POLICY),
        title=escape(study.name),
        style=STYLE,
        body=body,
    )


def _parts(picture: Picture, charts: "Sequence[Chart]", date: str) -> Iterator[Html]:
    yield _head(picture)
    yield section(tr("What this is worth"), [_worth(picture, date)])
    if picture.outcomes:
        priced = priced_of(picture)
        yield section(tr("Figures"), [_figures(picture)])
        yield section(tr("Excluded candidates and missed promises"), _excluded(picture))
        yield section(tr("Charts"), _charts(picture, charts))
        yield section(tr("One against the other"), money_parts(picture, priced))
        prices = [prices_table(priced), draw_note(picture)] if priced.bills else []
        yield section(tr("Prices"), prices)
        yield section(tr("Cautions and notes"), [bullets(_notes(picture))])
    yield section(tr("The study"), [_study(picture)])


def _head(picture: Picture) -> Html:
    """Title, description, and the verdict before all else."""
    study, kind = picture.asked or picture.study, _kind(picture)
    about = f"<p class='about'>{safe(study.description)}</p>" if study.description else ""
    says = tr("Stopped before there was anything to show.")
    if picture.outcomes:
        says = verdict(picture.answer, study.economics.currency)
    return Html(
        f"<header><h1>{safe(study.name)}</h1>{about}<div class='verdict {kind}'>"
        f"<p>{safe(says)}</p><p class='small'>{words(WORTH[kind])}</p></div></header>"
    )


def _kind(picture: Picture) -> str:
    if picture.preview:
        return "preview"
    return "partial" if picture.partial else "sound"


def _measured(picture: Picture) -> str:
    """What the measured time stands for."""
    represents = picture.answer["represents"]
    return tr(represents) if represents else "-"


def _worth(picture: Picture, date: str) -> Html:
    """What was simulated, and by what."""
    done = say("{done} of {wanted}", done=picture.replications, wanted=picture.wanted)
    facts = {
        tr("Result"): tr(WORTH[_kind(picture)]),
        tr("Replications"): tr(done),
        tr("Measured"): _measured(picture),
        tr("Seed"): str(picture.study.run.seed),
        tr("Made by"): f"aisim {version('aisim')}",
    }
    if date:
        facts[tr("Date")] = date
    inner = "".join(f"<dt>{safe(name)}</dt><dd>{safe(said)}</dd>" for name, said in facts.items())
    return Html(f"<dl>{inner}</dl>")


def _figures(picture: Picture) -> Html:
    states = {name: picture.state(name) for name in picture.outcomes}
    table = answer_html(picture.answer, states, picture.study.economics.currency)
    return Html(f"<div class='wide'>{table}</div>")


def _excluded(picture: Picture) -> Iterator[Html]:
    """Why candidates are excluded, which promises they miss by how much, and who is not here."""
    for name, candidate in picture.answer["candidates"].items():
        reasons = [*candidate["broken_limits"], *missed_promises(candidate)]
        if reasons:
            yield Html(f"<h3>{safe(name)}</h3>{bullets(map(words, reasons))}")
    asked = picture.asked or picture.study
    missing = [name for name in asked.candidates if name not in picture.outcomes]
    yield bullets(words(say("{name} was not simulated", name=name)) for name in missing)


def _charts(picture: Picture, charts: "Sequence[Chart]") -> Iterator[Html]:
    """Each chart with what it shows in words, which is also what is read out in its place."""
    candidates = list((picture.asked or picture.study).candidates)
    for i, chart in enumerate(charts):
        svg = chart_svg(chart, picture, candidates, ids=f"chart{i}-")
        summary = safe(chart.summary(picture, chart.frame(picture)))
        named = f"role='img' aria-labelledby='chart{i}'"
        yield Html(
            f"<figure>{svg.replace('<svg', f'<svg {named}', 1)}"
            f"<figcaption id='chart{i}'>{summary}</figcaption></figure>"
        )


def _notes(picture: Picture) -> Iterator[Html]:
    """What limits each candidate, what it did not answer, and what has to be known."""
    answer = picture.answer
    for name, candidate in answer["candidates"].items():
        reason = candidate["bottleneck"]["reason"]
        yield words(say("{name}: {reason}", name=name, reason=reason))
        for reason, n in candidate["rejections"].items():
            said = {"name": name, "times": mean_of(n) or 0.0, "reason": reason}
            yield words(say("{name}: {times:,.0f} requests rejected: {reason}", **said))
        for reason, n in candidate["failures"].items():
            said = {"name": name, "times": mean_of(n) or 0.0, "reason": reason}
            yield words(say("{name}: {times:,.0f} requests failed: {reason}", **said))
    yield from (words(say("Caution: {caveat}", caveat=found)) for found in answer["caveats"])
    notes = dict.fromkeys(n for c in answer["candidates"].values() for n in c["notes"])
    yield from map(words, notes)


def _study(picture: Picture) -> Html:
    text = escape(dump_study(picture.asked or picture.study))
    title = words(mark("As YAML"))
    return Html(f"<details><summary>{title}</summary><pre>{text}</pre></details>")
