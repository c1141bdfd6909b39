# Everything a developer or CI does. `make` alone lists the targets.
# PYTHON=/path/to/python3.11 chooses the interpreter; ARGS="..." is passed on where it makes sense.

PYTHON ?=
ARGS ?=
PY := .venv/bin/python

# What a caller's shell holds for other projects must not change what happens here.
unexport PYTHONHOME PYTHONPATH PYTHONSAFEPATH PYTHONSTARTUP PYTHONOPTIMIZE PYTHONWARNINGS
unexport PYTHONUSERBASE PYTHONPYCACHEPREFIX PYTHONPLATLIBDIR VIRTUAL_ENV CONDA_PREFIX
unexport PYTEST_ADDOPTS PYTEST_PLUGINS PYTEST_DISABLE_PLUGIN_AUTOLOAD
unexport COVERAGE_FILE COVERAGE_RCFILE COVERAGE_PROCESS_START MYPYPATH MYPY_CACHE_DIR
unexport RUFF_CONFIG RUFF_OUTPUT_FORMAT RUFF_NO_CACHE
unexport CLEARING_LOG CLEARING_DB CLEARING_LEDGER CLEARING_ACCEPT_UNSAFE
unexport CLEARING_KAFKA_SECURITY_PROTOCOL CLEARING_KAFKA_SASL_MECHANISM CLEARING_KAFKA_USER
unexport CLEARING_KAFKA_PASSWORD_FILE CLEARING_KAFKA_CA_FILE CLEARING_KAFKA_CERT_FILE
unexport CLEARING_KAFKA_KEY_FILE

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo install dev services kafka-up kafka-down pg-up pg-down test soak coverage unit tidy fmt check bench bench-server bench-national bench-growth bench-stages schemas lock clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z -]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

demo: install ## three provinces, two months: load the example and print every report
	@.venv/bin/clearing demo $(ARGS)

install: ## set up .venv with what the program needs: .venv/bin/clearing
	@PYTHON='$(PYTHON)' sh requirements/setup.sh run

dev: ## set up .venv with what tests and checks need besides
	@PYTHON='$(PYTHON)' sh requirements/setup.sh dev

services: dev ## find what tests need of Kafka and PostgreSQL; as root on Debian, install it
	@sh requirements/services.sh

kafka-up: dev ## a broker like that of the tests, by hand; prints its URL
	@$(PY) -m tests.services $@

kafka-down: dev ## stop it; nothing of it stays
	@$(PY) -m tests.services $@

pg-up: dev ## a PostgreSQL server like that of the tests, by hand; prints its URL
	@$(PY) -m tests.services $@

pg-down: dev ## stop it; nothing of it stays
	@$(PY) -m tests.services $@

test: services ## every test in random order (ARGS=--randomly-seed=N repeats one)
	@$(PY) -m pytest $(ARGS)

soak: services ## kill and freeze workers at every step, at the full number (an hour and more)
	@$(PY) -m pytest --soak -m "" tests/integration tests/contract $(ARGS)

coverage: services ## every test, judged by the coverage floors
	@$(PY) -m pytest -p tests.tidy.coverage_floors --cov --cov-report=term-missing:skip-covered $(ARGS)

unit: dev ## the unit tests alone: seconds
	@$(PY) -m pytest tests/unit $(ARGS)

tidy: dev ## the house rules alone
	@$(PY) -m pytest tests/tidy $(ARGS)

fmt: dev ## write every file the one way, and repair what can be repaired
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

check: dev ## what a reviewer need not say: ruff, types, house rules
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --output-format=concise .
	@$(PY) -m mypy .
	@$(PY) -m pytest tests/tidy

bench-server: services ## measure the server form beside its bounds (ARGS=CLAIMS)
	@$(PY) -m benchmarks.server $(ARGS)

bench-national: services ## a country's months through both forms, every answer compared (ARGS=CLAIMS [embedded|server])
	@$(PY) -m benchmarks.national $(ARGS)

bench-growth: dev ## what a claim costs as a ledger grows (ARGS="CLAIMS ...")
	@$(PY) -m benchmarks.growth $(ARGS)

bench-stages: services ## where the time of a claim goes (ARGS=CLAIMS [embedded|server])
	@$(PY) -m benchmarks.stages $(ARGS)

bench: dev ## measure decoding, deciding, projecting, rebuilding
	@$(PY) -m benchmarks $(ARGS)

schemas: install ## write the JSON Schemas and the AsyncAPI document anew from the types
	@$(PY) -m schemas.export $(ARGS)
	@$(PY) -m reports.schemas
	@$(PY) -m schemas.asyncapi

# Hashes must be the registry's own: local wheels and other people's pins stay out.
COMPILE := env -u PIP_FIND_LINKS -u PIP_NO_INDEX -u PIP_CONSTRAINT CUSTOM_COMPILE_COMMAND='make lock' \
	$(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe --no-strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	--build-deps-for=editable

lock: dev ## pin the versions anew after a change of pyproject.toml (ARGS=--upgrade: all to the newest)
	@$(COMPILE) $(ARGS) --output-file=requirements/run.lock pyproject.toml
	@$(COMPILE) $(ARGS) --extra=dev --constraint=requirements/run.lock \
		--output-file=requirements/dev.lock pyproject.toml

clean: ## remove .venv, caches and reports; never a ledger
	@rm -rf .venv .venv.lock .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage htmlcov build
	@rm -rf *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
