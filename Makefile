# The house's targets. `make help` lists them. pip installs every lock once: a stamp in .stamps/ bears the lock's checksum.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help install demo test test-core proof bench check docs clean

SERVE ?= 1
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCKED := $(PIP) --require-hashes -r
sum = $(shell cat $(1) | cksum | cut -d ' ' -f 1)
stamp = .stamps/$(1)-$(call sum,requirements/$(1).txt)
INSTALLED := .stamps/regulars-$(call sum,pyproject.toml)
CORE := $(call stamp,build) $(call stamp,core) $(INSTALLED)
TESTED := $(CORE) $(foreach lock,demo docs sources test spark,$(call stamp,$(lock)))

help: ## this list
	@echo "Regulars. Targets:"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo "Options: SERVE=0 (demo ends after the loop), PYTHON=python3.12 (the interpreter of .venv)"

install: $(CORE) ## prepares .venv, so that .venv/bin/regulars works
	@echo "Ready: .venv/bin/regulars --help"

demo: $(CORE) $(call stamp,demo) ## the whole loop on real data in demo/, then serves it (SERVE=0: not)
	@$(BIN)/python tools/demo.py demo
ifneq ($(SERVE),0)
	@$(BIN)/regulars -C demo serve
endif

test: $(TESTED) ## every check and every test, Spark's included
	@$(MAKE) --no-print-directory check
	@tools/servers.sh
	@JAVA_HOME="$$(tools/java.sh)"; export JAVA_HOME; $(BIN)/python -m pytest -n 2 --dist loadfile -m "not proof"

test-core: $(CORE) $(call stamp,demo) $(call stamp,docs) $(call stamp,sources) $(call stamp,test) ## the tests that need neither Java nor a database nor a browser
	@$(BIN)/python -m pytest -n 2 --dist loadfile -m "not proof and not spark and not browser and not postgres"

check: $(CORE) $(call stamp,test) ## format, lint, types and floors
	@$(BIN)/ruff format --check --quiet . || { echo "Run: $(BIN)/ruff format ."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo --no-cache | tail -n +4

proof: $(TESTED) ## the full counts of every law; writes docs/proof.md
	@JAVA_HOME="$$(tools/java.sh)"; export JAVA_HOME; $(BIN)/python tools/proof.py

bench: $(CORE) .venv-bench/.stamp-$(call sum,requirements/bench.txt) ## the ratios of benchmarks/ against the peers
	@for each in benchmarks/[a-z]*.py; do $(BIN)/python "$$each" --peer .venv-bench/bin/python; done

docs: $(CORE) $(call stamp,docs) ## the documentation as a site, in site/
	@$(BIN)/python tools/reference.py docs/reference
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "Written: site/index.html"

clean: ## takes away what make has made, the environments included
	rm -rf .venv .venv-bench .stamps site build dist demo .pytest_cache .mypy_cache .ruff_cache docs/reference/*.md
	find . -name __pycache__ -prune -exec rm -rf {} +

# ------------------------------------------------------------------------------------------------------- environments
.venv/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	    { echo "Regulars needs Python 3.11 or newer; say which one: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@rm -rf .stamps
	$(PYTHON) -m venv .venv

$(call stamp,spark): requirements/spark.txt .venv/pyvenv.cfg | $(CORE)
	@echo "Installing requirements/spark.txt (PySpark is built from its source, this takes a while)"
	@$(LOCKED) requirements/spark.txt --no-deps --no-build-isolation
	@$(keep)

$(call stamp,build): requirements/build.txt .venv/pyvenv.cfg
	@$(install)

$(call stamp,core): requirements/core.txt .venv/pyvenv.cfg
	@$(install)

$(call stamp,demo): requirements/demo.txt .venv/pyvenv.cfg | $(CORE)
	@$(install)

$(call stamp,sources): requirements/sources.txt .venv/pyvenv.cfg | $(CORE)
	@$(install)

$(call stamp,docs): requirements/docs.txt .venv/pyvenv.cfg | $(CORE)
	@$(install)

$(call stamp,test): requirements/test.txt .venv/pyvenv.cfg | $(CORE)
	@$(install)

$(INSTALLED): pyproject.toml .venv/pyvenv.cfg | $(call stamp,build) $(call stamp,core)
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(keep)

.venv-bench/.stamp-$(call sum,requirements/bench.txt): requirements/bench.txt
	@rm -rf .venv-bench
	$(PYTHON) -m venv .venv-bench
	@.venv-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/bench.txt
	@touch $@

define install
echo "Installing $<"; $(LOCKED) $<; $(keep)
endef

define keep
mkdir -p .stamps; rm -f $(firstword $(subst -, ,$@))-*; touch $@
endef
