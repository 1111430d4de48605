"""Somebody else in the room: walks to and fro behind the person."""

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

BEHIND_M = 0.85         # the person on whom the camera looks
REACH_M = 1.15          # to either side
PERIOD_S = 6.5          # there and back
STRIDE_M = 1.3          # two steps
HIP_SWING_RAD, KNEE_BEND_RAD, ARM_SWING_RAD, ARM_SINK_RAD = 0.42, 0.9, 0.4, 1.22    # gait at ease (Winter, Biomechanics)


def passer_by(body: ShapedBody, seconds: float, start: float) -> tuple[np.ndarray, np.ndarray]:
    """Pose (24, 3) rotation vectors and translation (3,) in the room, feet on the floor; `start` is a phase in radians."""
    turn = 2 * np.pi * seconds / PERIOD_S + start
    x = REACH_M * np.sin(turn)
    heading = 0.5 * np.pi * np.tanh(4.0 * np.cos(turn))
    pose = step_pose(2 * np.pi * _way(turn) / STRIDE_M)
    pose[0] = [0.0, heading, 0.0]
    height = -body.posed_vertices(pose)[:, 1].min()
    return pose, np.array([x, height, -BEHIND_M])


def _way(turn: float) -> float:
    """Metres walked since the first turning, whichever the direction."""
    halves, rest = divmod(turn + 0.5 * np.pi, np.pi)
    return REACH_M * (2 * halves + 1 - np.cos(rest))


def step_pose(phase: float) -> np.ndarray:
    """Pose (24, 3) rotation vectors of somebody who walks along +z, at a phase of two steps in radians."""
    pose = np.zeros((JOINT_COUNT, 3))
    for side, sign, late in (('left', 1.0, 0.0), ('right', -1.0, np.pi)):
        swing = np.sin(phase + late)
        pose[JOINT[f'{side}_hip'], 0] = -HIP_SWING_RAD * swing - 0.1
        pose[JOINT[f'{side}_knee'], 0] = 0.12 + KNEE_BEND_RAD * max(0.0, np.cos(phase + late)) ** 2
        sunk = rotation_matrices(np.array([0.0, 0.0, -sign * ARM_SINK_RAD]))
        forward = rotation_matrices(np.array([ARM_SWING_RAD * swing, 0.0, 0.0]))
        pose[JOINT[f'{side}_shoulder']] = rotation_vectors(forward @ sunk)
        pose[JOINT[f'{side}_elbow'], 1] = -sign * 0.35
    return pose
