"""`poseformer reproduce DATA_SET --root DIR`: the paper's tables under an honest protocol, from skeletons; resumable."""

import argparse
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.report import REPORT, SCORES, TIMES, write_report
from poseformer_ros.recordings import kimore
from poseformer_ros.recordings.labelled.motion_sets import MOTION_SETS, motions_of
from poseformer_ros.training.classifiers.methods import METHODS
from poseformer_ros.training.figures.clinical_score import run_scores
from poseformer_ros.training.figures.plan import PLANS, PREDICTIONS, run_plan
from poseformer_ros.training.figures.times import write_times


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which data set, and where."""
    parser.add_argument('data_set', choices=tuple(MOTION_SETS), help='whose tables')
    parser.add_argument('--root', type=Path, help='folder of the data set')
    parser.add_argument('--out', type=Path, help='folder for folds, predictions and report; out/figures/DATA_SET when left out')
    parser.add_argument('--report-only', action='store_true',
                        help='train nothing: write the report from the predictions that are there')


def run(arguments: argparse.Namespace) -> int:
    """Train what is missing, then write the report from the saved predictions."""
    out = arguments.out or Path('out/figures') / arguments.data_set
    if not arguments.report_only:
        if arguments.root is None:
            raise BadInput(f'--root: not said; give the folder of {arguments.data_set}, or --report-only')
        motions = motions_of(arguments.data_set, arguments.root)
        run_plan(arguments.data_set, motions, MOTION_SETS[arguments.data_set].classes, out, PLANS[arguments.data_set])
        write_times(motions, out / TIMES)
        if (arguments.root / kimore.SCORES).is_file():
            run_scores(motions, kimore.read_scores(arguments.root / kimore.SCORES), out / SCORES)
    figures = write_report(arguments.data_set, out / PREDICTIONS, out, {name: method.text for name, method in METHODS.items()})
    for name, found in figures.items():
        print(f'{name}: {found["n"] - found["errors"]} of {found["n"]} ({100 * found["right"]:.1f} %)')
    print(f'report: {out / REPORT}.md, {out / REPORT}.html')
    return 0
