"""Standard errors of a body's series, carried over from the covariances of its joints to first order."""

from collections.abc import Sequence

import numpy as np

from poseformer_ros.assessment.body_series import NAMES, RESTS_ON, body_series
from poseformer_ros.skeleton.joints import JOINT, JointState

STEP_M = 1e-4       # of the central difference; angles are smooth over it
MOST_MOMENTS = 20_000       # differed at once, for the memory's sake: 60 MB


def series_errors(joints: np.ndarray, covariance: np.ndarray) -> dict[str, np.ndarray]:
    """Standard error (T,) of each series, in its unit; NaN where covariances are unknown.

    joints: (T, 24, 3). covariance: (T, 24, 3, 3) square metres. Joints are taken for independent of each other, as the fit tells no
    more; the error of what the fit has in common over time, such as the length of a bone, is not in it.
    """
    variance = {name: np.zeros(len(joints)) for name in NAMES}
    used = sorted({JOINT[joint] for joints_of in RESTS_ON.values() for joint in joints_of})
    at_once = max(1, MOST_MOMENTS // (6 * len(joints)))
    for some in (used[first:first + at_once] for first in range(0, len(used), at_once)):
        for name, gradient in _gradients(joints, some).items():
            variance[name] += np.einsum('jit,tjik,jkt->t', gradient, covariance[:, some], gradient)
    return {name: np.sqrt(values) for name, values in variance.items()}


def _gradients(joints: np.ndarray, some: list[int]) -> dict[str, np.ndarray]:
    """(J, 3, T) of each series by the place of each of some joints, the same at all moments."""
    shifts = np.zeros((len(some), 3, 1, joints.shape[1], 3))
    shifts[np.arange(len(some))[:, None], np.arange(3), 0, np.array(some)[:, None], np.arange(3)] = STEP_M
    series = body_series(joints + np.stack([shifts, -shifts]))
    return {name: _difference(*series[name]) / (2 * STEP_M) for name in NAMES}


def _difference(high: np.ndarray, low: np.ndarray) -> np.ndarray:
    """Also across the jump of an angle from 180 to -180 degrees."""
    return (high - low + 180.0) % 360.0 - 180.0


def inferred(state: np.ndarray, names: Sequence[str] = NAMES) -> dict[str, np.ndarray]:
    """(T,) bool of each series: whether it rests on a joint that was not seen; state: (T, 24) of JointState."""
    unseen = state != JointState.OBSERVED
    return {name: unseen[:, [JOINT[joint] for joint in RESTS_ON[name]]].any(axis=1) for name in names}
