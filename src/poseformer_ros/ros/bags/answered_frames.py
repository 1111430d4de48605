"""A bag's images, held back until the station that runs has answered those before."""

import time
from collections.abc import Callable

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.frame_gate import FrameGate, header_stamp_ns
from poseformer_ros.ros.bags.bag_options import PlayerOptions
from poseformer_ros.ros.bags.replayed_topics import PAIR, Replayed, camera_images, station_listens
from poseformer_ros.ros.bags.station_connections import StationConnections
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.raw_reader import RawReader
from poseformer_ros.ros.stage_node import StageNode, message_type

LOOK_S = 0.1
LAST_WORDS_S = 2.0
# A loaded machine takes seconds until all processes have met.
CONNECTED_S = 30.0


class AnsweredFrames:
    """A gate that hears a station's answers: the topics that the player's spec subscribes to.

    gate: what holds the images.
    """

    def __init__(self, node: StageNode, topics: list[Replayed], options: PlayerOptions) -> None:
        """Raises BadInput where the bag has no colour and depth under the names of the camera."""
        self._node = node
        self._images = camera_images(node, topics)
        if set(self._images) not in ({'color/image', 'depth/image'}, {COMBINED}, {PAIR}):
            raise BadInput(f'{options.path}: no colour and depth under the names of this camera; give its preset with '
                           '--camera or other names with --remap')
        both = self._images.get(COMBINED, self._images.get(PAIR))
        first, last = self._images.get('color/image', both), self._images.get('depth/image', both)
        self.gate = FrameGate(first, last, options.patience_s)
        self._reader = RawReader(node, lambda topic, data, *_: self.gate.answer(topic, header_stamp_ns(data)))
        self._connections = StationConnections(node)
        self._expected: set[str] = set()

    def wait_for_station(self, stopped: Callable[[], bool]) -> None:
        """Until the station reads the images so that none is lost, and those who will answer are there."""
        while not stopped() and not station_listens(self._node, self._images.values()):
            time.sleep(LOOK_S)
        if not wait_until(self._is_connected, stopped, CONNECTED_S) and not stopped():
            self._node.health.warn(f'the station is not whole after {CONNECTED_S:g} s, some answers may lack: '
                                   f'{"; ".join(self._connections.lacking())}')

    def _is_connected(self) -> bool:
        for answer in self._node.spec.subscriptions:
            topic = self._node.resolve_topic_name(answer.name)
            if topic not in self._expected and self._node.count_publishers(topic):
                self._expected.add(topic)
                self.gate.expect(topic)
                self._reader.read(topic, message_type(answer.type), PROFILES['result'], 1)
        return self._reader.matched() and self._connections.settled()

    def release(self) -> None:
        """Hold nothing back any more."""
        self.gate.stop()

    def close(self) -> None:
        """Hear no more."""
        self._reader.stop()


def wait_until(condition: Callable[[], bool], stopped: Callable[[], bool], limit_s: float = LAST_WORDS_S) -> bool:
    """For a while at most; returns whether the condition holds."""
    end = time.monotonic() + limit_s
    while not (holds := condition()) and time.monotonic() < end and not stopped():
        time.sleep(LOOK_S)
    return holds
