"""Node classifier: the name of the exercise, image by image."""

from collections import deque

from std_srvs.srv import Trigger

from poseformer_ros import msg
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.recognition.decision import ExerciseClassifier
from poseformer_ros.recognition.fusion import FusedFeatures
from poseformer_ros.recognition.layout import FUSED, keypoint_part, of_the_body
from poseformer_ros.recognition.shipped_model import chosen_model
from poseformer_ros.ros import conversions
from poseformer_ros.ros.removable import NO_EVENTS
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode

UNTRAINED = ('the exercise model has random weights, its labels mean nothing; give model.file, or leave it empty for the one '
             'that ships')
LOOKED_BACK = 30        # images with somebody, of which at most half may come without keypoints to a model that reads them
LACKING = ('the exercise model reads keypoints and most images come without: set keypoints.rate_hz of node keypoints to the rate '
           'of the camera')


class ClassifierNode(StageNode):
    """features -> exercise, one for each image; what runs stands in exercise/model. Service exercise/reset forgets everything."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        chosen = chosen_model(self.options['model'])
        self._names = chosen.model.facts.classes
        self._classify = ExerciseClassifier(chosen.model, self.options['classifier'])
        self.options.on_change('classifier', lambda options: setattr(self._classify, 'options', options))
        self._out, self._info = self.publisher('exercise'), self.publisher('exercise/model')
        self._info.publish(conversions.classifier_info_message(chosen))
        self.health.counts['model'] = f'{chosen.name}, classes {", ".join(self._names)}; {chosen.model.facts.training}'
        if not chosen.model.facts.trained:
            self.health.doubt('model', UNTRAINED)
        self._first_stamp_ns: int | None = None
        self._keypoints = [at for at, part in enumerate(FUSED.names)
                           if part in chosen.model.facts.parts and part in map(keypoint_part, Detector)]
        self._lacking: deque[bool] = deque(maxlen=LOOKED_BACK)
        self.create_service(Trigger, 'exercise/reset', self._on_reset)
        # Keypoints and body parts are found while somebody reads features over DDS.
        over_dds = {} if of_the_body(chosen.model.facts.parts) else {'event_callbacks': NO_EVENTS}
        self.listen('features', self._on_features, **over_dds)

    def reset(self) -> None:
        """Forget what was seen."""
        self._classify.reset()
        self._first_stamp_ns = None

    def _on_reset(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        with self.turn:
            self.reset()
        return Trigger.Response(success=True, message='everything seen so far is forgotten')

    def _on_features(self, message: msg.FusedFeatures) -> None:
        fused = conversions.features(message)
        stamp_ns = conversions.stamp_ns(message.header)
        # Counted from the first image: seconds since 1970 have no nanoseconds left in a double.
        if self._first_stamp_ns is None:
            self._first_stamp_ns = stamp_ns
        self._note_lacking(fused)
        estimate = self._classify(fused.values, fused.present, (stamp_ns - self._first_stamp_ns) / conversions.NANO, fused.track_id)
        self.answer(self._out, conversions.exercise_message(estimate, fused.track_id, message.header))

    def _note_lacking(self, fused: FusedFeatures) -> None:
        if self._keypoints and fused.track_id:
            self._lacking.append(not fused.present[self._keypoints].any())
            self.health.doubt('keypoints', LACKING if 2 * sum(self._lacking) > LOOKED_BACK else '')
