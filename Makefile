# Everything from a fresh clone: the environment is made on first use (scripts/env.sh).
SHELL := /bin/bash
.PHONY: demo test bench docs lint clean

demo:   ## the station over real DDS on a rendered rehab recording; leaves out/demo
	. scripts/env.sh studio && poseformer demo

test:   ## build, lint, package checks, generated docs, core and node tests
	. scripts/env.sh test && ruff check . && poseformer docs --check && OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python -m pytest -q

bench:  ## tables of times, latency and losses; leaves out/bench
	. scripts/env.sh studio && poseformer bench && OMP_NUM_THREADS=1 python tools/studio/time_studio.py

docs:   ## write the generated tables
	. scripts/env.sh && poseformer docs

clean:
	rm -rf .env .env.log build install log out
