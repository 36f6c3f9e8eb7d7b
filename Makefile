# Chokepoint. `make` lists the targets; the first use of one creates .venv and installs what it needs.

VENV    := .venv
PY      := $(VENV)/bin/python
CORE    := $(VENV)/.stamp-core
DEV     := $(VENV)/.stamp-dev
EXTRAS  := explore,forecast,discovery,test
# The interpreter that creates .venv; empty: the first of python3.11 and python3 that runs and is 3.11 or newer.
PYTHON  ?=
# -qq: errors only. `make setup PIP_FLAGS=` shows everything.
PIP_FLAGS ?= -qq
PIP     := $(PY) -m pip --disable-pip-version-check --no-input install $(PIP_FLAGS) --constraint constraints.txt
# The rules and the market are compiled and kept on disk, so that nobody waits for it later.
COMPILE := $(PY) -c 'from model import TradeModel, load_scenario; \
  TradeModel(load_scenario("experiments/scenarios/history.toml")).run(40)'

ARGS    ?=
PORT    ?= 8765
# Processes for the tests: a number, or `logical` for one per processor (at most eight).
WORKERS ?= logical
# What `make experiments` runs, each as `python -m experiments.<name> --out results/<name>`. `calibrate` and `forecast` are
# not among them: they fit (some twenty minutes each), and a new posterior changes nothing until it is copied into the data;
# `compare` and `run` need scenarios of yours. With them: make experiments EXPERIMENTS="calibrate forecast".
EXPERIMENTS ?= history rostec export_ban lapse mitigation mechanism sensitivity discovery

# No window on a machine without a screen.
export MPLBACKEND ?= Agg

.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:
.PHONY: help setup setup-core history experiments explore test faults fuzz lint format bench bench-page baseline odd packages constraints clean

help: ## List the targets
	@echo "Usage: make <target> [ARGS=...]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# Creates .venv unless a working one is there (a broken or half-made one is made anew).
define ensure_venv
$(PY) -m pip --version >/dev/null 2>&1 || { \
  python=""; \
  for candidate in $(or $(PYTHON),python3.11 python3); do \
    if "$$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then \
      python=$$candidate; break; \
    fi; \
  done; \
  if [ -z "$$python" ]; then \
    echo "Python 3.11 or newer is needed; name one with: make PYTHON=/path/to/python ..." >&2; exit 1; \
  fi; \
  echo "Creating $(VENV) with $$python"; \
  "$$python" -m venv --clear $(VENV); \
}
endef

$(CORE): pyproject.toml constraints.txt
	@$(ensure_venv)
	@echo "Installing the core packages (once, about a minute)"
	@$(PIP) --editable .
	@$(COMPILE)
	@touch $@

$(DEV): pyproject.toml constraints.txt
	@$(ensure_venv)
	@echo "Installing the packages for the page and the tests (once, one to three minutes)"
	@$(PIP) --editable ".[$(EXTRAS)]"
	@$(COMPILE)
	@touch $(CORE) $@

setup: $(DEV) ## Install everything into .venv

setup-core: $(CORE) ## Install only what the model and the experiments need

history: $(CORE) ## Replay 2023 to 2026; tables, figures and a report in results/history
	$(PY) -m experiments.history --out results/history $(ARGS)

experiments: $(DEV) ## Run every experiment in EXPERIMENTS; results in results/<name>
	@for name in $(EXPERIMENTS); do \
	  echo "== $$name"; $(PY) -m experiments.$$name --out results/$$name $(ARGS) || exit 1; \
	done

explore: $(DEV) ## Serve the page in the browser (PORT=8765)
	@echo "Open http://127.0.0.1:$(PORT)  (stop with Ctrl-C)"
	$(PY) -m experiments.page --port $(PORT) $(ARGS)

# The page in the browser by itself: it uses all processors, and would stall beside other tests. 5: ARGS leave none.
test: lint ## Check style and types, then run the tests (ARGS="-k market")
	$(PY) -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadfile -m "not browser" $(ARGS) || [ $$? -eq 5 ]
	$(PY) -m pytest -m browser $(ARGS) || [ $$? -eq 5 ]

faults: $(DEV) ## Kills, full and read-only discs, low limits, long studies again: half an hour; discs need root
	$(PY) -m pytest -rs -o "python_files=test_*.py long_*.py" tests/faults $(ARGS)

# Number of the first case, how many of each kind, and the longest time for each kind.
START   ?= 0
CASES   ?= 10000
SECONDS ?= 1200

fuzz: $(DEV) ## Worlds, scenarios and data by chance: sound runs or one line (START=0 CASES=10000 SECONDS=1200)
	@for kind in worlds scenarios data; do \
	  $(PY) -m tests.fuzz $$kind --start $(START) --cases $(CASES) --seconds $(SECONDS) || exit 1; \
	done

lint: $(DEV) ## Check style, format and types
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

format: $(DEV) ## Put the code into the project's format and mend what can be mended
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

bench: $(DEV) ## Measure the speed of the model and of the market
	$(PY) -m tests.bench.bench_model $(ARGS)
	$(PY) -m tests.bench.bench_market $(ARGS)

bench-page: $(DEV) ## Measure the page in Chromium: start, a change, a week; many windows, memory, hovering
	$(PY) -m tests.bench.bench_page $(ARGS)
	$(PY) -m tests.bench.bench_windows $(ARGS)

baseline: $(DEV) ## Refresh the golden numbers (say why in CHANGELOG.md)
	$(PY) -m tests.update_baseline $(ARGS)

odd: $(DEV) ## Refresh the table of parameters in model/ODD.md
	$(PY) -m tests.update_odd

packages: $(DEV) ## Refresh the table of packages and licences in PACKAGES.md
	$(PY) -m tests.packages

constraints: $(DEV) ## Refresh constraints.txt with the newest versions that pyproject.toml allows
	rm -rf build/pins
	$(PY) -m venv build/pins
	build/pins/bin/python -m pip --disable-pip-version-check --no-input install $(PIP_FLAGS) --editable ".[$(EXTRAS)]"
	{ grep '^#' constraints.txt; build/pins/bin/python -m pip freeze --exclude-editable; } > build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/pins

clean: ## Remove .venv, caches and build products (results/ stays)
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .ruff_cache .mypy_cache .hypothesis .coverage
	find model agents experiments tests -name __pycache__ -type d -prune -exec rm -rf {} +
