"""Pose methods by name: from silhouettes over time to joints and, where the method has one, a body."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from poseformer_ros.body.body_options import StationFitOptions
from poseformer_ros.body.fitting.methods import body_fitter
from poseformer_ros.body.fitting.result import BodyFitResult, FitState
from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.skeleton.joints import Skeleton, no_skeleton


@dataclass(frozen=True)
class PoseAnswer:
    """What a method says of one image; `fit` where it has a body."""

    skeleton: Skeleton
    fit: BodyFitResult | None = None


# Called with a silhouette and its stamp in seconds, image after image.
PoseMethod = Callable[[Silhouette, float], PoseAnswer]


class JointsOnly:
    """A method that looks at one image alone and has no body."""

    def __init__(self, find_joints: Callable[[Silhouette], Skeleton]) -> None:
        self._find_joints = find_joints

    def __call__(self, person: Silhouette, stamp_s: float) -> PoseAnswer:
        """The stamp is not used."""
        return PoseAnswer(self._find_joints(person))


class FittedBody:
    """DKP-24's points and the body fitted to them, with the station's options; remembers person and motion."""

    def __init__(self, model: BodyModel, method: str = 'fast', depth: bool = True) -> None:
        """`method`: one of `fitting.methods.METHODS`. `depth`: whether the surface is pulled to the depth image."""
        self._find_joints = Dkp24()
        self._fit = body_fitter(method, model, StationFitOptions(depth=depth))

    def __call__(self, person: Silhouette, stamp_s: float) -> PoseAnswer:
        """Joints are the body's, all of them; none where the fit is lost."""
        fit = self._fit(self._find_joints(person), stamp_s, person)
        if fit.state != FitState.FITTED:
            return PoseAnswer(no_skeleton(), fit)
        return PoseAnswer(Skeleton(positions=fit.joints, confidence=(fit.joint_state > 0).astype(float), state=fit.joint_state,
                                   covariance=fit.joint_covariance, pixels=no_skeleton().pixels, track_id=fit.track_id), fit)


METHODS: dict[str, Callable[[BodyModel], PoseMethod]] = {
    'paper': lambda model: JointsOnly(Dkp24()),
    'fit': FittedBody,
    'fit_joints': lambda model: FittedBody(model, depth=False),
    'fit_paper': lambda model: FittedBody(model, method='paper'),
}


def pose_method(name: str, model: BodyModel) -> PoseMethod:
    """A fresh method: one of METHODS, or 'package.module:Name' of what makes a callable from Silhouette to Skeleton.

    Raises BadInput when there is no such method.
    """
    if name in METHODS:
        return METHODS[name](model)
    module, _, maker = name.partition(':')
    if not maker:
        raise BadInput(f'--method {name!r} is not known; choose one of {", ".join(METHODS)}, or give package.module:Name')
    try:
        return JointsOnly(getattr(importlib.import_module(module), maker)())
    except (ImportError, AttributeError) as error:
        raise BadInput(f'--method {name!r}: {error}; give package.module:Name of a class or function') from error
