"""Whether a station's nodes have met, by what they say, over real DDS: a node that has not met all is waited for and named."""

import time
from collections.abc import Callable, Iterator

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from std_msgs.msg import String

from poseformer_ros.ros.bags.station_connections import SETTLED_S, StationConnections
from poseformer_ros.ros.diagnostics import PUBLISHERS, READERS
from poseformer_ros.ros.qos import PROFILES

NAMESPACE, DEADLINE_S, SPEAKS_S = '/met', 10.0, 0.2
TOPIC = f'{NAMESPACE}/skeleton'


class Speaker(Node):
    """A node of the station that says how many it has met."""

    def __init__(self, name: str) -> None:
        super().__init__(name, namespace=NAMESPACE)
        self._diagnostics = self.create_publisher(DiagnosticArray, '/diagnostics', PROFILES['result'])

    def say(self, key: str, count: int) -> None:
        status = DiagnosticStatus(name=f'{NAMESPACE}/{self.get_name()}'.lstrip('/'), values=[KeyValue(key=key, value=str(count))])
        self._diagnostics.publish(DiagnosticArray(status=[status]))


class Station:
    """A node that publishes a topic, two that read it, and who looks on, a player; all in one executor."""

    def __init__(self) -> None:
        self.player = Node('bag_player', namespace=NAMESPACE)
        self.connections = StationConnections(self.player)      # type: ignore[arg-type]
        self.writer, self.readers = Speaker('joints'), [Speaker('smpl_fit'), Speaker('markers')]
        self.writer.create_publisher(String, 'skeleton', PROFILES['result'])
        for reader in self.readers:
            reader.create_subscription(String, 'skeleton', lambda _: None, PROFILES['result'])
        self.nodes: list[Node] = [self.player, self.writer, *self.readers]
        self._executor = SingleThreadedExecutor()
        for node in self.nodes:
            self._executor.add_node(node)

    def say(self, readers: int) -> None:
        """Each node its part once more; the writer how many readers it has met."""
        self.writer.say(READERS + TOPIC, readers)
        for reader in self.readers:
            reader.say(PUBLISHERS + TOPIC, 1)

    def until(self, holds: Callable[[], bool], readers: int, seconds: float = DEADLINE_S) -> bool:
        """Whether it holds within that time, while the nodes speak."""
        latest, spoken_at = time.monotonic() + seconds, float('-inf')
        while not holds():
            if time.monotonic() > latest:
                return False
            if time.monotonic() - spoken_at > SPEAKS_S:
                spoken_at = time.monotonic()
                self.say(readers)
            self._executor.spin_once(timeout_sec=0.02)
        return True


@pytest.fixture
def station() -> Iterator[Station]:
    rclpy.init()
    station = Station()
    try:
        yield station
    finally:
        for node in station.nodes:
            node.destroy_node()
        rclpy.shutdown()


def test_who_has_not_met_all_is_named_and_waited_for(station):
    lacks = f'met/joints has not met all {READERS}{TOPIC}'
    assert station.until(lambda: station.connections.lacking() == [lacks], readers=1)
    assert not station.until(station.connections.settled, readers=1, seconds=2.0 * SETTLED_S)
    began = time.monotonic()
    assert station.until(station.connections.settled, readers=2)
    assert time.monotonic() - began > SETTLED_S


def test_who_has_not_spoken_is_waited_for(station):
    assert station.until(lambda: not station.connections.lacking(), readers=2)
    late = Speaker('classifier')
    try:
        assert station.until(lambda: station.connections.lacking() == ['met/classifier has not spoken'], readers=2)
        assert not station.connections.settled()
    finally:
        late.destroy_node()
    assert station.until(station.connections.settled, readers=2)
