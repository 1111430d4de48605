"""Runs nodes of the graph in this process."""

import importlib
import os
import sys
from collections.abc import Iterable

import cv2
import rclpy
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from poseformer_ros.errors import BadInput
from poseformer_ros.ros import surroundings, transport
from poseformer_ros.ros.freshness import Freshness
from poseformer_ros.ros.shared_topics import SharedTopics
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.station import graph, parameter_files, stopping

# How long a thread may keep the interpreter while another waits: Python's own 5 ms are a third of an image's whole way.
SWITCH_INTERVAL_S = 0.0005
YIELD_BY = 5    # levels of niceness
LOOK_S = 0.2    # how soon a signal is noticed while nothing else happens
# For leaving the graph. Fast DDS 2.14 may wait for ever: a participant that is destroyed holds a lock and waits for the end of a
# callback, which waits for that lock, where others leave at the same moment, as all processes of a station do.
LEAVE_S = 1.0


def run(names: Iterable[str], ros_arguments: list[str]) -> int:
    """Run nodes in one process until interrupted.

    Returns the exit status: 2 for a parameter that cannot be used, else the highest `exit_status` of a node that has one.
    """
    names = tuple(names)
    if set(names) <= graph.YIELDING:
        os.nice(YIELD_BY)
    transport.use_profile()
    with stopping.noted() as came:
        return _run(names, ros_arguments, came)


def _run(names: Iterable[str], ros_arguments: list[str], came: list[int]) -> int:
    rclpy.init(args=[*ros_arguments, *surroundings.log_arguments()], signal_handler_options=SignalHandlerOptions.NO)
    nodes: list[StageNode] = []
    status = 2
    try:
        shared = SharedTopics(graph.node(name) for name in names)
        nodes = make_nodes((name for name in names if not came), shared)
        spin(nodes, came)
        status = max((getattr(node, 'exit_status', 0) for node in nodes), default=0)
    except BadInput as error:
        print(f'poseformer: {error}', file=sys.stderr)
    finally:
        for node in nodes:
            node.end()
        with stopping.at_most(LEAVE_S, status):
            for node in nodes:
                node.destroy_node()
            rclpy.try_shutdown()
    return status


def make_nodes(names: Iterable[str], shared: SharedTopics = SharedTopics()) -> list[StageNode]:
    """Make the nodes and connect those that hand over in memory; if one cannot be made, all leave the graph again.

    shared: what they read together; without it every message goes over DDS.

    Raises:
        BadInput: a parameter has a value that cannot be used.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_S)
    # Two threads on a crop wait for each other and for the cores that other stages use: a quarter more latency than one.
    cv2.setNumThreads(1)
    nodes: dict[str, StageNode] = {}
    try:
        for name in names:
            nodes[name] = _make_node(name, shared)
    except BaseException:
        for node in nodes.values():
            node.destroy_node()
        raise
    known = Freshness()
    for node in nodes.values():
        node.freshness = known      # what one node of a process knows of the newest image, all of them know
    for passed in graph.HAND_OVERS:
        if passed.taker in nodes and passed.giver in nodes:
            nodes[passed.giver].hand_over = nodes[passed.taker].take
        elif passed.taker in nodes:
            nodes[passed.taker].read(passed.topic)
    for name, node in nodes.items():
        node.get_logger().info(f'{name}: {graph.node(name).text}')
    return list(nodes.values())


def _make_node(name: str, shared: SharedTopics) -> StageNode:
    spec = graph.node(name)
    node_class = getattr(importlib.import_module(f'poseformer_ros.nodes.{name}'), spec.class_name)
    node = node_class.__new__(node_class)
    node.shared = shared
    try:
        node.__init__(spec)
    except BaseException:
        Node.destroy_node(node)     # it is in the graph already, and has nothing yet to put away
        raise
    node.health.doubt('parameters', _unread_parameters(node))
    return node


def _unread_parameters(node: StageNode) -> str:
    """What the node was given and does not know; what another node of the graph knows may stand in a section for all of them."""
    others = {name for spec in graph.STATION + graph.SOURCES for name in parameter_files.parameters_of(spec)}
    given = [name for name in node.options.undeclared() if name not in others]
    return '; '.join(parameter_files.unknown(given, parameter_files.parameters_of(node.spec)))


def spin(nodes: Iterable[StageNode], came: list[int]) -> None:
    """Let the nodes work until a signal came, or until all of them have `finished`, as sources do.

    The events executor takes a quarter less time per image than the default one.
    """
    executor = EventsExecutor()
    for node in nodes:
        executor.add_node(node)
    try:
        # Not spin(): in rclpy 7.1.6 this executor's spin() keeps a core busy and does not end on a signal.
        while not came and not all(getattr(node, 'finished', False) for node in nodes):
            executor.spin_once(timeout_sec=LOOK_S)
    finally:
        executor.shutdown()
