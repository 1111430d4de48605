"""Node keypoints: classical keypoints of silhouettes."""

from poseformer_ros import msg
from poseformer_ros.keypoints.points import left_out
from poseformer_ros.keypoints.stage import PacedKeypoints
from poseformer_ros.ros import conversions
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker


class KeypointsNode(StageNode):
    """silhouette -> keypoints; one for each image, empty when nobody is there, without sets where `rate_hz` leaves it out and
    while nobody reads them or the features that hold them."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._find_points = PacedKeypoints(self.options['keypoints'])
        self.options.on_change('keypoints', lambda options: setattr(self, '_find_points', PacedKeypoints(options)))
        self._out = self.publisher('keypoints')
        self._first_stamp_ns: int | None = None
        # A thread of its own: the detectors release the interpreter, and other nodes of the process go on meanwhile.
        self._worker = LatestWorker(lambda message: self.guarded(self._find, message, conversions.stamp_ns(message.header)),
                                    'keypoints')
        self.listen_while_needed(self._is_needed, 'silhouette', self._on_silhouette)

    def _is_needed(self) -> bool:
        return self.is_read('keypoints', 'features')

    def _on_silhouette(self, message: msg.Silhouette) -> None:
        if self._worker.put(message):
            self.health.count('dropped: a newer silhouette came before this one was begun')

    def _find(self, message: msg.Silhouette) -> None:
        if self._is_needed():
            keypoints = self._find_points(conversions.silhouette(message), self._seconds(conversions.stamp_ns(message.header)))
        else:
            keypoints = left_out(message.track_id)
        self.answer(self._out, conversions.keypoints_message(keypoints, message.header))

    def reset(self) -> None:
        """Count the images anew."""
        self._find_points.reset()
        self._first_stamp_ns = None

    def _seconds(self, stamp_ns: int) -> float:
        # Counted from the first image, whatever the recording's date.
        if self._first_stamp_ns is None:
            self._first_stamp_ns = stamp_ns
        return (stamp_ns - self._first_stamp_ns) / conversions.NANO

    def put_away(self) -> None:
        """Stop the worker before the node goes."""
        self._worker.stop()
