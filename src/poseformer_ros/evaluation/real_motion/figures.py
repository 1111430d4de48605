"""Figures of judged motions: joints, angles, ranges of motion and recognition, for each exercise and each kind of people."""

from collections import Counter
from typing import Any

import numpy as np

from poseformer_ros.assessment.joint_angles import joint_angles
from poseformer_ros.evaluation.real_motion.agreement import outcome_agreement
from poseformer_ros.geometry.vectors import unit
from poseformer_ros.skeleton.joints import JOINT, JOINT_NAMES

Figures = dict[str, Any]
OF = ('learned', 'fitted')
ARMS = [JOINT[f'{side}_{joint}'] for side in ('left', 'right') for joint in ('elbow', 'wrist', 'hand')]
# As `joint_angles` defines them; left and right are counted together.
ANGLES = {'knee flexion': ('left_knee', 'right_knee'), 'hip flexion': ('left_hip', 'right_hip'),
          'elbow flexion': ('left_elbow', 'right_elbow'), 'shoulder elevation': ('left_shoulder', 'right_shoulder'),
          'trunk tilt forward': ('trunk_forward',), 'trunk tilt aside': ('trunk_left',), 'trunk rotation': ('trunk_turn',)}
# Joint without its side, to where left and right stand.
BOTH_SIDES = {name.removeprefix('left_'): [JOINT[name], *([JOINT[name.replace('left_', 'right_')]] if 'left_' in name else [])]
              for name in JOINT_NAMES if not name.startswith('right_')}
UP = np.array([0.0, 1.0, 0.0])
LEFT_OUT = 'bad legs, left out above'


def motion_figures(rows: np.ndarray) -> Figures:
    """All figures as plain numbers. rows: records of `judge_motion.ROW`; every group but LEFT_OUT is of sound sequences."""
    sound = rows[rows['sound']]
    groups = {name: sound[sound['exercise'] == name] for name in np.unique(rows['exercise']).tolist()}
    groups |= {'healthy': sound[~sound['patient']], 'patients': sound[sound['patient']], 'all': sound,
               LEFT_OUT: rows[~rows['sound']]}
    people = {name: sound[sound['person'] == name] for name in np.unique(sound['person']).tolist()}
    return {'groups': {name: of_group(some) for name, some in groups.items() if len(some)},
            'primary outcomes': outcome_agreement(sound),
            'people': {name: of_group(some) for name, some in people.items()}}


def of_group(rows: np.ndarray) -> Figures:
    """Figures of some records, at least one."""
    return {'people': len(np.unique(rows['person'])), 'sequences': len(np.unique(rows['name'])), 'images': len(rows),
            'overlap': float(np.nanmean(rows['overlap'])), 'recognition': _recognition(rows),
            **{what: {of: figures(rows, of) for of in OF} for what, figures in (
                ('joints', _joints), ('by joint', _by_joint), ('angles', _angles), ('range of motion', _ranges))}}


def _joints(rows: np.ndarray, of: str) -> Figures:
    """Millimetres over the joints that were found."""
    error = 1e3 * np.linalg.norm(rows[of].astype(float) - rows['true'], axis=2)
    found, arms = (values[np.isfinite(values)] for values in (error, error[:, ARMS]))
    missing = float(np.mean(~np.isfinite(error)))
    if not len(found):
        return {'mean': None, 'median': None, 'p95': None, 'arms p95': None, 'missing': missing}
    return {'mean': float(found.mean()), 'median': float(np.median(found)), 'p95': float(np.percentile(found, 95)),
            'arms p95': float(np.percentile(arms, 95)) if len(arms) else None, 'missing': missing}


def _by_joint(rows: np.ndarray, of: str) -> Figures:
    """Millimetres: mean distance from the true joint, and where the found one lies from it in the median, as the hips face."""
    off = 1e3 * (rows[of].astype(float) - rows['true'])
    left = unit((rows['true'][:, JOINT['left_hip']] - rows['true'][:, JOINT['right_hip']]).astype(float) * [1, 0, 1])
    ahead = np.einsum('tjc,tc->tj', off, np.cross(left, UP))
    figures = {}
    for name, both in BOTH_SIDES.items():
        found = np.isfinite(ahead[:, both])
        figures[name] = {'mean': float(np.linalg.norm(off[:, both], axis=2)[found].mean()),
                         'up': float(np.median(off[:, both, 1][found])), 'ahead': float(np.median(ahead[:, both][found]))
                         } if found.any() else {'mean': None, 'up': None, 'ahead': None}
    return figures


def _angles(rows: np.ndarray, of: str) -> Figures:
    """Degrees: median of the error's size, its mean with its sign (positive: read as more), and its median with its sign."""
    true, found = joint_angles(rows['true'].astype(float)), joint_angles(rows[of].astype(float))
    figures = {}
    for name, series in ANGLES.items():
        error = np.degrees(np.concatenate([_wrapped(found[one] - true[one]) for one in series]))
        error = error[np.isfinite(error)]
        figures[name] = {'median': float(np.median(np.abs(error))) if len(error) else None,
                         'bias': float(error.mean()) if len(error) else None,
                         'median with sign': float(np.median(error)) if len(error) else None}
    return figures


def _ranges(rows: np.ndarray, of: str) -> Figures:
    """Degrees: the largest less the smallest angle within each marked repetition, found against true."""
    repetitions = _repetitions(rows)
    figures = {}
    for name, series in ANGLES.items():
        error = np.array([_range(joint_angles(some[of].astype(float))[one]) - _range(joint_angles(some['true'].astype(float))[one])
                          for some in repetitions for one in series])
        error = np.degrees(error[np.isfinite(error)])
        figures[name] = {'median': float(np.median(np.abs(error))) if len(error) else None,
                         'bias': float(error.mean()) if len(error) else None}
    return figures


def _range(angle: np.ndarray) -> float:
    known = angle[np.isfinite(angle)]
    return float(np.ptp(known)) if len(known) else np.nan


def _recognition(rows: np.ndarray) -> Figures:
    """Right and all: images inside marked repetitions; repetitions and sequences by the label that most of those images have."""
    inside = rows[rows['repetition'] > 0]
    return {'images': [int((inside['published'] == inside['exercise']).sum()), len(inside)],
            'repetitions': _voted(_repetitions(rows)),
            'sequences': _voted([inside[inside['name'] == name] for name in np.unique(inside['name'])])}


def _repetitions(rows: np.ndarray) -> list[np.ndarray]:
    """The records of each marked repetition of each sequence."""
    inside = rows[rows['repetition'] > 0]
    keys = np.unique(inside[['name', 'repetition']])
    return [inside[(inside['name'] == name) & (inside['repetition'] == repetition)] for name, repetition in keys]


def _voted(groups: list[np.ndarray]) -> list[int]:
    right = [Counter(some['published'].tolist()).most_common(1)[0][0] == some['exercise'][0] for some in groups]
    return [sum(right), len(right)]


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi
