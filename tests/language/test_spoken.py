"""Every text that a planner reads can be said in another language: a pseudo language shows it.

In it every known text stands between brackets, piece by piece around its fields. What is outside
of them is a name, a number, a unit, a source; whatever else there is was forgotten.
"""

import ast
import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from string import Formatter
from typing import Any

import pytest

from aisim import language
from aisim.app import Desk
from aisim.app.widgets import LiveCharts
from aisim.catalog import accelerator, llm_models, spot_reclaims
from aisim.catalog.api_speeds import api_speed
from aisim.charts.spoken import STATES
from aisim.cost import CATEGORIES
from aisim.language import speech
from aisim.performance.power import power_draw
from aisim.planning import Picture
from aisim.planning.explain import FORMULAS
from aisim.planning.explain_figures import ARITHMETIC
from aisim.planning.origins import origins
from aisim.report import all_charts, answer_html
from aisim.report.page import report_page
from aisim.scenario import parse_study, shipped_studies
from tests.app.desks import everything
from tests.app.wide import wide_data
from tests.language.keys import PACKAGE, keys

OPEN, SHUT = "⟦", "⟧"
#: Traits of widgets that are read.
READ = (
    "description", "tooltip", "placeholder", "label", "unit", "help", "problem", "text", "texts",
    "words", "summaries", "table", "hints", "titles", "_options_labels", "rows",
)  # fmt: skip
#: Codes in data: the page translates or never shows them.
CODES = ("figure", "state", "candidate", "category", "class", "how", "part", "end", "kind")
TAGS = re.compile(r"<style.*?</style>|<pre.*?</pre>|<svg.*?>|<[^>]*>", re.DOTALL)
READ_OUT = re.compile(r"(?:aria-label|title|alt)=(?:'([^']*)'|\"([^\"]*)\")")
#: Texts in an expression of Vega; the keys of a table in it are no texts.
LITERAL = re.compile(r"('[^']*'|\"(?:[^\"\\]|\\.)*\")(\s*:)?")
#: What expressions are made of beside words: codes of data, looks, formats of numbers.
LOOKS = {"rows", "total", "left", "center", "right", "bold", "normal", "butt", "color",
         "strokeDash"}  # fmt: skip
VEGA = {*LOOKS, *CODES, *STATES, *CATEGORIES}
FORMAT = re.compile(r"[,.~\d]*[sfrd%]|#\w{6}")
#: Parts of a study whose keys are names, and fields that have names.
NAMED = ("traffic", "candidates", "sites", "machines", "pools", "apis", "links", "storage", "path",
         "costs", "parts")  # fmt: skip
TAKEN = ("name", "service", "data_class", "provider", "region", "country", "instance", "model",
         "engine", "start")  # fmt: skip
SPOKEN = re.compile(f"{OPEN}[^{SHUT}]*{SHUT}")
#: Paths of figures and fields.
PATH = re.compile(r"\b[a-z]\w*(?:[._][\w-]+)+|^[a-z]+(?: = |\.(?=\|))")
WORD = re.compile(r"[^\W\d_]{2,}")
#: Figures whose parts are charges.
SUMS = ("cost.usd_per_month", "energy.kwh_per_month")
#: Abbreviations, units, who says so, the languages by their own names and where they are chosen.
SAME_EVERYWHERE = {
    "TTFT", "TPOT", "ms", "GB", "USD", "EUR", "kg", "CO", "ECB", "aisim", "Language", "English",
    "Dansk", "Deutsch", "Nederlands", "Svenska",
}  # fmt: skip


class Pseudo(dict[str, str]):
    """The words of a language that has every known text."""

    def __init__(self) -> None:
        super().__init__({text: _bracketed(text) for text in keys()})


def _bracketed(text: str) -> str:
    found = []
    for piece, name, spec, _ in Formatter().parse(text):
        piece = piece.replace("{", "{{").replace("}", "}}")
        found.append(f"{OPEN}{piece}{SHUT}" if piece.strip() else piece)
        if name is not None:
            found.append(f"{{{name}:{spec}}}" if spec else f"{{{name}}}")
    return "".join(found)


def study():
    """All kinds of candidates, some of which break their limits, fail or are overloaded."""
    data = wide_data()
    rented, owned = data["candidates"]["rented"], data["candidates"]["owned"]
    rented["machines"]["gpu"] |= {"price": "spot", "usd_per_hour": 1.5}
    rented["machines"]["more"]["price"] = "commit_1y"
    rented["sites"]["region"]["refuses"] = ["personal"]
    rented["costs"] = {
        "gateway": {"site": "region", "category": "network",
                    "service": "NAT gateway / data processed", "quantity": "ingress_gb"},
        "audit": {"site": "region", "category": "compliance", "usd": 1200, "when": "yearly"},
        "managed": {"site": "region", "category": "compute", "share_of_compute": 0.1},
    }  # fmt: skip
    owned["pools"]["pool"]["max_sequences"] = 1
    owned["machines"]["server"]["already_owned"] = {
        "present_utilisation": 0.3, "value_usd": 9000, "years_left": 2,
    }  # fmt: skip
    data["candidates"]["bought"] = {
        **owned,
        "machines": {"server": {"kind": "own", "site": "house",
                                "parts": {"4x L40S PCIe server 2U": 1}}},
        "pools": {"pool": {"machines": "server", "model": "llama-3.1-8b", "serves": ["chat"],
                           "runs": {"kind": "hours", "hours": ["mon-fri 00:00-24:00"]}}},
    }  # fmt: skip
    data["candidates"]["sold"] = {
        "sites": {"there": {"kind": "api", "provider": "openai", "country": "US"}},
        "apis": {"mini": {"site": "there", "model": "gpt-5-mini", "serves": ["chat"],
                          "requests_per_minute": 20}},
        "path": {"serving": {"kind": "serve", "pools": ["mini"]}},
    }  # fmt: skip
    private = {**data["workload"]["traffic"]["chat"], "data_class": "personal"}
    data["workload"]["traffic"]["private"] = private
    data["limits"] = {
        "budget_usd_per_month": 100, "budget_upfront_usd": 100, "lead_time_months": 1,
        "staff_fte": 0.01, "data": {"personal": {"countries": ["DE"], "sites": ["own"]}},
    }  # fmt: skip
    data["economics"] = {"currency": "EUR"}
    data["run"] |= {"horizon_s": 720}
    return parse_study(data)


@pytest.fixture(scope="module")
def desk():
    with pytest.MonkeyPatch.context() as patch:
        pseudo = Pseudo()
        patch.setattr(speech, "_words", lambda _code: pseudo)
        patch.setattr("aisim.app.runner.draws_of", lambda _: 1)
        patch.setattr(Desk, "_last", None)
        language.use("nl")
        yield Desk(study())
        language.use("en")


def leaves(value: Any, key: str = "") -> Iterator[str]:
    """All texts in data but for codes."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in CODES:
                yield from leaves(inner, name)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from leaves(inner, key)


def of_html(html: str) -> Iterator[str]:
    """What is read of HTML or SVG, and what is read out."""
    for tag in TAGS.findall(html):
        # What is within a chart is not read out: its summary is.
        if "graphics-" not in tag:
            yield from (unescape(one or other) for one, other in READ_OUT.findall(tag))
    yield from (unescape(text) for text in TAGS.sub("\n", html).split("\n"))


def of_widgets(desk: Desk) -> Iterator[str]:
    for part in everything(desk):
        if type(part).__name__ in ("HTML", "HTMLMath"):
            yield from of_html(part.value)
        elif type(part).__name__ == "Label":
            yield part.value
        for name in READ:
            if part.has_trait(name):
                yield from leaves(getattr(part, name))


def of_pages(desk: Desk) -> Iterator[str]:
    """All that is shown, whatever page is looked at."""
    for i in range(len(desk._results.pages)):
        desk._results._tabs.selected_index = i
        yield from of_widgets(desk)
        yield from (text for spec in specs(desk) for text in of_spec(spec))


def specs(desk: Desk) -> list[Any]:
    return [s for p in everything(desk) if isinstance(p, LiveCharts) for s in p.specs.values()]


def of_spec(spec: Any, key: str = "") -> Iterator[str]:
    """Titles and texts of a chart, and the words in its expressions."""
    if isinstance(spec, Mapping):
        for name, inner in spec.items():
            if name not in ("datasets", "config", "data"):
                yield from of_spec(inner, name)
    elif isinstance(spec, list):
        for inner in spec:
            yield from of_spec(inner, key)
    elif isinstance(spec, str) and key in ("title", "text"):
        yield spec
    elif isinstance(spec, str) and key in ("expr", "labelExpr", "calculate", "signal"):
        quoted = [text for text, is_key in LITERAL.findall(spec) if not is_key]
        found = [json.loads(text) if text[0] == '"' else text[1:-1] for text in quoted]
        yield from (
            text for text in found if text.strip("|") not in VEGA and not FORMAT.fullmatch(text)
        )


def of_opened(desk: Desk) -> Iterator[str]:
    """Every figure of a candidate, and the charges of all others, taken apart."""
    desk._results._tabs.selected_index = 0
    table = desk._results.page.views[0]
    for i, candidate in enumerate(desk.picture.outcomes):
        for figure in SUMS if i else table._rows:
            yield from leaves(table._answer(candidate, figure)["sections"])


def of_report(picture: Picture) -> Iterator[str]:
    """The report with a chart in it, and the table alone."""
    yield from of_html(report_page(picture, all_charts()[:1]))
    states = {name: picture.state(name) for name in picture.outcomes}
    yield from of_html(answer_html(picture.answer, states, "EUR"))


def names_of(data: Any, key: str = "") -> Iterator[str]:
    """What the planner has named in a study, and what it takes from the catalog."""
    if isinstance(data, Mapping):
        for name, inner in data.items():
            yield from (name,) if key in NAMED else ()
            yield from names_of(inner, name)
    elif isinstance(data, str) and key in TAKEN:
        yield from (data, *data.split(" / "))


def of_catalog() -> Iterator[str]:
    """Sources that stand within a note, and the rows that it names."""
    for row in (spot_reclaims("L40S-48"), api_speed("openai", "gpt-5-mini")):
        yield from (row.source, getattr(row, "component", ""))
    draw = power_draw(accelerator("L40S-48"), 1.0)
    assert draw is not None
    yield from (draw.shares.source, draw.shares.covers)


def given(picture: Picture) -> list[str]:
    """What has its name or its words from elsewhere, the longest first."""
    found = {*names_of(picture.study.model_dump(mode="json")), *shipped_studies(), *llm_models()}
    for candidate, bill in picture.typical.bills.items():
        found |= {source.source for source in origins(picture.typical, candidate)}
        found |= {c.carbon.source for c in bill.charges if c.carbon is not None}
        prices = [price for charge in bill.charges for price in charge.inputs]
        found |= {text for p in prices for text in (p.key, p.unit, p.source)}
    found |= set(of_catalog())
    found |= {formula for formula, _ in (*ARITHMETIC.values(), *FORMULAS.values())}
    return sorted(filter(WORD.search, found), key=len, reverse=True)


def is_forgotten(text: str, names: list[str]) -> bool:
    """Whether a text has words that cannot be translated."""
    rest = SPOKEN.sub("|", text)
    for name in names:
        if not WORD.search(PATH.sub(" ", rest)):
            return False
        rest = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", " ", rest)
    return not SAME_EVERYWHERE.issuperset(WORD.findall(PATH.sub(" ", rest)))


def unspoken(texts: Iterator[str], picture: Picture) -> list[str]:
    names = given(picture)
    return sorted(text for text in set(texts) if is_forgotten(text, names))


def test_every_text_of_the_code_is_found():
    """What stands within an f-string is not, for one."""
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("tr", "say", "mark"):
                texts = [part.value for part in node.args[:1] if isinstance(part, ast.Constant)]
                assert set(texts) <= set(keys()), f"{path.name}, line {node.lineno}"


def test_a_preview_can_be_said(desk):
    assert desk.picture.preview
    assert unspoken(of_pages(desk), desk.picture) == []


def test_a_full_run_its_figures_and_its_report_can_be_said(desk):
    desk.store.pin()
    desk._bar._wanted.value = 2
    desk.run_fully()
    picture = desk.picture
    states = {picture.state(name) for name in picture.outcomes}
    assert {"excluded", "overloaded"} <= states
    assert unspoken(of_pages(desk), picture) == []
    assert unspoken(of_opened(desk), picture) == []
    assert unspoken(of_report(picture), picture) == []
