# make demo   the main job on this machine, nothing to set up
# make dev    the same parts kept running, with commands to paste
# make test   every test          make check   format, lint, types, import contracts
# make bench  figures             make lock    pin the dependencies anew
# make chaos  faults against real servers, and what came of every letter: SEED=1 SENDS=500 WAITS=500 KILLS=60
# make fuzz  three minutes of nonsense for every reader of strangers' input
# make docs   a page per action     make secrets what docker-compose.yml needs, once
PYTHON ?= python3
BIN := .venv/bin
SEED ?= 1
SENDS ?= 500
WAITS ?= 500
KILLS ?= 60

.PHONY: demo dev test chaos check format bench docs secrets lock clean

demo: .venv/installed
	$(BIN)/python -m dev.demo

dev: .venv/installed
	$(BIN)/python -m dev

test: .venv/installed
	$(BIN)/python -m pytest

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/basedpyright
	$(BIN)/lint-imports

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: .venv/installed
	$(BIN)/python -m benchmarks

chaos: .venv/installed
	$(BIN)/python -m chaos --seed $(SEED) --sends $(SENDS) --waits $(WAITS) --kills $(KILLS)

fuzz: .venv/installed
	$(BIN)/python -m fuzz --seconds 180

docs: .venv/installed
	$(BIN)/python -m dev.pages

secrets: .venv/installed
	$(BIN)/python -m dev.secrets

# uv is fetched for this one job; everybody else installs with pip, by hash. The image needs no tests and no demo.
lock:
	$(PYTHON) -m venv .venv-lock && .venv-lock/bin/pip --quiet install uv
	.venv-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--all-extras --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml
	.venv-lock/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--constraint requirements.lock --custom-compile-command "make lock" \
		--output-file requirements-runtime.lock pyproject.toml
	rm -rf .venv-lock

.venv/installed: requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; this is %s" % sys.version.split()[0] if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv .venv
	$(BIN)/pip --quiet --disable-pip-version-check install --require-hashes --requirement requirements.lock
	@touch $@

clean:
	rm -rf .venv .dev build dist
