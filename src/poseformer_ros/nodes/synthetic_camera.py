"""Node synthetic_camera: a rendered person doing an exercise, as a camera would see it, with everything that is known of it."""

from builtin_interfaces.msg import Time as Stamp
from sensor_msgs.msg import Image
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from poseformer_ros.ros import conversions
from poseformer_ros.ros.input.image_source import ImageSource, as_messages
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.skeleton.true_skeleton import true_skeleton
from poseformer_ros.synthesis.scene import Scene


class SyntheticCameraNode(ImageSource):
    """scene.*, rig.* -> color/*, depth/*, /tf_static as a driver gives them; truth/skeleton, truth/exercise, truth/mask."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._scene = Scene(self.options['scene'], self.options['rig'], self.options['source'].rate_hz)
        self._truth = {topic: self.publisher(topic) for topic in ('truth/skeleton', 'truth/exercise', 'truth/mask')}
        self._frames = self.publisher('/tf_static')
        self._frames.publish(TFMessage(transforms=[conversions.optical_transform(
            'camera_link', self.options['source'].color_frame, self.get_clock().now().to_msg())]))
        self.color_delay_s = self.options['scene'].color_delay_s
        self.play(self._image, self._scene.intrinsics, self._scene.intrinsics, len(self._scene))

    def _image(self, index: int) -> tuple[Image, Image]:
        frame, self._known = self._scene(index)
        return as_messages(frame.color, frame.depth)

    def publish(self, color: Image, depth: Image, stamp: Stamp) -> None:
        """Publish the truth of this moment, then the images."""
        header = Header(stamp=stamp, frame_id=self.options['source'].color_frame)
        known = self._known
        skeleton = true_skeleton(known.positions, known.visible, self._scene.intrinsics)
        self._truth['truth/skeleton'].publish(conversions.skeleton_message(skeleton, header))
        self._truth['truth/exercise'].publish(conversions.true_exercise_message(known.label, header))
        if self._truth['truth/mask'].get_subscription_count():
            self._truth['truth/mask'].publish(conversions.mask_message(known.mask, header))
        super().publish(color, depth, stamp)
