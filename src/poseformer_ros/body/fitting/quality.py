"""How likely a fit is right: a logistic model over what depth, joints and the fit itself say against it.

`tools/prior/learn_quality.py` learns its weights on rendered people and draws its reliability (docs/fitting.md).
"""

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.terms import JointTarget
from poseformer_ros.errors import BadInput

RIGHT_WITHIN_M = 0.1        # a fit is right when all joints lie within this of their true places
FAR_M, FEW = 0.09, 0.01     # further off than clothes; and what is added to a share whose logarithm is taken
SMALLEST = 1e-3             # of a number whose logarithm is taken
UNKNOWN_FACING_RAD = 0.5    # stands for the doubt of a detector that tells none
EVIDENCE = ('depth points not explained', 'limbs that should be seen', 'mean distance of measured joints', 'greatest distance',
            'unusual pose', 'doubt of the measured joints', 'doubt of the least sure joints', 'doubt of the facing',
            'body only just begun')
NEW_S = 0.3                 # in which a body ceases to be one that has only just been begun
LEAST_SURE = 4              # joints whose doubt counts once more: most fits that are wrong are wrong in one limb


@dataclass(frozen=True)
class QualityModel:
    """Chance from evidence (F,): the logistic function of offset + weights (F,) @ ((evidence - mean) / scale), times the share
    of the depth points that the body explains: no joints, however sure, outvote a person beside the body."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offset: float

    def __call__(self, evidence: np.ndarray) -> float:
        """In [0, 1]."""
        logit = self.offset + self.weights @ np.clip((evidence - self.mean) / self.scale, -4.0, 4.0)
        explained = 1.0 + FEW - np.exp(evidence[0])
        return float(explained / (1.0 + np.exp(-logit)))


def evidence_of(away: np.ndarray, unseen: np.ndarray, joints: np.ndarray, unusual: float, target: JointTarget,
                facing_sigma_rad: float, followed_s: float) -> np.ndarray:
    """(F,) numbers in the order of EVIDENCE.

    away: (N,) metres from depth points to the body. unseen: (4,) -log p of what should be seen of each limb and is not.
    joints: (24, 3) metres, as fitted; target: as measured. unusual: -log p of the pose. facing_sigma_rad: NaN where none is told.
    followed_s: seconds since the body was begun.
    """
    off = np.linalg.norm(joints - target.positions, axis=1)[target.measured]
    doubts = -np.log(np.linalg.det(target.whitening[target.measured])) / 3.0        # of standard deviations in metres
    facing = facing_sigma_rad if np.isfinite(facing_sigma_rad) else UNKNOWN_FACING_RAD
    return np.array([np.log(np.mean(away > FAR_M) + FEW), np.log1p(unseen.sum()), np.log(off.mean() + SMALLEST),
                     np.log(off.max() + SMALLEST), np.log(unusual + SMALLEST), doubts.mean(),
                     np.sort(doubts)[-LEAST_SURE:].mean(), facing, np.exp(-followed_s / NEW_S)])


@lru_cache
def load_quality_model(path: Path | None = None) -> QualityModel:
    """The model that ships, or a file's. Raises BadInput for another file."""
    path = path or Path(__file__).parents[1] / 'data' / 'fit_quality.npz'
    try:
        with np.load(path, allow_pickle=False) as archive:
            mean, scale, weights, offset = (archive[name].astype(np.float64) for name in ('mean', 'scale', 'weights', 'offset'))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f'{path}: no quality model ({error}); make one with tools/prior/learn_quality.py') from error
    if not mean.shape == scale.shape == weights.shape == (len(EVIDENCE),):
        raise BadInput(f'{path}: wanted {len(EVIDENCE)} weights; make it again with tools/prior/learn_quality.py')
    return QualityModel(mean, scale, weights, float(offset))
