"""`poseformer reproduce DATA_SET`: the paper's tables under an honest protocol, from skeletons or rendered images; resumable."""

import argparse
from pathlib import Path

from poseformer_ros.cli.reproduce import rendered, skeletons
from poseformer_ros.evaluation.protocol.report import REPORT, write_report
from poseformer_ros.recordings.labelled.motion_sets import MOTION_SETS
from poseformer_ros.training.classifiers.methods import METHODS
from poseformer_ros.training.figures.plan import OF_BOTH, OF_FEATURES, OF_RECORDING, PREDICTIONS

SYNTHETIC = 'synthetic'
# What methods see beside joints.
SAID = {OF_FEATURES: 'all fused features', OF_BOTH: "joints' channels and all fused features",
        OF_RECORDING: 'the whole recording that a window is part of, and the repetitions found in it'}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which data set, and where."""
    parser.add_argument('data_set', choices=(*MOTION_SETS, SYNTHETIC), help='whose tables')
    skeletons.add_arguments(parser)
    rendered.add_arguments(parser)
    parser.add_argument('--out', type=Path, help='folder for folds, predictions and report; out/figures/DATA_SET when left out')
    parser.add_argument('--report-only', action='store_true',
                        help='train nothing: write the report from the predictions that are there')


def run(arguments: argparse.Namespace) -> int:
    """Train what is missing, then write the report from the saved predictions."""
    out = arguments.out or Path('out/figures') / arguments.data_set
    if not arguments.report_only:
        (rendered if arguments.data_set == SYNTHETIC else skeletons).run(arguments, out)
    texts = {name: method.text for name, method in METHODS.items()}
    texts |= {f'{inputs}_{name}': f'{said}: {text}' for inputs, said in SAID.items() for name, text in texts.items()}
    figures = write_report(arguments.data_set, out / PREDICTIONS, out, texts)
    for name, found in figures.items():
        print(f'{name}: {found["n"] - found["errors"]} of {found["n"]} ({100 * found["right"]:.1f} %)')
    print(f'report: {out / REPORT}.md, {out / REPORT}.html')
    return 0
