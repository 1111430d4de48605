"""MARS as it is published: synced_data / wooutlier / subject1..4 / kinect_data1..10.mat, one movement each.

A file holds one matrix (T, 75): x of Kinect v2's 25 joints, then their depths, then their heights, in metres. x is mirrored against
Kinect camera space, as in the packed file.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings import mars
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track

FOLDER = Path('synced_data') / 'wooutlier'
JOINT_COUNT = 25


def movement_files(root: Path) -> Iterator[tuple[str, int, Path]]:
    """Subject ('s1'), movement (1 to 10) and file; raises BadInput where there is none."""
    found = [(f's{subject[1]}', int(movement[1]), path) for path in (root / FOLDER).glob('subject*/kinect_data*.mat')
             if (subject := re.fullmatch(r'subject(\d+)', path.parent.name))
             and (movement := re.fullmatch(r'kinect_data(\d+)', path.stem))]
    if not found:
        raise BadInput(f'{root / FOLDER}: no subject1/kinect_data1.mat in it; give the folder of the MARS repository')
    yield from sorted(found)


def read_file(path: Path) -> JointTrack:
    """The joints of one movement. Raises BadInput that names the file."""
    from scipy.io import loadmat  # with the training packages; nothing else here needs it
    try:
        content = loadmat(path)
    except (OSError, ValueError, TypeError, NotImplementedError) as error:
        raise BadInput(f'{path}: cannot be read ({error}); get the file again') from error
    tables = [value for value in content.values() if isinstance(value, np.ndarray) and value.shape[1:] == (3 * JOINT_COUNT,)]
    if len(tables) != 1:
        raise BadInput(f'{path}: holds {len(tables)} matrices of {3 * JOINT_COUNT} columns, wanted one; get the file again')
    across, depth, height = tables[0].astype(np.float64).reshape(-1, 3, JOINT_COUNT).transpose(1, 0, 2)
    return kinect_track(np.stack([-across, height, depth], axis=2), mars.RATE_HZ, str(path))
