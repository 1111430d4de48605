"""What a camera's topics carry, listened to for some seconds as the station would, without decoding every image."""

import struct
import time
from collections import deque
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import deserialize_message, serialize_message
from rclpy.topic_endpoint_info import TopicEndpointInfo
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage

from poseformer_ros.camera.frame_tree import FrameTree
from poseformer_ros.ros import conversions
from poseformer_ros.ros.conversions import NANO
from poseformer_ros.ros.input.combined import COMBINED, PARTS, combined_class
from poseformer_ros.ros.input.image_input import publisher_names
from poseformer_ros.ros.input.rgbd_assembly import InputOptions
from poseformer_ros.ros.input.several_senders import SeveralSenders
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.stage_node import type_name

# A driver that was just started, or that publishes only once somebody listens, may take this long to come.
APPEAR_S = 10.0
LOOK_S = 0.2
# A slow camera is listened to for so many times as long, until it has sent a few images.
PATIENCE = 4.0
FEW = 10
QUEUE = 50              # messages kept by DDS while this process is late
KEPT = 20               # newest messages of a stream, for a pair to be found among them
# A serialized message begins with four bytes that name its encoding; then the header's stamp.
STAMP = {0: struct.Struct('>xxxxiI'), 1: struct.Struct('<xxxxiI')}


@dataclass
class StreamSeen:
    """One topic.

    name: ours. topic: as published. wanted: message class. types, publishers: of those who publish. several: whether more than
    one of them sends. reliable, latched: whether all of them are. stamps_ns, arrivals_ns: of every message, the latter by the
    system's clock. newest: serialized, with their stamps. missed: messages that DDS says were sent and never came.
    """

    name: str
    topic: str
    wanted: type
    types: tuple[str, ...] = ()
    publishers: tuple[str, ...] = ()
    several: bool = False
    reliable: bool = False
    latched: bool = False
    stamps_ns: list[int] = field(default_factory=list)
    arrivals_ns: list[int] = field(default_factory=list)
    newest: deque[tuple[int, bytes]] = field(default_factory=lambda: deque(maxlen=KEPT))
    missed: int = 0

    @property
    def wanted_type(self) -> str:
        """Name of the wanted message."""
        return type_name(self.wanted)

    @property
    def readable(self) -> bool:
        """Whether somebody publishes it, in the wanted type."""
        return self.types == (self.wanted_type,)

    @property
    def last(self) -> Any:
        """The newest message; None when none came."""
        return deserialize_message(self.newest[-1][1], self.wanted) if self.newest else None

    def keep(self, serialized: bytes) -> None:
        """Take a message that came now."""
        seconds, nanoseconds = STAMP[serialized[1] & 1].unpack_from(serialized)
        stamp_ns = seconds * NANO + nanoseconds
        self.stamps_ns.append(stamp_ns)
        self.arrivals_ns.append(time.time_ns())
        self.newest.append((stamp_ns, serialized))


@dataclass(frozen=True)
class CameraSeen:
    """All topics of a camera by our names, and the other images that are published."""

    streams: dict[str, StreamSeen]
    other_images: tuple[str, ...]
    frames: FrameTree = field(default_factory=FrameTree)

    @property
    def parts(self) -> dict[str, StreamSeen]:
        """Images and calibrations by our names; those that come in one message are taken out of the newest."""
        return _taken_out(self.streams[COMBINED]) if COMBINED in self.streams else self.streams

    def nearest_pair(self) -> tuple[Any, Any] | None:
        """Colour and depth messages that are stamped nearest to each other; None when one of them never came."""
        color, depth = self.parts['color/image'], self.parts['depth/image']
        pairs = [(abs(a - b), -a, one, other) for a, one in color.newest for b, other in depth.newest]
        if not pairs:
            return None
        _, _, one, other = min(pairs, key=lambda pair: pair[:2])
        return deserialize_message(one, color.wanted), deserialize_message(other, depth.wanted)


def _taken_out(combined: StreamSeen) -> dict[str, StreamSeen]:
    messages = [deserialize_message(serialized, combined.wanted) for _, serialized in combined.newest]
    parts = {name: replace(combined, name=name, topic=f'{combined.topic} ({field_name})',
                           wanted=CameraInfo if name.endswith('camera_info') else Image, stamps_ns=[], arrivals_ns=[],
                           newest=deque(maxlen=KEPT)) for name, field_name in PARTS.items()}
    for name, part in parts.items():
        for message in messages:
            part.keep(serialize_message(getattr(message, PARTS[name])))
        part.arrivals_ns = combined.arrivals_ns[len(combined.arrivals_ns) - len(messages):]
    return parts


def look(node: Node, options: InputOptions, seconds: float) -> CameraSeen:
    """Listen to the camera's topics for some seconds, counted from when all of them are there."""
    streams = {stream.name: stream for stream in _streams(node, options)}
    frames = FrameTree()
    node.create_subscription(TFMessage, '/tf_static', lambda message: _place(frames, message), PROFILES['transforms_in'])
    executor = EventsExecutor()
    executor.add_node(node)
    senders = {name: SeveralSenders(node, stream.wanted, stream.topic) for name, stream in streams.items()}
    read: set[str] = set()
    try:
        started = all_there = time.monotonic()
        while time.monotonic() < all_there + seconds * (PATIENCE if _few(streams) else 1.0):
            for name, stream in streams.items():
                if not _found(node, stream):
                    continue
                if name not in read:
                    _read(node, stream)
                    read.add(name)
                stream.several |= senders[name].look(len(stream.publishers), _quality(stream))
            if len(read) < len(streams) and time.monotonic() < started + APPEAR_S:
                all_there = time.monotonic()
            executor.spin_once(timeout_sec=LOOK_S)
    finally:
        for one in senders.values():
            one.close()
        executor.shutdown()
    others = sorted(topic for topic, types in node.get_topic_names_and_types() if 'sensor_msgs/msg/Image' in types)
    return CameraSeen(streams, tuple(others), frames)


def _place(frames: FrameTree, message: TFMessage) -> None:
    for transform in message.transforms:
        frames.place(transform.child_frame_id, conversions.placement(transform))


def _few(streams: dict[str, StreamSeen]) -> bool:
    return any(len(stream.stamps_ns) < FEW for stream in streams.values() if stream.readable and stream.wanted is not CameraInfo)


def _streams(node: Node, options: InputOptions) -> list[StreamSeen]:
    if options.combined:
        return [StreamSeen(COMBINED, node.resolve_topic_name(COMBINED), combined_class(options.combined))]
    color = (Image, '') if options.color_transport == 'raw' else (CompressedImage, f'/{options.color_transport}')
    depth = (Image, '') if options.depth_transport == 'raw' else (CompressedImage, f'/{options.depth_transport}')
    forms = {'color/image': color, 'depth/image': depth, 'color/camera_info': (CameraInfo, '')}
    if not options.depth_registered:
        forms['depth/camera_info'] = (CameraInfo, '')
    return [StreamSeen(name, node.resolve_topic_name(name) + suffix, kind) for name, (kind, suffix) in forms.items()]


def _found(node: Node, stream: StreamSeen) -> bool:
    """Note who publishes a stream; whether it can be read."""
    publishers: list[TopicEndpointInfo] = node.get_publishers_info_by_topic(stream.topic)
    if publishers:
        offered = [publisher.qos_profile for publisher in publishers]
        stream.types = tuple(sorted({publisher.topic_type for publisher in publishers}))
        stream.publishers = publisher_names(publishers)
        stream.reliable = all(quality.reliability == ReliabilityPolicy.RELIABLE for quality in offered)
        stream.latched = all(quality.durability == DurabilityPolicy.TRANSIENT_LOCAL for quality in offered)
    return stream.readable


def _read(node: Node, stream: StreamSeen) -> None:
    """Subscribe; messages stay serialized, so that this process keeps up with any camera."""
    events = SubscriptionEventCallbacks(message_lost=lambda status: _missed(stream, status.total_count_change),
                                        use_default_callbacks=False)
    node.create_subscription(stream.wanted, stream.topic, stream.keep, _quality(stream), raw=True, event_callbacks=events)


def _quality(stream: StreamSeen) -> QoSProfile:
    """As the publishers offer."""
    latched = stream.wanted is CameraInfo and stream.latched and stream.reliable
    quality = copy(PROFILES['latched' if latched else 'image_in_reliable' if stream.reliable else 'image_in'])
    quality.depth = QUEUE
    return quality


def _missed(stream: StreamSeen, count: int) -> None:
    stream.missed += count

