"""`poseformer evaluate assessment RECIPE`: counts, edges, angles and faults against acted truth, and KIMORE's marks."""

import argparse
from pathlib import Path

from poseformer_ros.assessment.movement import movement_of_fit
from poseformer_ros.evaluation.assessment.acted_joints import acted_sets
from poseformer_ros.evaluation.assessment.fitted_sets import LEARNED, PAPER, FittedSet, fitted_sets
from poseformer_ros.evaluation.assessment.judged_sets import JudgedSet, KnownSet, exercise_table, fault_table, judged
from poseformer_ros.evaluation.assessment.kimore_counts import counted_sequences, kimore_table
from poseformer_ros.evaluation.assessment.set_recipe import SetPlan, set_plans
from poseformer_ros.skeleton.methods import METHODS

HELP = 'repetitions, angles and faults of acted sets, and repetitions in KIMORE'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is evaluated, and on what."""
    parser.add_argument('recipe', type=Path, nargs='?', default=Path('studio/assessment_v1.yaml'), help='of sets (%(default)s)')
    parser.add_argument('--joints', action='store_true',
                        help="true joints with a fit's errors instead of rendered images: seconds for a set instead of minutes")
    parser.add_argument('--detectors', nargs='+', choices=tuple(METHODS), default=[LEARNED, PAPER],
                        help='whose joints the body is fitted to, of rendered images (%(default)s)')
    parser.add_argument('--first', type=int, metavar='N', help='only so many sets, in the order of the recipe')
    parser.add_argument('--kimore', type=Path, metavar='FOLDER', help="only KIMORE's skeletons against the marks in this folder")
    parser.add_argument('--out', type=Path, default=Path('out/assess'), help='for tables, and for sets that are fitted already')


def run(arguments: argparse.Namespace) -> int:
    """Evaluate, print and write."""
    if arguments.kimore:
        name, report = 'kimore.md', kimore_table(counted_sequences(arguments.kimore))
    else:
        plans = set_plans(arguments.recipe)[:arguments.first]
        if arguments.joints:
            name, ways = 'joints.md', {'joints': [judged(one) for one in acted_sets(plans)]}
        else:
            name, ways = 'rendered.md', rendered_sets(plans, arguments.out / 'sets', arguments.detectors)
        report = '\n'.join([*(f'{way}\n\n{exercise_table(sets)}' for way, sets in ways.items()), fault_table(ways)])
    arguments.out.mkdir(parents=True, exist_ok=True)
    (arguments.out / name).write_text(report)
    print(f'{report}\n{arguments.out / name}')
    return 0


def rendered_sets(plans: list[SetPlan], folder: Path, detectors: list[str]) -> dict[str, list[JudgedSet]]:
    """Sets through the whole pipeline up to the fit, by detector of the joints."""
    sets: dict[str, list[JudgedSet]] = {detector: [] for detector in detectors}
    for by_detector in fitted_sets(plans, folder, detectors):
        for detector, one in by_detector.items():
            sets[detector].append(judged(_known(one)))
    return sets


def _known(one: FittedSet) -> KnownSet:
    return KnownSet(one.plan, movement_of_fit(one.fit.stamps_s, one.fit, one.fit.ground), one.joints, one.repetition)
