"""`poseformer evaluate people RECIPE`: the whole chain on whole images of people, empty rooms and rooms that people enter."""

import argparse
from pathlib import Path

from poseformer_ros.body.fitting.methods import METHODS as FIT_METHODS
from poseformer_ros.cli.stage_arguments import add_parameter_file
from poseformer_ros.evaluation.people_run import Settings, judge_people
from poseformer_ros.evaluation.people_tables import people_figures, people_report
from poseformer_ros.evaluation.person_tables import write_figures
from poseformer_ros.evaluation.pose_methods import PoseWay
from poseformer_ros.skeleton.methods import METHODS
from poseformer_ros.stage_options import read_parameters
from poseformer_ros.synthesis.people_bench import EMPTY, IMAGES
from poseformer_ros.synthesis.people_sequences import SCENARIOS

HELP = 'the whole chain on people as they are, against rendered truth'
NO_FIT = 'none'
PARTS = (IMAGES, EMPTY, *SCENARIOS)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    parser.add_argument('recipe', type=Path, help='such as studio/bench_v2.yaml')
    parser.add_argument('--joints', nargs='+', default=['learned'], metavar='METHOD',
                        help=f'{", ".join(METHODS)}, or package.module:Name of what makes a callable from Silhouette to Skeleton')
    parser.add_argument('--fit', nargs='+', default=[NO_FIT], choices=(NO_FIT, *FIT_METHODS),
                        help="the joints as found, or those of the body fitted to them; the paper's is slow")
    parser.add_argument('--parts', nargs='+', default=list(PARTS), choices=PARTS, help='of the benchmark')
    parser.add_argument('--most', type=int, metavar='N', help='images of each part, about; a later call goes on from there')
    parser.add_argument('--model', type=Path, help='file of the person network, for silhouette and joints (the one that ships)')
    add_parameter_file(parser)
    parser.add_argument('--out', type=Path, default=Path('out/evaluate_people'),
                        help='folder for the tables, and for what is done: the same command goes on where it was interrupted')
    parser.add_argument('--workers', type=int, default=1, help='processes')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write."""
    ways = tuple(dict.fromkeys(PoseWay(joints) if fit == NO_FIT else PoseWay(joints, fit)
                               for joints in arguments.joints for fit in arguments.fit))
    settings = Settings(arguments.recipe, ways, _parameters(arguments))
    judged = judge_people(settings, arguments.out, arguments.parts, arguments.most, arguments.workers)
    figures = people_figures(judged, ways)
    report = people_report(figures, f'# {arguments.recipe.stem}')
    write_figures(figures, report, arguments.out / 'people')
    print(f'{report}\n{arguments.out}: people.md, people.json')
    return 0


def _parameters(arguments: argparse.Namespace) -> dict[str, dict]:
    said = read_parameters(arguments.params_file) if arguments.params_file else {}
    if arguments.model is None:
        return said
    file = str(arguments.model.resolve())
    return {**said, 'silhouette': {**said.get('silhouette', {}), 'people.model': file},
            'joints': {**said.get('joints', {}), 'learned.model': file}}
