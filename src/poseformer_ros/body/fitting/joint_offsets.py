"""From a detector's points to the model's joints: a fixed offset per joint (the mapping of the paper's equation 24)."""

import zipfile
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.start import aligned, trunk_or_all
from poseformer_ros.body.fitting.terms import measured_joints
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, Skeleton

_ANKLES = [JOINT['left_ankle'], JOINT['right_ankle']]


@dataclass(frozen=True)
class JointOffsets:
    """Where a detector's points lie from the model's joints, learned on rendered bodies by `tools/prior`.

    All as shares of `body_size`, the first two in the pelvis' axes (x to the person's left, y up, z ahead).
    offset: (24, 3) median of point less joint. scatter: (24, 3) root mean square about it.
    fit_scatter: (24,) per axis, what the fit's own covariance lacks: clothes, and errors of the detector that all points share.
    """

    offset: np.ndarray
    scatter: np.ndarray
    fit_scatter: np.ndarray

    def corrected(self, skeleton: Skeleton, turn: np.ndarray, size: float) -> Skeleton:
        """The skeleton moved onto the model's joints, its covariance grown by the scatter.

        turn: (3, 3) rotation of the pelvis. size: `body_size` in metres.
        """
        axes = size * turn * self.scatter[:, None, :]
        return replace(skeleton, positions=skeleton.positions - size * self.offset @ turn.T,
                       covariance=skeleton.covariance + axes @ axes.transpose(0, 2, 1))

    def on_model(self, skeleton: Skeleton, rest: np.ndarray, turn: np.ndarray | None = None) -> Skeleton:
        """The same for a body with rest joints (24, 3). Without the pelvis' rotation the measured trunk tells it."""
        if turn is None:
            measured = trunk_or_all(measured_joints(skeleton))
            turn, _ = aligned(rest[measured], skeleton.positions[measured])
        return self.corrected(skeleton, turn, body_size(rest))


DETECTORS = ('dkp24',)      # whose points lie off the joints, and have offsets that ship


@lru_cache
def offsets_for(choice: str, detector: str) -> 'JointOffsets | None':
    """The offsets that a fit is to use, None where the points are the joints.

    choice: of FitOptions; 'detector' follows who found the joints. detector: as in `Skeleton`.
    """
    name = detector if choice == 'detector' else choice
    return load_joint_offsets(name) if name in DETECTORS else None


def body_size(rest: np.ndarray) -> float:
    """Metres from the ankles up to the head's joint, in the rest pose (24, 3)."""
    return float(rest[JOINT['head'], 1] - rest[_ANKLES, 1].mean())


def load_joint_offsets(detector: str) -> JointOffsets:
    """The offsets that ship for a detector, by its name. Raises BadInput where there are none."""
    path = Path(__file__).parents[1] / 'data' / f'joint_offsets_{detector}.npz'
    try:
        with np.load(path, allow_pickle=False) as archive:
            offsets = JointOffsets(*(archive[name].astype(np.float64) for name in ('offset', 'scatter', 'fit_scatter')))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f'{path}: no joint offsets ({error}); make them with tools/prior/learn_offsets.py') from error
    if [array.shape for array in (offsets.offset, offsets.scatter)] != 2 * [(JOINT_COUNT, 3)] \
            or offsets.fit_scatter.shape != (JOINT_COUNT,):
        raise BadInput(f'{path}: wanted arrays (24, 3), (24, 3) and (24,); make them again with tools/prior/learn_offsets.py')
    return offsets
