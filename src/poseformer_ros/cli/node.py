"""`poseformer node NAME...`: some nodes of the graph in this process."""

import argparse

from poseformer_ros.station import graph
from poseformer_ros.station.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The nodes' names; parameters and remaps follow --ros-args."""
    names = [spec.name for spec in graph.EVERY_NODE]
    parser.add_argument('names', nargs='+', choices=names, metavar='NAME', help='nodes of the graph: ' + ', '.join(names))


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted."""
    return run_nodes(arguments.names, arguments.ros_arguments)
