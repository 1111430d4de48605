"""Node body_parts: which part of the body each pixel shows, and the parts' contours."""

import numpy as np

from poseformer_ros.drawing.keypoint_drawing import draw_parts
from poseformer_ros.keypoints.body_parts import FOUND_PARTS, LIP_CLASSES, LIP_COLORS, no_parts
from poseformer_ros.keypoints.part_stage import OPTIONS, BodyPartStage, joints_for_parts
from poseformer_ros.ros import conversions
from poseformer_ros.ros.gathering import Gathering
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker


class BodyPartsNode(StageNode):
    """silhouette with body/fit, else with skeleton/raw -> body_parts for each image, empty while nobody reads them or the features
    that hold them; a coloured image while somebody looks."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._make_stage()
        for prefix in OPTIONS:
            self.options.on_change(prefix, lambda _: self._make_stage())
        self._out, self._image = self.publisher('body_parts'), self.publisher('body_parts/image')
        method = self.options['body_parts'].method
        known = range(len(LIP_CLASSES)) if method == 'lip' else FOUND_PARTS
        self._legend = self.publisher('body_parts/legend')
        self._legend.publish(conversions.legend_message(known, LIP_CLASSES, LIP_COLORS))
        topics = ('silhouette', 'skeleton/raw', 'body/fit')
        # Parts by the measured joints in time for the fusion are worth more than by fitted ones too late.
        self._gathering = Gathering(topics, self._on_image, patience=1, is_there=lambda stage: self.count_publishers(stage) > 0)
        self._worker = LatestWorker(lambda messages: self.guarded(self._label, messages, _stamp_ns(messages)), 'body_parts')
        for topic in topics:
            self.listen_while_needed(self._is_needed, topic, self._keeper(topic))

    def reset(self) -> None:
        """Nothing is kept but the images that wait."""

    def _is_needed(self) -> bool:
        return self.is_read('body_parts', 'body_parts/image', 'features')

    def _make_stage(self) -> None:
        self._label_parts = BodyPartStage(self.options)

    def _keeper(self, topic: str):
        return lambda message: self._gathering.put(topic, conversions.stamp_ns(message.header), message)

    def _on_image(self, messages: dict) -> None:
        if 'silhouette' not in messages:
            self.health.count('dropped: no silhouette came for an image')
        elif self._worker.put(messages):
            self.health.count('dropped: a newer image came before this one was begun')

    def _label(self, messages: dict) -> None:
        header = messages['silhouette'].header
        if not self._is_needed():
            self.answer(self._out, conversions.body_parts_message(no_parts(self.options['body_parts'].contour_points), header))
            return
        person = conversions.silhouette(messages['silhouette'])
        parts = self._label_parts(person, _joints(messages))
        self.answer(self._out, conversions.body_parts_message(parts, header))
        if self._image.get_subscription_count():
            nobody = np.zeros((person.image_size[1], person.image_size[0], 3), np.uint8)
            self._image.publish(conversions.color_message(draw_parts(person, parts, scale=1) if person.found else nobody, header))

    def put_away(self) -> None:
        """Stop the worker before the node goes."""
        self._worker.stop()


def _stamp_ns(messages: dict) -> int:
    return conversions.stamp_ns(messages['silhouette'].header)


def _joints(messages: dict) -> np.ndarray:
    skeleton, fit = messages.get('skeleton/raw'), messages.get('body/fit')
    return joints_for_parts(None if skeleton is None else conversions.skeleton(skeleton),
                            None if fit is None else conversions.body_fit(fit))
