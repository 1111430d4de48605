"""`poseformer evaluate pose --motions kimore --root DIR`: the station on motions of real people, rendered as they are judged."""

import argparse
from pathlib import Path

from poseformer_ros.cli.option_arguments import add_option_arguments, options_from
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.person_tables import write_figures
from poseformer_ros.evaluation.real_motion.figures import motion_figures
from poseformer_ros.evaluation.real_motion.judge_motion import MotionRunOptions
from poseformer_ros.evaluation.real_motion.retargeted import CLASS_OF, chosen
from poseformer_ros.evaluation.real_motion.run import MotionSettings, judge_motions
from poseformer_ros.evaluation.real_motion.tables import motion_report
from poseformer_ros.recordings.labelled.motion_sets import motions_of
from poseformer_ros.stage_options import read_parameters


def add_motion_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose motions, how much of them, and before which camera."""
    parser.add_argument('--motions', choices=list(CLASS_OF),
                        help='instead of images: a data set of recorded joints, each sequence brought onto the body, rendered and '
                             'judged as the station is set by --params-file; all that follows is of motions')
    parser.add_argument('--root', type=Path, help='folder of the data set')
    parser.add_argument('--subjects', type=int, metavar='N', help='so many of its people, taken evenly by name (all)')
    parser.add_argument('--every', type=int, default=1, metavar='K', help='every so many of their sequences')
    add_option_arguments(parser, MotionRunOptions)


def run_motions(arguments: argparse.Namespace) -> int:
    """Evaluate what is missing in --out, print and write."""
    if arguments.root is None:
        raise BadInput(f'--root: not said; give the folder of {arguments.motions}')
    motions = chosen(motions_of(arguments.motions, arguments.root), arguments.subjects, arguments.every)
    settings = MotionSettings(arguments.motions, arguments.body, options_from(arguments, MotionRunOptions),
                              read_parameters(arguments.params_file) if arguments.params_file else {})
    figures = motion_figures(judge_motions(motions, settings, arguments.out, arguments.workers))
    report = motion_report(figures, f'Motions of {arguments.motions}')
    write_figures(figures, report, arguments.out / 'motions')
    print(f'{report}\n{arguments.out}: motions.md, motions.json')
    return 0
