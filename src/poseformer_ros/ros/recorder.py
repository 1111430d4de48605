"""A reader of the station's results, for the demo, the bench and tests: what came, when, and how old it was."""

import math
import time
from dataclasses import dataclass, field

from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from poseformer_ros import msg
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton


@dataclass
class Moment:
    """Everything that came with one stamp; what did not come is None. latency_ms: stamp to skeleton."""

    color: Image | None = None
    silhouette: Silhouette | None = None
    skeleton: Skeleton | None = None
    truth: Skeleton | None = None
    latency_ms: float = float('nan')


@dataclass
class Recording:
    """What came.

    moments: by stamp in nanoseconds.
    published_ns: stamps of the pictures that the camera published, told by its calibration messages.
    last_at: when the last skeleton came, steady clock.
    """

    moments: dict[int, Moment] = field(default_factory=dict)
    published_ns: list[int] = field(default_factory=list)
    last_at: float = float('-inf')

    def moment(self, stamp_ns: int) -> Moment:
        """The moment of a stamp, made when it is new."""
        return self.moments.setdefault(stamp_ns, Moment())

    def answered(self) -> dict[int, Moment]:
        """Moments whose skeleton came, in the order of their stamps."""
        return {stamp: moment for stamp, moment in sorted(self.moments.items()) if not math.isnan(moment.latency_ms)}

    def dropped(self, after_ns: int) -> int:
        """Pictures published between `after_ns` and the last answered one that got no skeleton."""
        answered = self.answered()
        last_ns = max(answered, default=0)
        return sum(after_ns < stamp_ns <= last_ns and stamp_ns not in answered for stamp_ns in self.published_ns)


class RecorderNode(Node):
    """Keeps latencies, and on request skeletons, colour pictures, silhouettes and true joints."""

    def __init__(self, pictures: bool, skeletons: bool) -> None:
        super().__init__('recorder')
        self._keep_skeletons = skeletons
        self.recording = Recording()
        self._read(msg.Skeleton24, 'skeleton', self._on_skeleton)
        self._read(CameraInfo, 'color/camera_info',
                   lambda m: self.recording.published_ns.append(conversions.stamp_ns(m.header)))
        if pictures:
            self._read(Image, 'color/image', lambda m: self._keep(m, color=m))
            self._read(msg.Silhouette, 'silhouette', lambda m: self._keep(m, silhouette=conversions.silhouette(m)))
            self._read(msg.Skeleton24, 'truth/skeleton', lambda m: self._keep(m, truth=conversions.skeleton(m)))

    def _read(self, message_class: type, topic: str, callback) -> None:
        self.create_subscription(message_class, topic, callback, PROFILES['result'])

    def _keep(self, message, **what) -> None:
        moment = self.recording.moment(conversions.stamp_ns(message.header))
        for name, value in what.items():
            setattr(moment, name, value)

    def _on_skeleton(self, message: msg.Skeleton24) -> None:
        age_ns = self.get_clock().now().nanoseconds - conversions.stamp_ns(message.header)
        kept = {'skeleton': conversions.skeleton(message)} if self._keep_skeletons else {}
        self._keep(message, latency_ms=age_ns / 1e6, **kept)
        self.recording.last_at = time.monotonic()
