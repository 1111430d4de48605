"""Joint angles of a body as a physiotherapist reads them, from joints in the room: the truth of a motion clip."""

import numpy as np

from poseformer_ros.geometry.vectors import angle_between, cross, unit
from poseformer_ros.skeleton.joints import JOINT

UP = np.array([0.0, 1.0, 0.0])


def joint_angles(joints: np.ndarray) -> dict[str, np.ndarray]:
    """Named angles (..., T) in radians from joints (..., T, 24, 3), y up.

    `<side>_shoulder`: upper arm against the trunk downwards; `<side>_elbow`, `<side>_knee`: 0 straight;
    `<side>_hip`: thigh against the trunk, 0 in standing; `trunk_forward`, `trunk_left`: lean of the line from mid
    hips to neck in the person's own sagittal and frontal plane; `trunk_turn`: shoulders against hips about the
    vertical, positive to the left; `pelvis_turn`: hips against the room.
    """
    def at(name: str) -> np.ndarray:
        return joints[..., JOINT[name], :]

    hips = (at('left_hip') + at('right_hip')) / 2
    trunk = at('neck') - hips
    across = (at('left_hip') - at('right_hip')) * [1, 0, 1]
    left = unit(across)
    ahead = cross(left, UP)
    height = trunk @ UP
    pelvis, shoulders = _yaw(across), _yaw(at('left_shoulder') - at('right_shoulder'))
    angles = {'trunk_forward': np.arctan2(np.sum(trunk * ahead, axis=-1), height),
              'trunk_left': np.arctan2(np.sum(trunk * left, axis=-1), height),
              'trunk_turn': _wrapped(shoulders - pelvis), 'pelvis_turn': pelvis}
    for side in ('left', 'right'):
        upper_arm = at(f'{side}_elbow') - at(f'{side}_shoulder')
        thigh = at(f'{side}_knee') - at(f'{side}_hip')
        angles[f'{side}_shoulder'] = angle_between(upper_arm, -trunk)
        angles[f'{side}_elbow'] = angle_between(upper_arm, at(f'{side}_wrist') - at(f'{side}_elbow'))
        angles[f'{side}_hip'] = angle_between(thigh, -trunk)
        angles[f'{side}_knee'] = angle_between(thigh, at(f'{side}_ankle') - at(f'{side}_knee'))
    return angles


def _yaw(to_left: np.ndarray) -> np.ndarray:
    """Turn to the left of a line that points to the person's left."""
    return np.arctan2(-to_left[..., 2], to_left[..., 0])


def _wrapped(angle: np.ndarray) -> np.ndarray:
    return (angle + np.pi) % (2 * np.pi) - np.pi
