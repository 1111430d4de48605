"""Draw a bank of poses from CMU motion capture and write `cmu_poses.npz`: python tools/motions/make_cmu_poses.py --data DIR.

Each recording is brought onto the free body; of each the poses that differ most are kept, so that walking, half of the
material, does not crowd out the rest. Recordings are dealt to the splits by name, so that no clip is in two of them.
"""

import argparse
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.recordings.cmu import read_rotvec_track, read_track, rotvec_names
from poseformer_ros.synthesis.motion.retarget import retarget

LICENCE = ('Drawn from CMU motion capture. The data used in this project was obtained from mocap.cs.cmu.edu; the database '
           'was created with funding from NSF EIA-0196217. Free for all uses.')
LEAST_APART_M = 0.08        # a joint of two kept poses of one recording differs by this at least
TEST_SHARE = 0.2            # of the recordings


def clips(data: Path) -> Iterator[tuple[str, np.ndarray]]:
    """Name and poses (T, 24, 3) of every CMU recording."""
    folder = data / 'cmu_mocap_expmap'
    for name in rotvec_names(folder):
        yield name, retarget(read_rotvec_track(folder, name))[0].poses
    folder = data / 'cmu_mocap_exercise'
    for amc in sorted(folder.glob('*.amc.gz')):
        asf = folder / f'{amc.name.split("_")[0]}.asf'
        yield amc.name.split('.')[0], retarget(read_track(asf, amc))[0].poses


def apart(joints: np.ndarray, most: int) -> list[int]:
    """Indices of up to `most` frames of joints (T, 24, 3), each farthest from those before it in its largest joint distance."""
    chosen = [0]
    distance = np.linalg.norm(joints - joints[0], axis=-1).max(axis=1)
    while len(chosen) < most and distance.max() > LEAST_APART_M:
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(joints - joints[chosen[-1]], axis=-1).max(axis=1))
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--data', type=Path, default=Path('../shared/data'), help='folder with the cmu_mocap_* sets')
    parser.add_argument('--most', type=int, default=160, help='poses of one recording')
    parser.add_argument('--out', type=Path, default=Path('src/poseformer_ros/synthesis/data/cmu_poses.npz'))
    arguments = parser.parse_args()
    body = shaped_body(load_body_model(default_body_path()), np.zeros(10))
    poses, names, test = [], [], []
    for name, clip in tqdm(clips(arguments.data), desc='retargeting', unit='clip'):
        joints = np.array([body.posed_joints(np.vstack([np.zeros((1, 3)), pose[1:]])) for pose in clip[::6]])
        kept = clip[::6][apart(joints, arguments.most)]
        poses.append(kept)
        names += [name] * len(kept)
        test += [zlib.crc32(name.encode()) % 100 < 100 * TEST_SHARE] * len(kept)
    np.savez_compressed(arguments.out, poses=np.concatenate(poses).astype(np.float16), recording=np.array(names),
                        test=np.array(test), license=LICENCE)
    print(f'{arguments.out}: {len(names)} poses of {len(poses)} recordings, {sum(test)} of them for tests, '
          f'{arguments.out.stat().st_size / 1e6:.2f} MB')


if __name__ == '__main__':
    main()
