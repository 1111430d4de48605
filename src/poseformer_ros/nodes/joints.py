"""Node joints: one person's crop to 24 joints in 3-D."""

from poseformer_ros import msg
from poseformer_ros.ros import conversions
from poseformer_ros.ros.point_clouds import joint_cloud
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.skeleton.methods import OPTIONS, joint_detector
from poseformer_ros.skeleton.temporal_filter import TemporalFilter


class JointsNode(StageNode):
    """silhouette -> skeleton/raw, skeleton, skeleton/points; one of each for every image, also when nobody is there."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._make_detector()
        self._filter = TemporalFilter(self.options['filter'])
        for prefix in OPTIONS:
            self.options.on_change(prefix, lambda _: self._make_detector())
        self.options.on_change('filter', lambda options: setattr(self, '_filter', TemporalFilter(options)))
        self._raw = self.publisher('skeleton/raw')
        self._out, self._points = self.publisher('skeleton'), self.publisher('skeleton/points')
        self._first_stamp_ns: int | None = None
        self.listen('silhouette', self._on_silhouette)

    def reset(self) -> None:
        """Forget the past of every joint."""
        self._find_joints.reset()
        self._filter.reset()
        self._first_stamp_ns = None

    def _make_detector(self) -> None:
        self._find_joints = joint_detector(self.options)

    def _on_silhouette(self, message: msg.Silhouette) -> None:
        skeleton = self._find_joints(conversions.silhouette(message))
        if self._raw.get_subscription_count():
            self.answer(self._raw, conversions.skeleton_message(skeleton, message.header))
        filtered = self._filter(skeleton, self._seconds(conversions.stamp_ns(message.header)))
        self.answer(self._out, conversions.skeleton_message(filtered, message.header))
        if self._points.get_subscription_count():
            self.answer(self._points, joint_cloud(filtered, message.header))

    def _seconds(self, stamp_ns: int) -> float:
        # Counted from the first image: a recording played at another date gives the same numbers to the last bit.
        if self._first_stamp_ns is None:
            self._first_stamp_ns = stamp_ns
        return (stamp_ns - self._first_stamp_ns) / conversions.NANO
