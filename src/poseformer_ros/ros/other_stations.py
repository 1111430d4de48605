"""A second station in the same namespace: both answer on the same topics, and to whoever reads them time goes to and fro."""

import time

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType

from poseformer_ros.ros.diagnostics import PROCESS
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.stage_node import StageNode

HEARD_FOR_S = 3.0       # diagnostics come once a second


class OtherStations:
    """Tells a node's health of other processes with a node of its name.

    By what they say in /diagnostics, not by who is in the graph: a process that was killed is there for twenty seconds more.
    """

    def __init__(self, node: StageNode) -> None:
        self._node = node
        self._heard: dict[str, float] = {}
        node.create_subscription(DiagnosticArray, '/diagnostics', self._hear, PROFILES['result'])
        node.create_timer(1.0, self._tell, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _hear(self, array: DiagnosticArray) -> None:
        name = self._node.get_fully_qualified_name().lstrip('/')
        self._heard |= {status.hardware_id: time.monotonic() for status in array.status
                        if status.name == name and status.hardware_id != PROCESS}

    def _tell(self) -> None:
        others = sorted(process for process, at in self._heard.items() if time.monotonic() - at < HEARD_FOR_S)
        said = (f'another station runs in namespace {self._node.get_namespace()} ({"; ".join(others)}) and answers on the same '
                'topics; end one, or give it another namespace')
        self._node.health.doubt('stations', said if others else '')
