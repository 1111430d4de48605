"""The arguments of a training on what a recipe renders."""

import argparse
from pathlib import Path

from poseformer_ros.cli.option_arguments import add_option_arguments


def add_training_arguments(parser: argparse.ArgumentParser, task: str, records: str, example: str, options: type) -> None:
    """task: its name. records: what is rendered, and the name of its argument and folder. example: a recipe. options: of the
    training."""
    parser.add_argument('recipe', type=Path, help=f'YAML file of what is rendered, e.g. {example}')
    parser.add_argument('--out', type=Path, default=Path('out') / task, help='folder for checkpoint, model and model card')
    parser.add_argument(f'--{records}', type=Path, help=f"folder of rendered {records}, filled where they are missing; '{records}' "
                        'in --out when left out')
    parser.add_argument('--workers', type=int, default=1, help='processes that render')
    parser.add_argument('--resume', action='store_true',
                        help='go on after the last epoch that was finished; after the last of all, only write and judge the model')
    add_option_arguments(parser, options)
