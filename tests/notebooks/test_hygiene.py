"""Notebooks are thin, hold no outputs, and import nothing but aisim and paths."""

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_CELLS, MOST_LINES = 10, 40
IMPORTED = {"aisim", "pathlib"}
WANTED = [
    "00_start", "01_workload", "02_hardware_and_models", "03_simulate", "04_cost", "05_compare",
    "06_sensitivity", "07_trust", "08_your_data",
]  # fmt: skip


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_all_notebooks_are_there():
    assert [path.stem for path in NOTEBOOKS] == WANTED


def test_a_notebook_is_valid_and_holds_no_outputs(notebook):
    nbformat.validate(notebook)
    for cell in code(notebook):
        assert cell.outputs == []
        assert cell.execution_count is None
    assert "widgets" not in notebook.metadata


def test_a_notebook_is_thin(notebook):
    cells = code(notebook)
    lines = [line for cell in cells for line in cell.source.splitlines() if line.strip()]
    assert len(cells) <= MOST_CELLS
    assert len(lines) <= MOST_LINES


def test_a_notebook_imports_nothing_but_aisim_and_paths(notebook):
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                assert {name.name.split(".")[0] for name in node.names} <= IMPORTED
            if isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] in IMPORTED


def test_a_notebook_begins_with_its_title(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
