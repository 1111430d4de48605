"""The stages from silhouette to feature vector in one call, as the graph runs them: for recordings, without ROS."""

from poseformer_ros.body.body_options import StationFitOptions
from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.model import BodyModel
from poseformer_ros.keypoints.part_stage import BodyPartStage
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.recognition.fusion import FusedFeatures, Fusion
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.dkp24 import Dkp24


class FeatureStages:
    """Keypoints, joints, body fit, body parts and fusion with the station's own options; the fit remembers person and motion."""

    def __init__(self, model: BodyModel) -> None:
        self._find_points, self._find_joints = KeypointStage(), Dkp24()
        self._label_parts, self._fuse = BodyPartStage(), Fusion(model)
        self._fit = BodyFitter(model, StationFitOptions())

    def reset(self) -> None:
        """Forget person and motion."""
        self._fit.reset()

    def __call__(self, person: Silhouette, stamp_s: float) -> FusedFeatures:
        """The vector of an image taken at `stamp_s` seconds."""
        skeleton = self._find_joints(person)
        fit = self._fit(skeleton, stamp_s, person)
        joints = fit.joints if fit.state == FitState.FITTED else skeleton.positions
        return self._fuse(person, self._find_points(person), self._label_parts(person, joints), skeleton, fit)
