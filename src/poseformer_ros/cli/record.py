"""`poseformer record`: topics into a bag, until it is interrupted."""

import argparse
import dataclasses

from poseformer_ros.cli.option_arguments import add_option_arguments
from poseformer_ros.recordings.bags.writer_options import WriterOptions
from poseformer_ros.ros.bags.bag_options import RecorderOptions
from poseformer_ros.station import graph, presets
from poseformer_ros.station.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is recorded, and how."""
    add_option_arguments(parser, RecorderOptions, but=('camera',))
    add_option_arguments(parser, WriterOptions)
    parser.add_argument('--camera', default='own', choices=presets.names(), help='camera preset of config/cameras')
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of the station')
    parser.add_argument('--use-sim-time', action='store_true', help='times of /clock, as with a replayed bag')


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted, or until the disk is full."""
    parameters = {f'{prefix}.{field.name}': getattr(arguments, field.name)
                  for prefix, options in (('recorder', RecorderOptions), ('writer', WriterOptions))
                  for field in dataclasses.fields(options)}
    return run_nodes(['bag_recorder'], presets.node_arguments('bag_recorder', parameters, arguments))
