"""`poseformer reproduce kimore|utkinect|mars|mri`: from the joints of a data set."""

import argparse
from pathlib import Path

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.report import SCORES, TIMES
from poseformer_ros.recordings import kimore
from poseformer_ros.recordings.labelled.motion_sets import MOTION_SETS, motions_of
from poseformer_ros.training.figures.ablation_runs import REAL_UNIT, rows_that_are_there, run_ablation
from poseformer_ros.training.figures.clinical_score import run_scores
from poseformer_ros.training.figures.feature_inputs import FeatureInputs
from poseformer_ros.training.figures.labelled_features import labelled_features
from poseformer_ros.training.figures.plan import FEATURED, PLANS, Source, run_plan
from poseformer_ros.training.figures.times import write_times


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the data set is."""
    parser.add_argument('--root', type=Path, help='folder of the data set')
    parser.add_argument('--features', type=Path, metavar='DIR',
                        help="for the ablation: what `poseformer features ROOT --out DIR` made of the same recordings")


def run(arguments: argparse.Namespace, out: Path) -> None:
    """Train what is missing."""
    if arguments.root is None:
        raise BadInput(f'--root: not said; give the folder of {arguments.data_set}, or --report-only')
    motions = motions_of(arguments.data_set, arguments.root)
    classes = MOTION_SETS[arguments.data_set].classes
    run_plan(arguments.data_set, motions, classes, out, PLANS[arguments.data_set])
    if arguments.features is not None:
        thinned, sequences = labelled_features(motions, arguments.features)
        run_ablation(thinned, sequences, classes, out, REAL_UNIT, rows=rows_that_are_there(sequences))
        run_plan(arguments.data_set, motions, classes, out, FEATURED, Source(thinned, FeatureInputs(sequences)))
    write_times(motions, out / TIMES)
    if (arguments.root / kimore.SCORES).is_file():
        run_scores(motions, kimore.read_scores(arguments.root / kimore.SCORES), out / SCORES)
