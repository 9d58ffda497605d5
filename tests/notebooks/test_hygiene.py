"""Notebooks are thin, hold no outputs, and import nothing but aisim."""

import ast
from pathlib import Path

import nbformat
import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
MOST_CELLS, MOST_LINES = 10, 40


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.name)
def notebook(request):
    return nbformat.read(request.param, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks():
    assert "00_start.ipynb" in [path.name for path in NOTEBOOKS]


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


def test_a_notebook_imports_nothing_but_aisim(notebook):
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.Import):
                assert all(name.name.split(".")[0] == "aisim" for name in node.names)
            if isinstance(node, ast.ImportFrom):
                assert node.module.split(".")[0] == "aisim"


def test_a_notebook_begins_with_its_title(notebook):
    first = notebook.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith("# ")
