"""`poseformer check-camera`: a camera's live topics against its preset; says what is wrong and the remedy."""

import argparse

import rclpy
from rclpy.signals import SignalHandlerOptions

from poseformer_ros.cli.option_arguments import add_option_arguments, options_from
from poseformer_ros.ros import surroundings, transport
from poseformer_ros.station import graph, presets
from poseformer_ros.station.camera_check import CheckOptions, Finding, check, options_of, shared_memory
from poseformer_ros.station.camera_seen import look


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which camera, and for how long."""
    parser.description = ("Listens to the camera's topics and says what is wrong with them and the remedy. "
                          'Exit status 0 when the station can work with the camera, else 1.')
    parser.add_argument('--camera', default='own', choices=presets.names(), help='camera preset of config/cameras')
    parser.add_argument('--seconds', type=float, default=5.0, help='how long to listen once all topics are there (default 5)')
    add_option_arguments(parser, CheckOptions)
    parser.add_argument('--namespace', default=graph.NAMESPACE, help='of the topics that the preset does not name')


def run(arguments: argparse.Namespace) -> int:
    """Listen, print a line for each finding, and say whether the station can work with the camera."""
    preset = presets.load(arguments.camera)
    findings = findings_of(preset, arguments.seconds, arguments.namespace, arguments.ros_arguments,
                           options_from(arguments, CheckOptions))
    for finding in findings:
        print(f'{finding.level:<5} {finding.about}: {finding.text}')
    wrong = sum(finding.level == 'wrong' for finding in findings)
    if wrong and preset.driver:
        print(f'The preset starts its driver with: {preset.driver.start}')
    print(f'{preset.name}: {f"{wrong} wrong" if wrong else "the station can work with this camera"}')
    return 1 if wrong else 0


def findings_of(preset: presets.Preset, seconds: float, namespace: str, ros_arguments: list[str],
                limits: CheckOptions = CheckOptions()) -> list[Finding]:
    """Everything found of the preset's camera."""
    transport.use_profile()
    words = ['--ros-args', '-r', f'__ns:=/{namespace.strip("/")}', *presets.ros_arguments(preset), *ros_arguments,
             *surroundings.log_arguments()]
    rclpy.init(args=words, signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node('check_camera')
    try:
        return check(preset, look(node, options_of(preset)[0], seconds), limits) + shared_memory()
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
