# A thin front for CMake. Results: build/h2, build/libh2.a, build/libh2.so, build/python/.
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
SOAK_SECONDS ?= 1800

.DEFAULT_GOAL := build
.PHONY: build demo test test-long bench bench-server soak fuzz coverage mutants lint format install clean help python bench-python

build: ## the library, the command and the examples
	@scripts/bootstrap build
	@scripts/build product

demo: ## serve files and fetch them, in cleartext and over TLS
	@scripts/bootstrap demo
	@scripts/build product
	@scripts/demo

test: ## every test, plain, under ASan/UBSan, MSan and valgrind (minutes)
	@scripts/bootstrap test
	@scripts/run-tests

test-long: ## what takes longer, after `make test`; under ThreadSanitizer and MSan too
	@scripts/bootstrap test
	@scripts/run-tests --long

fuzz: ## each fuzz target for FUZZ_SECONDS (60) of CPU time
	@scripts/bootstrap fuzz
	@scripts/fuzz

soak: ## h2 serve under honest load and attacks for SOAK_SECONDS (1800): docs/soak.md, docs/soak.svg
	@scripts/bootstrap test
	@cmake --preset release -DH2_BUILD_TESTS=ON >/dev/null
	@cmake --build build --target h2_command -j $(JOBS)
	@nice scripts/soak --seconds $(SOAK_SECONDS) --out docs

python: ## the Python package h2 into build/python/, a folder for PYTHONPATH
	@scripts/bootstrap python
	@scripts/build-python

bench-python: python ## the Python package beside h2: a table and a plot in docs/benchmarks/
	@scripts/bootstrap bench-python
	@python/bench/compare

# Another libnghttp2 than the system's has a folder of its own, so that nothing else is linked with it.
bench_build = $(if $(NGHTTP2_PREFIX),build-nghttp2,build)
bench: ## libh2 beside libnghttp2: a table, and docs/benchmarks/ (minutes)
	@scripts/bootstrap test
	@cmake --preset release -B $(bench_build) -DH2_BUILD_TESTS=ON -DH2_NGHTTP2_PREFIX="$(NGHTTP2_PREFIX)" >/dev/null
	@cmake --build $(bench_build) --target h2_bench -j $(JOBS)
	@bench/run --build $(bench_build) $(if $(NGHTTP2_PREFIX),--other)

bench-server: ## h2 serve beside nghttpd, nginx, HAProxy, Caddy and h2o under h2load (minutes)
	@scripts/bootstrap test
	@scripts/bootstrap bench-server || echo "bench-server: without h2o"
	@cmake --preset release -DH2_BUILD_TESTS=ON >/dev/null
	@cmake --build build --target h2_command h2_canned -j $(JOBS)
	@bench/server

coverage: ## lines and branches of src/ that the tests reach
	@scripts/bootstrap coverage
	@scripts/coverage

mutants: ## small changes to src/, one at a time, each of which a test must find
	@scripts/bootstrap test
	@scripts/mutants

lint: ## formatting, static analysis, layers, budgets
	@scripts/bootstrap lint
	@scripts/lint

format: ## put every C file into shape
	@scripts/bootstrap lint
	@scripts/c-files | xargs -r clang-format -i

install: build ## into PREFIX (/usr/local), below DESTDIR
	@cmake --install build --prefix "$(PREFIX)"

clean: ## remove everything that was built
	rm -rf build build-*/

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

export JOBS
