"""`poseformer view [BAG]`: the running station or a bag in Rerun, in a window, on a page of a browser or in a file."""

import argparse
import dataclasses
from pathlib import Path

from poseformer_ros.body.body_options import BodyModelOptions
from poseformer_ros.cli.option_arguments import add_option_arguments, options_from
from poseformer_ros.ros.view.view_options import ViewOptions
from poseformer_ros.station import graph, presets
from poseformer_ros.station.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is shown, and where."""
    parser.add_argument('bag', nargs='?', metavar='BAG', type=Path, help='bag of a station; without one, the station that runs')
    add_option_arguments(parser, ViewOptions)
    add_option_arguments(parser, BodyModelOptions)
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of the station')
    parser.add_argument('--use-sim-time', action='store_true', help='follow /clock')
    parser.set_defaults(camera='own')       # its topics are not read


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted or the window is closed; of a bag with --save alone, until the file is written."""
    if arguments.bag:
        from poseformer_ros.station.bag_view import show_bag
        view, body = options_from(arguments, ViewOptions), options_from(arguments, BodyModelOptions)
        show_bag(arguments.bag, view, body, arguments.namespace)
        return 0
    parameters = {f'{prefix}.{field.name}': getattr(arguments, field.name)
                  for prefix, options in (('view', ViewOptions), ('body', BodyModelOptions))
                  for field in dataclasses.fields(options)}
    return run_nodes(['view'], presets.node_arguments('view', parameters, arguments))
