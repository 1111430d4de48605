"""Node capsule_camera: a drawn, moving figure with known joints, as a camera would see it."""

from builtin_interfaces.msg import Time as Stamp
from sensor_msgs.msg import Image
from std_msgs.msg import Header

from poseformer_ros.ros import conversions
from poseformer_ros.ros.input.image_source import ImageSource, as_messages
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.skeleton.true_skeleton import true_skeleton
from poseformer_ros.synthesis.capsule.live_studio import LiveStudio


class CapsuleCameraNode(ImageSource):
    """studio.* -> color/*, depth/*, truth/skeleton."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._studio = LiveStudio(self.options['studio'])
        self._truth = self.publisher('truth/skeleton')
        self.play(self._draw, self._studio.intrinsics, self._studio.intrinsics, None)

    def _draw(self, index: int) -> tuple[Image, Image]:
        frame, self._known = self._studio(index, self.options['source'].rate_hz)
        return as_messages(frame.color, frame.depth)

    def publish(self, color: Image, depth: Image, stamp: Stamp) -> None:
        """Publish the images and the true joints."""
        header = Header(stamp=stamp, frame_id=self.options['source'].color_frame)
        skeleton = true_skeleton(self._known.positions, self._known.visible, self._studio.intrinsics)
        self._truth.publish(conversions.skeleton_message(skeleton, header))
        super().publish(color, depth, stamp)
