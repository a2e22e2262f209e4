# Every target makes what it needs: a virtual environment of its own in .venv, with the project installed in it.
# A machine needs Python >= 3.11, make, and a network to the package index the first time.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# What an installation depends on. The project is installed in place, so its code is always the checkout's.
DECLARED := setup.cfg pyproject.toml vaurien/version.py

# The whole suite, by one process more than there are processors, as tests often wait for something. A part of it is run
# as ever: .venv/bin/python -m pytest tests/path. worksteal gives each process tests that stand together, so that few
# servers are started twice. So many processes run the tests; 0 is this one alone.
WORKERS ?= $(shell echo $$(( $$(getconf _NPROCESSORS_ONLN) + 1 )))
PYTEST := $(BIN)/python -m pytest --numprocesses=$(WORKERS) --dist=worksteal
# The tests start the program hundreds of times: without its bytecode each start would compile all of it once more.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check format lint types docs coverage bench bench-quick fuzz clean

help: ## show these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

demo: $(VENV)/.installed ## watch the proxy at work on real traffic for ten seconds
	@$(BIN)/vaurien --demo

test: $(VENV)/.installed-test ## run the whole test suite
	$(PYTEST)

check: lint types docs test ## all that must hold before a change goes in: format, lint, types, docs, tests

format: $(VENV)/.installed-dev ## format the code in place
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.installed-dev ## check format and lint
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev ## check the types (strict)
	$(BIN)/mypy

docs: $(VENV)/.installed-dev ## build the documentation into docs/_build/html, warnings are errors
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

coverage: $(VENV)/.installed-dev ## run the whole test suite and show which lines it never reached
	$(PYTEST) --cov --cov-report=term

bench: $(VENV)/.installed-bench ## measure Vaurien beside other proxies, into benchmarks/results (half an hour)
	$(BIN)/python -m benchmarks

bench-quick: $(VENV)/.installed-bench ## measure a part of that, into build/benchmarks (two minutes)
	$(BIN)/python -m benchmarks --quick

# How long each protocol is fuzzed, in seconds, and which ones: make fuzz FUZZ_SECONDS=600 FUZZED=http
FUZZ_SECONDS ?= 60
FUZZED ?= http memcached mysql postgresql redis smtp

fuzz: $(VENV)/.installed-fuzz ## feed the protocols' parsers with changed sessions, FUZZ_SECONDS=60 each
	@for protocol in $(FUZZED); do \
		echo "fuzzing $$protocol for $(FUZZ_SECONDS) s"; \
		$(BIN)/python -m tests.fuzz $$protocol $(FUZZ_SECONDS) || exit 1; \
	done

clean: ## remove all that the other targets made
	rm -rf $(VENV) build dist htmlcov docs/_build .coverage .coverage.* *.egg-info
	rm -rf .hypothesis .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The part of each installation after "installed-" is the extra of setup.cfg that it brings.
$(VENV)/.installed: $(DECLARED) | $(BIN)/python
	@echo "installing vaurien into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-%: $(DECLARED) | $(BIN)/python
	@echo "installing vaurien[$*] into $(VENV)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[$*]'
	@touch $@

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || \
		{ echo "$(PYTHON) is not installed; Vaurien needs Python 3.11 or later (make PYTHON=...)" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "$(PYTHON) is `$(PYTHON) -V 2>&1`; Vaurien needs Python 3.11 or later (make PYTHON=...)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
		{ echo "$(PYTHON) makes no virtual environments: install python3-venv (apt-get install python3-venv)" >&2; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
