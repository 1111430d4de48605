"""`poseformer replay BAG`: what a bag holds, published as it was recorded."""

import argparse
import dataclasses

from poseformer_ros.cli.option_arguments import add_option_arguments
from poseformer_ros.ros.bags.bag_options import PlayerOptions
from poseformer_ros.station import graph, presets
from poseformer_ros.station.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is replayed, and how."""
    parser.add_argument('path', metavar='BAG', help='bag folder, or a .mcap or .db3 file; of ours or of rosbag2')
    add_option_arguments(parser, PlayerOptions, but=('path',))
    parser.add_argument('--camera', default='own', choices=presets.names(), help='camera preset of config/cameras')
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of the station')
    parser.add_argument('--use-sim-time', action='store_true', help='follow /clock')


def run(arguments: argparse.Namespace) -> int:
    """Run to the end of the bag, or until interrupted."""
    parameters = {f'player.{field.name}': getattr(arguments, field.name) for field in dataclasses.fields(PlayerOptions)}
    return run_nodes(['bag_player'], presets.node_arguments('bag_player', parameters, arguments))
