"""Fit the Gaussian mixture over body pose to CMU motion capture and to the exercises of the studio, and write
`pose_prior.npz`, of the recordings alone, and `fit_prior.npz`, of both (see README.md)."""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture

from poseformer_ros.body.fitting.pose_prior import PRIOR_JOINTS, default_prior_path, fit_prior_path
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.recordings.cmu import read_rotvec_track, read_track, rotvec_names
from poseformer_ros.skeleton.joints import JOINT, MIRROR
from poseformer_ros.synthesis.motion.retarget import retarget
from poseformer_ros.synthesis.motions import motion

LICENCE = ('Fitted to CMU motion capture. The data used in this project was obtained from mocap.cs.cmu.edu; the database '
           'was created with funding from NSF EIA-0196217. Free for all uses.')
FRAMES_PER_ACTIVITY = 700       # so that no activity outweighs another
LEAST_SIGMA_RAD = 0.10          # no direction of pose is held more tightly; the retargeted spine bends evenly, people do not
WRIST_SIGMA_RAD = 0.35          # the recordings' wrists are not carried over: any bend and turn of daily life
BROAD_WEIGHT, BROAD_SCALE = 0.05, 2.0   # one wide Gaussian, so that a pose nobody recorded stays in reach
# Of the exercises in the studio's many ways; nobody in the recordings has the hands on the hips, as many patients do.
EXERCISES = tuple(f'kimore_es{number}' for number in range(1, 6))
EXERCISE_WEIGHT, EXERCISE_COMPONENTS, EXERCISE_PEOPLE, FIRST_SEED = 0.3, 4, 12, 90_000     # seeds that no benchmark uses
WRISTS = ('left_wrist', 'right_wrist')


@dataclass(frozen=True)
class Mixture:
    """K Gaussians: weights (K,), means (K, 57), covariances (K, 57, 57)."""

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray


def clips(data: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Activity and poses (T, 24, 3) of every CMU recording."""
    folder = data / 'cmu_mocap_expmap'
    for name in rotvec_names(folder):
        yield name.split('/')[1].removesuffix('_extra'), retarget(read_rotvec_track(folder, name))[0].poses
    folder = data / 'cmu_mocap_exercise'
    for amc in sorted(folder.glob('*.amc.gz')):
        asf = folder / f'{amc.name.split("_")[0]}.asf'
        yield amc.name.split('.')[0], retarget(read_track(asf, amc))[0].poses


def mirrored(poses: np.ndarray) -> np.ndarray:
    """The same poses (T, 24, 3) with left and right exchanged."""
    return poses[:, list(MIRROR)] * [1.0, -1.0, -1.0]


def balanced(data: Path, rng: np.random.Generator) -> np.ndarray:
    """Poses (T, 24, 3), each activity equally often, each pose with its mirror image."""
    by_activity: dict[str, list[np.ndarray]] = {}
    for activity, poses in clips(data):
        by_activity.setdefault(activity, []).append(poses)
    chosen = []
    for activity, parts in sorted(by_activity.items()):
        poses = np.concatenate(parts)
        chosen.append(poses[rng.choice(len(poses), FRAMES_PER_ACTIVITY, replace=len(poses) < FRAMES_PER_ACTIVITY)])
        print(f'{activity:24} {len(poses):6} frames')
    poses = np.concatenate(chosen)
    return np.concatenate([poses, mirrored(poses)])


def exercised(rng: np.random.Generator) -> np.ndarray:
    """Poses (T, 24, 3) of the studio's exercises by different people, each with its mirror image."""
    model = load_body_model(default_body_path())
    chosen = []
    for name in EXERCISES:
        poses = np.concatenate([motion(name, seed, seed, model).poses for seed in range(FIRST_SEED, FIRST_SEED + EXERCISE_PEOPLE)])
        chosen.append(poses[rng.choice(len(poses), FRAMES_PER_ACTIVITY, replace=len(poses) < FRAMES_PER_ACTIVITY)])
    poses = np.concatenate(chosen)
    return np.concatenate([poses, mirrored(poses)])


def as_vectors(poses: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(T, 57) of poses (T, 24, 3), with any wrists."""
    poses = poses.copy()
    for wrist in WRISTS:
        poses[:, JOINT[wrist]] = rng.normal(scale=WRIST_SIGMA_RAD, size=(len(poses), 3))
    return poses[:, list(PRIOR_JOINTS)].reshape(len(poses), -1)


def mixture(vectors: np.ndarray, components: int, seed: int) -> Mixture:
    """Gaussians fitted to poses (T, 57)."""
    found = GaussianMixture(components, reg_covar=LEAST_SIGMA_RAD ** 2, random_state=seed).fit(vectors)
    return Mixture(found.weights_, found.means_, found.covariances_)


def broad(vectors: np.ndarray) -> Mixture:
    """One wide Gaussian about all poses (T, 57)."""
    covariance = BROAD_SCALE * np.cov(vectors.T) + LEAST_SIGMA_RAD ** 2 * np.eye(vectors.shape[1])
    return Mixture(np.ones(1), vectors.mean(axis=0)[None], covariance[None])


def write(parts: list[tuple[float, Mixture]], path: Path) -> None:
    """The mixture of mixtures, each with its share."""
    weights = np.hstack([share * part.weights for share, part in parts])
    means, covariances = (np.concatenate([getattr(part, name) for _, part in parts]) for name in ('means', 'covariances'))
    np.savez_compressed(path, joints=np.array(PRIOR_JOINTS, np.uint8), weights=weights.astype(np.float32),
                        means=means.astype(np.float32), covariances=covariances.astype(np.float32), license=LICENCE)
    print(f'{path}: {len(weights)} Gaussians, weights {np.round(weights, 3).tolist()}, {path.stat().st_size / 1e3:.0f} kB')


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=Path('../shared/data'), help='folder with the cmu_mocap_* sets')
    parser.add_argument('--components', type=int, default=8)
    parser.add_argument('--seed', type=int, default=24)
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    vectors = as_vectors(balanced(arguments.data, rng), rng)
    recorded, wide = mixture(vectors, arguments.components, arguments.seed), broad(vectors)
    rng = np.random.default_rng(arguments.seed)
    exercises = mixture(as_vectors(exercised(rng), rng), EXERCISE_COMPONENTS, arguments.seed)
    rest = 1.0 - BROAD_WEIGHT
    write([(rest, recorded), (BROAD_WEIGHT, wide)], default_prior_path())
    write([(rest - EXERCISE_WEIGHT, recorded), (EXERCISE_WEIGHT, exercises), (BROAD_WEIGHT, wide)], fit_prior_path())


if __name__ == '__main__':
    main()
