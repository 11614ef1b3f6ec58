# Every command of the project. `make` alone lists them.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/.venv/bin:$(PATH)

PYTHON ?= python3
KEEP ?=
# uv: the one on PATH, else one that pip puts into an environment of its own.
UV := $(shell uv --version >/dev/null 2>&1 && command -v uv || echo $(CURDIR)/.venv-uv/bin/uv)

.PHONY: help install demo test check format lock bench clean

help: ## List the commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | column -t -s "$$(printf '\t')"

install: .venv/installed .venv-sam/installed ## Install the locked dependencies into .venv and .venv-sam

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

lock: | $(UV) ## Lock the dependencies again, with hashes and without addresses
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header layers/feedback/requirements.in -o layers/feedback/requirements.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header -c layers/feedback/requirements.txt layers/feedback/requirements.in requirements/cli.in requirements/dev.in -o requirements/dev.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header requirements/sam.in -o requirements/sam.txt
	$(UV) pip compile --quiet --upgrade --universal --python-version 3.13 --generate-hashes --no-emit-index-url --no-header requirements/uv.in -o requirements/uv.txt
