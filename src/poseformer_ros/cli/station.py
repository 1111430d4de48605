"""`poseformer station`: the whole graph, in the same processes as the launch file."""

import argparse

from poseformer_ros.ros import transport
from poseformer_ros.station import graph, parameter_files, presets, processes, stopping
from poseformer_ros.station.run import run as run_nodes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """As of launch/station.launch.py; topics and log level are ROS's own (`--ros-args -r color/image:=/rgb --log-level debug`)."""
    parser.add_argument('--camera', default='own', choices=presets.names(), help='camera preset of config/cameras')
    parser.add_argument('--start-from', default='camera', choices=graph.START_POINTS,
                        help="the camera's images, or synchronized pairs (topic rgbd) as a bag may hold them")
    parser.add_argument('--params-file', help='ROS parameter file, read after the preset')
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of all nodes and topics')
    parser.add_argument('--use-sim-time', action='store_true', help='follow /clock, as with a replayed bag')
    parser.add_argument('--respawn', action='store_true', help='bring a process back that died, instead of ending with it')
    parser.add_argument('--one-process', action='store_true',
                        help='everything in this process: a third of the memory, but not 30 images a second')


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted, or until a process ends, as with a parameter that cannot be used."""
    words = ['--ros-args', '-r', f'__ns:=/{arguments.namespace.strip("/")}',
             *presets.ros_arguments(presets.load(arguments.camera))]
    if arguments.params_file:
        parameter_files.say_unread(arguments.params_file, arguments.namespace)
        words += ['--params-file', arguments.params_file]
    if arguments.use_sim_time:
        words += ['-p', 'use_sim_time:=true']
    words += arguments.ros_arguments
    parts = list(graph.START_POINTS[arguments.start_from].values())
    if arguments.one_process:
        return run_nodes([name for names in parts for name in names], words)
    transport.use_profile()
    with stopping.noted() as came:
        children = [processes.start(names, words) for names in parts]
        try:
            if arguments.respawn:
                return processes.keep_running(children, lambda place: processes.start(parts[place], words), came)
            return processes.until_one_ends(children, came)
        finally:
            processes.end(children)
