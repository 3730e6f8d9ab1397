# make demo   the main job on this machine, nothing to set up
# make dev    the same parts kept running, with commands to paste
# make serve  Temporal and a worker for your own mail.toml
# make test   every test          make check   format, lint, types, import contracts
# make bench  figures             make lock    pin the dependencies anew
# make chaos  faults against real servers, and what came of every letter: SEED=1 SENDS=500 WAITS=500 KILLS=60
# make fuzz  three minutes of nonsense for every reader of strangers' input; led by coverage where atheris is installed
# make corpus  real mail from the registries through the whole pipeline, and what was made of it
# make docs   the schema of mail.toml, a page per action, and the site in build/site
# make secrets what docker-compose.yml needs, once
PYTHON ?= python3
BIN := .venv/bin
SEED ?= 1
SENDS ?= 500
WAITS ?= 500
KILLS ?= 60

.PHONY: demo dev serve test chaos corpus check format bench docs secrets lock clean

demo: .venv/installed
	$(BIN)/python -m dev.demo

dev: .venv/installed
	$(BIN)/python -m dev

serve: .venv/installed
	$(BIN)/python -m dev.serve

# Three at a time: most tests wait for servers. A module stays in one process, with the servers that it has started.
test: .venv/installed
	$(BIN)/python -m pytest --numprocesses 3 --dist loadscope

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
	$(BIN)/python -m benchmarks.attachments

chaos: .venv/installed
	$(BIN)/python -m chaos --seed $(SEED) --sends $(SENDS) --waits $(WAITS) --kills $(KILLS)

fuzz: .venv/installed
	$(BIN)/python -m fuzz --seconds 180

corpus: .venv/installed
	$(BIN)/python -m corpus

docs: .venv/installed
	$(BIN)/python worker.py --schema > deploy/mail.schema.json
	$(BIN)/python -m dev.pages
	$(BIN)/python -m dev.pages.site

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
	rm -rf .venv .dev .cache build dist
