"""`poseformer train score`: a clinical score for reports, from KIMORE's skeletons and scores on this machine."""

import argparse
from pathlib import Path

from poseformer_ros.recordings import kimore
from poseformer_ros.recordings.labelled.motion_sets import motions_of
from poseformer_ros.recordings.score_file import save_score_model
from poseformer_ros.training.figures.clinical_score import learned_score

HELP = "a total score of KIMORE's exercises for `poseformer report --score`"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """From which folder."""
    parser.add_argument('--root', type=Path, required=True, help='folder of KIMORE with its clinical scores')
    parser.add_argument('--out', type=Path, default=Path('out/score.npz'), help='file of the model')


def run(arguments: argparse.Namespace) -> int:
    """Learn, judge by leave one person out, write."""
    scores = kimore.read_scores(arguments.root / kimore.SCORES)
    model = learned_score(motions_of('kimore', arguments.root), scores)
    save_score_model(arguments.out, model)
    for exercise, error in zip(model.exercises, model.error):
        print(f'{exercise}: root mean square error {error:.1f} of {model.highest:.0f}')
    print(f'learned from {model.source}\nmodel: {arguments.out}')
    return 0
