"""Node markers: what RViz shows, made only while somebody looks."""

from rclpy.publisher import Publisher
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import MarkerArray

from poseformer_ros import msg
from poseformer_ros.ros import conversions
from poseformer_ros.ros.marker_scene import MarkerScene
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.silhouette.overlay import draw_person
from poseformer_ros.skeleton.joints import JOINT_NAMES


class MarkersNode(StageNode):
    """silhouette, skeleton -> markers, overlay, and the joints on /tf when `markers.tf` is set."""

    def __init__(self) -> None:
        super().__init__('markers')
        self._scene = MarkerScene(self.options['markers'])
        self.options.on_change('markers', self._scene.use)
        self._person: msg.Silhouette | None = None
        self._markers = self.publisher('markers')
        self._overlay = self.publisher('overlay')
        readers: tuple[Publisher, ...] = (self._markers, self._overlay)
        if self.options['markers'].tf:
            self._tf = self.publisher('/tf')
            self.listen('skeleton', self._on_skeleton)
        else:
            self._tf = None
            self.listen_while_read('skeleton', self._on_skeleton, *readers)
        self.listen_while_read('silhouette', self._on_silhouette, *readers)

    def reset(self) -> None:
        """Forget the last silhouette."""
        self._person = None

    def _on_silhouette(self, message: msg.Silhouette) -> None:
        self._person = message

    def _on_skeleton(self, message: msg.Skeleton24) -> None:
        skeleton = conversions.skeleton(message)
        if self._tf is not None:
            self._tf.publish(TFMessage(transforms=conversions.joint_transforms(skeleton, JOINT_NAMES, message.header)))
        person = None if self._person is None else conversions.silhouette(self._person)
        if self._markers.get_subscription_count():
            floor = None if person is None else person.floor
            self._markers.publish(MarkerArray(markers=self._scene(skeleton, floor, message.header)))
        if person is not None and self._overlay.get_subscription_count():
            self._overlay.publish(conversions.color_message(draw_person(person, skeleton), message.header))
