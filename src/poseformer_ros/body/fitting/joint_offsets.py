"""From a detector's points to the model's joints: a fixed offset per joint (the mapping of the paper's equation 24)."""

import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, Skeleton

_ANKLES = [JOINT['left_ankle'], JOINT['right_ankle']]


@dataclass(frozen=True)
class JointOffsets:
    """Where a detector's points lie from the model's joints, learned on rendered bodies by `tools/prior/learn_offsets.py`.

    Both in the pelvis' axes (x to the person's left, y up, z ahead) as shares of `body_size`.
    offset: (24, 3) median of point less joint. scatter: (24, 3) root mean square about it.
    """

    offset: np.ndarray
    scatter: np.ndarray

    def corrected(self, skeleton: Skeleton, turn: np.ndarray, size: float) -> Skeleton:
        """The skeleton moved onto the model's joints, its covariance grown by the scatter.

        turn: (3, 3) rotation of the pelvis. size: `body_size` in metres.
        """
        axes = size * turn * self.scatter[:, None, :]
        return replace(skeleton, positions=skeleton.positions - size * self.offset @ turn.T,
                       covariance=skeleton.covariance + axes @ axes.transpose(0, 2, 1))


def body_size(rest: np.ndarray) -> float:
    """Metres from the ankles up to the head's joint, in the rest pose (24, 3)."""
    return float(rest[JOINT['head'], 1] - rest[_ANKLES, 1].mean())


def load_joint_offsets(detector: str) -> JointOffsets:
    """The offsets that ship for a detector, by its name. Raises BadInput where there are none."""
    path = Path(__file__).parents[1] / 'data' / f'joint_offsets_{detector}.npz'
    try:
        with np.load(path, allow_pickle=False) as archive:
            offsets = JointOffsets(archive['offset'].astype(np.float64), archive['scatter'].astype(np.float64))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f'{path}: no joint offsets ({error}); make them with tools/prior/learn_offsets.py') from error
    if offsets.offset.shape != (JOINT_COUNT, 3) or offsets.scatter.shape != (JOINT_COUNT, 3):
        raise BadInput(f'{path}: wanted two arrays (24, 3); make them again with tools/prior/learn_offsets.py')
    return offsets
