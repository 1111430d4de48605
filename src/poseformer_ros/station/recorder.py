"""A reader of the station's results, for the demo, the bench and tests: what came, when, and how old it was."""

import math
import time
from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from poseformer_ros import msg
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton


@dataclass
class Moment:
    """Everything that came with one stamp; what did not come is None.

    exercise: the classifier's answer. true_exercise: the rendered label.
    latency_ms, exercise_latency_ms: from the stamp to skeleton and exercise.
    """

    color: Image | None = None
    silhouette: Silhouette | None = None
    skeleton: Skeleton | None = None
    truth: Skeleton | None = None
    exercise: msg.ExerciseState | None = None
    true_exercise: str | None = None
    latency_ms: float = float('nan')
    exercise_latency_ms: float = float('nan')


@dataclass
class StationRecord:
    """What came.

    moments: by stamp in nanoseconds.
    published_ns: stamps of the images that the camera published, told by its calibration messages.
    model: which model names the exercises; None until it was told.
    health: what each node of the station last said of itself, by key of its diagnostics.
    last_at: when the last image was published or answered, steady clock.
    """

    moments: dict[int, Moment] = field(default_factory=dict)
    published_ns: list[int] = field(default_factory=list)
    model: msg.ClassifierInfo | None = None
    health: dict[str, dict[str, str]] = field(default_factory=dict)
    last_at: float = float('-inf')

    def moment(self, stamp_ns: int) -> Moment:
        """The moment of a stamp, made when it is new."""
        return self.moments.setdefault(stamp_ns, Moment())

    def answered(self) -> dict[int, Moment]:
        """Moments whose skeleton came, in the order of their stamps."""
        return {stamp: moment for stamp, moment in sorted(self.moments.items()) if not math.isnan(moment.latency_ms)}

    def named(self) -> dict[int, Moment]:
        """Moments whose exercise came, in the order of their stamps."""
        return {stamp: moment for stamp, moment in sorted(self.moments.items()) if not math.isnan(moment.exercise_latency_ms)}

    def dropped(self, answered: dict[int, Moment], after_ns: int) -> int:
        """Images published between `after_ns` and the last answered one that are not among the answered."""
        last_ns = max(answered, default=0)
        return sum(after_ns < stamp_ns <= last_ns and stamp_ns not in answered for stamp_ns in self.published_ns)


class RecorderNode(Node):
    """Keeps latencies, and on request skeletons and exercises, colour images, silhouettes and truth."""

    def __init__(self, images: bool, results: bool) -> None:
        super().__init__('recorder')
        self._keep_results = results
        self.record = StationRecord()
        self._read(msg.Skeleton24, 'skeleton', self._on_skeleton)
        self._read(msg.ExerciseState, 'exercise', self._on_exercise)
        self._read(msg.ClassifierInfo, 'exercise/model', lambda m: setattr(self.record, 'model', m), 'latched')
        self._read(CameraInfo, 'color/camera_info', self._on_published)
        self._read(DiagnosticArray, '/diagnostics', self._on_diagnostics)
        if images:
            self._read(Image, 'color/image', lambda m: self._keep(m, color=m))
            self._read(msg.Silhouette, 'silhouette', lambda m: self._keep(m, silhouette=conversions.silhouette(m)))
            self._read(msg.Skeleton24, 'truth/skeleton', lambda m: self._keep(m, truth=conversions.skeleton(m)))
            self._read(msg.ExerciseState, 'truth/exercise', lambda m: self._keep(m, true_exercise=m.label))

    def _read(self, message_class: type, topic: str, callback, profile: str = 'result') -> None:
        self.create_subscription(message_class, topic, callback, PROFILES[profile])

    def _keep(self, message, **what) -> None:
        moment = self.record.moment(conversions.stamp_ns(message.header))
        for name, value in what.items():
            setattr(moment, name, value)

    def _on_published(self, message: CameraInfo) -> None:
        self.record.published_ns.append(conversions.stamp_ns(message.header))
        self.record.last_at = time.monotonic()

    def _on_skeleton(self, message: msg.Skeleton24) -> None:
        kept = {'skeleton': conversions.skeleton(message)} if self._keep_results else {}
        self._keep(message, latency_ms=self._age_ms(message), **kept)
        self.record.last_at = time.monotonic()

    def _on_exercise(self, message: msg.ExerciseState) -> None:
        kept = {'exercise': message} if self._keep_results else {}
        self._keep(message, exercise_latency_ms=self._age_ms(message), **kept)

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        for status in array.status:
            self.record.health[status.name.rpartition('/')[2]] = {pair.key: pair.value for pair in status.values}

    def _age_ms(self, message) -> float:
        return (self.get_clock().now().nanoseconds - conversions.stamp_ns(message.header)) / 1e6
