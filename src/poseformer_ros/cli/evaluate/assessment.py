"""`poseformer evaluate assessment RECIPE`: counts, edges, angles and faults against acted truth, and KIMORE's marks."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from poseformer_ros.assessment.movement import movement_of_fit
from poseformer_ros.evaluation.assessment.acted_joints import acted_sets
from poseformer_ros.evaluation.assessment.fitted_sets import fitted_sets
from poseformer_ros.evaluation.assessment.judged_sets import KnownSet, exercise_table, fault_table, judged
from poseformer_ros.evaluation.assessment.kimore_counts import counted_sequences, kimore_table
from poseformer_ros.evaluation.assessment.set_recipe import SetPlan, set_plans

HELP = 'repetitions, angles and faults of acted sets, and repetitions in KIMORE'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    parser.add_argument('recipe', type=Path, nargs='?', default=Path('studio/assessment_v1.yaml'), help='of sets (%(default)s)')
    parser.add_argument('--joints', action='store_true',
                        help="true joints with a fit's errors instead of rendered images: seconds for a set instead of minutes")
    parser.add_argument('--first', type=int, metavar='N', help='only so many sets, in the order of the recipe')
    parser.add_argument('--kimore', type=Path, metavar='FOLDER', help="only KIMORE's skeletons against the marks in this folder")
    parser.add_argument('--out', type=Path, default=Path('out/assess'), help='for tables, and for sets that are fitted already')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write."""
    if arguments.kimore:
        name, report = 'kimore.md', kimore_table(counted_sequences(arguments.kimore))
    else:
        plans = set_plans(arguments.recipe)[:arguments.first]
        known = acted_sets(plans) if arguments.joints else rendered_sets(plans, arguments.out / 'sets')
        sets = [judged(one) for one in known]
        name = 'joints.md' if arguments.joints else 'rendered.md'
        report = f'{exercise_table(sets)}\n{fault_table(sets)}'
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / name).write_text(report)
    print(f'{report}\n{arguments.out / name}')
    return 0


def rendered_sets(plans: list[SetPlan], folder: Path) -> Iterator[KnownSet]:
    """Sets through the whole pipeline up to the fit."""
    for one in fitted_sets(plans, folder):
        yield KnownSet(one.plan, movement_of_fit(one.fit.stamps_s, one.fit, one.fit.ground), one.joints, one.repetition)
