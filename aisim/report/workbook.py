"""A picture as a workbook of several sheets, and its figures as tidy CSV; both in English."""

import io
from collections.abc import Iterator, Sequence
from typing import Any

import pandas as pd

from aisim.cost import ledger_frame
from aisim.planning import BadInput, Picture
from aisim.report.ledger import plain_cells
from aisim.report.page_money import priced_of
from aisim.report.page_prices import used_prices
from aisim.scenario import dump_study

Data = dict[str, Any]
#: What a figure is counted by, by the end of its name; the longest end that fits.
UNITS = {
    "_s": "s", "_usd": "USD", "_share": "share", "_rps": "1/s", "_per_s": "1/s",
    "usd_per_month": "USD a month", "by_category": "USD a month", "slo_attainment": "share",
    "gpu_busy": "share", "kv_memory": "share", "component_utilisation": "share",
    "_requests": "USD", "_tokens": "USD", "kwh_per_month": "kWh a month",
    "kg_co2e_per_month": "kg CO2e a month", "water_l_per_month": "litres a month",
    "requests": "requests", "rejections": "requests", "failures": "requests", "gpus": "GPUs",
    "percentile": "%",
}  # fmt: skip
#: After these a path has a name of the planner's own; after those, names or reasons to its end.
BEFORE_A_NAME = ("service_level", "apis", "utilisation")
BEFORE_THE_END = ("component_utilisation", "included", "rejections", "failures")
FIGURES = ("candidate", "figure", "unit", "mean", "low", "high", "state")
PRICES = (
    "price", "value (USD for one unit, or ratio)", "low", "high", "unit",
    "swing of present cost (USD)", "charges with it (USD a month)", "quality", "as of", "source",
)  # fmt: skip
#: Of a column, in letters.
LEAST_WIDTH, MOST_WIDTH = 8, 60
#: Characters with which Excel knows that a CSV is UTF-8.
BOM = "\ufeff"


def workbook(picture: Picture) -> bytes:
    """An XLSX file: figures, differences, ledger, prices, and the study as it was asked.

    Raises:
        BadInput: openpyxl is not installed.
    """
    try:
        from openpyxl import Workbook
    except ImportError:
        raise BadInput("a workbook needs openpyxl; pip install 'aisim[report]'") from None
    book, found = Workbook(write_only=True), io.BytesIO()
    for name, frame in _sheets(picture):
        _write(book.create_sheet(name), frame)
    book.save(found)
    return found.getvalue()


def figures_csv(picture: Picture) -> str:
    """Every figure of every candidate, a line each; what is not defined is empty."""
    text: str = plain_cells(_figures(picture)).to_csv(index=False)
    return BOM + text


def _sheets(picture: Picture) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "Figures", _side_by_side(picture)
    yield "Differences", _differences(picture)
    yield _of_draw("Ledger", picture), _ledger(picture)
    yield _of_draw("Prices", picture), _prices(picture)
    lines = dump_study(picture.asked or picture.study).splitlines()
    yield "Study", pd.DataFrame({"YAML": lines})


def _of_draw(sheet: str, picture: Picture) -> str:
    """The name of a sheet that is of one draw; Excel allows 31 letters."""
    if picture.replications < 2:
        return sheet
    return f"{sheet}, draw {picture.typical.replication + 1} nearest mean"


def _figures(picture: Picture) -> pd.DataFrame:
    rows = [
        (name, path, unit_of(path, value), *_ends(value), picture.state(name))
        for name, candidate in picture.answer["candidates"].items()
        for path, value in _leaves(candidate)
    ]
    return pd.DataFrame(rows, columns=list(FIGURES))


def _side_by_side(picture: Picture) -> pd.DataFrame:
    """One row a figure, three columns a candidate."""
    candidates = {n: dict(_leaves(c)) for n, c in picture.answer["candidates"].items()}
    return _wide(candidates, {name: picture.state(name) for name in candidates})


def _differences(picture: Picture) -> pd.DataFrame:
    pairs = {pair: dict(_leaves(d)) for pair, d in picture.answer["differences"].items()}
    return _wide(pairs, {})


def _wide(found: dict[str, dict[str, Any]], states: dict[str, str]) -> pd.DataFrame:
    known = {path: value for figures in found.values() for path, value in figures.items()}
    paths, units = list(known), [unit_of(path, value) for path, value in known.items()]
    columns: dict[str, Sequence[Any]] = {"figure": paths, "unit": units}
    for name, figures in found.items():
        state = states.get(name, "sound")
        head = name if state == "sound" else f"{name} ({state})"
        ends = [_ends(figures.get(path)) for path in paths]
        for i, end in enumerate(("mean", "low", "high")):
            columns[f"{head}: {end}"] = [values[i] for values in ends]
    return pd.DataFrame(columns)


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Figures and words of a part of an answer by their paths; an interval is one figure."""
    if isinstance(value, dict) and set(value) != {"mean", "low", "high"}:
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list | tuple):
        yield path, "; ".join(map(str, value)) or None
    else:
        yield path, value


def _ends(value: Any) -> tuple[Any, Any, Any]:
    """Mean, low and high; of a word or a yes it is all that there is."""
    if isinstance(value, dict):
        return value["mean"], value["low"], value["high"]
    if isinstance(value, bool):
        return "yes" if value else "no", None, None
    return value, None, None


def unit_of(path: str, value: Any) -> str:
    """What a figure is counted by; empty where it is a word."""
    if isinstance(value, str | bool):
        return ""
    for part in reversed([*_own_parts(path)]):
        ends = [end for end in UNITS if part.endswith(end)]
        if ends:
            return UNITS[max(ends, key=len)]
    return ""


def _own_parts(path: str) -> Iterator[str]:
    """The parts of a path that aisim has named."""
    parts = iter(path.split("."))
    for part in parts:
        yield part
        if part in BEFORE_THE_END:
            return
        if part in BEFORE_A_NAME:
            next(parts, None)


def _ledger(picture: Picture) -> pd.DataFrame:
    """The dated lines of all candidates, in the currency of the study."""
    priced = priced_of(picture)
    frames = [
        ledger_frame(name, bill.charges, picture.study.economics)
        for name, bill in priced.bills.items()
    ]
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame()


def _prices(picture: Picture) -> pd.DataFrame:
    rows = [
        (
            used.price.key, float(used.price.typical), used.price.low, used.price.high,
            used.price.unit, used.swing_usd, used.usd_per_month, used.price.quality,
            used.price.as_of, used.price.source,
        )
        for used in used_prices(priced_of(picture))
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(PRICES))


def _write(sheet: Any, frame: pd.DataFrame) -> None:
    """Columns as wide as what they hold, the head always in sight; all text is text."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    head = plain_cells(pd.DataFrame([list(frame.columns)]))
    plain = plain_cells(frame).astype(object)
    sheet.freeze_panes = "A2"
    for i, name in enumerate(plain.columns):
        longest = max(len(str(cell)) for cell in (head.iloc[0, i], *plain[name]))
        width = min(max(longest + 2, LEAST_WIDTH), MOST_WIDTH)
        sheet.column_dimensions[get_column_letter(i + 1)].width = width
    cells = [WriteOnlyCell(sheet, value=name) for name in head.iloc[0]]
    for cell in cells:
        cell.font = Font(bold=True)
    sheet.append(cells)
    for row in plain.where(plain.notna(), None).itertuples(index=False, name=None):
        sheet.append(row)
