"""Rotations of whole clips at once: two-bone limbs, turns about the axes, forward kinematics. Arrays are (T, ...)."""

import numpy as np

from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.geometry.vectors import unit
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT

Length = float | np.floating
X, Y, Z = np.eye(3)
SPARE_M = 0.0015     # over which a straightening limb slows down before its full length


def turn(axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) about a unit axis (3,) or (..., 3) by angles (...) in radians."""
    return rotation_matrices(np.asarray(angle)[..., None] * axis)


def limb_frame(bone: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Frame (..., 3, 3) of a bone: columns its direction, where the next bone bends to, and the hinge between.

    bone, bend: (..., 3); bend need not be square to the bone.
    """
    along = unit(bone)
    side = unit(bend - np.sum(bend * along, axis=-1, keepdims=True) * along)
    return np.stack(np.broadcast_arrays(along, side, np.cross(along, side)), axis=-1)


def align(rest_bone: np.ndarray, rest_bend: np.ndarray, bone: np.ndarray, bend: np.ndarray) -> np.ndarray:
    """Rotations (..., 3, 3) that bring a bone and its bending direction from rest (3,) to where they are wanted."""
    return limb_frame(bone, bend) @ limb_frame(rest_bone, rest_bend).T


def middle_joint(root: np.ndarray, end: np.ndarray, lengths: tuple[Length, Length], pole: np.ndarray) -> np.ndarray:
    """Place (T, 3) of a knee or elbow from hip and ankle, or shoulder and wrist, (T, 3) each, and where it points.

    An end out of reach is met by a straight limb that points to it.
    """
    upper, lower = lengths
    line = end - root
    distance = np.clip(np.linalg.norm(line, axis=-1), np.abs(upper - lower) + 1e-6, upper + lower - 1e-9)
    along = unit(line)
    aside = unit(pole - np.sum(pole * along, axis=-1, keepdims=True) * along)
    foot = (distance ** 2 + upper ** 2 - lower ** 2) / (2 * distance)
    height = np.sqrt(np.maximum(upper ** 2 - foot ** 2, 0.0))
    return root + foot[..., None] * along + height[..., None] * aside


def within_reach(root: np.ndarray, end: np.ndarray, length: Length) -> np.ndarray:
    """Ends (T, 3) brought gently to within a limb's length of its root, so that a knee straightens without a snap."""
    line = end - root
    distance = np.linalg.norm(line, axis=-1, keepdims=True)
    spare = SPARE_M * np.logaddexp(0.0, (length - distance) / SPARE_M)
    return root + line * ((length - spare) / distance)


def forward(rest_joints: np.ndarray, local: np.ndarray, pelvis: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World rotations (T, 24, 3, 3) and joints (T, 24, 3) from local rotations and the pelvis' place (T, 3)."""
    world, places = np.empty_like(local), np.empty((len(local), JOINT_COUNT, 3))
    world[:, 0], places[:, 0] = local[:, 0], pelvis
    for joint in range(1, JOINT_COUNT):
        parent = PARENT[joint]
        world[:, joint] = world[:, parent] @ local[:, joint]
        places[:, joint] = places[:, parent] + world[:, parent] @ (rest_joints[joint] - rest_joints[parent])
    return world, places
