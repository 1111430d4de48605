"""Whether the nodes of a station, each in its process, have all met: what is published before reaches nobody."""

import time

from diagnostic_msgs.msg import DiagnosticArray

from poseformer_ros.ros.diagnostics import PUBLISHERS, READERS
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.stage_node import StageNode

# Nodes speak once a second; in so long each of them has spoken again.
SETTLED_S = 2.0


class StationConnections:
    """What the nodes of a namespace say of their connections, beside what a node of it sees in the graph."""

    def __init__(self, node: StageNode) -> None:
        self._node = node
        self._met: dict[str, dict[str, int]] = {}
        self._seen: tuple | None = None
        self._seen_at = 0.0
        node.create_subscription(DiagnosticArray, '/diagnostics', self._hear, PROFILES['result'])

    def settled(self) -> bool:
        """Whether all have met, and nobody has come or gone for a while; ask again and again."""
        lacking, now = self.lacking(), time.monotonic()
        seen = (lacking, self._speakers(), dict(self._met))
        if seen != self._seen:
            self._seen, self._seen_at = seen, now
        return not lacking and now - self._seen_at > SETTLED_S

    def lacking(self) -> list[str]:
        """What is not connected yet, in words."""
        speakers = sorted(self._speakers())
        return [f'{name} has not spoken' for name in speakers if name not in self._met] + [
            f'{name} has not met all {key}' for name in speakers for key, count in self._met.get(name, {}).items()
            if not self._has_met(key, count)]

    def _has_met(self, key: str, count: int) -> bool:
        """Also not while this node has not seen all of the other one."""
        topic = key.removeprefix(READERS).removeprefix(PUBLISHERS)
        readers, publishers = self._node.count_subscribers(topic), self._node.count_publishers(topic)
        return publishers > 0 and count >= readers if key.startswith(READERS) else readers > 0 and count >= publishers

    def _speakers(self) -> set[str]:
        namespace = self._node.get_namespace()
        return {f'{namespace}/{info.node_name}'.lstrip('/') for info in self._node.get_publishers_info_by_topic('/diagnostics')
                if info.node_namespace == namespace}

    def _hear(self, array: DiagnosticArray) -> None:
        for status in array.status:
            if status.name.startswith(self._node.get_namespace().strip('/')):
                self._met[status.name] = {value.key: int(value.value) for value in status.values
                                          if value.key.startswith((READERS, PUBLISHERS))}
