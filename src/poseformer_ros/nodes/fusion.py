"""Node fusion: one feature vector for each image."""

from typing import Any

from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.model_files import body_model_path
from poseformer_ros.recognition.fusion import Fusion
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.ros import conversions
from poseformer_ros.ros.gathering import Gathering
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode

READ = {'keypoints': conversions.keypoints, 'body_parts': conversions.body_parts, 'skeleton/raw': conversions.skeleton,
        'body/fit': conversions.body_fit}
OF_THE_IMAGE = ('keypoints', 'body_parts')     # of nodes by these names, which rest while nobody needs them, both at once


class FusionNode(StageNode):
    """silhouette, skeleton/raw, body/fit, and while somebody reads features over DDS keypoints and body_parts -> features; a stage
    that is off is flagged, not waited for."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        body = self.options['body']
        self._fuse = Fusion(load_body_model(body_model_path(body.model_file, body.gender)))
        self._out, layout = self.publisher('features'), self.publisher('features/layout')
        layout.publish(conversions.layout_message(FUSED))
        self._gathering = Gathering(('silhouette', *READ), self._on_image, self.options['fusion'].patience,
                                    self._will_speak)
        for topic in ('silhouette', 'skeleton/raw', 'body/fit'):
            self.listen(topic, self._keeper(topic), guarded=False)
        for topic in OF_THE_IMAGE:      # an exercise model of the body gets its features in memory
            self.listen_while_needed(lambda: self.is_read('features'), topic, self._keeper(topic), always=False,
                                     left=self._gathering.leave)

    def _will_speak(self, stage: str) -> bool:
        is_there = self.count_publishers(stage) > 0
        if stage not in OF_THE_IMAGE or self.shared.is_given(stage):
            return is_there
        # In one process they share the subscription that one of them made.
        readers = self.get_subscriptions_info_by_topic(self.resolve_topic_name('silhouette'))
        return is_there and self.listens(stage) and any(reader.node_name in OF_THE_IMAGE for reader in readers)

    def _keeper(self, topic: str):
        return lambda message: self._gathering.put(topic, conversions.stamp_ns(message.header), message)

    def _on_image(self, messages: dict[str, Any]) -> None:
        if 'silhouette' not in messages:
            self.health.count('dropped: no silhouette came for an image')
            return
        self.guarded(self._publish, messages, conversions.stamp_ns(messages['silhouette'].header))

    def _publish(self, messages: dict[str, Any]) -> None:
        for topic in READ:
            if topic not in messages:
                self.health.count(f'without {topic}')
        person = messages['silhouette']
        results = (READ[topic](messages[topic]) if topic in messages else None for topic in READ)
        fused = self._fuse(conversions.silhouette(person), *results)
        self.answer(self._out, conversions.features_message(fused, person.header))
