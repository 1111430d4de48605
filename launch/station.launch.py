"""The station as processes: every node, topic and parameter comes from poseformer_ros.station.graph.

    ros2 launch poseformer_ros station.launch.py camera:=kinect2 rviz:=true
"""

from launch.actions import DeclareLaunchArgument, OpaqueFunction, Shutdown
from launch_ros.actions import Node

from launch import LaunchDescription
from poseformer_ros.station import launching, processes


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
                 additional_env=process.environment, output='screen', respawn=process.respawn,
                 respawn_delay=launching.RESPAWN_AFTER_S, on_exit=_end_where_a_start_is_in_vain)
            for process in launching.processes(values, context.launch_configurations.get('ros_namespace', ''))]


def _end_where_a_start_is_in_vain(event, _):
    if event.returncode == processes.IN_VAIN:
        return [Shutdown(reason='a parameter cannot be used, see above')]
    return None
