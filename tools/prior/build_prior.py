"""Fit the Gaussian mixture over body pose to CMU motion capture and write `pose_prior.npz` (see README.md)."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from sklearn.mixture import GaussianMixture

from poseformer_ros.body.fitting.pose_prior import PRIOR_JOINTS, default_prior_path
from poseformer_ros.recordings.cmu import read_rotvec_track, read_track, rotvec_names
from poseformer_ros.skeleton.joints import JOINT, MIRROR
from poseformer_ros.synthesis.motion.retarget import retarget

LICENCE = ('Fitted to CMU motion capture. The data used in this project was obtained from mocap.cs.cmu.edu; the database '
           'was created with funding from NSF EIA-0196217. Free for all uses.')
FRAMES_PER_ACTIVITY = 700       # so that no activity outweighs another
LEAST_SIGMA_RAD = 0.10          # no direction of pose is held more tightly; the retargeted spine bends evenly, people do not
WRIST_SIGMA_RAD = 0.35          # the recordings' wrists are not carried over: any bend and turn of daily life
BROAD_WEIGHT, BROAD_SCALE = 0.05, 2.0   # one wide Gaussian, so that a pose nobody recorded stays in reach
WRISTS = ('left_wrist', 'right_wrist')


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=Path('../shared/data'), help='folder with the cmu_mocap_* sets')
    parser.add_argument('--components', type=int, default=8)
    parser.add_argument('--seed', type=int, default=24)
    parser.add_argument('--out', type=Path, default=default_prior_path())
    arguments = parser.parse_args()
    rng = np.random.default_rng(arguments.seed)
    poses = balanced(arguments.data, rng)
    for wrist in WRISTS:
        poses[:, JOINT[wrist]] = rng.normal(scale=WRIST_SIGMA_RAD, size=(len(poses), 3))
    vectors = poses[:, list(PRIOR_JOINTS)].reshape(len(poses), -1)
    mixture = GaussianMixture(arguments.components, reg_covar=LEAST_SIGMA_RAD ** 2, random_state=arguments.seed).fit(vectors)
    broad = BROAD_SCALE * np.cov(vectors.T) + LEAST_SIGMA_RAD ** 2 * np.eye(vectors.shape[1])
    weights = np.append((1.0 - BROAD_WEIGHT) * mixture.weights_, BROAD_WEIGHT)
    means = np.vstack([mixture.means_, vectors.mean(axis=0)])
    covariances = np.concatenate([mixture.covariances_, broad[None]])
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.out, joints=np.array(PRIOR_JOINTS, np.uint8), weights=weights.astype(np.float32),
                        means=means.astype(np.float32), covariances=covariances.astype(np.float32), license=LICENCE)
    print(f'{len(vectors)} poses, {len(weights)} Gaussians, weights {np.round(weights, 3).tolist()}')
    print(f'{arguments.out}: {arguments.out.stat().st_size / 1e3:.0f} kB')


if __name__ == '__main__':
    main()
