"""Command-line arguments of what works on recordings: how they are meant, which method does each stage, with which options."""

import argparse
from pathlib import Path
from typing import Any

from poseformer_ros.body.fitting.methods import METHODS as FIT_METHODS
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.loaders import Given
from poseformer_ros.recordings.own_joints.joint_form import AXES, METRES, SECONDS, JointForm
from poseformer_ros.skeleton.methods import METHODS as JOINT_METHODS
from poseformer_ros.stage_options import read_parameters


def add_recording_arguments(parser: argparse.ArgumentParser) -> None:
    """What recordings do not tell themselves: the rate of images, how joints of one's own are meant."""
    parser.add_argument('--rate', type=float, help='images a second, of folders that do not tell it (30)')
    parser.add_argument('--axes', choices=list(AXES), default='',
                        help='of joints of your own (camera): camera: x right, y down, z forward; kinect: x left, y up, z forward; '
                             'y_up: x right, z to the camera; z_up: x right, y forward')
    parser.add_argument('--stamps', choices=list(SECONDS), default='', help='unit of the stamps of joints of your own (s)')
    parser.add_argument('--lengths', choices=list(METRES), default='', help='unit of the positions of joints of your own (m)')


def given_by(arguments: argparse.Namespace) -> Given:
    """What they say of recordings. Raises BadInput for a rate that is none."""
    if arguments.rate is not None and not arguments.rate > 0:
        raise BadInput(f'--rate {arguments.rate:g}: wanted images a second; give a number above 0')
    return Given(arguments.rate, JointForm(arguments.axes, arguments.stamps, arguments.lengths))


def add_stage_arguments(parser: argparse.ArgumentParser) -> None:
    """The methods of joints and fit, and the file for everything else."""
    parser.add_argument('--joints', choices=list(JOINT_METHODS), help='who finds the joints in images (learned)')
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
