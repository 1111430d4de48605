"""Command-line arguments that say which method does each stage, and with which options."""

import argparse
from pathlib import Path
from typing import Any

from poseformer_ros.body.fitting.methods import METHODS as FIT_METHODS
from poseformer_ros.skeleton.methods import METHODS as JOINT_METHODS
from poseformer_ros.stage_options import read_parameters


def add_stage_arguments(parser: argparse.ArgumentParser) -> None:
    """The methods of joints and fit, and the file for everything else."""
    parser.add_argument('--joints', choices=list(JOINT_METHODS), help='who finds the joints (paper)')
    parser.add_argument('--fit', choices=list(FIT_METHODS),
                        help="who fits the body (fast); the paper's needs PyTorch and a second a frame")
    add_parameter_file(parser)


def add_parameter_file(parser: argparse.ArgumentParser) -> None:
    """A ROS parameter file, of which the stages' nodes are read."""
    parser.add_argument('--params-file', type=Path, metavar='YAML',
                        help='options of the stages, as for `poseformer station` (docs/nodes)')


def parameters_from(arguments: argparse.Namespace) -> dict[str, dict[str, Any]]:
    """What the file says of each node, and over it what the arguments say. Raises BadInput for a file that is none."""
    parameters = read_parameters(arguments.params_file.expanduser()) if arguments.params_file else {}
    for node, name, value in (('joints', 'joints.method', arguments.joints), ('smpl_fit', 'body.method', arguments.fit)):
        if value is not None:
            parameters.setdefault(node, {})[name] = value
    return parameters
