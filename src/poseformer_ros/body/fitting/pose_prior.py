"""How people hold themselves: a Gaussian mixture over body pose (paper, equation 25; Bogo et al., ECCV 2016)."""

import zipfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.quadratic import Quadratic
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

# The pelvis may turn anyhow; balls of the feet and hands are held by `LEAF_SIGMA_RAD` alone, as no recording shows them.
LEAVES = tuple(JOINT[f'{side}_{joint}'] for joint in ('heel', 'hand') for side in ('left', 'right'))
PRIOR_JOINTS = tuple(joint for joint in range(1, JOINT_COUNT) if joint not in LEAVES)
LEAF_SIGMA_RAD = 0.25

_ROWS = (3 * np.array(PRIOR_JOINTS)[:, None] + np.arange(3)).ravel()
_LEAF_ROWS = (3 * np.array(LEAVES)[:, None] + np.arange(3)).ravel()


@dataclass(frozen=True)
class PosePrior:
    """Gaussian mixture over the rotation vectors of `PRIOR_JOINTS`, radians.

    means: (K, 57). precisions: (K, 57, 57). constants: (K,) such that -log of a component's share of the density is
    constant + half of the squared Mahalanobis distance, the best constant being zero.
    """

    means: np.ndarray
    precisions: np.ndarray
    constants: np.ndarray

    def __call__(self, pose: np.ndarray) -> Quadratic:
        """-log p of a pose (72,) by its most probable component, derivatives by the 72 numbers."""
        means, precisions, constant_pulls = self._of_all_joints
        pulls = (precisions.reshape(-1, len(pose)) @ pose).reshape(len(means), -1) - constant_pulls
        values = self.constants + 0.5 * np.sum((pose - means) * pulls, axis=1)
        best = int(np.argmin(values))
        return Quadratic(float(values[best]), pulls[best], precisions[best])

    @cached_property
    def _of_all_joints(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Means (K, 72), precisions (K, 72, 72) of all joints, leaves included, and their products (K, 72)."""
        shape = (len(self.means), 3 * JOINT_COUNT)
        means, precisions = np.zeros(shape), np.zeros((*shape, shape[1]))
        means[:, _ROWS] = self.means
        precisions[:, _ROWS[:, None], _ROWS] = self.precisions
        precisions[:, _LEAF_ROWS, _LEAF_ROWS] = 1.0 / LEAF_SIGMA_RAD ** 2
        return means, precisions, (precisions @ means[..., None])[..., 0]

    def usual_pose(self) -> np.ndarray:
        """(24, 3) radians, the mean of the mixture's most probable component; the pelvis is not turned."""
        pose = np.zeros(3 * JOINT_COUNT)
        pose[_ROWS] = self.means[int(np.argmin(self.constants))]
        return pose.reshape(JOINT_COUNT, 3)


def default_prior_path() -> Path:
    """The prior of recorded everyday poses that ships with the package; `tools/prior` makes it."""
    return Path(__file__).parents[1] / 'data' / 'pose_prior.npz'


def fit_prior_path() -> Path:
    """The same and the studio's exercises, which is what bodies are fitted with."""
    return Path(__file__).parents[1] / 'data' / 'fit_prior.npz'


def load_pose_prior(path: Path | str) -> PosePrior:
    """Read a mixture written by `tools/prior/build_prior.py`. Raises BadInput naming the file and what is wrong."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            joints, weights, means, covariances = (archive[name].astype(np.float64) for name in
                                                   ('joints', 'weights', 'means', 'covariances'))
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f'{path}: not a pose prior ({error}); make one with tools/prior/build_prior.py') from error
    size = 3 * len(PRIOR_JOINTS)
    if joints.tolist() != list(PRIOR_JOINTS) or means.shape != (len(weights), size) \
            or covariances.shape != (len(weights), size, size):
        raise BadInput(f'{path}: means {means.shape} and covariances {covariances.shape} do not fit the '
                       f'{len(PRIOR_JOINTS)} joints; make the prior again with tools/prior/build_prior.py')
    sign, log_determinant = np.linalg.slogdet(covariances)
    if not (np.all(sign > 0) and np.all(weights > 0)):
        raise BadInput(f'{path}: holds a covariance or weight that is not positive; make the prior again')
    constants = 0.5 * log_determinant - np.log(weights)
    return PosePrior(means, np.linalg.inv(covariances), constants - constants.min())
