"""mRI as it is published (An, Li and Ogras, NeurIPS 2022): joints triangulated from two cameras, and what was done when.

    aligned_data / pose_labels / subject1.cpl         a pickle: 'pose_3d_refined' (T, 3, 17) millimetres, 'frame_list_inter'
    raw_data / videolabels / subject1.json            {"labels": {"pose_1": [first, last], ...}}, frames of the camera

Joints are COCO's 17 in the right camera's optical frame (x right, y down, z forward). Written after the data set's own scripts
(github.com/SizheAn/mRI, src/read_cpl.py, src/multimodal_loader.py); its files were not at hand.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from poseformer_ros.body.restricted_pickle import read_pickle
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack

RATE_HZ = 30.0              # of the cameras
MOVEMENTS = (*(f'pose_{number}' for number in range(1, 11)), 'free_form', 'walk')
POSES, LABELS = Path('aligned_data') / 'pose_labels', Path('raw_data') / 'videolabels'
_LIMBS = ('shoulder', 'elbow', 'wrist', 'hip', 'knee', 'ankle')
_COCO = {f'{side}_{joint}': 5 + 2 * place + right
         for place, joint in enumerate(_LIMBS) for right, side in enumerate(('left', 'right'))}
_EARS = (3, 4)


def subjects(root: Path) -> list[str]:
    """All subjects, 'subject1' first. Raises BadInput where there is none."""
    found = [path.stem for path in (root / POSES).glob('subject*.cpl') if re.fullmatch(r'subject\d+', path.stem)]
    if not found:
        raise BadInput(f'{root / POSES}: no subject1.cpl in it; give the folder of dataset_release')
    return sorted(found, key=lambda name: int(name.removeprefix('subject')))


def read_movements(root: Path, subject: str) -> Iterator[tuple[str, JointTrack]]:
    """Each movement that is labelled, with its joints. Raises BadInput that names the file."""
    path = root / POSES / f'{subject}.cpl'
    positions, offset = _positions(path)
    for movement, (first, last) in _labels(root / LABELS / f'{subject}.json').items():
        if movement in MOVEMENTS:
            begin, end = first - offset, last - offset + 1
            if not 0 <= begin < end <= len(positions):
                raise BadInput(f"{root / LABELS / f'{subject}.json'}: '{movement}' is frames {first} to {last}, {path.name} holds "
                               f'{offset} to {offset + len(positions) - 1}; get both files again')
            yield movement, track_of(positions[begin:end], f'{subject}_{movement}')


def track_of(positions: np.ndarray, name: str) -> JointTrack:
    """A track of COCO joints (T, 17, 3), metres in the camera's optical frame, turned so that who faces the camera faces +z."""
    turned = positions * [1.0, -1.0, -1.0]
    joints = {joint: turned[:, index] for joint, index in _COCO.items()}
    joints['pelvis'], joints['neck'] = ((joints[f'left_{part}'] + joints[f'right_{part}']) / 2 for part in ('hip', 'shoulder'))
    joints['spine_centre'] = (joints['pelvis'] + joints['neck']) / 2
    joints['head'] = turned[:, _EARS].mean(axis=1)
    return JointTrack(joints, RATE_HZ, name)


def _positions(path: Path) -> tuple[np.ndarray, int]:
    """Metres (T, 17, 3) and the camera's frame that is the first of them."""
    content = read_pickle(path)
    try:
        poses, frames = np.asarray(content['pose_3d_refined'], np.float64), np.asarray(content['frame_list_inter'], int)
    except (KeyError, TypeError, ValueError) as error:
        raise BadInput(f"{path}: {error}; wanted 'pose_3d_refined' and 'frame_list_inter'; get the file again") from error
    if poses.ndim != 3 or poses.shape[1:] != (3, 17) or not len(frames):
        raise BadInput(f"{path}: 'pose_3d_refined' has shape {poses.shape}, wanted (T, 3, 17); get the file again")
    return poses.transpose(0, 2, 1) / 1000.0, int(frames[0])


def _labels(path: Path) -> dict[str, tuple[int, int]]:
    try:
        labels = json.loads(path.read_text())['labels']
        return {name: (int(ends[0]), int(ends[1])) for name, ends in labels.items()}
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise BadInput(f'{path}: {error}; wanted {{"labels": {{"pose_1": [first, last]}}}}; get the file again') from error
