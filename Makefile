# Everything a contributor or a user of this repository types. `make help` lists it.
BUN := node_modules/.bin/bun

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup build build-arm64 lint types format unit test test-matrix demo demo-neutron bench fleet soak schema clean

help: ## list the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: node_modules/.package-lock.json

# Whatever npm is set to: the development packages too, and of the packages' own scripts only the one that is needed.
node_modules/.package-lock.json: package.json package-lock.json
	@command -v npm >/dev/null || { echo "npm is missing: apt-get install nodejs npm" >&2; exit 1; }
	@echo "installing the pinned npm packages"
	@npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error
	@node node_modules/bun/install.js
	@touch $@

build: setup ## build dist/skynet (linux-x64)
	@$(BUN) scripts/build.ts x64

build-arm64: setup ## build dist/skynet-arm64 (linux-arm64)
	@$(BUN) scripts/build.ts arm64

lint: setup ## style, import directions and cycles
	@node_modules/.bin/biome check --error-on-warnings

types: setup ## TypeScript, strict
	@node_modules/.bin/tsc --noEmit

format: setup ## rewrite the sources in the project's format
	@node_modules/.bin/biome check --write

schema: setup ## write docs/configuration.schema.json anew
	@$(BUN) scripts/schema.ts

unit: setup ## unit tests only: seconds, no root
	@$(BUN) test src lab scripts test/bench

test: setup ## everything: lint, types, unit, and e2e on the simulator, real Neutron, OVN, containerd and a second kernel (root); ONLY=wiring runs that suite
	@$(BUN) scripts/test.ts $(if $(ONLY),--only "$(ONLY)")

test-matrix: setup ## of the tests those that prove each wiring on each type of network, and their table (root)
	@$(BUN) scripts/test.ts --only matrix

demo: build ## pods on two nodes against the simulator (root)
	@$(BUN) lab/demo/main.ts --backend simulator

demo-neutron: build ## the same on Debian's real Neutron and its agents (root)
	@$(BUN) lab/demo/main.ts --backend neutron

bench: build ## measure dist/skynet beside Debian's Go plugins; writes docs/performance.md (root)
	@$(BUN) test/bench/main.ts

fleet: setup ## simulate a hundred agents on one Neutron; writes docs/performance.md (minutes, no root)
	@$(BUN) lab/fleet/main.ts --write docs/performance.md

soak: build ## long randomised runs with kills and faults (root)
	@$(BUN) scripts/test.ts --soak

clean: ## remove what was built
	@rm -rf dist
