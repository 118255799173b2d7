# Each target needs only Node >= 20, npm and make; ./yarnw fetches the rest on the first run.
# Variables given on the command line reach the command: make test COVERAGE=1, make dev PORT_OFFSET=100 SIMULATE=0
.DEFAULT_GOAL := help
.PHONY: help dev test stop logs reset doctor quality-check bootstrap
MAKEFLAGS += --no-print-directory

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

dev: ## start the whole platform and a city that moves on it; Ctrl-C stops it
	@./yarnw dev

test: ## run every tier of tests; COVERAGE=1 also holds each package to its coverage
	@./yarnw test

stop: ## stop a platform that runs in another terminal
	@./yarnw stop

logs: ## follow the logs of the running platform
	@./yarnw logs

reset: ## remove the data of the platform
	@./yarnw reset

doctor: ## say what this machine lacks
	@scripts/doctor.sh

quality-check: ## lint, format, types, boundaries, dead code
	@./yarnw quality-check

bootstrap: ## install the pinned tools and the dependencies
	@./yarnw
