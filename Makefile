# Every command of the project. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)

PYTHON ?= python3
KEEP ?=
PART ?=
DOCKER ?=
FUNCTION ?= ProcessFeedback
EVENT ?= events/sns_bounce.json
ARGS ?=
HISTORIES ?= 100000
SEED ?= 20261124
# uv: the one on PATH, else one that pip puts into an environment of its own.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo $(CURDIR)/.venv-uv/bin/uv)

# node and npm, which evaluate the template's policies in the tests: those on PATH, else from PyPI.
NPM := $(shell node --version >/dev/null 2>&1 && npm --version >/dev/null 2>&1 && command -v npm || echo $(CURDIR)/.venv-node/bin/npm)

.PHONY: help install install-node demo build-local invoke test-local unit test torture properties pictures openapi check check-static check-template format lock accuracy bench clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

install: .venv/installed .venv-sam/installed ## Install the locked dependencies into .venv and .venv-sam

install-node: install tests/iam_simulate/node_modules/installed ## Install what evaluates the template's policies, with node where PATH has none

$(CURDIR)/.venv-uv/bin/uv:
	$(PYTHON) -m venv .venv-uv && .venv-uv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt

.venv/installed: requirements/dev.txt pyproject.toml .python-version | $(UV)
	@echo "Installing the locked dependencies into .venv ..."
	@$(UV) venv --quiet --clear --seed --python "$$(cat .python-version)" .venv
	@$(UV) pip install --quiet --python .venv --require-hashes -r requirements/dev.txt
	@$(UV) pip install --quiet --python .venv --no-deps --no-build-isolation --editable .
	@touch $@

.venv-sam/installed: requirements/sam.txt .python-version | $(UV)
	@echo "Installing aws-sam-cli into .venv-sam ..."
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv-sam
	@$(UV) pip install --quiet --python .venv-sam --require-hashes -r requirements/sam.txt
	@touch $@

.venv-bench/installed: requirements/bench.txt .python-version | $(UV)
	@echo "Installing what is measured beside the project into .venv-bench ..."
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv-bench
	@$(UV) pip install --quiet --python .venv-bench --require-hashes -r requirements/bench.txt
	@touch $@

$(CURDIR)/.venv-node/bin/npm: requirements/node.txt | $(UV)
	@echo "Installing node into .venv-node ..."
	@$(UV) venv --quiet --clear --python "$$(cat .python-version)" .venv-node
	@$(UV) pip install --quiet --python .venv-node --require-hashes -r requirements/node.txt

tests/iam_simulate/node_modules/installed: tests/iam_simulate/package-lock.json | $(NPM)
	@PATH="$(dir $(NPM)):$$PATH" $(NPM) ci --prefix tests/iam_simulate --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

lock: | $(UV) ## Lock the dependencies again, with hashes and without addresses
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header layers/feedback/requirements.in -o layers/feedback/requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header -c layers/feedback/requirements.txt layers/settings/requirements.in -o layers/settings/requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header functions/receive_feedback/requirements.in -o functions/receive_feedback/requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header -c layers/feedback/requirements.txt -c layers/settings/requirements.txt functions/answer_requests/requirements.in -o functions/answer_requests/requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header -c layers/feedback/requirements.txt -c layers/settings/requirements.txt -c functions/receive_feedback/requirements.txt layers/feedback/requirements.in layers/settings/requirements.in functions/receive_feedback/requirements.in functions/answer_requests/requirements.in requirements/cli.in requirements/dev.in -o requirements/dev.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header requirements/sam.in -o requirements/sam.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header requirements/uv.in -o requirements/uv.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header requirements/node.in -o requirements/node.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header requirements/bench.in -o requirements/bench.txt

demo: install ## Deploy the stack to a local AWS, play a story through it, show the outcome (KEEP=1: leave it up; DOCKER=1: containers reach it)
	@ses-feedback demo $(if $(KEEP),--keep) $(if $(DOCKER),--docker)

build-local: install ## Build for `sam local invoke` into build/local/sam, on this host's processor
	@python -c "from ses_feedback_cli.demo.stack import build, project_root as root; build(root(), root() / 'build/local')"

invoke: build-local ## Invoke a function by `sam local invoke` (FUNCTION=ProcessFeedback EVENT=events/sns_bounce.json ARGS=)
	@.venv-sam/bin/sam local invoke $(FUNCTION) --template build/local/sam/template.yaml --event $(EVENT) $(ARGS)

test-local: build-local ## Invoke every function with each of its samples by `sam local invoke`; needs Docker (ARGS=)
	@python -m tests.local_invoke $(ARGS)

unit: install ## The fast loop: tests/unit without those marked slow (crashes at every call, restores, commands on a local AWS)
	@pytest tests/unit -m "not slow" --numprocesses 2 --dist worksteal

test: install install-node ## Run all tests: units on moto, end to end on the deployed stack
	@python -m tests.suite

torture: install ## Prove at full size that nothing is lost or doubled; writes docs/reliability.md (SEED=n PART=crashes|records|restore|faults|races|storm|kills|poison)
	@TORTURE=1 SEED=$(SEED) python -m tests.faults.torture $(PART)

properties: install ## Check the policy's properties on many histories of an address (HISTORIES=100000)
	@HISTORIES=$(HISTORIES) pytest tests/unit/decision/test_histories.py --numprocesses 2 --durations=0

pictures: install ## Renew what the pages show: the picture of an alert (by Chromium), what commands print, the log of the demo
	@mkdir -p build
	ses-feedback demo > build/demo.log
	python -m tests.docs.renew

openapi: install ## Write docs/openapi.json as the routes of the HTTP API describe themselves
	@python -m tests.openapi

check: check-static test check-template ## The gate: format, lint, types, tests, templates

check-static: install
	ruff format --check .
	ruff check .
	mypy
	lint-imports

check-template: install ## Validate the template, and lint it once more as SAM transforms it
	.venv-sam/bin/sam validate --lint
	python -m tests.transform template.yaml build/transformed.json
	cfn-lint build/transformed.json

format: install ## Format and mend what ruff can mend
	ruff format .
	ruff check --fix .

accuracy: install ## Measure the classification on labelled replies that you have (DATA=file)
	python -m benchmarks.accuracy $(if $(DATA),--data $(DATA))

bench: install .venv-bench/installed ## Measure speed beside others, on a machine that does nothing else; writes docs/performance.md (PART=hot_path|handler|requests|cold_start|archive|end_to_end)
	@python -m benchmarks $(PART)

clean: ## Remove what was installed and built
	rm -rf .venv .venv-sam .venv-bench .venv-uv .venv-node tests/iam_simulate/node_modules .aws-sam build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
