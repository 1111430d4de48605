"""The smallest run of `reproduce synthetic`; as a program, so that it can be killed: python tiny_synthetic.py RECIPE OUT."""

import sys
from pathlib import Path

from poseformer_ros.evaluation.protocol.report import write_report
from poseformer_ros.synthesis.studio_recipe import load_recipe
from poseformer_ros.training.figures.plan import GROUPED, OF_FEATURES, PREDICTIONS, Planned
from poseformer_ros.training.figures.synthetic import run_synthetic

RECIPE = """
name: tiny
seed: 5
rate_hz: 4
seconds: 3
splits:
  people:
    people: {from: 82000, count: 3}
    motions: [kimore_es1, kimore_es5]
    cameras: {front: {sensor: kinect_v2, height_m: 1.1, distance_m: 2.9, tilt_rad: 0.05}}
    noises: [{kind: time_of_flight}]
    each_noise: false
    scenes: 6
"""
PLAN = (Planned('window_1s', GROUPED, ('linear', 'encoder'), OF_FEATURES), Planned('window_1s', GROUPED, ('linear',)))
ROWS = ('akaze', 'mesh_100', 'preprocessing')


def run(recipe: Path, out: Path) -> dict[str, bytes]:
    """What the run leaves, by name."""
    run_synthetic(load_recipe(recipe), out, 1, PLAN, ROWS)
    texts = dict.fromkeys(('linear', 'features_linear', 'features_encoder'), '')
    write_report('synthetic', out / PREDICTIONS, out, texts)
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in sorted(out.rglob('*'))
            if path.is_file() and 'cache' not in path.parts and '.part' not in path.name}


if __name__ == '__main__':
    run(*map(Path, sys.argv[1:]))
