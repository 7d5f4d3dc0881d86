# `make run` and `make test` need Python 3.11 or newer and nothing else installed.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
THREADS ?= 2
MINUTES ?= 2

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py

# Says why the port cannot be had, and stops.
FREE_PORT = $(BIN)/python -c 'import socket; socket.create_server(("$(HOST)", $(PORT)))' 2>/dev/null \
	|| { echo "$(HOST):$(PORT) cannot be used: $$($(BIN)/python -c 'import socket; socket.create_server(("$(HOST)", $(PORT)))' 2>&1 | tail -1). Another port: make $@ PORT=8001"; exit 1; }

.PHONY: help run serve test fuzz torture torture-proof bench lint schema audit

help:
	@echo "make run     a development server with demo data on http://$(HOST):$(PORT)/ (PORT=...)"
	@echo "make test    all tests, on SQLite and on PostgreSQL, and a short torture"
	@echo "make fuzz    requests made up from the OpenAPI document (EXAMPLES=100, SEED=...)"
	@echo "make torture many clients and faults, $(MINUTES) minutes a database (MINUTES=... SEED=...)"
	@echo "make torture-proof  whether the torture finds faults that are put in (15 minutes)"
	@echo "make bench   what the service costs beside the least it can; ONLY=book,hot SECONDS=5 ROUNDS=3"
	@echo "make lint    formatter, linter, missing migrations"
	@echo "make schema  the OpenAPI document, checked, in schema.yml"
	@echo "make audit   known vulnerabilities of the packages; asks PyPI, so it needs the network"
	@echo "make serve   the production server; settings as in .env.example"

.venv/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and "Python 3.11 or newer is needed, this is %d.%d. Try: make PYTHON=python3.13" % v[:2])'
	@echo "Making a virtual environment in .venv"
	@$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python requirements.txt
	@echo "Installing what the server needs (half a minute)"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/dev: .venv/run requirements-dev.txt
	@echo "Installing what the tests need (half a minute)"
	@$(BIN)/python -m pip install --disable-pip-version-check -r requirements-dev.txt
	@touch $@

run: export DEBUG = on
run: .venv/run
	@$(FREE_PORT)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_demo --if-empty
	@echo
	@echo "Swagger UI  http://$(HOST):$(PORT)/swagger/"
	@echo "Redoc       http://$(HOST):$(PORT)/redoc/"
	@echo "Admin       http://$(HOST):$(PORT)/admin/   staff / staff-pass123"
	@echo "API         http://$(HOST):$(PORT)/api/movies/   demo / demo-pass123"
	@echo
	@$(MANAGE) runserver $(HOST):$(PORT)

serve: export DEBUG = off
serve: .venv/run
	@$(FREE_PORT)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) check --deploy
	@counts=$$(mktemp -d) && trap 'rm -rf "$$counts"' EXIT && PROMETHEUS_MULTIPROC_DIR=$$counts \
		$(BIN)/granian --interface wsgi --host $(HOST) --port $(PORT) --workers $(WORKERS) \
		--blocking-threads $(THREADS) --respawn-failed-workers --workers-kill-timeout 30 --no-ws \
		config.wsgi:application

test: .venv/dev
	@command -v $${CHROMIUM:-chromium} >/dev/null || echo "No chromium here: the browser tests are skipped"
	@echo "Tests on SQLite"
	@DATABASE_URL= $(BIN)/python -W error manage.py test --noinput
	@echo "Tests on PostgreSQL"
	@$(BIN)/python testing/with_postgres.py $(BIN)/python -W error manage.py test --noinput
	@echo "A short torture of both"
	@$(MAKE) --no-print-directory torture MINUTES=0.1

torture: .venv/dev
	@failed=0; for database in sqlite postgresql; do \
		$(BIN)/python -m torture --database $$database --minutes $(MINUTES) $(if $(SEED),--seed $(SEED)) \
			|| failed=1; echo; done; exit $$failed

torture-proof: .venv/dev
	@$(BIN)/python -m torture.proof

# EXAMPLES to each operation; the same SEED makes up the same ones again.
fuzz: export FUZZ_EXAMPLES = $(or $(EXAMPLES),100)
fuzz: export FUZZ_SEED := $(or $(SEED),$(shell date +%s))
fuzz: .venv/dev
	@echo "Fuzzing on SQLite, SEED=$(FUZZ_SEED)"
	@DATABASE_URL= $(BIN)/python -W error manage.py test --noinput tests.test_fuzz
	@echo "Fuzzing on PostgreSQL, SEED=$(FUZZ_SEED)"
	@$(BIN)/python testing/with_postgres.py $(BIN)/python -W error manage.py test --noinput tests.test_fuzz

# Needs wrk. ONLY: some of the measures; DATABASE: postgres, sqlite or both; GROWTH: bookings, at most.
ONLY ?=
SECONDS ?= 4
ROUNDS ?= 5
DATABASE ?= both
GROWTH ?= 1000000
bench: .venv/dev
	@$(BIN)/python testing/with_postgres.py $(BIN)/python -m benchmarks run --only=$(ONLY) \
		--seconds=$(SECONDS) --rounds=$(ROUNDS) --database=$(DATABASE) --growth=$(GROWTH) \
		--workers=$(WORKERS) --threads=$(THREADS)

lint: .venv/dev
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(MANAGE) makemigrations --check --dry-run

schema: .venv/run
	@$(MANAGE) spectacular --validate --fail-on-warn --file schema.yml
	@echo "schema.yml is written"

# Of both lists, as the second names the first. --strict: what cannot be looked up is a failure too.
audit: .venv/dev
	@$(BIN)/pip-audit --strict --progress-spinner off -r requirements-dev.txt
