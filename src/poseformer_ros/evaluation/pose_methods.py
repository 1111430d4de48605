"""Ways to a person's pose, for the evaluation: whose joints, and which body fitted to them."""

import importlib
from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton, no_skeleton
from poseformer_ros.skeleton.methods import METHODS, JointDetector
from poseformer_ros.stage_options import Parameters, stage_options


@dataclass(frozen=True)
class PoseWay:
    """joints: method that finds them, or 'package.module:Name' of what makes one.

    fit: method of the body fit, or '' for the joints as found.
    depth: whether the body's surface is pulled to the depth image.
    """

    joints: str
    fit: str = ''
    depth: bool = True

    @property
    def name(self) -> str:
        """For tables."""
        fit = f', {self.fit} fit' if self.fit else ''
        return self.joints + fit + (' without depth' if self.fit and not self.depth else '')


@dataclass(frozen=True)
class PoseAnswer:
    """What a way says of one image; `fit` where it has a body."""

    skeleton: Skeleton
    fit: BodyFitResult | None = None


class PoseMethod:
    """A way's pipeline behind the silhouette, image after image; its answer is the fitted body's joints where there is a fit, none
    where the fit is lost.
    """

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def __call__(self, person: Silhouette, stamp_s: float) -> PoseAnswer:
        """The answer to a silhouette at its stamp in seconds."""
        found = self._pipeline.of_person(person, stamp_s)
        assert found.skeleton is not None, 'joints runs'
        return PoseAnswer(found.skeleton) if found.fit is None else PoseAnswer(_of_body(found.fit), found.fit)

    def reset(self) -> None:
        """Forget what was seen."""
        self._pipeline.reset()


def pose_method(way: PoseWay, model: BodyModel | None, parameters: Parameters | None = None) -> PoseMethod:
    """A fresh pipeline of that way.

    model: the body that is fitted; as the parameters say where left out. parameters: of the stages, as `stage_options` takes them.
    Raises BadInput when a method cannot be had.
    """
    said, given = dict(parameters or {}), {}
    if way.joints in METHODS:
        said['joints'] = {**said.get('joints', {}), 'joints.method': way.joints}
    else:
        given['joints'] = _detector(way.joints)
    if way.fit:
        said['smpl_fit'] = {**said.get('smpl_fit', {}), 'body.method': way.fit, 'fit.depth': way.depth}
    return PoseMethod(Pipeline(stage_options(said), ('joints', 'smpl_fit') if way.fit else ('joints',), model, given=given))


def _of_body(fit: BodyFitResult) -> Skeleton:
    """The body's joints, all of them; none where nobody is fitted."""
    if not fit.fitted:
        return no_skeleton()
    return Skeleton(positions=fit.joints, confidence=(fit.joint_state > 0).astype(np.float64), state=fit.joint_state,
                    covariance=fit.joint_covariance, pixels=no_skeleton().pixels, track_id=fit.track_id)


def _detector(name: str) -> JointDetector:
    """What 'package.module:Name' makes when it is called without arguments."""
    module, _, maker = name.partition(':')
    if not maker:
        raise BadInput(f'--joints {name!r} is not known; choose one of {", ".join(METHODS)}, or give package.module:Name')
    try:
        return getattr(importlib.import_module(module), maker)()
    except (ImportError, AttributeError) as error:
        raise BadInput(f'--joints {name!r}: {error}; give package.module:Name of a class or function') from error
