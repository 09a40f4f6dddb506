# Klei: the commands. `make demo` and `make test` work on a fresh machine with Python 3.11+, make and git.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help demo test check format bench browser lock

help: ## show this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

$(VENV)/demo: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Klei needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(VENV)/test: requirements-dev.txt $(VENV)/demo
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

demo: $(VENV)/demo ## start the demo at http://127.0.0.1:8000 (PORT to change) and print a login per role
	@$(BIN)/python -m assessment.demo --port $(PORT)

BESIDE := poppler-utils redis-server $(if $(CI),nginx-light)
HAS_BESIDE := command -v pdftoppm >/dev/null && command -v redis-server >/dev/null $(if $(CI),&& command -v nginx >/dev/null)

browser: ## install what the tests need from Debian: Chromium without windows, poppler (draws PDF pages) and Redis
	@{ command -v chromium-headless-shell >/dev/null && $(HAS_BESIDE); } || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && apt-get update -qq && export DEBIAN_FRONTEND=noninteractive \
	  && { apt-get install -y -qq chromium-headless-shell $(BESIDE) >/dev/null || apt-get install -y -qq chromium $(BESIDE) >/dev/null; }; } \
	|| { command -v chromium >/dev/null && $(HAS_BESIDE); } || { \
	  echo "The tests need Chromium, poppler and Redis: sudo apt-get install chromium-headless-shell $(BESIDE)"; exit 1; }

test: $(VENV)/test browser check ## everything that is checked, the real browser and PostgreSQL included
	$(BIN)/python -m pytest -n 2 --dist worksteal -m "not browser"
	$(BIN)/python -m pytest -n 2 --dist worksteal -m browser tests/journeys

check: $(VENV)/test ## format, lint, types, imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: $(VENV)/test ## put the code into its form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(VENV)/test ## the benchmarks, as ratios against a floor in the same run
	$(BIN)/python -m benchmarks

lock: $(VENV)/test ## compile the locked requirements anew
	$(BIN)/pip install --quiet uv
	$(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q requirements.in -o requirements.txt
	$(BIN)/uv pip compile --generate-hashes --universal --python-version 3.11 --no-header --no-annotate --no-emit-index-url --no-emit-find-links -q requirements-dev.in -c requirements.txt -o requirements-dev.txt
