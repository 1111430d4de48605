"""Topics read as serialized messages.

A thread takes them from the middleware every few milliseconds. No executor knows of them: in rclpy 7.1 the events executor does not
tell a message's number and times (`SystemError: null argument to internal routine`), and the default one takes ten times the
processor time for forty topics.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rclpy.node import Node
from rclpy.qos import QoSProfile
from rclpy.subscription import Subscription

from poseformer_ros.ros.removable import NO_EVENTS

POLL_S = 0.005
# Messages that are taken of one topic before the others have their turn.
TURN = 20


@dataclass
class _Reading:
    subscription: Subscription
    alone: bool
    last_number: int | None = None


class RawReader:
    """Subscriptions of a node of its own.

    lost: messages of each topic that were sent and never came, told by gaps in the sender's numbers; only while a topic has a
    single publisher, whose numbers follow each other.
    out_of_order: messages of each topic whose number is not above the one before: another sender's, or of one that began again.
    All but the first where the middleware does not number them.
    """

    def __init__(self, node: Node, take: Callable[[str, bytes, int, int], None]) -> None:
        """Args:
            node: whose name, namespace and context the reader's are made of.
            take: called with topic, serialized message, time received and time sent in nanoseconds, in the reader's thread.
        """
        self.lost: Counter[str] = Counter()
        self.out_of_order: Counter[str] = Counter()
        name = f'{node.get_name()}_reader'
        self._node = Node(name, namespace=node.get_namespace(), context=node.context, use_global_arguments=False,
                          start_parameter_services=False, enable_rosout=False)
        self._take = take
        self._readings: dict[str, _Reading] = {}
        self._retired: list[Subscription] = []
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def read(self, topic: str, message_class: type, profile: QoSProfile, publishers: int) -> None:
        """Read a topic, or read it in another way than before."""
        known = self._readings.get(topic)
        if known is not None and known.subscription.qos_profile == profile:
            if known.alone != (publishers == 1):
                known.alone, known.last_number = publishers == 1, None
            return
        subscription = self._node.create_subscription(message_class, topic, lambda _: None, profile, raw=True,
                                                      event_callbacks=NO_EVENTS)
        self._readings[topic] = _Reading(subscription, publishers == 1)
        if known is not None:
            self._retired.append(known.subscription)

    def matched(self) -> bool:
        """Whether every topic that is read has met a publisher."""
        return all(reading.subscription.get_publisher_count() for reading in self._readings.values())

    def stop(self) -> None:
        """Take what has come, and end."""
        self._stopped = True
        self._thread.join()
        self._node.destroy_node()

    def _run(self) -> None:
        last_turn = False
        while not last_turn:
            last_turn = self._stopped
            busy = [self._take_turn(topic, reading) for topic, reading in list(self._readings.items())]
            while self._retired:
                self._node.destroy_subscription(self._retired.pop())
            if any(busy):
                last_turn = False
            else:
                time.sleep(POLL_S)

    def _take_turn(self, topic: str, reading: _Reading) -> bool:
        """Take some messages of a topic; returns whether there may be more."""
        handle = reading.subscription.handle
        with handle:
            for _ in range(TURN):
                taken = handle.take_message(reading.subscription.msg_type, True)
                if taken is None:
                    return False
                data, told = taken
                self._count(topic, reading, told['publication_sequence_number'])
                self._take(topic, data, told['received_timestamp'], told['source_timestamp'])
        return True

    def _count(self, topic: str, reading: _Reading, number: int | None) -> None:
        last, reading.last_number = reading.last_number, number or 0
        if last is None:
            return
        if reading.last_number <= last:
            self.out_of_order[topic] += 1
        elif reading.alone:
            self.lost[topic] += reading.last_number - last - 1
