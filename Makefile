# Everything the project does, by name. `make help` reads the comments after ##.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

COMMANDS := processor bank merchant
# Further flags for go test, such as -run or -v.
TEST_FLAGS ?=
TEST_TIMEOUT ?= 45m
FUZZTIME ?= 20s
BENCH ?= .
SOAK ?= 10m

.PHONY: help
help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Install missing needs of the tests (RabbitMQ, PostgreSQL, Chromium, npm packages)
	@script/setup

.PHONY: run
run: ## Run everything in one process, with nothing to configure
	go run ./cmd/processor

.PHONY: build
build: ## Build static binaries into bin/
	@for name in $(COMMANDS); do \
		echo "go build bin/$$name"; \
		CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/$$name ./cmd/$$name; \
	done

.PHONY: dist
dist: ## Build what is handed out into dist/: programs for six platforms, bills of materials, checksums, the image
	@script/dist

.PHONY: image-files
image-files: build ## Lay out what Dockerfile.prebuilt copies into the image
	@mkdir -p bin/image/data
	@cp /etc/ssl/certs/ca-certificates.crt bin/image/

# SQLite is C, translated: under the detector it takes four times as long, and has no goroutines of its own. Argon2 works on its
# memory for so long on purpose, and under the detector for three times as long. Only these packages: one that uses generic types
# of the standard library would leave the detector's marks out of everybody's.
RACE := -race -gcflags=modernc.org/sqlite/lib=-race=false -gcflags=golang.org/x/crypto/argon2=-race=false

.PHONY: test
test: setup ## Vet, then run all tests against real servers, with the race detector where it sees something; skips nothing
	go vet ./...
	@RACE='$(RACE)' script/test -timeout $(TEST_TIMEOUT) $(TEST_FLAGS) | go run ./internal/testsum

.PHONY: test-short
test-short: ## Run the tests that need no server, quickly
	go test -short $(TEST_FLAGS) $$(script/short-packages)

.PHONY: race
race: setup ## Run all tests three times over with the race detector, in random order
	@go test $(RACE) -json -count 3 -shuffle on -timeout 0 $(TEST_FLAGS) ./... | go run ./internal/testsum

.PHONY: fuzz
fuzz: ## Fuzz every fuzz target for FUZZTIME (default 20s) each
	@script/fuzz $(FUZZTIME)

.PHONY: bench
bench: setup ## Complete payments per second as a ratio of the bare engines and of the bare work; creates against a stateless mock
	go run ./internal/bench $(BENCH_FLAGS)

.PHONY: bench-page
bench-page: setup ## A payment of two hundred hops in a browser: what its page works to open, and while fifty hops a second arrive
	go test -run '^$$' -bench Sequence_Opens -benchtime 8x ./internal/browsertest
	go test -run '^$$' -bench Sequence_Grows -benchtime 1x ./internal/browsertest

.PHONY: screenshots
screenshots: setup ## Write the README's pictures, and one of every page and state into tmp/screenshots
	SANDBANK_PICTURES=$(CURDIR)/pictures SANDBANK_SCREENSHOTS=$(CURDIR)/tmp/screenshots go test -count 1 ./internal/browsertest
	@ls -l pictures

.PHONY: soak
soak: setup ## Break everything by chance during payments, for SOAK (default 10m)
	SANDBANK_SOAK=$(SOAK) go test -tags soak -count 1 -v -run '^TestSoak' -timeout 0 ./internal/e2e

.PHONY: month
month: setup ## Advance two processors and two banks on real engines by a month with 1,000 open payments, in a minute at most
	go test -tags soak -count 1 -v -run '^TestMonth' -timeout 10m ./internal/e2e

.PHONY: test-compose
test-compose: ## Bring compose.yaml up for real, plain and over TLS, make payments, and take it down
	@script/test-compose
	@SANDBANK_TLS=yes script/test-compose

.PHONY: lint
lint: ## Check formatting, go vet, staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
		if [ -n "$$unformatted" ]; then echo "not formatted (make fmt):"; echo "$$unformatted"; exit 1; fi
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...

.PHONY: lint-deep
lint-deep: ## Run golangci-lint as well, gosec included (its first build takes two minutes)
	go tool -modfile=tools/lint/go.mod golangci-lint run

.PHONY: fmt
fmt: ## Format all Go files
	gofmt -w $$(git ls-files --cached --others --exclude-standard '*.go')

.PHONY: generate
generate: ## Write the generated files again
	go generate ./...

.PHONY: clean
clean: ## Remove build results, and downloaded tools
	rm -rf bin dist tmp .cache tools/npm/node_modules
	go clean -testcache
