"""`poseformer play FOLDER`: a folder of images, published as a camera would."""

import argparse

from poseformer_ros.recordings import image_folder
from poseformer_ros.station import graph, presets
from poseformer_ros.station.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Folder, rate, looping, waiting."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.description = image_folder.__doc__
    parser.add_argument('folder', help='folder with color/, depth/ and calibration.json')
    parser.add_argument('--rate', type=float, default=30.0, help='images a second')
    parser.add_argument('--once', action='store_true', help='end after the last image')
    parser.add_argument('--wait', action='store_true', help='wait for the skeleton of each image, so that none is skipped')
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of the topics')


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted, or until the last image with --once."""
    parameters = {'folder.path': arguments.folder, 'source.rate_hz': arguments.rate, 'source.loop': not arguments.once,
                  'source.wait_for_station': arguments.wait}
    return run_nodes(['image_player'], [
        '--ros-args', '-r', f'__ns:=/{arguments.namespace.strip("/")}',
        *presets.parameter_arguments({'image_player': parameters}), *arguments.ros_arguments])
