"""The unknowns of a fit, and a term of it near one guess."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.model import SHAPE_COUNT
from poseformer_ros.skeleton.joints import JOINT_COUNT

# The unknowns stand in one vector (85,): pose, shape, translation.
POSE = slice(0, 3 * JOINT_COUNT)
SHAPE = slice(POSE.stop, POSE.stop + SHAPE_COUNT)
TRANSLATION = slice(SHAPE.stop, SHAPE.stop + 3)
UNKNOWNS = TRANSLATION.stop


@dataclass(frozen=True)
class Quadratic:
    """A negative log-likelihood as Gauss and Newton see it from one guess.

    value: at the guess. gradient: (n,) there. information: (n, n), the approximate second derivative.
    """

    value: float
    gradient: np.ndarray
    information: np.ndarray


def least_squares(residuals: np.ndarray, jacobian: np.ndarray) -> Quadratic:
    """Half the sum of squares of residuals (m,) with their derivative (m, n)."""
    return Quadratic(0.5 * float(residuals @ residuals), jacobian.T @ residuals, jacobian.T @ jacobian)
