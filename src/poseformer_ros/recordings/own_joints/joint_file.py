"""Joints over time in a file of one's own: a .npz of arrays, or a .csv of one line a moment.

.npz: `positions` (T, 24, 3) metres in the camera's optical frame (x right, y down, z forward), joints in SMPL's order, NaN where
unknown; `stamps_s` (T,) seconds, growing. Optional: `confidence` (T, 24) in [0, 1], `covariance` (T, 24, 3, 3) square metres.

.csv: a head line `stamp_s,pelvis_x,pelvis_y,pelvis_z,left_hip_x,...`, joints by the names of `docs/joints.md` in any order; joints
that are left out and empty cells are unknown. As a spreadsheet saves it, too (`table_file`).
"""

from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.npz_file import arrays_of
from poseformer_ros.recordings.own_joints.joint_form import JointForm, converted, doubt_words
from poseformer_ros.recordings.table_file import read_table
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, Skeleton, no_skeleton

_SHAPES = {'positions': (JOINT_COUNT, 3), 'stamps_s': (), 'confidence': (JOINT_COUNT,), 'covariance': (JOINT_COUNT, 3, 3)}
_REMEDY = 'see docs/fit_command.md for the form'


def read_joint_file(path: Path, form: JointForm = JointForm()) -> tuple[np.ndarray, list[Skeleton]]:
    """Stamps (T,) in seconds and skeletons of a .npz or .csv file of that form. Raises BadInput naming what is wrong with it."""
    arrays = converted(_from_csv(path) if path.suffix == '.csv' else _from_npz(path), form)
    positions, stamps = arrays['positions'], arrays['stamps_s']
    if len(stamps) == 0:
        raise BadInput(f'{path}: holds no moment; give one or more')
    if not np.isfinite(stamps).all() or (np.diff(stamps) <= 0).any():
        raise BadInput(f"{path}: 'stamps_s' does not grow from moment to moment; give seconds in order")
    doubt = doubt_words(stamps, positions, form)
    if doubt:
        raise BadInput(f'{path}: {doubt}')
    return stamps, skeletons_of(positions, arrays.get('confidence'), arrays.get('covariance'))


def skeletons_of(positions: np.ndarray, confidence: np.ndarray | None = None, covariance: np.ndarray | None = None
                 ) -> list[Skeleton]:
    """Skeletons of one person from positions (T, 24, 3) in metres, NaN where MISSING.

    confidence: (T, 24), one where left out. covariance: (T, 24, 3, 3), unknown where left out.
    """
    known = np.isfinite(positions).all(axis=2)
    confidence = np.where(known, 1.0 if confidence is None else confidence, 0.0)
    covariance = np.full((*positions.shape, 3), np.nan) if covariance is None else covariance
    pixels = no_skeleton().pixels
    return [Skeleton(positions=np.where(known[t][:, None], positions[t], np.nan), confidence=confidence[t],
                     covariance=covariance[t], pixels=pixels, track_id=1,
                     state=np.where(known[t], JointState.OBSERVED, JointState.MISSING).astype(np.uint8))
            for t in range(len(positions))]


def _from_npz(path: Path) -> dict[str, np.ndarray]:
    with arrays_of(path) as archive:
        for name in ('positions', 'stamps_s'):
            if name not in archive:
                raise BadInput(f"{path}: has no array '{name}'; {_REMEDY}")
        arrays = {name: archive[name] for name in _SHAPES if name in archive}
    count = len(np.atleast_1d(arrays['stamps_s']))
    for name, array in arrays.items():
        if array.shape != (count, *_SHAPES[name]) or array.dtype.kind not in 'fiu':
            raise BadInput(f"{path}: '{name}' has shape {array.shape} of {array.dtype}, wanted "
                           f"{(count, *_SHAPES[name])} numbers; {_REMEDY}")
    return {name: array.astype(np.float64) for name, array in arrays.items()}


def _from_csv(path: Path) -> dict[str, np.ndarray]:
    table = read_table(path, ('stamp_s',), _REMEDY)
    places = {f'{joint}_{axis}': (JOINT[joint], k) for joint in JOINT for k, axis in enumerate('xyz')}
    columns = tuple(name for name in table.columns if name != 'stamp_s')
    for name in columns:
        if name not in places:
            raise BadInput(f'{path}: column {name!r} is not known; {_REMEDY}')
    numbers = table.numbers(('stamp_s', *columns))
    positions = np.full((len(numbers), JOINT_COUNT, 3), np.nan)
    for column, name in enumerate(columns, start=1):
        positions[:, *places[name]] = numbers[:, column]
    return {'positions': positions, 'stamps_s': numbers[:, 0]}
