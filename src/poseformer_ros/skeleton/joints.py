"""The 24 joints in SMPL's order, their names, bones and states.

Left and right are the person's own. Source of the order: paper, Tables 1 and 2 mapped to SMPL (`docs/joints.md`).
"""

from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np

JOINT_NAMES = (
    'pelvis', 'left_hip', 'right_hip', 'lower_spine', 'left_knee', 'right_knee', 'spine_centre', 'left_ankle',
    'right_ankle', 'upper_spine', 'left_heel', 'right_heel', 'neck', 'left_collarbone', 'right_collarbone', 'head',
    'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_wrist', 'right_wrist', 'left_hand',
    'right_hand',
)
JOINT_COUNT = len(JOINT_NAMES)
JOINT = {name: index for index, name in enumerate(JOINT_NAMES)}

# Parent of each joint in SMPL's kinematic tree; the root has none.
PARENT = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19, 20, 21)
BONES = tuple((parent, joint) for joint, parent in enumerate(PARENT) if parent >= 0)

# The same joint on the other side of the body.
MIRROR = tuple(JOINT[name.replace('left', '#').replace('right', 'left').replace('#', 'right')] for name in JOINT_NAMES)


class JointState(IntEnum):
    """How a joint's position came about; the same numbers as in `Skeleton24.msg`."""

    MISSING = 0     # nothing is known; the position is NaN
    OBSERVED = 1    # seen in this image
    INFERRED = 2    # not seen, concluded from a model or from time
    OCCLUDED = 3    # something nearer hides it; the position is a guess


class ArmTable(IntEnum):
    """Which of the paper's tables served an arm; the same numbers as in `Skeleton24.msg`."""

    NONE = 0
    LOWERED = 1     # Table 1, DKP-Net-24-L
    RAISED = 2      # Table 2, DKP-Net-24-R


@dataclass(frozen=True)
class Skeleton:
    """24 joints of one person.

    positions: (24, 3) float64 metres, optical frame; NaN where MISSING.
    confidence: (24,) float64 in [0, 1]; 0 where MISSING.
    covariance: (24, 3, 3) float64 square metres; NaN where unknown.
    state: (24,) uint8 of JointState.
    pixels: (24, 2) float64, column and row in the full image; NaN where MISSING.
    arm_tables: (left, right) of ArmTable.
    track_id: the person's number from the silhouette; 0 when nobody is there.
    doubt: 0 to 1, that somebody else's limbs are among these, as the silhouette says.
    facing_rad: angle about the image's vertical at which the chest faces, 0 to the camera, positive to the image's right; NaN where
        unknown. facing_sigma_rad: its circular standard deviation.
    detector: whose points these are, for the body's fit: 'dkp24' reads surfaces, others the joints themselves.
    """

    positions: np.ndarray
    confidence: np.ndarray
    covariance: np.ndarray
    state: np.ndarray
    pixels: np.ndarray
    arm_tables: tuple[ArmTable, ArmTable] = (ArmTable.NONE, ArmTable.NONE)
    track_id: int = field(default=0)
    doubt: float = 0.0
    facing_rad: float = np.nan
    facing_sigma_rad: float = np.nan
    detector: str = ''


def no_skeleton() -> Skeleton:
    """All joints MISSING: nobody is in the image."""
    return Skeleton(positions=np.full((JOINT_COUNT, 3), np.nan), confidence=np.zeros(JOINT_COUNT),
                    covariance=np.full((JOINT_COUNT, 3, 3), np.nan),
                    state=np.full(JOINT_COUNT, JointState.MISSING, np.uint8),
                    pixels=np.full((JOINT_COUNT, 2), np.nan))
