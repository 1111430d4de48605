"""Node silhouette: a synchronized image pair to one person's crop."""

from std_msgs.msg import Header

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.ros import conversions
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.silhouette.stage import OPTIONS, SilhouetteStage


class SilhouetteNode(StageNode):
    """RgbdFrame from rgbd_sync in the same process -> silhouette."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._make_stage()
        for prefix in OPTIONS:
            self.options.on_change(prefix, lambda _: self._make_stage())
        self._out = self.publisher('silhouette')

    def process(self, frame: RgbdFrame, header: Header) -> None:
        """Find the person in a frame and publish the crop; also an empty one when nobody is there."""
        self.guarded(lambda f: self._publish(f, header), frame, conversions.stamp_ns(header))

    def reset(self) -> None:
        """Forget the floor and the followed person."""
        self._stage.reset()

    def _make_stage(self) -> None:
        self._stage = SilhouetteStage(self.options)

    def _publish(self, frame: RgbdFrame, header: Header) -> None:
        self._out.publish(conversions.silhouette_message(self._stage(frame), header))
