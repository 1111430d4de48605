"""`poseformer play FOLDER`: a folder of pictures, published as a camera would."""

import argparse

from poseformer_ros.camera import picture_folder
from poseformer_ros.ros import graph, presets
from poseformer_ros.ros.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Folder, rate, looping, waiting."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = picture_folder.__doc__
    parser.add_argument('folder', help='folder with color/, depth/ and calibration.json')
    parser.add_argument('--rate', type=float, default=30.0, help='pictures a second')
    parser.add_argument('--once', action='store_true', help='end after the last picture')
    parser.add_argument('--wait', action='store_true', help='wait for the skeleton of each picture, so that none is skipped')
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of the topics')


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted, or until the last picture with --once."""
    parameters = {'folder.path': arguments.folder, 'source.rate_hz': arguments.rate, 'source.loop': not arguments.once,
                  'source.wait_for_station': arguments.wait}
    return run_nodes(['picture_player'], [
        '--ros-args', '-r', f'__ns:=/{arguments.namespace.strip("/")}',
        *presets.parameter_arguments({'picture_player': parameters}), *arguments.ros_arguments])
