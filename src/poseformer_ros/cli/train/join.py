"""`poseformer train join MODEL MODEL ...`: several exercise models as one."""

import argparse
from pathlib import Path

from poseformer_ros.recognition.model_file import join_exercise_models

HELP = 'several exercise models joined into one, whose evidence is averaged'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which models."""
    parser.add_argument('models', type=Path, nargs='+', help='of `poseformer train exercise`, alike in size, classes and parts')
    parser.add_argument('--out', type=Path, default=Path('out/exercise/joined.onnx'), help='for the joined model (%(default)s)')


def run(arguments: argparse.Namespace) -> int:
    """Join and write."""
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    join_exercise_models(arguments.models, arguments.out)
    print(arguments.out)
    return 0
