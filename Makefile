# make help lists the targets.
GO ?= go
OUT ?= results/$(shell date -u +%Y%m%dT%H%M%SZ)
SUITE = -model all -format mxfp4,native -ctx 4k -count 24 -rounds 4
ifdef QUICK
SUITE = -model olmoe-1b-7b,qwen3-30b-a3b,gpt-oss-20b,mixtral-8x7b,qwen3-8b -format mxfp4 -ctx 4k -count 9 -rounds 3
endif

.PHONY: help bench ratios kernels compare test vet unit purego arm64 race fuzz size

help: ## what can be made
	@grep -E '^[a-z0-9]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

bench: ## tokens/s against active parameters, full-size models (QUICK=1: under 2 minutes)
	$(GO) run -buildvcs=true ./cmd/moebench run $(SUITE) -o $(OUT)

ratios: ## DeepSeek V4's published ratios: counted, executed, stored and measured (QUICK=1: one sequence at 1M alone)
	$(GO) run -buildvcs=true ./cmd/moebench ratios $(if $(QUICK),-quick) -usd-per-hour 0.1 -o $(OUT)

compare: ## tokens/s of two results folders, A=before B=after, and which differences chance explains
	$(GO) tool benchstat -table isa -filter '.unit:tok/s' $(A)/results.bench.txt $(B)/results.bench.txt

kernels: ## every hot kernel beside this machine's own limit (RUNS=5: medians of five runs, and the worst)
	$(GO) run -buildvcs=true ./cmd/moebench kernels $(if $(RUNS),-runs $(RUNS))

test: vet unit purego arm64 race ## everything CI checks

vet: ## go vet, staticcheck, gofmt
	$(GO) vet ./...
	$(GO) tool staticcheck ./...
	@test -z "$$(gofmt -l .)" || { echo "gofmt: $$(gofmt -l .)"; exit 1; }

unit: ## tests with the best kernels of this CPU
	$(GO) test -count=1 . # reads the import graph, which the test cache cannot see
	$(GO) test ./...

purego: ## tests with the pure-Go kernels alone
	$(GO) test -tags purego ./...

arm64: ## cross-build and vet for arm64
	GOARCH=arm64 $(GO) build ./...
	GOARCH=arm64 $(GO) vet ./...

race: ## race detector over pool, regions and sessions (needs a C compiler)
	@if command -v "$$($(GO) env CC)" >/dev/null; then $(GO) test -race -short ./hw ./kernels/matmul ./moe ./attention ./model; \
	else echo "race: skipped, no C compiler"; fi

fuzz: ## a minute for every fuzz target
	@for p in $$(grep -rl '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
	  for f in $$(grep -ho '^func Fuzz[A-Za-z0-9]*' $$p/*_test.go | cut -c6-); do \
	    $(GO) test -run '^$$' -fuzz "^$$f$$" -fuzztime 60s $$p || exit 1; done; done

size: ## lines of each folder
	@git ls-files '*.go' '*.s' '*.h' | grep -v testdata | xargs wc -l | awk '$$2!="total"{split($$2,p,"/");n[p[1]]+=$$1}END{for(k in n)print n[k],k}' | sort -rn
