"""The stages one after the other, without ROS, from the options of the station: the one offline chain."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from poseformer_ros.body.fitting.methods import body_fitter
from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.mesh_overlap import with_overlap
from poseformer_ros.body.model import BodyModel, load_body_model
from poseformer_ros.body.model_files import body_model_path
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.keypoints.body_parts import BodyParts
from poseformer_ros.keypoints.part_stage import BodyPartStage, joints_for_parts
from poseformer_ros.keypoints.points import Keypoints
from poseformer_ros.keypoints.stage import PacedKeypoints
from poseformer_ros.recognition.decision import ExerciseClassifier, ExerciseEstimate
from poseformer_ros.recognition.fusion import FusedFeatures, Fusion
from poseformer_ros.recognition.shipped_model import chosen_model
from poseformer_ros.recordings.observations import Observation
from poseformer_ros.silhouette.person import Floor, Silhouette, unseen
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.joints import Skeleton
from poseformer_ros.skeleton.methods import joint_detector
from poseformer_ros.skeleton.temporal_filter import TemporalFilter
from poseformer_ros.stage_options import STAGES, StageOptions, stage_options

# Up to the features of an image; the classifier follows.
UP_TO_FEATURES = ('silhouette', 'joints', 'smpl_fit', 'keypoints', 'body_parts', 'fusion')
FROM_JOINTS = ('smpl_fit', 'fusion')


@dataclass(frozen=True)
class Answer:
    """What the stages say of one image; None of a stage that does not run.

    skeleton: of this image alone. filtered: the same over time.
    """

    person: Silhouette
    skeleton: Skeleton | None = None
    filtered: Skeleton | None = None
    fit: BodyFitResult | None = None
    keypoints: Keypoints | None = None
    parts: BodyParts | None = None
    features: FusedFeatures | None = None
    exercise: ExerciseEstimate | None = None


def at_once(stage: str, work: Callable[..., Any], *inputs: Any) -> Any:
    """Do a stage's work."""
    return work(*inputs)


class Pipeline:
    """The chosen stages of the station, as its nodes run them; floor, person, motion and what was seen are remembered."""

    def __init__(self, options: StageOptions | None = None, stages: Collection[str] = tuple(STAGES),
                 model: BodyModel | None = None, do: Callable[..., Any] = at_once, given: Mapping[str, Any] | None = None) -> None:
        """Args:
            options: of every stage, as `stage_options` makes them; its defaults where left out.
            stages: names in STAGES of those that run.
            model: the body; read as the options say where left out.
            do: does the work of a stage, as `at_once`, which is called with its name, its work and the inputs; a stopwatch can.
            given: by stage, what does its work instead of what the options would make.

        Raises BadInput when a chosen method or file cannot be had.
        """
        self._options, self._do, self._given_model = options or stage_options(), do, model
        made: dict[str, Callable[[Any], Any]] = {
            'silhouette': SilhouetteStage, 'joints': joint_detector, 'smpl_fit': self._fitter,
            'keypoints': lambda of: PacedKeypoints(of['keypoints']), 'body_parts': BodyPartStage,
            'fusion': lambda of: Fusion(self._model(of['body'])),
            'classifier': lambda of: ExerciseClassifier(chosen_model(of['model']).model, of['classifier'])}
        known = given or {}
        self._stages = {name: known[name] if name in known else made[name](self._options[name])
                        for name in STAGES if name in stages}
        if 'joints' in self._stages:
            self._stages['filter'] = TemporalFilter(self._options['joints']['filter'])

    def _model(self, body: Any) -> BodyModel:
        return self._given_model or load_body_model(body_model_path(body.model_file, body.gender))

    def _fitter(self, of: dict[str, Any]) -> Any:
        return body_fitter(of, self._model(of['body']))

    def reset(self) -> None:
        """Forget everything that was seen."""
        for stage in self._stages.values():
            if hasattr(stage, 'reset'):
                stage.reset()

    def __call__(self, frame: RgbdFrame, stamp_s: float) -> Answer:
        """The answer to an image pair taken at `stamp_s` seconds. Raises BadInput when its sizes differ."""
        return self.of_person(self._run('silhouette', frame), stamp_s)

    def of_person(self, person: Silhouette, stamp_s: float) -> Answer:
        """The answer where the silhouette is known."""
        skeleton = self._run('joints', person)
        filtered = self._run('filter', skeleton, stamp_s)
        fit = None if skeleton is None else self._run('smpl_fit', skeleton, stamp_s, person)
        points = self._run('keypoints', person, stamp_s)
        parts = self._run('body_parts', person, joints_for_parts(skeleton, fit))
        return self._recognised(Answer(person, skeleton, filtered, fit, points, parts), stamp_s)

    def _recognised(self, found: Answer, stamp_s: float) -> Answer:
        features = self._run('fusion', found.person, found.keypoints, found.parts, found.skeleton, found.fit)
        if features is None:
            return found
        exercise = self._run('classifier', features.values, features.present, stamp_s, features.track_id)
        return replace(found, features=features, exercise=exercise)

    def of_joints(self, skeleton: Skeleton, stamp_s: float, floor: Floor | None) -> Answer:
        """The answer where joints are known and no image is, from the filter on: smpl_fit, fusion, classifier."""
        person = unseen(floor, skeleton.track_id)
        filtered = self._run('filter', skeleton, stamp_s)
        fit = self._run('smpl_fit', skeleton, stamp_s)
        return self._recognised(Answer(person, skeleton, filtered, fit), stamp_s)

    def fit_joints(self, skeleton: Skeleton, stamp_s: float) -> BodyFitResult:
        """The body fitted to joints that no image shows; the stage smpl_fit must run."""
        return self._run('smpl_fit', skeleton, stamp_s)

    def _run(self, stage: str, *inputs: Any) -> Any:
        work = self._stages.get(stage)
        return None if work is None else self._do(stage, work, *inputs)


def fitted_moments(observations: Iterable[Observation], pipeline: Pipeline, model: BodyModel
                   ) -> Iterator[tuple[Observation, BodyFitResult]]:
    """Each moment with the body fitted to it; of an image also who was found in it, and the mesh's overlap with them.

    pipeline: with smpl_fit, and where there are images with what it reads.
    """
    for seen in observations:
        if seen.frame is None:
            assert seen.skeleton is not None, 'a moment without an image has joints'
            yield seen, pipeline.fit_joints(seen.skeleton, seen.stamp_s)
        else:
            answer = pipeline(seen.frame, seen.stamp_s)
            assert answer.fit is not None, 'smpl_fit runs'
            found = replace(seen, skeleton=answer.skeleton, floor=answer.person.floor, person=answer.person)
            yield found, with_overlap(answer.fit, model, answer.person)
