"""`poseformer evaluate person MODEL CROPS`: a person model on crops of the test; tables as Markdown and JSON."""

import argparse
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.evaluate_person import MASKS, judge
from poseformer_ros.evaluation.person_tables import person_figures, person_report, write_figures
from poseformer_ros.person.model_file import load_person_model

HELP = 'a person model against rendered truth'
SHARDS = 'test_*.npy'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    parser.add_argument('model', type=Path, help='model file (.onnx) written by `poseformer train person`')
    parser.add_argument('crops', type=Path, nargs='+', help=f'shards of crops, or folders of them ({SHARDS})')
    parser.add_argument('--mask', choices=tuple(MASKS), default='exact',
                        help='what a crop is cut out by: the true person, or what depth edges hold apart around it')
    parser.add_argument('--both-ways', action='store_true', help='take the mean with what the model answers to the mirror image')
    parser.add_argument('--out', type=Path, default=Path('out/evaluate_person'), help='folder for the tables')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write."""
    model = load_person_model(arguments.model)
    shards = [shard for path in arguments.crops for shard in (sorted(path.glob(SHARDS)) if path.is_dir() else [path])]
    if not shards:
        raise BadInput(f'{arguments.crops[0]}: no {SHARDS} in it; render them with `poseformer train person`')
    figures = person_figures(judge(model, shards, arguments.mask, arguments.both_ways))
    ways = ', both ways' if arguments.both_ways else ''
    report = person_report(figures, f'# {arguments.model.name}, mask: {arguments.mask}{ways}')
    write_figures(figures, report, arguments.out / 'person')
    print(f'{report}\n{arguments.out}: person.md, person.json')
    return 0
