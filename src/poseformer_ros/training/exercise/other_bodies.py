"""A window of the body's joints as another body would have made it: the same movement, other proportions and habits.

Drawn people do an exercise more alike than real ones do. What is drawn here is the same for all frames of a window, so that whoever
holds still goes on holding still.
"""

import numpy as np

from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JOINT_NAMES, PARENT

LENGTH = 0.06                           # standard deviation of a bone's length, as a share of it
TURN_RAD = (0.026, 0.087)               # standard deviation of a bone's turn about each axis; 1.5 to 5 degrees
AMPLITUDE = 0.2                         # standard deviation of the logarithm of how far a part of the body moves
COURSES = 3                             # of a window's movement, its first principal components, that parts of the body follow
# Largest standard deviation of how far a part turns about each axis, rad, while the joints go a metre (root of the mean square).
TRUNK_ALONG, ARM_ALONG, LEGS_ALONG = 0.8, 1.2, 0.15
MOST_ALONG_RAD = 0.35                   # 20 degrees
LEGS = [[JOINT[f'{side}_{joint}'] for joint in ('hip', 'knee', 'ankle', 'heel')] for side in ('left', 'right')]
ARMS = [[JOINT[f'{side}_{joint}'] for joint in ('shoulder', 'elbow', 'wrist', 'hand')] for side in ('left', 'right')]
TRUNK = [index for index in range(1, JOINT_COUNT) if not any(index in limb for limb in LEGS + ARMS)]
FEET = [JOINT[name] for name in JOINT_NAMES if name.endswith(('ankle', 'heel'))]


def of_another_body(height: np.ndarray, joints: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The window by another body, whose lowest foot is as high above the floor.

    Args:
        height: (T,) metres of the pelvis above the floor.
        joints: (T, 24, 3) metres from the pelvis; the third axis is up.
    Returns: both anew.
    """
    bones = joints[:, 1:] - joints[:, PARENT[1:]]
    bones = bones * np.exp(rng.normal(0, LENGTH, (JOINT_COUNT - 1, 1)))
    for part in (TRUNK, *LEGS, *ARMS):
        _move(bones, np.array(part) - 1, float(np.exp(rng.normal(0, AMPLITUDE))))
    _move_along(bones, joints, rng)
    turns = rotation_matrices(rng.normal(0, rng.uniform(*TURN_RAD), (JOINT_COUNT - 1, 3)))
    bones = np.einsum('jab,tjb->tja', turns, bones)
    other = np.zeros_like(joints)
    for index in range(1, JOINT_COUNT):
        other[:, index] = other[:, PARENT[index]] + bones[:, index - 1]
    return height + joints[:, FEET, 2].min(1) - other[:, FEET, 2].min(1), other


def _move(bones: np.ndarray, part: np.ndarray, amplitude: float) -> None:
    """Let some bones (T, B, 3) go further from their mean direction, or less far, by a factor; their lengths stay. In place."""
    length = np.linalg.norm(bones[:, part], axis=-1, keepdims=True)
    mean = bones[:, part].mean(axis=0)
    moved = mean + amplitude * (bones[:, part] - mean)
    bones[:, part] = moved * (length / np.maximum(np.linalg.norm(moved, axis=-1, keepdims=True), 1e-9))


def _move_along(bones: np.ndarray, joints: np.ndarray, rng: np.random.Generator) -> None:
    """Let trunk, arms and legs turn in time with the movement, as nobody asked them to: real people lean, sway and help themselves.

    Who holds still goes on holding still. In place; bones (T, 23, 3), joints (T, 24, 3).
    """
    moved = (joints - joints.mean(axis=0)).reshape(len(joints), -1)
    axes, size, _ = np.linalg.svd(moved, full_matrices=False)
    courses = axes[:, :COURSES] * size[:COURSES] / np.sqrt(JOINT_COUNT)
    for part, along in ((TRUNK + ARMS[0] + ARMS[1], TRUNK_ALONG), (ARMS[0], ARM_ALONG), (ARMS[1], ARM_ALONG),
                        (LEGS[0] + LEGS[1], LEGS_ALONG)):
        turn = courses @ rng.normal(0, along * rng.random(), (courses.shape[1], 3))
        turns = rotation_matrices(np.clip(turn, -MOST_ALONG_RAD, MOST_ALONG_RAD))
        index = np.array(part) - 1
        bones[:, index] = np.einsum('tab,tjb->tja', turns, bones[:, index])
