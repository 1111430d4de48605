"""Whether several publishers of a topic send, or all but one are what a killed process left in the graph."""

import time
from collections import deque

from rclpy.node import Node
from rclpy.qos import QoSProfile

from poseformer_ros.ros.raw_reader import RawReader

HEARD_FOR_S = 3.0       # messages of both come within it, from a slow camera too


class SeveralSenders:
    """Looks at the numbers of a topic's messages while the graph has several publishers of it.

    DDS takes twenty seconds to notice that a process was killed, and until then its publishers stand beside those of the process
    that took its place. Each publisher numbers its own messages: of one they only grow, of two that take turns they go to and fro.
    """

    def __init__(self, node: Node, message_class: type, topic: str) -> None:
        """topic: as it is in the graph."""
        self._node, self._class, self._topic = node, message_class, topic
        self._reader: RawReader | None = None
        self._counted = 0
        self._turns: deque[float] = deque(maxlen=2)     # one alone is a sender that began again

    def look(self, publishers: int, profile: QoSProfile) -> bool:
        """Whether more than one has been sending lately; to be asked several times a second.

        publishers: in the graph. profile: that all of them can serve.
        """
        if publishers < 2:
            self.close()
            return False
        if self._reader is None:
            self._reader = RawReader(self._node, lambda *_: None)
        self._reader.read(self._topic, self._class, profile, publishers)
        out_of_order = self._reader.out_of_order[self._topic]
        self._turns.extend([time.monotonic()] * (out_of_order - self._counted))
        self._counted = out_of_order
        return len(self._turns) == 2 and time.monotonic() - self._turns[0] < HEARD_FOR_S

    def close(self) -> None:
        """Read no more."""
        if self._reader is not None:
            self._reader.stop()
            self._reader, self._counted = None, 0
            self._turns.clear()
