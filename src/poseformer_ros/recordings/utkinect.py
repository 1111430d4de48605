"""UTKinect-Action3D's Kinect v1 joints in its own files (Xia, Chen and Aggarwal, CVPRW 2012)."""

from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track

RATE_HZ = 15.0      # recorded at 30 Hz, every second frame kept
JOINT_COUNT = 20
LABELS = 'actionLabel.txt'


def read_joints(path: Path | str) -> tuple[np.ndarray, np.ndarray]:
    """Frame numbers (T,) and positions (T, 20, 3) metres of one `joints_sSS_eEE.txt`; repeated frames once.

    Raises BadInput for an absent file and for a line that is not a frame number and sixty numbers.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(f'{path}: no such file; give a joints_sSS_eEE.txt of UTKinect-Action3D')
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append([float(word) for word in line.split()])
        except ValueError as error:
            raise BadInput(f'{path}: line {number} holds what is no number ({error}); get the file again') from error
        if len(rows[-1]) != 1 + 3 * JOINT_COUNT:
            raise BadInput(f'{path}: line {number} has {len(rows[-1])} numbers, wanted {1 + 3 * JOINT_COUNT}; '
                           'get the file again')
    if not rows:
        raise BadInput(f'{path}: is empty; get the file again')
    table = np.array(rows)
    frames, first = np.unique(table[:, 0].astype(int), return_index=True)
    return frames, table[first, 1:].reshape(-1, JOINT_COUNT, 3)


def read_labels(path: Path | str) -> dict[str, dict[str, tuple[int, int]]]:
    """`actionLabel.txt`: recording ('s01_e01') to action to its first and last frame; actions with NaN are left out.

    Raises BadInput for an absent file or a line of another form.
    """
    path = Path(path)
    if not path.is_file():
        raise BadInput(f'{path}: no such file; give the folder of UTKinect-Action3D')
    labels: dict[str, dict[str, tuple[int, int]]] = {}
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        words = line.replace(':', ' ').split()
        if len(words) == 1:
            labels[words[0]] = current = {}
        elif len(words) == 3 and labels:
            if 'nan' not in line.lower():
                current[words[0]] = _frames(path, number, words)
        elif words:
            raise BadInput(f"{path}: line {number} is '{line}', wanted 'action: first last'; get the file again")
    return labels


def read_track(folder: Path | str, recording: str, action: str) -> JointTrack:
    """One action of a recording, for example ('s01_e01', 'walk'). Raises BadInput for an unknown one."""
    labels = read_labels(Path(folder) / LABELS)
    if action not in labels.get(recording, {}):
        raise BadInput(f"{folder}: has no action '{action}' in '{recording}'; it has "
                       f"{', '.join(labels.get(recording, {})) or 'no such recording'}")
    first, last = labels[recording][action]
    frames, positions = read_joints(Path(folder) / f'joints_{recording}.txt')
    wanted = (frames >= first) & (frames <= last)
    return track_of(positions[wanted], f'{recording}_{action}')


def track_of(positions: np.ndarray, name: str) -> JointTrack:
    """A track of positions (T, 20, 3) as `read_joints` gives them."""
    return kinect_track(positions, RATE_HZ, name)


def _frames(path: Path, number: int, words: list[str]) -> tuple[int, int]:
    try:
        return int(words[1]), int(words[2])
    except ValueError as error:
        raise BadInput(f'{path}: line {number} has frames {words[1:]}, wanted whole numbers; get the file again'
                       ) from error
