"""The charts of a picture as files: SVG, PNG, and all of them with their words in a ZIP."""

import io
import re
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from aisim.language import number_format, tr
from aisim.planning import BadInput, Picture

if TYPE_CHECKING:
    from aisim.charts.chart import Chart

WIDTH_PX = 640
#: Pixels of a PNG for one of the chart.
SCALE = 2.0
#: What an SVG names and points to within itself.
OWN_IDS = re.compile(r'(\sid="|url\(#|href="#)([^")]*)')
#: A file of the ZIP always has the same date, so that the same study gives the same file.
EPOCH = (1980, 1, 1, 0, 0, 0)


def check_charts() -> None:
    """See that charts can be drawn, before an hour of simulation is spent.

    Raises:
        BadInput: a library misses.
    """
    for needed in ("altair", "vl_convert"):
        try:
            __import__(needed)
        except ImportError:
            raise BadInput(f"charts need {needed}; pip install 'aisim[lab]'") from None


def all_charts() -> "tuple[Chart, ...]":
    """The charts of a report, in its order.

    Raises:
        BadInput: a library misses.
    """
    check_charts()
    from aisim.charts.answer import COST, LATENCY, QUEUE, UTILISATION, WATERFALL
    from aisim.charts.cash import CASH
    from aisim.charts.pareto import PARETO

    return (PARETO, LATENCY, QUEUE, UTILISATION, WATERFALL, COST, CASH)


def chart_svg(
    chart: "Chart", picture: Picture, candidates: Sequence[str], ids: str = "part"
) -> str:
    """A chart as an SVG that stands alone, its numbers in the language in use.

    Args:
        chart: what to draw.
        picture: of which.
        candidates: in the order of their colours.
        ids: how every id begins, so that several charts can stand on one page.
    """
    return _svg(_spec(chart, picture, candidates), ids)


def chart_png(chart: "Chart", picture: Picture, candidates: Sequence[str]) -> bytes:
    """A chart as a PNG on white, twice as fine as on a screen."""
    return _png(_spec(chart, picture, candidates))


def charts_zip(picture: Picture, charts: "Sequence[Chart]") -> bytes:
    """All charts as SVG and PNG, and what they show in words."""
    candidates, words = list(picture.study.candidates), []
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as folder:
        for chart in charts:
            spec = _spec(chart, picture, candidates)
            _put(folder, f"{chart.name}.svg", _svg(spec).encode())
            _put(folder, f"{chart.name}.png", _png(spec))
            summary = tr(chart.summary(picture, chart.frame(picture)))
            words.append(f"{chart.name}: {summary}\n")
        _put(folder, "summaries.txt", "\n".join(words).encode())
    return found.getvalue()


def _put(folder: zipfile.ZipFile, name: str, data: bytes) -> None:
    folder.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED)


def _spec(chart: "Chart", picture: Picture, candidates: Sequence[str]) -> dict[str, Any]:
    """Its place has a width of its own here, where a page would give it one."""
    drawn = chart.draw(picture, chart.frame(picture), candidates).to_dict(validate=False)
    return {**drawn, "width": WIDTH_PX}


def _svg(spec: dict[str, Any], ids: str = "part") -> str:
    """Its ids are counted anew: the renderer goes on counting from chart to chart."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(spec, format_locale=number_format(), allowed_base_urls=[])
    numbers: dict[str, int] = {}
    return OWN_IDS.sub(lambda m: f"{m[1]}{ids}{numbers.setdefault(m[2], len(numbers) + 1)}", svg)


def _png(spec: dict[str, Any]) -> bytes:
    import vl_convert

    white = {**spec, "config": {**spec["config"], "background": "white"}}
    png: bytes = vl_convert.vegalite_to_png(
        white, scale=SCALE, format_locale=number_format(), allowed_base_urls=[]
    )
    return png
