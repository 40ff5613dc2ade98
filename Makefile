# `make help` lists what there is. Everything is installed in .venv and node_modules, in this folder.

SHELL := /bin/sh
BIN := .venv/bin
NODE := $(BIN)/node
WITH_CHROMIUM = ARQLIGHT_CHROMIUM="$$($(BIN)/python scripts/browser.py)"
PYTEST_ARGS ?=
MINUTES ?= 30
COVERAGE_TESTS ?= tests/unit tests/redis tests/server tests/worker
MATRIX ?=
TESTS ?=

.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help run dev setup setup-dev browser test lint format types imports js pytest coverage matrix bench soak clean postgres

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: setup ## run the demo: Valkey, a worker and the web server (PORT=8000 REDIS_URL=redis://... are honoured)
	@exec $(BIN)/arqlight demo

dev: setup-dev ## run the development server: made-up load, reload on change
	@exec $(BIN)/arqlight dev

test: lint types imports js pytest ## check everything: style, types, imports, JavaScript, all tests

lint: setup-dev ## check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: setup-dev ## put the code into its format
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

types: setup-dev ## check the Python types
	$(BIN)/mypy

imports: setup-dev ## check that imports run downwards
	$(BIN)/lint-imports --config pyproject.toml

js: setup-dev ## check the JavaScript's types and run its unit tests
	$(NODE) node_modules/typescript/bin/tsc --project tsconfig.json
	$(NODE) --test 'tests/js/**/*.test.js'

pytest: setup-dev browser postgres ## run the Python tests (PYTEST_ARGS="tests/unit -k name" for some)
	$(WITH_CHROMIUM) $(BIN)/pytest $(PYTEST_ARGS)

coverage: setup-dev ## print which branches the tests take (COVERAGE_TESTS="tests/unit" for some of them)
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -q -m "not slow" $(COVERAGE_TESTS)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

matrix: setup-dev ## run the tests with every Python, server and set of dependencies (MATRIX=oldest for some)
	$(BIN)/python scripts/matrix.py "$(MATRIX)" $(TESTS)

bench: setup-dev browser ## measure, beside the peers; takes a while
	$(WITH_CHROMIUM) $(BIN)/python -m benchmarks

soak: setup-dev ## run the randomised crash test for long (MINUTES=30)
	ARQLIGHT_SOAK_MINUTES=$(MINUTES) $(BIN)/pytest -m soak --timeout=0

browser: setup-dev ## find or install the Chromium that the page is tested in
	@$(BIN)/python scripts/browser.py --install

postgres: setup-dev ## find or install the PostgreSQL that the history is tested on
	@$(BIN)/python scripts/postgres.py --install >/dev/null

setup: ## install what running needs (the other targets do it by themselves)
	@python=$$(scripts/find-python.sh) && "$$python" scripts/setup.py

setup-dev: ## install what testing needs
	@python=$$(scripts/find-python.sh) && "$$python" scripts/setup.py --dev

clean: ## remove all that was installed, built or cached here
	rm -rf .venv node_modules dist build .cache benchmarks/.venvs src/arqlight/web/static/vendor
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests scripts benchmarks examples -name __pycache__ -prune -exec rm -rf {} +
