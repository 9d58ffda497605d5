"""Charts as files: SVG and PNG, and all of them in a ZIP with their words."""

import io
import re
import struct
import sys
import zipfile
from xml.etree import ElementTree

import pytest

from aisim import language
from aisim.planning import BadInput
from aisim.report import all_charts, chart_png, chart_svg, charts_zip
from aisim.report.pictures import WIDTH_PX, check_charts
from tests.report.test_workbook import picture

NAMES = ["gpt", "own", "hybrid", "managed"]


@pytest.mark.parametrize("chart", all_charts(), ids=lambda chart: chart.name)
def test_a_chart_is_drawn_with_ids_of_its_own(chart):
    svg = chart_svg(chart, picture(), NAMES, ids="mine-")
    root = ElementTree.fromstring(svg)
    assert 0.8 * WIDTH_PX < float(root.get("width")) < 1.6 * WIDTH_PX
    ids = re.findall(r'\sid="([^"]*)"', svg)
    assert all(name.startswith("mine-") for name in ids)
    assert set(re.findall(r"url\(#([^)]*)\)", svg)) <= set(ids)
    assert "@font-face" not in svg
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)


def test_a_png_is_twice_as_fine():
    chart = all_charts()[0]
    width = float(ElementTree.fromstring(chart_svg(chart, picture(), NAMES)).get("width"))
    png = chart_png(chart, picture(), NAMES)
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">I", png[16:20])[0] == pytest.approx(2 * width, abs=2)


def test_numbers_are_those_of_the_language():
    (cost,) = [chart for chart in all_charts() if chart.name == "cost"]
    assert re.search(r"\d,\d{3} EUR", chart_svg(cost, picture(), NAMES))
    try:
        language.use("de")
        assert re.search(r"\d\.\d{3} EUR", chart_svg(cost, picture(), NAMES))
    finally:
        language.use("en")


def test_the_zip_has_all_and_is_always_the_same():
    charts = all_charts()[:2]
    data = charts_zip(picture(), charts)
    assert data == charts_zip(picture(), charts)
    with zipfile.ZipFile(io.BytesIO(data)) as folder:
        names = [f"{chart.name}.{end}" for chart in charts for end in ("svg", "png")]
        assert folder.namelist() == [*names, "summaries.txt"]
        words = folder.read("summaries.txt").decode()
        assert all(chart.summary(picture(), chart.frame(picture())) in words for chart in charts)


def test_without_the_libraries_there_is_a_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "altair", None)
    with pytest.raises(BadInput, match=r"charts need altair; pip install 'aisim\[lab\]'"):
        check_charts()
