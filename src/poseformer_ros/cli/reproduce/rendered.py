"""`poseformer reproduce synthetic`: a recipe rendered, the whole pipeline over it, then folds of people as for real recordings."""

import argparse
from pathlib import Path

from poseformer_ros.evaluation.protocol.report import STAGE_TIMES
from poseformer_ros.synthesis.studio_recipe import load_recipe
from poseformer_ros.training.figures.synthetic import run_synthetic, write_stage_times


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is rendered."""
    parser.add_argument('--recipe', type=Path, default=Path('studio/figures_small.yaml'),
                        help='synthetic: what is rendered (studio/figures_small.yaml)')
    parser.add_argument('--processes', type=int, default=1, help='synthetic: that render (1)')


def run(arguments: argparse.Namespace, out: Path) -> None:
    """Render and train what is missing."""
    run_synthetic(load_recipe(arguments.recipe), out, arguments.processes)
    write_stage_times(out / STAGE_TIMES)
