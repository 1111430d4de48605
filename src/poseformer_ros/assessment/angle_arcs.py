"""Joint angles as arcs at the body: what a view draws."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from poseformer_ros.geometry.vectors import unit
from poseformer_ros.skeleton.joints import JOINT

RADIUS_M = 0.16
POINTS = 13         # of an arc
LEAST_RAD = 0.02    # a smaller angle has no plane

Way = tuple[str, str]
UP: Way = ('', '')
HIPS = 'hips'       # the middle between them
_DOWN_TRUNK: Way = ('neck', HIPS)
# Angle to the joint at which it stands and the two ways between which it lies, as `joint_angles` measures it.
ARCS: dict[str, tuple[str, Way, Way]] = {
    'trunk_forward': (HIPS, UP, (HIPS, 'neck')), 'trunk_left': (HIPS, UP, (HIPS, 'neck')),
    'trunk_turn': ('neck', ('right_hip', 'left_hip'), ('right_shoulder', 'left_shoulder'))}
for _side in ('left', 'right'):
    _shoulder, _elbow, _wrist = (f'{_side}_{joint}' for joint in ('shoulder', 'elbow', 'wrist'))
    _hip, _knee, _ankle = (f'{_side}_{joint}' for joint in ('hip', 'knee', 'ankle'))
    ARCS |= {_shoulder: (_shoulder, _DOWN_TRUNK, (_shoulder, _elbow)),
             f'{_shoulder}_flexion': (_shoulder, _DOWN_TRUNK, (_shoulder, _elbow)),
             _elbow: (_elbow, (_shoulder, _elbow), (_elbow, _wrist)),
             _hip: (_hip, _DOWN_TRUNK, (_hip, _knee)),
             _knee: (_knee, (_hip, _knee), (_knee, _ankle))}


@dataclass(frozen=True)
class Arc:
    """angle: its name. points: (N, 3) from the one limb's direction to the other's. centre: (3,) the joint."""

    angle: str
    centre: np.ndarray
    points: np.ndarray


def angle_arcs(angles: Iterable[str], positions: np.ndarray, up: np.ndarray) -> list[Arc]:
    """Arcs of those angles that can be drawn. positions: (24, 3) metres, NaN where unknown. up: (3,) unit, in their frame."""
    found = []
    for name in angles:
        if name in ARCS:
            at, *ways = ARCS[name]
            centre, (first, second) = _place(at, positions), (_direction(way, positions, up) for way in ways)
            if np.isfinite([centre, first, second]).all():
                found.append(Arc(name, centre, centre + RADIUS_M * _between(first, second)))
    return found


def _direction(way: Way, positions: np.ndarray, up: np.ndarray) -> np.ndarray:
    return up if way == UP else unit(_place(way[1], positions) - _place(way[0], positions))


def _place(name: str, positions: np.ndarray) -> np.ndarray:
    return positions[[JOINT['left_hip'], JOINT['right_hip']]].mean(axis=0) if name == HIPS else positions[JOINT[name]]


def _between(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """(POINTS, 3) unit vectors along the great circle from one to the other."""
    angle = float(np.arccos(np.clip(first @ second, -1.0, 1.0)))
    if not LEAST_RAD < angle < np.pi - LEAST_RAD:
        return np.stack([first, second])
    shares = np.linspace(0.0, 1.0, POINTS)[:, None]
    return (np.sin((1 - shares) * angle) * first + np.sin(shares * angle) * second) / np.sin(angle)
