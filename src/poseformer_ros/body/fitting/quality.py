"""How likely a fit is right: a logistic model over what depth, joints and the fit itself say against it.

`tools/prior/learn_quality.py` learns its weights on rendered people and draws its reliability (docs/fitting.md).
"""

import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.terms import JointTarget, joint_distance
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JointState, Skeleton

RIGHT_WITHIN_M = 0.1        # a fit is right when all joints lie within this of their true places
AWAY_GATE = 3.0             # standard deviations, beyond which a joint is no further off
SMALLEST_M = 0.003          # of a standard deviation whose logarithm is taken
UNKNOWN_FACING_RAD = 0.5    # stands for the doubt of a detector that tells none
EVIDENCE = ('depth points not explained', 'limbs that should be seen', 'joint furthest off', 'joints not seen',
            'doubt of the fitted joints', 'doubt of the facing')


@dataclass(frozen=True)
class QualityModel:
    """Chance from evidence (F,): the logistic function of offset + weights (F,) @ ((evidence - mean) / scale)."""

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    offset: float

    def __call__(self, evidence: np.ndarray) -> float:
        """In [0, 1]."""
        share = self.offset + self.weights @ np.clip((evidence - self.mean) / self.scale, -4.0, 4.0)
        return float(1.0 / (1.0 + np.exp(-share)))


def evidence_of(far: np.ndarray, unseen: np.ndarray, joints: np.ndarray, target: JointTarget, skeleton: Skeleton,
                covariance: np.ndarray) -> np.ndarray:
    """(F,) numbers in the order of EVIDENCE.

    far: (N,) bool, depth points that are not of the body. unseen: (4,) -log p of what should be seen of each limb and is not.
    joints: (24, 3) metres, as fitted; covariance: (24, 3, 3) square metres, of them. target, skeleton: the measured joints.
    """
    away = np.minimum(joint_distance(joints, target)[target.measured], AWAY_GATE)
    fitted = np.log(np.maximum(np.sqrt(np.trace(covariance, axis1=1, axis2=2) / 3.0), SMALLEST_M))
    facing = skeleton.facing_sigma_rad if np.isfinite(skeleton.facing_sigma_rad) else UNKNOWN_FACING_RAD
    return np.array([np.mean(far), np.log1p(unseen.sum()), away.max(),
                     np.mean(skeleton.state != JointState.OBSERVED), fitted.max(), facing])


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
