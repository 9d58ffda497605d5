"""What holds for every page with charts and figures, in a notebook or in a dashboard."""

from itertools import combinations

from tests.browser.conftest import module
from tests.browser.in_page import CONTRASTS, FIGURES

TEXTS = ("svg text", "td", "th", "label", "figcaption", "caption", "li", "p", "summary", "button")


def check_drawn(desk, names: list[str]) -> None:
    """The charts of it that can be seen are these, each whole, in its place, told in words."""
    figures = desk.evaluate(FIGURES)
    assert [figure["chart"] for figure in figures] == names
    for figure in figures:
        name = figure["chart"]
        assert figure["marks"] > 0, f"{name} is empty"
        assert len(figure["caption"]) > 30, f"{name} is not told in words"
        assert not figure["cut"], f"{name} cuts off {figure['cut']}"
        assert lies_within(figure["drawing"], figure["place"]), f"{name} leaves its column"
    for one, other in combinations(figures, 2):
        assert not overlap(one["place"], other["place"]), (one["chart"], other["chart"])


def lies_within(inner: list[float], outer: list[float]) -> bool:
    """Whether a box of left, top, right, bottom is in another, but for a pixel."""
    left, top, right, bottom = outer
    wide = (left - 1, top - 1, right + 1, bottom + 1)
    return all(a >= b for a, b in zip(inner[:2], wide[:2], strict=True)) and all(
        a <= b for a, b in zip(inner[2:], wide[2:], strict=True)
    )


def overlap(one: list[float], other: list[float]) -> bool:
    """Whether two boxes have more than an edge in common."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > 1 and height > 1


def check_accessible(page, where: str = "") -> None:
    """Axe finds nothing serious on the desks."""
    axe = module("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page, context=".aisim-desk").response["violations"]
    serious = [v for v in found if v["impact"] in ("serious", "critical")]
    told = [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in serious]
    assert not told, f"{where}: {told}"


def check_legible(page) -> None:
    """Every text of the desks stands out against what lies behind it."""
    found = page.evaluate(CONTRASTS, ", ".join(f".aisim-desk {text}" for text in TEXTS))
    assert len(found) > 20
    pale = [(round(contrast, 1), text) for contrast, text in found if contrast < 4.5]
    assert not pale
