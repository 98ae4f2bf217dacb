# Everything the project is built and tested with. `make` alone prints what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export CGO_ENABLED ?= 0

GO       ?= go
FUZZTIME ?= 3s
VERSION  ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo devel)
LDFLAGS  := -s -w -X main.version=$(VERSION)
# Where the time goes while the program serves: what is called most is compiled for that. It is not called default.pgo,
# which every go vet and go test would compile all that the program needs a second time for.
PGO      := cmd/wenyuan/serving.pgo
PLATFORMS := linux/amd64 linux/arm64 darwin/arm64
# Rooms where goroutines meet. Of those with the embedded database, which is translated C and very slow under the detector, the quick ones.
RACE := ./check ./guard/inject ./guard/sketch ./channel ./gateway/... ./index/... ./internal/lang ./internal/sse ./session ./answer/extract
# Of those in which everything is in the database, the tests in which much happens at once.
RACE_ACCESS := ./auth ./limit ./guard ./release -run 'TestAtOnce|TestWatch|TestFollows|TestTwoReplicas|TestManyServers|TestTwoServers|TestStateIsTrue'
MODULES = $(patsubst %/go.mod,%,$(shell git ls-files '*/go.mod'))

.PHONY: help
help: ## print this
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

.PHONY: build
build: ## build ./wenyuan for this machine
	$(GO) build -trimpath -pgo $(PGO) -ldflags '$(LDFLAGS)' -o wenyuan ./cmd/wenyuan

.PHONY: dist
dist: ## build dist/wenyuan-OS-ARCH for every platform
	@mkdir -p dist
	@for p in $(PLATFORMS); do \
		echo "building dist/wenyuan-$${p/\//-}"; \
		GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -trimpath -pgo $(PGO) -ldflags '$(LDFLAGS)' -o dist/wenyuan-$${p/\//-} ./cmd/wenyuan; \
	done

.PHONY: run
run: ## serve on 127.0.0.1:7700
	$(GO) run ./cmd/wenyuan serve

.PHONY: test
test: engines format vet tidy platforms modules race fuzz-short unit ## everything that must hold: what CI runs

.PHONY: test-quick
test-quick: ## go test ./..., cached; a missing engine is skipped loudly
	$(GO) test ./...

.PHONY: fuzz
fuzz: ## every fuzz test for FUZZTIME each (make fuzz FUZZTIME=5m)
	@internal/testenv/fuzz.sh $(FUZZTIME)

.PHONY: soak-access
soak-access: ## 100,000 random requests of 200 people over 2,000 documents: nobody sees what the rules keep from them
	WENYUAN_REQUESTS=100000 $(GO) test ./server -run TestRandomAccess -count=1 -v -timeout 60m

.PHONY: bench
bench: ## every benchmark once over (see docs/ for what was measured)
	$(GO) test -run '^$$' -bench . -benchmem ./...
	@for m in $(MODULES); do (cd $$m && $(GO) test -run '^$$' -bench . -benchmem ./...); done

.PHONY: profile
profile: ## take the profile anew by which the program is compiled
	$(GO) test ./server -run '^$$' -bench '^Benchmark(Road|Stream)$$' -benchtime 10s -cpuprofile $(PGO)
	@rm -f server.test

.PHONY: lint
lint: ## golangci-lint, where it is installed
	@command -v golangci-lint >/dev/null || { echo "golangci-lint is not installed; make test runs go vet"; exit 1; }
	golangci-lint run

# The steps of test. unit is last, so that the end of the output is that of the tests.

.PHONY: engines format vet tidy platforms modules race fuzz-short unit
engines: # what cannot be had is said here, and again by each test that wants it
	@internal/testenv/install.sh || echo "going on without: the tests that need it say so, and fail where CI is set"

format:
	@bad=$$(gofmt -l $$(git ls-files '*.go' ':!**/testdata/**')); [ -z "$$bad" ] || { echo "gofmt -w these: $$bad"; exit 1; }

vet:
	$(GO) vet ./...

tidy:
	$(GO) mod tidy -diff

platforms:
	@for p in $(PLATFORMS); do echo "go build for $$p"; GOOS=$${p%/*} GOARCH=$${p#*/} $(GO) build -o /dev/null ./cmd/wenyuan; done

modules:
	@for m in $(MODULES); do echo "go vet in $$m"; (cd $$m && $(GO) vet ./...); done

race:
	@if command -v gcc >/dev/null || command -v clang >/dev/null; then \
		echo "go test -race $(RACE)"; CGO_ENABLED=1 $(GO) test -race -short $(RACE); \
		echo "go test -race $(RACE_ACCESS)"; CGO_ENABLED=1 $(GO) test -race $(RACE_ACCESS); \
	else echo "NOT TESTED: the race detector needs a C compiler (gcc or clang), and there is none"; fi

fuzz-short:
	@internal/testenv/fuzz.sh $(FUZZTIME)

unit:
	@$(GO) test -json -count=1 -timeout 6m ./... | $(GO) run ./internal/testenv/report
