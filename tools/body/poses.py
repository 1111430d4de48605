"""Eight poses to look at; angles in degrees about x (the person's left), y (up) and z (where the person looks)."""

import numpy as np

from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

SPINE = ('lower_spine', 'spine_centre', 'upper_spine')


def turn(*turns: tuple[str, float]) -> np.ndarray:
    """One rotation vector for turns done one after the other about the parent's fixed axes."""
    matrix = np.eye(3)
    for axis, degrees in turns:
        matrix = rotation_matrices(np.deg2rad(degrees) * np.eye(3)['xyz'.index(axis)]) @ matrix
    return rotation_vectors(matrix)


def pose(**joints: np.ndarray) -> np.ndarray:
    """(24, 3) rotation vectors; joints not named stay as in the T-pose."""
    vectors = np.zeros((JOINT_COUNT, 3))
    for name, vector in joints.items():
        vectors[JOINT[name]] = vector
    return vectors


def both(joint: str, *turns: tuple[str, float]) -> dict[str, np.ndarray]:
    """A turn of the left joint and its mirror image on the right."""
    mirror = [(axis, degrees if axis == 'x' else -degrees) for axis, degrees in turns]
    return {f'left_{joint}': turn(*turns), f'right_{joint}': turn(*mirror)}


def spine(axis: str, degrees: float) -> dict[str, np.ndarray]:
    """A turn shared equally by the three spine joints."""
    return {joint: turn((axis, degrees / len(SPINE))) for joint in SPINE}


ARMS_DOWN = {**both('collarbone', ('z', -8)), **both('shoulder', ('z', -68)), **both('elbow', ('y', -12))}
ARMS_FORWARD = {**both('collarbone', ('y', -12)), **both('shoulder', ('y', -75), ('x', -37))}

POSES = {
    'T': pose(),
    'A': pose(**both('collarbone', ('z', -5)), **both('shoulder', ('z', -45))),
    'arms_up': pose(**both('collarbone', ('z', 22)), **both('shoulder', ('z', 58))),
    'squat': pose(pelvis=turn(('x', 25)), **spine('x', 12), **ARMS_FORWARD, **both('hip', ('x', -105), ('y', 12)),
                  **both('knee', ('x', 105)), **both('ankle', ('x', -25))),
    'trunk_lean': pose(**spine('z', 36), neck=turn(('z', 8))),
    'trunk_rotation': pose(**spine('y', 45), neck=turn(('y', 10)), **both('shoulder', ('z', -10)),
                           **both('elbow', ('y', -80))),
    'sitting': pose(**spine('x', 6), **both('collarbone', ('z', -8)), **both('shoulder', ('z', -70), ('x', -25)),
                    **both('elbow', ('y', -60)), **both('hip', ('x', -88), ('y', 6)), **both('knee', ('x', 85))),
    'walking_step': pose(**spine('y', -8), **both('collarbone', ('z', -8)),
                         left_shoulder=turn(('z', -70), ('x', 25)), right_shoulder=turn(('z', 70), ('x', -25)),
                         **both('elbow', ('y', -20)), left_hip=turn(('x', -28)), left_knee=turn(('x', 12)),
                         left_ankle=turn(('x', 8)), right_hip=turn(('x', 18)), right_knee=turn(('x', 28)),
                         right_ankle=turn(('x', 6)), right_heel=turn(('x', -22))),
}
