"""`poseformer node NAME`: one node of the graph."""

import argparse

from poseformer_ros.ros import graph
from poseformer_ros.ros.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The node's name; parameters and remaps follow --ros-args."""
    parser.add_argument('name', choices=[spec.name for spec in graph.STATION + graph.SOURCES], help='node of the graph')


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted."""
    return run_nodes([arguments.name], arguments.ros_arguments)
