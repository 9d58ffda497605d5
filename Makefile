# Everything runs in .venv, which is made anew when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: lab dashboard test plan clean
lab: .venv/ready
	$(BIN)/jupyter lab $(ARGS) notebooks/00_start.ipynb

dashboard: .venv/ready
	$(BIN)/voila $(ARGS) notebooks/00_start.ipynb

test: .venv/ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n 2 --ignore tests/browser --ignore tests/binder $(ARGS)
	$(BIN)/pytest -n 2 --nbmake --nbmake-timeout 120 notebooks
	$(BIN)/pytest -n 2 --dist loadfile tests/browser
	$(BIN)/pytest tests/binder

plan: .venv/ready
	$(BIN)/aisim run assistant $(ARGS)

.venv/ready: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "aisim needs Python 3.11 or newer; name one with make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' || \
	  { echo "aisim needs venv: on Debian and Ubuntu, apt install python3-venv"; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis
