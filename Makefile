# Everything here is also a script in scripts/; make only gives it a name.
SHELL := /bin/bash
export PORT ?= 9000
export DATA_DIR ?= .everruns

.PHONY: help run build test

help: ## Show this list
	@sed -n 's/^\([a-z]*\):[^#]*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: build ## Build, start the server, run the tutorial once, keep serving (PORT=9000 DATA_DIR=.everruns)
	@scripts/run.sh

build: ## Install what is missing and build the release binary
	@scripts/setup.sh
	@. scripts/env.sh && find_rust && step build && cargo build --release --locked

test: ## Install what is missing and run every test
	@scripts/test.sh
