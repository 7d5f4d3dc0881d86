# `make run` and `make test` need Python 3.11 or newer, and nothing else installed.
# `make help` lists the targets. Set variables as in `make run PORT=8001`.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
WORKERS ?= 2
THREADS ?= 2
MINUTES ?= 2

BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
TEST := $(BIN)/python -W error manage.py test --noinput
DEFAULT_DATABASE := DATABASE_URL= DATABASE_URL_FILE=
ON_POSTGRES := $(BIN)/python testing/with_postgres.py
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes

# Stops with the reason if the server could not listen on the port.
CHECK_ADDRESS = $(BIN)/python -m config.address "$(HOST)" "$(PORT)" "make $@"
# A URL has an IPv6 address in brackets.
ADDRESS = $(if $(findstring :,$(HOST)),[$(HOST)],$(HOST)):$(PORT)

.PHONY: help run serve test test-fast coverage lint schema fuzz torture torture-proof bench lock audit \
	advisories sbom backup restore-check clients

# Every target with a text after ## is in the list.
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' Makefile

run: export DEBUG = on
run: .venv/run ## development server with demo data on 127.0.0.1:8000 (HOST=... PORT=...)
	@$(CHECK_ADDRESS)
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) load_demo --if-empty
	@echo
	@echo "Swagger UI  http://$(ADDRESS)/swagger/"
	@echo "Redoc       http://$(ADDRESS)/redoc/"
	@echo "Admin       http://$(ADDRESS)/admin/   staff / staff-pass123"
	@echo "API         http://$(ADDRESS)/api/movies/   demo / demo-pass123"
	@echo
	@$(MANAGE) runserver "$(ADDRESS)"

# A body of a client that sends slowly waits in the event loop; --backpressure is the number of
# connections of a worker.
SERVER_OPTIONS := --interface asginl --http 1 --no-ws --backpressure 4096 \
	--respawn-failed-workers --workers-kill-timeout 30

serve: export DEBUG = off
serve: export STATIC_ROOT = $(CURDIR)/.static
serve: .venv/run ## production server (HOST=... PORT=... WORKERS=... THREADS=...); settings as in .env.example
	@$(CHECK_ADDRESS)
	@$(MAKE) --no-print-directory .static/staticfiles.json
	@$(MANAGE) migrate --verbosity 0
	@$(MANAGE) check --deploy
	@ulimit -Sn "$$(ulimit -Hn)" || true; \
		counts=$$(mktemp -d) && trap 'rm -rf "$$counts"' EXIT && PROMETHEUS_MULTIPROC_DIR=$$counts \
		THREADS="$(THREADS)" $(BIN)/granian --host "$(HOST)" --port "$(PORT)" --workers "$(WORKERS)" \
		$(SERVER_OPTIONS) config.asgi:application

ON_SQLITE = $(if $(COVERAGE),$(MAKE) --no-print-directory coverage,$(DEFAULT_DATABASE) $(TEST) --parallel)
CLIENTS_SKIPPED := the linters of the OpenAPI document and the TypeScript client are skipped.
test: .venv/dev ## all tests on SQLite and on PostgreSQL, and a short torture of both (COVERAGE=on: with coverage)
	@command -v "$${CHROMIUM:-chromium}" >/dev/null \
		|| echo "Chromium is not installed, so the browser tests are skipped."
	@if ! command -v npm >/dev/null; then echo "npm is not installed, so $(CLIENTS_SKIPPED)"; \
		else $(MAKE) --no-print-directory clients \
		|| echo "npm could not install the packages, so $(CLIENTS_SKIPPED)"; fi
	@echo "Tests on SQLite"
	@$(ON_SQLITE)
	@echo "Tests on PostgreSQL"
	@$(ON_POSTGRES) $(TEST) --parallel
	@echo "Short torture"
	@$(MAKE) --no-print-directory torture MINUTES=0.1

test-fast: .venv/dev ## tests without the tag "slow", on SQLite, one process per core
	@$(DEFAULT_DATABASE) $(TEST) --parallel --exclude-tag slow

coverage: .venv/dev ## all tests on SQLite with branch coverage; fails below the floor in pyproject.toml
	@$(BIN)/python -m coverage erase
	@$(DEFAULT_DATABASE) $(BIN)/python -W error -m coverage run manage.py test --noinput --parallel
	@$(BIN)/python -m coverage combine --quiet
	@$(BIN)/python -m coverage report

clients: tests/clients/node_modules/installed ## what the tests of clients need: linters of the OpenAPI document, TypeScript; needs npm
	@:

lint: .venv/dev ## format, style, types, imports, spelling, missing migrations, OpenAPI document
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/codespell
	@$(MANAGE) makemigrations --check --dry-run
	@$(MANAGE) spectacular --validate --fail-on-warn --file /dev/null

schema: .venv/run ## validate the OpenAPI document and write it to schema.yml
	@$(MANAGE) spectacular --validate --fail-on-warn --file schema.yml
	@echo "Wrote schema.yml"

# The same SEED generates the same requests.
fuzz: export FUZZ_EXAMPLES = $(or $(EXAMPLES),100)
fuzz: export FUZZ_SEED := $(or $(SEED),$(shell date +%s))
fuzz: .venv/dev ## generated requests to every endpoint, on both databases (EXAMPLES=100 SEED=...)
	@echo "Fuzzing on SQLite, SEED=$(FUZZ_SEED)"
	@$(DEFAULT_DATABASE) $(TEST) tests.test_fuzz
	@echo "Fuzzing on PostgreSQL, SEED=$(FUZZ_SEED)"
	@$(ON_POSTGRES) $(TEST) tests.test_fuzz

torture: .venv/dev ## many clients and injected failures, on both databases (MINUTES=2 SEED=...)
	@failed=0; for database in sqlite postgresql; do \
		$(BIN)/python -m torture --database $$database --minutes "$(MINUTES)" \
			$(if $(SEED),--seed "$(SEED)") || failed=1; echo; done; exit $$failed

torture-proof: .venv/dev ## check that the torture finds injected faults (half an hour)
	@$(BIN)/python -m torture.proof

# DATABASE is postgres, sqlite or both. GROWTH is the largest number of bookings to measure with.
ONLY ?=
SECONDS ?= 4
ROUNDS ?= 5
DATABASE ?= both
GROWTH ?= 1000000
bench: .venv/dev ## speed of requests, compared with simpler views; needs wrk (ONLY=book,hot SECONDS=4 ROUNDS=5)
	@$(ON_POSTGRES) $(BIN)/python -m benchmarks run --only="$(ONLY)" --seconds="$(SECONDS)" \
		--rounds="$(ROUNDS)" --database="$(DATABASE)" --growth="$(GROWTH)" \
		--workers="$(WORKERS)" --threads="$(THREADS)"

# One lock for all Pythons and platforms: markers say which package belongs to which.
COMPILE = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-package pip --custom-compile-command "make lock" $(if $(UPGRADE),--upgrade)
lock: .venv/dev ## pin every package with hashes, from requirements*.in (UPGRADE=1: take new versions)
	@$(COMPILE) --output-file requirements.txt requirements.in
	@$(COMPILE) --output-file requirements-dev.txt requirements-dev.in

audit: .venv/dev ## known vulnerabilities of the packages, from a local copy of the advisories (see advisories)
	@$(BIN)/python -m supply audit requirements-dev.txt

advisories: .venv/dev ## renew the local copy of the advisories; needs the network (FROM=file of another machine)
	@$(BIN)/python -m supply update $(if $(FROM),"$(FROM)")

sbom: .venv/dev ## list of the server's packages in the form of CycloneDX, validated: sbom.json
	@$(BIN)/cyclonedx-py requirements requirements.txt --output-reproducible --validate \
		--output-format JSON --output-file sbom.json
	@echo "Wrote sbom.json"

# FILE=...: another file than backups/TIME, or than the latest there.
backup: .venv/run ## back up the database, during sales too, to backups/ (FILE=...)
	@$(MANAGE) backup $(if $(FILE),"$(FILE)")

restore-check: .venv/run ## restore a backup into a fresh database and verify it there (FILE=...)
	@$(MANAGE) restore_check $(if $(FILE),"$(FILE)")

CHECK_VERSION = 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
	"Python 3.11 or newer is needed, and this is %d.%d. Name another: make $(MAKECMDGOALS) PYTHON=python3.12" % v[:2])'

.venv/bin/python:
	@command -v "$(PYTHON)" >/dev/null || { echo "There is no $(PYTHON) here. Install Python 3.11 or" \
		"newer, or name another: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@"$(PYTHON)" -c $(CHECK_VERSION)
	@"$(PYTHON)" -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot create virtual" \
		"environments. On Debian and Ubuntu, install the package python3-venv." >&2; exit 1; }
	@echo "Creating a virtual environment in .venv"
	@"$(PYTHON)" -m venv .venv || { rm -rf .venv; exit 1; }

# .venv/run and .venv/dev are copies of the lock that is installed. Only another lock is installed
# again: neither newer files, as in a fresh image, nor an older lock, after a step back, deceive it.
.PHONY: compare
.venv/run: .venv/bin/python compare
	@cmp -s requirements.txt $@ || { \
		$(BIN)/python -c $(CHECK_VERSION) || { echo "Delete .venv, which has that Python." >&2; exit 1; }; \
		echo "Installing the packages of the server (half a minute)"; \
		$(INSTALL) -r requirements.txt && cp requirements.txt $@; }

# Static files with hashed names and compressed. They change only with the packages and with ours.
.static/staticfiles.json: .venv/run $(shell find */static -type f)
	@echo "Collecting the static files (some seconds)"
	@mkdir -p .static
	@STATIC_ROOT="$(CURDIR)/.static" $(MANAGE) collectstatic --noinput --verbosity 0 \
		--ignore rest_framework
	@touch $@

.venv/dev: .venv/run compare
	@cmp -s requirements-dev.txt $@ || { \
		echo "Installing the packages of the tests (half a minute)"; \
		$(INSTALL) -r requirements-dev.txt && cp requirements-dev.txt $@; }

tests/clients/node_modules/installed: tests/clients/package-lock.json
	@echo "Installing the packages of the client tests (a minute)"
	@cd tests/clients && npm ci --loglevel=error
	@touch $@
