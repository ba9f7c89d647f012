# make demo: a real small model and four simulated ones, compared; no key.   make test: lint, types, layers and the fast
# tests, offline; .ci/run adds the slow ones. Both need Python >= 3.11 and make; PYTHON names another interpreter.

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
PIP := $(RUN)/python -m pip --disable-pip-version-check --quiet
# few samples, for the real model is slow on few cores; the same samples go to every model
DEMO := core-math core-code --limit 8

# Cached bytecode, even where the environment forbids it: without it every test process compiles what it imports.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: demo test gate slow lint fast planted clients lock pictures clean help

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*##/\t/'

demo: $(VENV)/installed  ## compare a real small model with four simulated ones and print the table
	$(RUN)/harness local up
	$(RUN)/harness run $(DEMO) -m local/smollm2-135m -m @sim
	@echo "the small model goes on running, for the next time: $(RUN)/harness local down stops it"

test: $(VENV)/installed-test  ## lint, types, layers and the whole fast test suite, offline
	@$(MAKE) --no-print-directory lint fast

GATE := results/baseline

gate: $(VENV)/installed  ## the mocked suite against its committed baselines: verdicts, tokens, dollars, versions; no key
	rm -rf results/mocked-suite results/graded-suite
	$(RUN)/harness run core-math core-code -m @suite --seed 0 --providers $(GATE)/providers.yaml --name mocked-suite --quiet
	$(RUN)/harness run graded-math graded-code -m @graded --tasks $(GATE)/tasks --repeats 2 --seed 0 --providers $(GATE)/graded-providers.yaml --name graded-suite --quiet
	$(RUN)/harness gate results/mocked-suite --baseline $(GATE)/mocked-suite.json
	$(RUN)/harness gate results/graded-suite --baseline $(GATE)/graded-suite.json
	$(RUN)/python -m tests.versions --check

lint: $(VENV)/installed-test  ## ruff, mypy, import-linter, the vocabulary of docs/glossary.md
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports --no-logo
	$(RUN)/python -m tests.vocabulary

# three workers on two cores: many tests wait, for processes and timeouts; by file, for fixtures of a module are made once
fast: $(VENV)/installed-test  ## the tests of a minute
	$(RUN)/python -m pytest -q -n 3 --dist loadfile

# four, for most of these wait; a worker that is done takes over tests of another
slow: $(VENV)/installed-test  ## kills, soaks, whole corpora, coverage of intervals, browser
	$(RUN)/python -m pytest -q -m slow -n 4 --dist worksteal

planted: $(VENV)/installed-test  ## plant each fault of tests/planted in a copy and say what catches it; about 30 minutes
	$(RUN)/python -m tests.planted

clients: $(VENV)/installed  ## official clients against the mock, each in an environment of its own (CLIENTS=NAME); needs registries
	$(RUN)/python -m tests.clients $(CLIENTS)

$(VENV)/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $(PYTHON) is older (make PYTHON=...)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/installed: requirements/base.txt pyproject.toml | $(VENV)/made
	$(PIP) install --require-hashes -r requirements/base.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/installed-test: requirements/test.txt pyproject.toml | $(VENV)/made
	$(PIP) install --require-hashes -r requirements/test.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@ $(VENV)/installed

# bigcodebench keeps pandas below 3; litellm and s3fs (their botocore) python-dateutil: these pins of base.txt do not hold there
lock:  ## pin every dependency anew, with hashes and no index address (needs uv)
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q \
		--upgrade pyproject.toml requirements/build.in --extra charts -o requirements/base.txt
	sed '/^python-dateutil==/,/[^\\]$$/d' requirements/base.txt | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q \
		--upgrade pyproject.toml requirements/build.in --group test -c - -o requirements/test.txt
	sed '/^python-dateutil==/,/[^\\]$$/d' requirements/base.txt | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q \
		--upgrade pyproject.toml requirements/build.in --extra stores --extra ray -c - -o requirements/cluster.txt
	sed '/^python-dateutil==/,/[^\\]$$/d' requirements/base.txt | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q \
		--upgrade pyproject.toml requirements/build.in --extra litellm --extra agents --group test -c - -o requirements/litellm.txt
	sed '/^pandas==/,/[^\\]$$/d' requirements/base.txt | uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url -q \
		--upgrade pyproject.toml requirements/build.in --extra bigcodebench --group test -c - -o requirements/bigcodebench.txt

pictures: $(VENV)/installed-test  ## the two pictures of the README anew, from the tests in a browser (needs chromium)
	$(RUN)/python -m pytest -q -m slow tests/viewer/test_browser.py -k "read_filtered and viewer"
	$(RUN)/python -c "from PIL import Image; [Image.open(f'screenshots/viewer-{a}.png').convert('RGB').quantize(64).save(f'docs/pictures/{b}.png', optimize=True) for a, b in (('run', 'viewer-run'), ('side-by-side', 'side-by-side'))]"

clean:  ## remove the virtual environment and caches, never results/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
