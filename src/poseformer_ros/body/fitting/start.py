"""A first guess of the pose from joints alone: Procrustes for the trunk, then bone by bone towards the measured joints."""

import numpy as np

from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.geometry.vectors import cross
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, PARENT

TRUNK = np.array([JOINT[name] for name in (
    'pelvis', 'left_hip', 'right_hip', 'lower_spine', 'spine_centre', 'upper_spine', 'neck', 'left_collarbone',
    'right_collarbone', 'left_shoulder', 'right_shoulder')])
# The joint that a bone leads to, where turning it is seen; the spine and the collarbones are left to the solver.
_NEXT = {JOINT[f'{side}_{a}']: JOINT[f'{side}_{b}'] for side in ('left', 'right')
         for a, b in (('hip', 'knee'), ('knee', 'ankle'), ('ankle', 'heel'), ('shoulder', 'elbow'), ('elbow', 'wrist'))}
TRUNK_GATE_M = 0.12         # trunk joints further off count little in the alignment
LEAST_TRUNK = 4
ROUNDS = 3
PARALLEL = 1e-6


def first_pose(rest: np.ndarray, usual: np.ndarray, positions: np.ndarray, measured: np.ndarray
               ) -> tuple[np.ndarray, np.ndarray]:
    """Pose (24, 3) and translation (3,) that bring the body near the measured joints.

    rest: (24, 3) metres, joints of the rest pose. usual: (24, 3) the pose of what is not measured.
    positions: (24, 3) metres. measured: (24,) bool, at least three of them.
    """
    pose = usual.copy()
    used = trunk_or_all(measured)
    turn, shift = aligned(rest[used], positions[used])
    pose[0] = rotation_vectors(turn)
    local, world = rotation_matrices(pose), np.empty((JOINT_COUNT, 3, 3))
    world[0] = turn
    for joint in range(1, JOINT_COUNT):
        parent = PARENT[joint]
        end = _NEXT.get(joint)
        if end is not None and measured[joint] and measured[end]:
            wanted = world[parent].T @ (positions[end] - positions[joint])
            pose[joint] = shortest_turn(rest[end] - rest[joint], wanted)
            local[joint] = rotation_matrices(pose[joint])
        world[joint] = world[parent] @ local[joint]
    return pose, shift + turn @ rest[0] - rest[0]


def trunk_or_all(measured: np.ndarray) -> np.ndarray:
    """Indices of the measured trunk joints, or of all measured joints where the trunk's are too few to align."""
    trunk = TRUNK[measured[TRUNK]]
    return trunk if len(trunk) >= LEAST_TRUNK else np.flatnonzero(measured)


def aligned(points: np.ndarray, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rotation (3, 3) and shift (3,) with targets near points @ rotation.T + shift, sparing outliers.

    Kabsch (Acta Cryst. 1976), reweighted by Geman and McClure's function.
    """
    weights = np.ones(len(points))
    for _ in range(ROUNDS):
        share = weights / weights.sum()
        middle, wanted = share @ points, share @ targets
        u, _, vt = np.linalg.svd((points - middle).T @ ((targets - wanted) * share[:, None]))
        proper = np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
        rotation = (u @ proper @ vt).T
        shift = wanted - rotation @ middle
        square = np.sum((points @ rotation.T + shift - targets) ** 2, axis=1)
        weights = (TRUNK_GATE_M ** 2 / (TRUNK_GATE_M ** 2 + square)) ** 2
    return rotation, shift


def shortest_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Rotation vector (3,) of the shortest turn between two directions; zero where either has no length."""
    axis = cross(start, end)
    sine = np.linalg.norm(axis)
    if sine < PARALLEL * max(float(np.linalg.norm(start) * np.linalg.norm(end)), PARALLEL):
        return np.zeros(3)
    return axis / sine * np.arctan2(sine, start @ end)
