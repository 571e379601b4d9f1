# `make` alone lists the targets. Each one that needs the environment makes it first.
# `make run ARGS="store --port 8080"` and `make test ARGS="-k carts"` hand options on.

SHELL := /bin/sh
.DEFAULT_GOAL := help

# The first Python that is new enough, unless the caller names one: `make setup PYTHON=/opt/python/bin/python3`.
PYTHON ?= $(shell for one in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	"$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && echo "$$one" && break; done)
need_python = test -n "$(PYTHON)" || { echo "Portico needs Python 3.11 or newer: install one, or name it with make PYTHON=..." >&2; exit 1; }

VENV := .venv
BIN := $(VENV)/bin
SETUP := $(VENV)/.setup-done
BENCH_SETUP := $(VENV)/.bench-setup-done
# -rs names each skipped test and what it misses.
PYTEST := $(BIN)/python -m pytest -rs
# Tests wait for one another as much as they compute: one more than there are cores keeps these busy.
UNIT := tests -m "not alone and not heavy" --dist worksteal -n $(or $(shell $(PYTHON) -c "import os; print((os.cpu_count() or 1) + 1)"),auto)
# The files with tests that run apart from those: no time goes into reading all others.
APART = tests/faults $(shell grep -rl --include='test_*.py' 'mark\.alone' tests)

##@ Every day

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
		/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(SETUP) ## Make the environment in .venv from uv.lock

.PHONY: run
run: $(SETUP) ## Serve all apps on http://127.0.0.1:8000, with a database of their own
	$(BIN)/portico serve $(ARGS)

.PHONY: test
test: check pytest ## The checks, then all tests that may run side by side; skipped parts are named at the end

.PHONY: pytest
pytest: $(SETUP) ## The tests alone, without the checks
	$(PYTEST) $(UNIT) $(ARGS)

.PHONY: check
check: $(SETUP) ## Format, lint, types and the direction of imports
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(SETUP) ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

##@ Production, with Docker

# What an image is called after. `make prod-build VERSION=1.2.0` gives it a name of yours.
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
export VERSION
PROD := docker compose --profile prod
APPS ?= $(sort $(patsubst src/portico/apps/%/app.py,%,$(wildcard src/portico/apps/*/app.py)))

.PHONY: prod-build
prod-build: ## Build the image, tagged with the version that git knows
	$(PROD) build

.PHONY: prod-up
prod-up: ## Start the production stack; it migrates first
	$(PROD) up --detach

.PHONY: prod-bootstrap
prod-bootstrap: prod-build check-secret prod-up prod-migrate prod-seed ## Build, check the key, start, migrate, seed

.PHONY: prod-migrate
prod-migrate: ## Bring the database to the newest revision
	$(PROD) run --rm api_prod migrate

.PHONY: prod-seed
prod-seed: ## Make the first administrator of each app; APPS=store for one
	for app in $(APPS); do $(PROD) run --rm api_prod seed "$$app" || exit 1; done

.PHONY: prod-logs
prod-logs: ## Follow the logs of server and job worker
	$(PROD) logs --follow api_prod worker

.PHONY: prod-shell
prod-shell: ## A shell in the server's container
	$(PROD) exec api_prod sh

.PHONY: prod-restart
prod-restart: ## Restart server and job worker
	$(PROD) restart api_prod worker

.PHONY: prod-down
prod-down: ## Stop the stack and keep its data
	$(PROD) down

.PHONY: prod-destroy
prod-destroy: ## Stop the stack and delete its volumes, data included
	$(PROD) down --volumes

.PHONY: check-secret
check-secret: ## Say whether SECRET_KEY is fit, as the container gets it
	$(PROD) run --rm --no-deps --entrypoint python api_prod scripts/check_secret.py

##@ Now and then

.PHONY: faults
faults: $(SETUP) ## Kill and starve the parts of a running server, and see that nothing is lost or late
	$(PYTEST) $(APART) -m "alone or heavy" $(ARGS)

.PHONY: faults-short
faults-short: faults-heavy faults-timed ## The faults that take seconds

.PHONY: faults-heavy
faults-heavy: $(SETUP) ## Those of them that promise nothing about time, side by side
	$(PYTEST) tests/faults -m "heavy and not long" -n 3 $(ARGS)

.PHONY: faults-timed
faults-timed: $(SETUP) ## Those that nothing may run beside
	$(PYTEST) $(APART) -m "alone and not long" $(ARGS)

.PHONY: e2e
e2e: $(SETUP) ## The API and the pages in a browser, against a server of their own or the one that E2E_API_URL names
	$(BIN)/python scripts/e2e.py $(ARGS)

.PHONY: bench
bench: $(BENCH_SETUP) ## Measure Portico, its peers and the limit under the same load
	$(BIN)/python -m benchmarks.run $(ARGS)

.PHONY: bench-short
bench-short: $(BENCH_SETUP) ## The same in a minute: it proves that everything works, not how fast
	$(BIN)/python -m benchmarks.run --short $(ARGS)

.PHONY: bench-releases
bench-releases: $(BENCH_SETUP) ## How long the release manager takes with 100,000 deployments
	$(BIN)/python -m benchmarks.releases_load $(ARGS)

.PHONY: bench-cutting
bench-cutting: $(BENCH_SETUP) ## How good cut plans are: ARGS names files of bin packing instances of the OR-Library
	$(BIN)/python -m benchmarks.cutting $(ARGS)

.PHONY: bench-factory
bench-factory: $(BENCH_SETUP) ## How long a recall takes among 1,000,000 units
	$(BIN)/python -m benchmarks.factory_load $(ARGS)

.PHONY: model
model: $(SETUP) ## Add the model of AUDIT_EMBEDDER=local to the environment: 83 MB
	@$(need_python)
	$(PYTHON) scripts/setup.py --inexact --group model

.PHONY: bench-search
bench-search: $(BENCH_SETUP) ## How well and how fast the audit search finds: ARGS="--catalog FILE" names an OSCAL catalog
	$(BIN)/python -m benchmarks.audit_search $(ARGS)

.PHONY: bench-audit
bench-audit: $(BENCH_SETUP) ## How long a ledger of 200,000 lines takes to be imported and tested
	$(BIN)/python -m benchmarks.audit_books $(ARGS)

.PHONY: bench-figures
bench-figures: $(BENCH_SETUP) ## How long the figures of the factory take with 100,000 reports
	$(BIN)/python -m benchmarks.factory_figures $(ARGS)

.PHONY: lock
lock: ## Lock the newest allowed versions of new dependencies; write requirements.txt
	@$(need_python)
	$(PYTHON) scripts/setup.py uv lock
	$(PYTHON) scripts/setup.py uv export --quiet --frozen --no-dev --no-emit-project --output-file requirements.txt

.PHONY: clean
clean: ## Remove the environment and all caches; the data in .portico stays
	rm -rf $(VENV) .venv-tools .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The stamps stand inside the environment, so that removing it is enough to get a new one.
$(SETUP): uv.lock pyproject.toml scripts/setup.py
	@$(need_python)
	$(PYTHON) scripts/setup.py
	@touch $@

$(BENCH_SETUP): $(SETUP)
	@$(need_python)
	$(PYTHON) scripts/setup.py --inexact --group bench
	@touch $@
