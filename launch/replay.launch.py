"""Publishes what a bag holds; the arguments are the options of node bag_player (docs/nodes/bag_player.md).

    ros2 launch poseformer_ros replay.launch.py path:=bags/monday every_frame:=true
"""

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch_ros.actions import Node

from launch import LaunchDescription
from poseformer_ros.station import bag_launching

NODE = 'bag_player'


def generate_launch_description():
    """Declare the arguments; the node follows once their values are known."""
    arguments = [DeclareLaunchArgument(argument.name, default_value=argument.default, description=argument.text,
                                       choices=argument.choices)
                 for argument in bag_launching.arguments(NODE)]
    return LaunchDescription([*arguments, OpaqueFunction(function=_nodes)])


def _nodes(context):
    values = {argument.name: context.launch_configurations[argument.name] for argument in bag_launching.arguments(NODE)}
    process = bag_launching.process(NODE, values)
    return [Node(package=process.package, executable=process.executable, namespace=process.namespace,
                 parameters=process.parameters, remappings=process.remappings, arguments=process.arguments,
                 additional_env=process.environment, output='screen')]
