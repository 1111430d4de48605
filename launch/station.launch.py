"""The station as processes: every node, topic and parameter comes from poseformer_ros.station.graph.

    ros2 launch poseformer_ros station.launch.py camera:=kinect2 rviz:=true
"""

from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch_ros.actions import Node

from launch import LaunchDescription
from poseformer_ros.station import launching


def generate_launch_description():
    """Declare the arguments; the nodes follow once their values are known."""
    arguments = [DeclareLaunchArgument(argument.name, default_value=argument.default, description=argument.text,
                                       choices=argument.choices)
                 for argument in launching.arguments()]
    return LaunchDescription([*arguments, OpaqueFunction(function=_nodes)])


def _nodes(context):
    values = {argument.name: context.launch_configurations[argument.name] for argument in launching.arguments()}
    return [Node(package=process.package, executable=process.executable, namespace=process.namespace,
                 parameters=process.parameters, remappings=process.remappings, arguments=process.arguments,
                 additional_env=process.environment, output='screen')
            for process in launching.processes(values)]
