"""`poseformer train join MODEL MODEL ...`: several exercise models as one."""

import argparse
from pathlib import Path

from poseformer_ros.recognition.model_file import average_exercise_models, join_exercise_models

HELP = 'several exercise models joined into one, whose evidence, or whose weights, are averaged'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which models."""
    parser.add_argument('models', type=Path, nargs='+', help='of `poseformer train exercise`, alike in size, classes and parts')
    parser.add_argument('--mean-weights', action='store_true', help='average the weights, into a model of the size of one: for '
                        'trainings of one seed on the same motions with other options')
    parser.add_argument('--out', type=Path, default=Path('out/exercise/joined.onnx'), help='for the joined model (%(default)s)')


def run(arguments: argparse.Namespace) -> int:
    """Join and write."""
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    put_together = average_exercise_models if arguments.mean_weights else join_exercise_models
    put_together(arguments.models, arguments.out)
    print(arguments.out)
    return 0
