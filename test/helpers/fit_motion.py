"""Exercises on the body as the fit sees them: joints in the optical frame, with known errors."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton, no_skeleton
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style

TO_OPTICAL = np.diag([1.0, -1.0, -1.0])     # the room's y up and +z towards the camera, 3 m away and 0.9 m high
PLACE = np.array([0.0, 0.9, 3.0])
RATE_HZ = 30.0
NOISE_M = 0.02


@dataclass(frozen=True)
class Exercise:
    """joints: (T, 24, 3) metres, optical frame; poses: (T, 24, 3) radians, the pelvis in the room; betas: (10,)."""

    joints: np.ndarray
    poses: np.ndarray
    betas: np.ndarray


def exercise(model: BodyModel, name: str, person: int = 3, repetitions: int = 1) -> Exercise:
    clip = make_motion(name, sample_style(person), person, repetitions=repetitions, model=model)
    body = shaped_body(model, clip.betas)
    joints = np.stack([body.posed_joints(*at) for at in zip(clip.poses, clip.translations)])
    return Exercise(joints @ TO_OPTICAL.T + PLACE, clip.poses, clip.betas)


def skeleton(joints: np.ndarray, sigma: float = 0.0, gone: np.ndarray | None = None, track_id: int = 1) -> Skeleton:
    """Joints (24, 3) as a detector would tell them, with the standard deviation that it claims."""
    gone = np.zeros(JOINT_COUNT, bool) if gone is None else gone
    return replace(no_skeleton(), positions=np.where(gone[:, None], np.nan, joints), confidence=1.0 - gone,
                   covariance=np.where(gone[:, None, None], np.nan, sigma ** 2 * np.eye(3)),
                   state=np.where(gone, JointState.MISSING, JointState.OBSERVED).astype(np.uint8), track_id=track_id)


def noise(joints: np.ndarray, seed: int = 0) -> np.ndarray:
    """White noise of NOISE_M per axis."""
    return np.random.default_rng(seed).normal(scale=NOISE_M, size=joints.shape)


def fitted(model: BodyModel, joints: np.ndarray, sigma: float = 0.0, gone: np.ndarray | None = None,
           options: FitOptions = FitOptions()) -> list[BodyFitResult]:
    """Fit joints (T, 24, 3) frame by frame; every frame must be fitted and finite."""
    fitter, results = BodyFitter(model, options), []
    for index, frame in enumerate(joints):
        result = fitter(skeleton(frame, sigma, None if gone is None else gone[index]), index / RATE_HZ)
        assert result.fitted, index
        assert all(np.isfinite(a).all() for a in (result.pose, result.betas, result.translation, result.joint_covariance))
        results.append(result)
    return results


def errors(results: list[BodyFitResult], joints: np.ndarray) -> np.ndarray:
    """(T, 24) metres."""
    return np.linalg.norm(np.stack([result.joints for result in results]) - joints, axis=2)
