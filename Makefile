# Everything a person or a scheduler calls. `make` alone lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run close reopen baseline alerts test dev lint format bench docs clean standin validator azurite

UV_VERSION := 0.13.9
PY := .venv/bin/python
export FINOPS_HOME ?= $(CURDIR)/warehouse
export PYTHONDONTWRITEBYTECODE := 1
export DO_NOT_TRACK := 1
export GX_ANALYTICS_ENABLED := false
LINES ?= 10000000
FORMAT_LINES ?= 1000000

help: ## list what there is
	@grep -hE '^[a-z]+:.*?## ' $(MAKEFILE_LIST) | awk -F':.*?## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: .venv/.ready ## load exports, build, audit, publish, and show what came out
	@$(PY) -m orchestration.run

close: .venv/.ready ## close a month: make close MONTH=2026-09 BY=name WHY='reason' [SOURCE=name]; so does reopen
	@$(PY) -m orchestration.close "$$MONTH" --by "$$BY" --why "$$WHY" $${SOURCE:+--source "$$SOURCE"}

reopen: .venv/.ready ## let the newest delivery of a closed month count again
	@$(PY) -m orchestration.reopen "$$MONTH" --by "$$BY" --why "$$WHY" $${SOURCE:+--source "$$SOURCE"}

baseline: .venv/.ready ## freeze a KPI: make baseline KPI=kpi/variant SCOPE=team/id MONTH=2026-09 BY=name WHY='reason' [METHOD=] [METRIC=]
	@$(PY) -m orchestration.baseline "$$KPI" "$$SCOPE" "$$MONTH" --by "$$BY" --why "$$WHY" $${METHOD:+--method "$$METHOD"} \
	  $${METRIC:+--metric "$$METRIC"}

alerts: .venv/.ready ## send the alerts that are due; DRY_RUN=1 only shows them
	@$(PY) -m orchestration.alerts $${DRY_RUN:+--dry-run}

test: .venv/.ready standin validator azurite ## run every test
	@$(PY) -m pytest -n 2 --dist loadfile --max-worker-restart 0

dev: .venv/.ready ## open the Dagster UI on http://127.0.0.1:3000
	@$(PY) -m orchestration.dev

lint: .venv/.ready ## check Python, SQL on DuckDB, and SQL compiled for BigQuery
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m tests.lint_sql

format: .venv/.ready ## write Python and SQL as lint wants them
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

bench: .venv/.ready ## measure the way of LINES lines (default ten million) against one hand-written query, then planning, anomalies, forecasts, every format
	@$(PY) -m tests.bench.converter.environment >/dev/null
	@$(PY) -m tests.bench --lines $(LINES)
	@$(PY) -m tests.bench.planning --lines $(LINES)
	@$(PY) -m tests.bench.anomaly
	@$(PY) -m tests.bench.forecast --seeds 4
	@$(PY) -m tests.bench.formats --lines $(FORMAT_LINES)

docs: .venv/.ready ## build the dbt docs of the last build, and the page of questions and answers
	@$(PY) -m orchestration.docs

clean: ## delete what can be rebuilt; never $$FINOPS_HOME/state, raw or published data
	rm -rf "$(FINOPS_HOME)/build" "$(FINOPS_HOME)/dbt" "$(FINOPS_HOME)/logs" "$(FINOPS_HOME)/data_docs" target logs
	find . -name __pycache__ -not -path './.venv/*' -not -path './.envs/*' -prune -exec rm -rf {} +

# BigQuery's stand-in has an environment of its own; without a Python 3.13 its tests are left out, and say so.
standin: .venv/.ready
	@$(PY) tests/python/bigquery/standin/environment.py >/dev/null || [ $$? -eq 3 ]

# The FinOps Foundation's validator too; where it cannot be set up its tests are left out, and say so.
validator: .venv/.ready
	@$(PY) -m tests.python.validator.environment >/dev/null || [ $$? -eq 3 ]

# Azure Blob's stand-in is a Node program; without node and npm the tests that need it are left out, and say so.
azurite:
	@if ! command -v npm >/dev/null || ! command -v node >/dev/null; then \
	  echo "make: node or npm is missing, so the tests against Azure's stand-in are left out" >&2; \
	elif ! cmp -s tests/python/storage/azurite/package-lock.json .envs/azurite/ready; then \
	  rm -rf .envs/azurite && mkdir -p .envs/azurite && cp tests/python/storage/azurite/*.json .envs/azurite/ \
	  && npm ci --silent --no-audit --no-fund --ignore-scripts --prefix .envs/azurite >&2 \
	  && cp tests/python/storage/azurite/package-lock.json .envs/azurite/ready; fi

# The locked environment. Any Python from 3.11 to 3.13 will do; uv is fetched into a corner of its own.
.venv/.ready: requirements.lock
	@set -e; \
	for candidate in python3.11 python3.12 python3.13 python3 python; do \
	  if $$candidate -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null; then \
	    python=$$candidate; break; fi; done; \
	if [ -z "$$python" ]; then echo "make: no Python 3.11, 3.12 or 3.13 found; install one and try again." >&2; exit 1; fi; \
	echo "Setting up the environment with $$($$python --version) ..."; \
	if [ "$$(.envs/uv/bin/uv --version 2>/dev/null | cut -d' ' -f2)" != "$(UV_VERSION)" ]; then \
	  $$python -m venv --clear .envs/uv && .envs/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); fi; \
	.envs/uv/bin/uv venv --quiet --clear --python "$$($$python -c 'import sys; print(sys.executable)')" .venv; \
	.envs/uv/bin/uv pip sync --quiet --compile-bytecode --require-hashes --python .venv/bin/python requirements.lock; \
	touch .venv/.ready
