# Everything from a fresh clone: the environment is made on first use (scripts/env.sh).
SHELL := /bin/bash
.PHONY: demo test bench docs lint clean

demo:   ## the station over real DDS on a drawn person; leaves out/demo
	. scripts/env.sh && poseformer demo

test:   ## build, lint, package checks, generated docs, core and node tests
	. scripts/env.sh test && ruff check . && poseformer docs --check && python -m pytest -q

bench:  ## tables of times, latency and losses; leaves out/bench
	. scripts/env.sh && poseformer bench

docs:   ## write the generated tables
	. scripts/env.sh && poseformer docs

clean:
	rm -rf .env .env.log build install log out
