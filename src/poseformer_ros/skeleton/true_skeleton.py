"""Known joints of a drawn or rendered person as a skeleton."""

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton


def true_skeleton(positions: np.ndarray, visible: np.ndarray, intrinsics: Intrinsics) -> Skeleton:
    """Truth as a skeleton without uncertainty.

    positions: (24, 3) metres, optical frame. visible: (24,) bool; a hidden joint is OCCLUDED, its position still true.
    """
    return Skeleton(positions=positions, confidence=np.ones(JOINT_COUNT), covariance=np.zeros((JOINT_COUNT, 3, 3)),
                    state=np.where(visible, JointState.OBSERVED, JointState.OCCLUDED).astype(np.uint8),
                    pixels=intrinsics.project(positions), track_id=1)
