# `make demo` and `make test` set up everything they need in .venv, from the lock files alone.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8080
DATA ?= .demo
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: audit bench bench-door bench-neighbour bench-scale chaos check clean demo format fuzz lock sbom screenshots
.PHONY: test test-all test-fast

$(VENV)/.runtime: requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements.lock
	touch $@

$(VENV)/.dev: requirements-dev.lock
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements-dev.lock
	touch $@ $(VENV)/.runtime

demo: $(VENV)/.runtime
	@exec $(BIN)/python -m sandbox --port $(PORT) --data $(DATA)

# Workers and the processes that tests start compile the same files again and again unless one may keep them.
test-all test-fast bench: export PYTHONDONTWRITEBYTECODE :=
# The types are checked while tests wait for other processes.
test: $(VENV)/.dev
	@$(MAKE) --no-print-directory --jobs=2 check test-all

test-all: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto --durations=10 -m "not bench"

# For who works, in a fifth of the time: no other programs, and not the whole bot with its engine and its Slack, whose
# tests one runs by their folder.
WHOLE_BOT := tests/benchmarks tests/chaos tests/e2e tests/handlers tests/jobs tests/notify tests/sandbox tests/slack
test-fast: $(VENV)/.dev
	FUZZ=0.2 $(BIN)/python -m pytest -n auto --durations=10 \
		-m "not (bench or browser or chaos or fuzz or long or postgres or sshd)" $(addprefix --ignore=,$(WHOLE_BOT)) \
		--ignore-glob="tests/providers/*/test_end_to_end.py"

check: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Replicas, the database and the lines to Slack and Tripletex in trouble at random; afterwards the books are read.
CHAOS_SECONDS ?= 300
chaos: $(VENV)/.dev
	CHAOS_SECONDS=$(CHAOS_SECONDS) $(BIN)/python -m pytest tests/chaos/test_chaos.py -s

# Every property with FUZZ times as many examples as in the tests.
FUZZ ?= 20
fuzz: $(VENV)/.dev
	FUZZ=$(FUZZ) $(BIN)/python -m pytest -n auto -m "hypothesis or fuzz"

# Makes the pictures of the documentation anew, by walking through the demo.
screenshots: $(VENV)/.dev
	SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/e2e/test_browser.py tests/e2e/test_walks.py

# Rewrites both lock files; needs uv (https://docs.astral.sh/uv) and the network.
lock:
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --no-header -o requirements-dev.lock

# What runs in production, as CycloneDX JSON; needs no network.
sbom: $(VENV)/.runtime
	@$(BIN)/python -m bot.diagnostics.sbom requirements.lock

# Known holes in what is pinned. Needs the network, and pip-audit, which is no dependency of ours.
audit:
	@command -v pip-audit >/dev/null || { echo "pip-audit is not installed: pipx install pip-audit, then make audit"; exit 1; }
	pip-audit --require-hashes --disable-pip -r requirements.lock

clean:
	rm -rf $(VENV) .demo build artifacts

# SIZE, REPEATS, MEMORY, PARTS, REPLICAS shorten or lengthen them: docs/benchmarks.md.
bench: $(VENV)/.dev
	$(BIN)/python -m pytest -n auto -m bench
	$(BIN)/python -m benchmarks speed $(if $(SIZE),--size $(SIZE)) $(if $(REPEATS),--repeats $(REPEATS)) $(if $(MEMORY),--memory $(MEMORY)) $(if $(PARTS),--parts $(PARTS))

bench-scale: $(VENV)/.dev
	$(BIN)/python -m benchmarks scale $(if $(SIZE),--size $(SIZE)) $(if $(REPLICAS),--replicas $(REPLICAS))

bench-door: $(VENV)/.dev
	$(BIN)/python -m benchmarks door

bench-neighbour: $(VENV)/.dev
	$(BIN)/python -m benchmarks neighbour
