"""The terms of the fit, each as a quadratic near the present guess (paper, equations 24, 26 and 27; the prior of pose,
equation 25, is in `pose_prior`)."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.quadratic import UNKNOWNS, Quadratic, least_squares
from poseformer_ros.body.model import SHAPE_COUNT
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, Skeleton

LIMIT_SIGMA_RAD = 0.05      # how sharply a limit stops
HYPEREXTENSION_RAD = 0.1    # about 5 degrees, still healthy in knee and elbow (Norkin and White, Measurement of Joint Motion)
KNEE_FLEXION_RAD = 2.6      # 150 degrees, the same source
ELBOW_FLEXION_RAD = 2.7     # 150 degrees and what the arm's rest pose leaves
# Component of a joint's rotation vector, lowest and highest value; see docs/body.md for the signs.
_LIMITS = ((3 * JOINT['left_knee'], -HYPEREXTENSION_RAD, KNEE_FLEXION_RAD),
           (3 * JOINT['right_knee'], -HYPEREXTENSION_RAD, KNEE_FLEXION_RAD),
           (3 * JOINT['left_elbow'] + 1, -ELBOW_FLEXION_RAD, HYPEREXTENSION_RAD),
           (3 * JOINT['right_elbow'] + 1, -HYPEREXTENSION_RAD, ELBOW_FLEXION_RAD))
_LIMITED = np.array([row for row, _, _ in _LIMITS])
_LOWEST, _HIGHEST = np.array([[low, high] for _, low, high in _LIMITS]).T


@dataclass(frozen=True)
class JointTarget:
    """What the joints are pulled to.

    positions: (24, 3) metres, zero where nothing is known.
    whitening: (24, 3, 3), a difference in metres times this is in standard deviations; zero where nothing is known.
    gate: (24,) standard deviations beyond which a joint counts little.
    measured: (24,) bool. hidden: (24,) bool, of those that something nearer hides.
    """

    positions: np.ndarray
    whitening: np.ndarray
    gate: np.ndarray
    measured: np.ndarray
    hidden: np.ndarray


def measured_joints(skeleton: Skeleton) -> np.ndarray:
    """(24,) bool: joints whose place is known at all."""
    return (np.isfinite(skeleton.positions).all(axis=1) & (skeleton.confidence > 0)
            & (skeleton.state != JointState.MISSING))


def joint_target(skeleton: Skeleton, options: FitOptions) -> JointTarget:
    """Weights from covariance and confidence; a missing joint has none."""
    measured = measured_joints(skeleton)
    covariance = skeleton.covariance + options.least_sigma_m ** 2 * np.eye(3)
    unknown = ~_is_covariance(covariance)
    covariance[unknown] = options.joint_sigma_m ** 2 * np.eye(3)
    confidence = np.where(measured, np.minimum(skeleton.confidence, 1.0), 0.0)
    whitening = np.linalg.inv(np.linalg.cholesky(covariance)) * np.sqrt(confidence)[:, None, None]
    sigma = np.sqrt(np.trace(covariance, axis1=1, axis2=2) / 3.0 / np.maximum(confidence, 1e-6))
    return JointTarget(np.where(measured[:, None], skeleton.positions, 0.0), whitening,
                       np.maximum(options.gate_sigmas, options.gate_m / sigma), measured, skeleton.state == JointState.OCCLUDED)


def less_of_hidden(target: JointTarget, options: FitOptions) -> JointTarget:
    """For a body whose movement is known: what a detector guesses of joints that something hides errs for long, and by more than
    its covariance says."""
    doubt = np.where(target.hidden, options.hidden_doubt, 1.0)
    return replace(target, whitening=target.whitening / doubt[:, None, None],
                   gate=np.maximum(options.gate_sigmas, target.gate / doubt))


def _is_covariance(matrices: np.ndarray) -> np.ndarray:
    """(n,) bool: which of the matrices (n, 3, 3) are finite and positive definite (Sylvester's criterion)."""
    finite = np.where(np.isfinite(matrices).all(axis=(1, 2))[:, None, None], matrices, 0.0)
    return ((finite[:, 0, 0] > 0) & (finite[:, 0, 0] * finite[:, 1, 1] > finite[:, 0, 1] ** 2)
            & (np.linalg.det(finite) > 0))


def robust_weights(square: np.ndarray, gate: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
    """Geman and McClure's function of squared residuals: twice its values, and the weights of least squares."""
    share = gate * gate / (gate * gate + square)
    return square * share, share * share


def joint_distance(joints: np.ndarray, target: JointTarget) -> np.ndarray:
    """(24,) distance of each joint from what was measured, in standard deviations; zero where nothing was."""
    away = (target.whitening @ (joints - target.positions)[..., None])[..., 0]
    return np.sqrt(np.sum(away * away, axis=1))


def joint_term(joints: np.ndarray, jacobian: np.ndarray, target: JointTarget) -> Quadratic:
    """Equation 24 with Geman and McClure's loss: joints (24, 3), their jacobian (24, 3, 85)."""
    away = (target.whitening @ (joints - target.positions)[..., None])[..., 0]
    values, weights = robust_weights(np.sum(away * away, axis=1), target.gate)
    root = np.sqrt(weights)
    rows = (target.whitening * root[:, None, None]) @ jacobian
    pull = least_squares((away * root[:, None]).ravel(), rows.reshape(3 * JOINT_COUNT, UNKNOWNS))
    return Quadratic(0.5 * float(values.sum()), pull.gradient, pull.information)


def limit_term(pose: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    """Knees and elbows beyond their range, for a pose (72,): value, gradient and diagonal of information, both (72,)."""
    angles = pose[_LIMITED]
    beyond = (np.minimum(angles - _LOWEST, 0.0) + np.maximum(angles - _HIGHEST, 0.0)) / LIMIT_SIGMA_RAD
    gradient, diagonal = np.zeros(len(pose)), np.zeros(len(pose))
    gradient[_LIMITED] = beyond / LIMIT_SIGMA_RAD
    diagonal[_LIMITED] = (beyond != 0) / LIMIT_SIGMA_RAD ** 2
    return 0.5 * float(beyond @ beyond), gradient, diagonal


@dataclass(frozen=True)
class ShapeKnowledge:
    """What earlier frames say of a person's shape: an information filter beside the prior N(0, 1) of equation 26.

    information: (10, 10). vector: (10,), information times the mean.
    """

    information: np.ndarray
    vector: np.ndarray

    def mean(self, options: FitOptions) -> np.ndarray:
        """The likeliest shape (10,), within its limits."""
        free = np.linalg.solve(self.information + options.shape_prior * np.eye(SHAPE_COUNT), self.vector)
        return np.clip(free, -options.shape_limit, options.shape_limit)


def nothing_known() -> ShapeKnowledge:
    """Of a new person."""
    return ShapeKnowledge(np.zeros((SHAPE_COUNT, SHAPE_COUNT)), np.zeros(SHAPE_COUNT))
