"""What the image sources share: publishing at a rate as a camera does, or step by step as fast as the station follows."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from builtin_interfaces.msg import Time as Stamp
from rclpy.clock import Clock, ClockType
from rclpy.qos import ReliabilityPolicy
from rclpy.time import Time
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.options import check, option
from poseformer_ros.ros import conversions
from poseformer_ros.ros.conversions import NANO
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode

# How often a waiting source looks whether its image was answered, and whether the station is there at all.
POLL_S = 0.002
LOOK_S = 0.1
# The node that reads a camera's images.
ENTRY = 'rgbd_sync'
# What answers an image, the station's last word first.
ANSWERS = ('exercise', 'skeleton')


@dataclass(frozen=True)
class SourceOptions:
    """How images are published."""

    rate_hz: float = option(30.0, 0.1, 120.0, 'images a second; with waiting, at most', unit='Hz', live=False)
    frames: int = option(0, 0, 10_000_000, 'images to publish before the node ends; 0 plays on', live=False)
    loop: bool = option(True, text='begin again after the last image', live=False)
    wait_for_station: bool = option(False, live=False,
                                    text='publish the next image only when the last one was answered: by its exercise where a '
                                         'classifier runs, else by its skeleton')
    reader: str = option('', live=False,
                         text='with waiting: a node that reads the images beside the station and must not miss the first, by name')
    patience_s: float = option(5.0, 0.1, 600.0, 'waiting for an answer, after which the image counts as unanswered',
                               unit='s', live=False)
    color_frame: str = option('camera_color_optical_frame', text='frame of the colour image', live=False)
    depth_frame: str = option('camera_color_optical_frame', text='frame of the depth image', live=False)

    def __post_init__(self) -> None:
        check(self)


def as_messages(color: np.ndarray, depth: np.ndarray) -> tuple[Image, Image]:
    """Colour (H, W, 3) uint8 BGR and depth (H, W) float32 metres as a driver has them, in messages whose header is still empty."""
    return conversions.color_message(color, Header()), conversions.depth_message(depth, Header())


class ImageSource(StageNode):
    """A node that publishes a camera's four topics.

    finished: set once the last image has been published (and answered, when waiting).
    color_delay_s: how much later than its depth a colour image is taken.
    """

    color_delay_s = 0.0

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self.finished = False
        self._source: SourceOptions = self.options['source']
        self._outputs = {topic: self.publisher(topic) for topic in
                         ('color/image', 'depth/image', 'color/camera_info', 'depth/camera_info')}
        self._index = 0
        self._start_ns = 0
        self._published_at = self._looked_at = float('-inf')
        self._published_ns = self._answered_ns = -1
        self._answer = ANSWERS[-1]

    def play(self, images: Callable[[int], tuple[Image, Image]], color_camera: Intrinsics, depth_camera: Intrinsics,
             length: int | None) -> None:
        """Begin to publish.

        Args:
            images: image number to the messages of colour and depth; their headers are written here.
            color_camera, depth_camera: calibration of the two.
            length: how many images there are; None without end.
        """
        self._images, self._cameras, self._length = images, (color_camera, depth_camera), length
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        if self._source.wait_for_station:
            for topic in ANSWERS:
                self.listen(topic, self._answer_keeper(topic), guarded=False)
            self.create_timer(POLL_S, self._step_when_answered, clock=steady)
        else:
            self.create_timer(1.0 / self._source.rate_hz, self._step, clock=steady)

    def _answer_keeper(self, topic: str) -> Callable[[msg.ExerciseState | msg.Skeleton24], None]:
        def keep(message: msg.ExerciseState | msg.Skeleton24) -> None:
            if topic == self._answer:
                self._answered_ns = conversions.stamp_ns(message.header)
        return keep

    def _step_when_answered(self) -> None:
        if self._index == 0 and not self._station_listens():
            return
        if self._stamp_ns() > self.get_clock().now().nanoseconds:
            return
        waited = time.monotonic() - self._published_at
        if self._answered_ns != self._published_ns:
            if waited < self._source.patience_s:
                return
            self.health.trouble(f'image {self._index - 1} got no {self._answer} within {self._source.patience_s:g} s; '
                                'see the diagnostics of the station, from rgbd_sync on')
        self._step()

    def _station_listens(self) -> bool:
        """Whether the station, not only somebody who looks on, reads the images reliably, so that none is lost, and will answer."""
        if time.monotonic() - self._looked_at < LOOK_S:
            return False
        self._looked_at = time.monotonic()
        wanted = [(ENTRY, 'color/image'), (ENTRY, 'depth/image'), (ENTRY, 'color/camera_info')]
        if self._source.reader:
            wanted.append((self._source.reader, 'color/image'))
        return any(self.count_publishers(topic) for topic in ANSWERS) and all(self._is_read(*pair) for pair in wanted)

    def _is_read(self, node_name: str, topic: str) -> bool:
        return any(reader.node_name == node_name and reader.qos_profile.reliability == ReliabilityPolicy.RELIABLE
                   for reader in self.get_subscriptions_info_by_topic(self.resolve_topic_name(topic)))

    def _step(self) -> None:
        limit = self._source.frames or (None if self._source.loop else self._length)
        if limit is not None and self._index >= limit:
            self.finished = True
            return
        number = self._index if self._length is None else self._index % self._length
        self.guarded(self._play_image, number, self._stamp_ns())
        self._index += 1

    def _play_image(self, number: int) -> None:
        # Stamped when it is there: reading, drawing or converting it is not a delay that a camera has.
        color, depth = self._images(number)
        # A part of the station may come up after the others.
        self._answer = next((topic for topic in ANSWERS if self.count_publishers(topic)), ANSWERS[-1])
        self._published_ns = self._stamp_ns()
        self._published_at = time.monotonic()
        self.publish(color, depth, Time(nanoseconds=self._published_ns).to_msg())

    def _stamp_ns(self) -> int:
        """Now, as a camera; or, step by step, evenly spaced, so that two plays have the same distances in time."""
        now_ns = self.get_clock().now().nanoseconds
        if not self._source.wait_for_station:
            return now_ns
        if self._index == 0:
            self._start_ns = now_ns
            return now_ns
        return self._start_ns + round(self._index * NANO / self._source.rate_hz)

    def publish(self, color: Image, depth: Image, stamp: Stamp) -> None:
        """Publish one moment; a subclass may add what it knows of it."""
        color.header = Header(stamp=stamp, frame_id=self._source.color_frame)
        depth_ns = self._published_ns - round(self.color_delay_s * NANO)
        depth.header = Header(stamp=Time(nanoseconds=depth_ns).to_msg(), frame_id=self._source.depth_frame)
        color_camera, depth_camera = self._cameras
        # Calibration first, so that it is there when the first pair is complete.
        self._outputs['color/camera_info'].publish(conversions.camera_info_message(color_camera, color.header))
        self._outputs['depth/camera_info'].publish(conversions.camera_info_message(depth_camera, depth.header))
        self._outputs['depth/image'].publish(depth)
        self._outputs['color/image'].publish(color)
