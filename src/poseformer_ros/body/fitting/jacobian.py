"""The posed joints and how they move with pose, shape and translation: analytic derivatives."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS
from poseformer_ros.body.kinematics import LEVELS
from poseformer_ros.body.model import BodyModel
from poseformer_ros.geometry.rotations import SMALL_ANGLE_RAD
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT

_PARENTS = np.array(PARENT[1:])


def _ancestors() -> np.ndarray:
    """(24, 24) bool: row k marks the joints on the way from the pelvis to joint k, itself included."""
    marks = np.eye(JOINT_COUNT, dtype=bool)
    for joint in range(1, JOINT_COUNT):
        marks[joint] |= marks[PARENT[joint]]
    return marks


ANCESTORS = _ancestors()
# Pairs of a joint and one that carries it along.
_CARRIED, _CARRIER = np.nonzero(ANCESTORS & ~np.eye(JOINT_COUNT, dtype=bool))
_UNIT = np.eye(3)
_CHAIN = ANCESTORS.astype(np.float64)
# Cross-product matrices of the unit vectors, flattened: vector (3,) @ _SKEW is that of the vector.
_SKEW = np.array([[[0, 0, 0], [0, 0, -1], [0, 1, 0]], [[0, 0, 1], [0, 0, 0], [-1, 0, 0]],
                  [[0, -1, 0], [1, 0, 0], [0, 0, 0]]], float).reshape(3, 9)


@dataclass(frozen=True)
class PosedBody:
    """A body in a pose, with what its derivatives are made of; all in the frame of the translation.

    rotations: (24, 3, 3) of each joint's frame. joints: (24, 3) metres.
    axes: (24, 3, 3), column c is the axis (times speed) about which everything beyond the joint turns as component c of
        its rotation vector grows.
    joint_shape: (24, 3, 10) metres per unit of shape.
    rest: (24, 3) metres, the joints in the rest pose.
    """

    rotations: np.ndarray
    joints: np.ndarray
    axes: np.ndarray
    joint_shape: np.ndarray
    rest: np.ndarray


def pose_body(model: BodyModel, unknowns: np.ndarray) -> PosedBody:
    """The body for unknowns (85,): pose 72, shape 10, translation 3."""
    rest = model.joint_template + model.joint_shapedirs @ unknowns[SHAPE]
    local, left = _rotations_and_left_jacobians(unknowns[POSE].reshape(JOINT_COUNT, 3))
    world = local.copy()
    for level, parents in LEVELS:
        world[level] = world[parents] @ local[level]
    axes = left.copy()
    axes[1:] = world[_PARENTS] @ left[1:]
    bones = np.empty((JOINT_COUNT, 3, 11))      # rest bone and its change with shape, turned into the world
    bones[:, :, 0], bones[:, :, 1:] = rest, model.joint_shapedirs
    bones[1:] -= bones[_PARENTS]
    bones[1:] = world[_PARENTS] @ bones[1:]
    placed = (_CHAIN @ bones.reshape(JOINT_COUNT, -1)).reshape(JOINT_COUNT, 3, 11)
    return PosedBody(world, placed[:, :, 0] + unknowns[TRANSLATION], axes, placed[:, :, 1:], rest)


def joint_jacobian(body: PosedBody) -> np.ndarray:
    """(24, 3, 85): change of each joint's place with each unknown."""
    jacobian = np.zeros((JOINT_COUNT, 3, UNKNOWNS))
    by_joint = jacobian[:, :, POSE].reshape(JOINT_COUNT, 3, JOINT_COUNT, 3)     # a view
    by_joint[_CARRIED, :, _CARRIER] = _cross_columns(body.axes[_CARRIER], body.joints[_CARRIED] - body.joints[_CARRIER])
    jacobian[:, :, SHAPE] = body.joint_shape
    jacobian[:, :, TRANSLATION] = _UNIT
    return jacobian


def _cross_columns(axes: np.ndarray, arms: np.ndarray) -> np.ndarray:
    """axis x arm for each column of axes (n, 3, 3) and arms (n, 3); columns of the result (n, 3, 3)."""
    return -(arms @ _SKEW).reshape(-1, 3, 3) @ axes


def _rotations_and_left_jacobians(vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """exp(r) and the matrix L (n, 3, 3) with exp(r + d) = exp(L d) exp(r) to first order (Sola et al. 2018, eq. 145)."""
    square = np.sum(vectors * vectors, axis=1)
    angle = np.maximum(np.sqrt(square), SMALL_ANGLE_RAD)
    sine, half = np.sin(angle), np.sin(0.5 * angle)
    a = sine / angle
    b = 2.0 * half * half / (angle * angle)
    c = np.where(angle < 1e-2, 1.0 / 6.0 - square / 120.0, (angle - sine) / angle ** 3)
    skew = (vectors @ _SKEW).reshape(-1, 3, 3)
    twice = skew @ skew
    once = _UNIT + b[:, None, None] * skew
    return (once + (a - b)[:, None, None] * skew + b[:, None, None] * twice, once + c[:, None, None] * twice)
