# `make` or `make help` lists the targets. CARGO_TARGET_DIR sets another build folder than target/.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

TARGET_DIR := $(abspath $(or $(CARGO_TARGET_DIR),target))
export CARGO_TARGET_DIR := $(TARGET_DIR)
export HVEN_BIN := $(TARGET_DIR)/debug/hven

# The runner is linked statically, so that one file runs on every machine of the same architecture. It has its own target folder,
# because its flags would make cargo rebuild the crates that it shares with the binary.
ifeq ($(shell uname -s),Darwin)
TRIPLE := $(subst arm64,aarch64,$(shell uname -m))-apple-darwin
RUNNER_FLAGS :=
else
TRIPLE := $(shell uname -m)-unknown-linux-gnu
RUNNER_FLAGS := -C target-feature=+crt-static
endif
RUNNER_DIR := $(TARGET_DIR)/static
export HVEN_RUNNER := $(RUNNER_DIR)/$(TRIPLE)/runner/hven-runner

WEB_SOURCES := $(shell find web/src web/public -type f 2>/dev/null) \
	web/index.html web/package.json web/tsconfig.json web/vite.config.ts

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1\t\2/p' Makefile | expand -t 13

.PHONY: demo
demo: build ## build Hven, start it in .demo/ and run the example study
	@scripts/demo.sh

.PHONY: test
test: setup build ## install the test tools, run all tests
	@scripts/test.sh

.PHONY: soak
soak: build ## add a recipe to a clone; test with kills, bit flips and fuzzing: SOAK_MINUTES (20), SOAK_SEED, SOAK_ONLY=part of a name
	@[ -n "$(SOAK_ONLY)" ] || scripts/add_recipe_drill.sh
	@scripts/soak.sh
	@[ -n "$(SOAK_ONLY)" ] || scripts/add_noun_drill.sh all

.PHONY: check
check: ## run the checks of CI: format, lints, licences and layers, generated files, tests
	@scripts/check.sh

.PHONY: format
format: ## format all Rust files, including those that `cargo fmt` does not find
	@scripts/format.sh

.PHONY: build
build: runner web ## build the binary, including the runner and the web pages
	@cargo build --workspace

.PHONY: runner
runner: tools ## build the static program that starts and watches tasks
	@RUSTFLAGS="$(RUNNER_FLAGS)" CARGO_TARGET_DIR="$(RUNNER_DIR)" \
		cargo build --profile runner -p hven-runner --target $(TRIPLE)

.PHONY: generated
generated: build ## write the generated files that are committed: the description and the types of the API
	@"$(HVEN_BIN)" openapi > docs/openapi.json
	@npm --prefix web run --silent api

.PHONY: web
web: web/dist/index.html ## build the web pages

web/dist/index.html: web/node_modules/.installed $(WEB_SOURCES)
	@cd web && npm run --silent build
	@touch $@

web/node_modules/.installed: web/package-lock.json | tools
	@cd web && npm ci --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: tools
tools: $(TARGET_DIR)/.tools
$(TARGET_DIR)/.tools: scripts/setup.sh Cargo.toml
	@scripts/setup.sh build
	@mkdir -p $(TARGET_DIR) && touch $@

.PHONY: setup
setup: web/node_modules/.installed ## install missing test tools (with apt, which needs root)
	@scripts/setup.sh test

PREFIX ?= $(HOME)/.local

.PHONY: install
install: runner web ## install the stripped release build in PREFIX/bin (default: ~/.local/bin)
	@cargo build --release -p hven
	@mkdir -p "$(PREFIX)/bin"
	@install -s -m 755 "$(TARGET_DIR)/release/hven" "$(PREFIX)/bin/.hven.new"
	@mv -f "$(PREFIX)/bin/.hven.new" "$(PREFIX)/bin/hven"
	@echo "$(PREFIX)/bin/hven: $$(du -h "$(PREFIX)/bin/hven" | cut -f1)"
	@case ":$$PATH:" in *":$(PREFIX)/bin:"*) ;; *) echo "$(PREFIX)/bin is not in your PATH: add it" ;; esac

# The program for packages. `make wheel BINARY=FILE` takes another one, and builds nothing.
BINARY ?=

.PHONY: wheel
wheel: $(if $(BINARY),,release) ## make a wheel with the program and the Python module in dist/, for pip install
	@scripts/wheel.py --binary "$(or $(BINARY),$(TARGET_DIR)/release/hven)"

.PHONY: dist
dist: $(if $(BINARY),,release) ## make the wheel, an archive and a package for Debian in dist/, with SHA256SUMS
	@scripts/wheel.py --all --binary "$(or $(BINARY),$(TARGET_DIR)/release/hven)"

.PHONY: release
release: runner web
	@cargo build --release -p hven

.PHONY: python-test
python-test: ## test the Python module with the libraries that it accepts, which are installed below the target folder
	@scripts/python_test.sh --libraries

.PHONY: bench
bench: runner web ## measure a release build; BENCH="record tasks log start" selects the measurements
	@cargo build --release -p hven
	@for bench in $(or $(BENCH),record tasks log start); do "$(TARGET_DIR)/release/hven" bench $$bench; done

.PHONY: clean
clean: ## remove all build results; the record in .demo/ stays
	@cargo clean --quiet
	@rm -rf web/dist web/node_modules
