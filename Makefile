# make run    set up .venv and start: the terminal, or Telegram when TELEGRAM_BOT_TOKEN is set
# make test   set up the rest and run every test
# make soak   what takes hours: 200 kills on each store, 30 minutes of load, 1,050,000 fuzzed inputs
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test bench soak lint

run: .venv/base
	@$(BIN)/python main.py start

test: .venv/dev
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

bench: .venv/dev
	$(BIN)/python -m bench.speed
	$(BIN)/python -m bench.search

# nice: it may run for hours beside other work
soak: .venv/dev
	nice $(BIN)/python -m bench.crash --kills 200
	nice $(BIN)/python -m bench.crash --kills 200 --own-postgres
	nice $(BIN)/python -m bench.soak --minutes 30
	nice $(BIN)/python -m bench.fuzz all -runs=150000

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m bench.secrets

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv || { rm -rf .venv; exit 1; }

.venv/base: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/dev: pyproject.toml | .venv/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[catalogue,dask,postgres,train,dev]'
	@touch $@ .venv/base
