# Each command sets up what it needs; nothing has to be installed by hand but Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export PYTHONUTF8 := 1

.PHONY: demo test test-system check dev serve bench sounds pictures format clean

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $(READY)

demo: $(READY)  ## make the demo tenant's episode through Dagster and say where it lies
	$(BIN)/serp-radio demo

test: $(READY)  ## every test that needs only pip
	$(BIN)/python -m pytest

# SCREENSHOTS=folder keeps pictures of the UI
test-system: $(READY)  ## every test that needs more: an S3 server and a browser, installed with apt-get where they are missing
	$(BIN)/python -m pytest system_tests

check: $(READY)  ## lint, types, walls, and that Dagster can load the definitions
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/dagster definitions validate -w workspace.yaml

dev: $(READY)  ## the Dagster UI with its daemon, on http://127.0.0.1:3000
	$(BIN)/serp-radio dev

serve: $(READY)  ## the API on http://127.0.0.1:8080 (SERP_RADIO_API_PORT), with Dagster's UI and daemon beside it
	$(BIN)/serp-radio serve --with-dagster

bench: $(READY)  ## speed, a fleet's day and fidelity; FILES=folder adds real exports
	$(BIN)/python -m benchmarks $(if $(FILES),--files $(FILES))

sounds: $(READY)  ## the short examples in docs/sounds, again
	rm -f docs/sounds/*.mp3
	$(BIN)/serp-radio lesson newsroom --apart --folder docs/sounds

pictures: $(READY)  ## the pictures in docs/pictures, again; the browser is installed with apt-get where it is missing
	$(BIN)/python -m pictures

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
