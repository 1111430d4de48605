"""Node markers: what RViz shows, made only while somebody looks."""

from collections import deque
from functools import partial

import numpy as np
from rclpy.publisher import Publisher
from sensor_msgs.msg import JointState
from tf2_msgs.msg import TFMessage
from visualization_msgs.msg import MarkerArray

from poseformer_ros import msg
from poseformer_ros.drawing.overlay import draw_person
from poseformer_ros.ros import conversions
from poseformer_ros.ros.last_person import LastPerson
from poseformer_ros.ros.scenes.marker_scene import NO_SET, MarkerScene
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor
from poseformer_ros.skeleton.joints import JOINT_NAMES

FRESH_S = 1.0       # an older answer is not shown
IMAGES = 8          # that are kept until their skeleton comes


class MarkersNode(StageNode):
    """silhouette, skeleton, exercise, assessment, rgbd -> markers, overlay; on /tf the floor, and with `markers.tf` the joints."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._scene = MarkerScene(self.options['markers'])
        self.options.on_change('markers', self._scene.use)
        self._person = LastPerson()
        # Kept while no floor is seen: a view that hangs on its frame must not jump.
        self._floor: Floor | None = None
        self._images: deque[msg.RgbdFrame] = deque(maxlen=IMAGES)
        self._markers = self.publisher('markers')
        self._overlay = self.publisher('overlay')
        self._tf = self.publisher('/tf')
        readers: tuple[Publisher, ...] = (self._markers, self._overlay)
        if self.options['markers'].tf:
            self.listen('skeleton', self._on_skeleton)
        else:
            self.listen_while_read('skeleton', self._on_skeleton, *readers)
        self.listen_while_read('silhouette', self._person.keep, *readers, guarded=False)
        self.listen_while_read('rgbd', self._images.append, self._overlay, guarded=False)
        self._exercise: msg.ExerciseState | None = None
        self._live, self._angles = NO_SET, JointState()
        for topic, name in (('assessment/live', '_live'), ('assessment/angles', '_angles')):
            self.listen_while_read(topic, partial(setattr, self, name), self._markers, guarded=False, always=False)
        self.listen_while_read('exercise', lambda message: setattr(self, '_exercise', message), *readers, guarded=False)

    def reset(self) -> None:
        """Forget the last silhouette, images and exercise."""
        self._person.forget()
        self._images.clear()
        self._exercise, self._live, self._angles = None, NO_SET, JointState()

    def _on_skeleton(self, message: msg.Skeleton24) -> None:
        found = self._person.at(message.header)
        skeleton, person = conversions.skeleton(message), None if found is None else conversions.silhouette(found)
        if person is not None and person.floor is not None:
            self._floor = person.floor
        transforms = [conversions.floor_transform(self._floor or LEVEL_CAMERA, self.options['markers'].floor_frame, message.header)]
        if self.options['markers'].tf:
            transforms += conversions.joint_transforms(skeleton, JOINT_NAMES, message.header)
        self._tf.publish(TFMessage(transforms=transforms))
        if self._markers.get_subscription_count():
            self._markers.publish(MarkerArray(
                markers=self._scene(skeleton, self._floor, message.header, self._what_is_done(message), self._set(message),
                                    dict(zip(self._angles.name, np.degrees(self._angles.position))))))
        if person is not None and self._overlay.get_subscription_count():
            self._overlay.publish(conversions.color_message(draw_person(person, skeleton, self._image(message)), message.header))

    def _image(self, skeleton: msg.Skeleton24) -> np.ndarray | None:
        """The camera's image of a skeleton's moment; None where it did not come or is not to be shown."""
        if not self.options['markers'].surroundings:
            return None
        found = (image for image in self._images if image.header.stamp == skeleton.header.stamp)
        return next((conversions.color_image(image.color, 'rgbd color') for image in found), None)

    def _what_is_done(self, skeleton: msg.Skeleton24) -> str:
        """The last word on this person; it comes after the skeleton, so it is that of an image or two before."""
        said = self._exercise
        return said.label.replace('_', ' ') if said is not None and _of_now(said, skeleton) else ''

    def _set(self, skeleton: msg.Skeleton24) -> msg.AssessmentLive:
        """The set that this person does."""
        return self._live if _of_now(self._live, skeleton) else NO_SET


def _of_now(said: msg.ExerciseState | msg.AssessmentLive, skeleton: msg.Skeleton24) -> bool:
    """Whether it was said of this person just now."""
    age_s = (conversions.stamp_ns(skeleton.header) - conversions.stamp_ns(said.header)) / conversions.NANO
    return said.track_id == skeleton.track_id and age_s < FRESH_S
