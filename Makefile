# Everything from a fresh clone: the environment is made on first use (scripts/env.sh).
SHELL := /bin/bash
.PHONY: demo test quick bench docs lint site clean

# Core tests do not disturb each other (CONTRIBUTING.md); a file's tests stay in one process, which makes its fixtures once.
CORE = python -m pytest -q -n 2 --dist loadfile test/core
# Each process has a DDS domain of its own.
NODES = python -m pytest -q -n 2 --dist loadfile test/ros test/launch
LINT = ruff check . && codespell && check-yaml *.yml .*.yaml $$(find config studio -name '*.yaml') && mypy && poseformer docs --check
# The theme announces the end of its life in 2027 at every build; we know.
SITE = NO_MKDOCS_2_WARNING=1 mkdocs build --quiet

demo:   ## the station over real DDS on a rendered rehab recording; leaves out/demo
	. scripts/env.sh studio && poseformer demo

test:   ## build, lint, package checks, generated docs, site, core and node tests
	. scripts/env.sh test && $(LINT) && $(SITE) && { $(CORE); core=$$?; $(NODES) && exit $$core; }

quick:  ## core tests without the slow ones, under two minutes on two cores
	. scripts/env.sh test && $(CORE) -m 'not slow'

lint:   ## ruff, spelling, YAML, types, generated docs
	. scripts/env.sh test && $(LINT)

bench:  ## tables of times, latency and losses, and ten minutes beside a recorder; leaves out/bench
	. scripts/env.sh studio && poseformer bench && OMP_NUM_THREADS=1 python tools/studio/time_studio.py

docs:   ## write the generated pages
	. scripts/env.sh && poseformer docs

site:   ## the docs as a site, built without network; leaves out/site
	. scripts/env.sh test && $(SITE) && echo "open out/site/index.html"

clean:
	rm -rf .env .env.log build install log out
