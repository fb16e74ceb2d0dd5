# Two commands do everything on a fresh machine with Python 3.11+ and make:
#   make demo   installs vaultrel into .venv and runs it on a copy of the sample vault; on a desktop Ctrl-C ends it
#   make test   installs what the tests need as well, and runs them all
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help demo test check format lint types contracts docs-check golden fuzz mutants clients torture torture-short page bench bench-full clean

help:
	@sed -n 's/^# \{0,1\}//p;/^PYTHON/q' Makefile
	@echo "  make check  format, lint, types, import contracts and documentation"
	@echo "  make fuzz   looks for input that breaks a law of reading, for an hour"
	@echo "  make torture  kills, cuts the power, fills disks and races editors, for an hour; as root on Linux"
	@echo "  make mutants  plants bugs in the strength of ties and counts those that the tests catch, for half an hour"
	@echo "  make clients  installs calendar programs and reads the feed with them, 10,000 hostile texts among it"
	@echo "  make page   installs a browser, looks at the page with it and takes its pictures again"
	@echo "  make bench  measures speed beside other programs, for minutes; bench-full the daemon and"
	@echo "              100,000 notes too, for hours, and rewrites the tables of docs/explanation/performance.md"
	@echo "  make golden rewrites the golden files; review them as a diff"

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "vaultrel needs Python 3.11 or newer; found %s. Name one: make PYTHON=python3.12 demo" % sys.version.split()[0])'
	@echo "Making an environment of our own in $(VENV)/"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	@touch $@

$(VENV)/.run: $(VENV)/.python pyproject.toml
	@echo "Installing vaultrel and what it needs"
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing what the tests need"
	@$(BIN)/python -m pip install --quiet --group test
	@touch $@

$(VENV)/.check: $(VENV)/.test
	@echo "Installing what the checks need"
	@$(BIN)/python -m pip install --quiet --group check
	@touch $@

$(VENV)/.fuzz: $(VENV)/.test
	@echo "Installing what fuzzing needs"
	@$(BIN)/python -m pip install --quiet --group fuzz
	@touch $@

$(VENV)/.torture: $(VENV)/.run
	@echo "Installing what the fault rig needs"
	@$(BIN)/python -m pip install --quiet --group torture
	@touch $@

$(VENV)/.mutate: $(VENV)/.test
	@echo "Installing what mutation testing needs"
	@$(BIN)/python -m pip install --quiet --group mutate
	@touch $@

demo: $(VENV)/.run
	@$(BIN)/vaultrel demo

test: $(VENV)/.test
	$(BIN)/python -m pytest -n auto

check: format lint types contracts docs-check

format: $(VENV)/.check
	$(BIN)/ruff format --check .

lint: $(VENV)/.check
	$(BIN)/ruff check .

types: $(VENV)/.check
	$(BIN)/mypy

contracts: $(VENV)/.check
	$(BIN)/lint-imports

docs-check: $(VENV)/.check
	$(BIN)/python -m pytest -q tests/docs

golden: $(VENV)/.test
	$(BIN)/python -m pytest -q tests/golden --update-golden

fuzz: $(VENV)/.fuzz
	mkdir -p .fuzz
	$(BIN)/python bench/fuzz_parsers.py -max_total_time=3600 -max_len=800 -artifact_prefix=.fuzz/ .fuzz/corpus

mutants: $(VENV)/.mutate
	$(BIN)/mutmut run --max-children 2
	$(BIN)/mutmut results

clients: $(VENV)/.test
	-scripts/install_calendar_clients.sh --desktop
	$(BIN)/python -m pytest tests/clients --client-texts 10000 --desktop

page: $(VENV)/.test
	-scripts/install_browser.sh
	$(BIN)/python -m pytest tests/page
	$(BIN)/python scripts/take_page_pictures.py

torture: $(VENV)/.torture
	scripts/install_torture_tools.sh
	$(BIN)/python -m torture

torture-short: $(VENV)/.torture
	$(BIN)/python -m torture --short

$(VENV)/.peers: $(VENV)/.run bench/package-lock.json bench/requirements.txt
	-scripts/install_bench_peers.sh
	@touch $@

bench: $(VENV)/.peers
	$(BIN)/python bench/speed.py --part commands --part peers --part cold --part saves --results .bench

bench-full: $(VENV)/.peers
	$(BIN)/python bench/speed.py --notes 1000 --notes 10000 --notes 100000 --results .bench
	$(BIN)/python bench/profile_shares.py --results .bench
	$(BIN)/python scripts/write_performance_tables.py .bench

clean:
	rm -rf $(VENV) dist build mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
