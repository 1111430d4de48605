"""Forward kinematics and linear blend skinning of the body model (Loper et al. 2015, equations 2 to 4 and 8 to 10).

Pose is (24, 3) rotation vectors in radians, each relative to its parent joint, the pelvis' in the world; it turns about
the pelvis, and the translation is added last, as in `smplx`.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.model import SHAPE_COUNT, BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT

_NOWHERE = np.zeros(3)


def _depth(joint: int) -> int:
    return 0 if joint == 0 else 1 + _depth(PARENT[joint])


# Joints of equal depth in the tree are next to each other in SMPL's order, so a whole level is turned at once.
LEVELS = tuple((slice(level[0], level[-1] + 1), [PARENT[joint] for joint in level])
                for level in ([j for j in range(JOINT_COUNT) if _depth(j) == depth] for depth in range(1, 9)))
_PARENTS = list(PARENT[1:])


@dataclass(frozen=True)
class ShapedBody:
    """A body of one person's shape: what stays the same while the pose changes.

    model: the body model.
    joints: (24, 3) float64 metres, in the rest pose.
    vertices: (6890, 3) float32 metres, in the rest pose.
    columns: (4, 6890) float32; x, y, z and one of the vertices, as skinning wants them.
    """

    model: BodyModel
    joints: np.ndarray
    vertices: np.ndarray
    columns: np.ndarray

    def posed_joints(self, pose: np.ndarray, translation: np.ndarray = _NOWHERE) -> np.ndarray:
        """Joints (24, 3) in metres, in a pose (24, 3)."""
        return posed_joints(self.joints, pose, translation)

    def posed_vertices(self, pose: np.ndarray, translation: np.ndarray = _NOWHERE) -> np.ndarray:
        """Vertices (6890, 3) float32 in metres, in a pose (24, 3)."""
        transforms = skinning_transforms(self.joints, pose, translation)
        columns = self.columns
        if self.model.posedirs is not None:
            columns = _columns(self.vertices + _correctives(self.model.posedirs, pose))
        return _skin(columns, self.model.weights_by_joint, transforms)


def rest_joints(model: BodyModel, betas: np.ndarray) -> np.ndarray:
    """Joints (24, 3) in the rest pose for shape parameters (10,). Raises BadInput for another number of them."""
    return model.joint_template + model.joint_shapedirs @ _checked_betas(betas)


def shaped_body(model: BodyModel, betas: np.ndarray) -> ShapedBody:
    """The body for shape parameters (10,), to keep while the shape stays. Raises BadInput for another number."""
    offsets = model.shapedirs.reshape(-1, SHAPE_COUNT) @ _checked_betas(betas)
    vertices = (model.v_template + offsets.reshape(-1, 3)).astype(np.float32)
    return ShapedBody(model, rest_joints(model, betas), vertices, _columns(vertices))


def posed_joints(joints: np.ndarray, pose: np.ndarray, translation: np.ndarray = _NOWHERE) -> np.ndarray:
    """Rest joints (24, 3) brought into a pose (24, 3); returns (24, 3) metres."""
    return world_transforms(joints, pose)[:, :3, 3] + translation


def world_transforms(joints: np.ndarray, pose: np.ndarray) -> np.ndarray:
    """Each joint's frame in the world (24, 4, 4), before translation, from rest joints (24, 3) and pose (24, 3)."""
    local = np.zeros((JOINT_COUNT, 4, 4))
    local[:, :3, :3] = rotation_matrices(pose)
    local[0, :3, 3] = joints[0]
    local[1:, :3, 3] = joints[1:] - joints[_PARENTS]
    local[:, 3, 3] = 1.0
    for level, parents in LEVELS:
        local[level] = local[parents] @ local[level]    # parents already stand in the world
    return local


def skinning_transforms(joints: np.ndarray, pose: np.ndarray, translation: np.ndarray = _NOWHERE) -> np.ndarray:
    """(24, 3, 4): a rest point p that follows joint j alone goes to T[j, :, :3] @ p + T[j, :, 3]."""
    transforms = world_transforms(joints, pose)[:, :3]
    transforms[:, :, 3] += translation - (transforms[:, :, :3] @ joints[:, :, None])[..., 0]
    return transforms


def _correctives(posedirs: np.ndarray, pose: np.ndarray) -> np.ndarray:
    features = (rotation_matrices(pose[1:]) - np.eye(3)).ravel().astype(np.float32)
    return (posedirs.reshape(-1, len(features)) @ features).reshape(-1, 3)


def _columns(vertices: np.ndarray) -> np.ndarray:
    return np.concatenate([vertices.T, np.ones((1, len(vertices)), np.float32)])


def _skin(columns: np.ndarray, weights_by_joint: np.ndarray, transforms: np.ndarray) -> np.ndarray:
    """Each vertex by the weighted mean of its joints' transforms; long rows, which NumPy is quickest with."""
    blended = transforms.reshape(JOINT_COUNT, 12).astype(np.float32).T @ weights_by_joint
    return np.ascontiguousarray(np.einsum('ijv,jv->iv', blended.reshape(3, 4, -1), columns).T)


def _checked_betas(betas: np.ndarray) -> np.ndarray:
    betas = np.asarray(betas, np.float64)
    if betas.shape != (SHAPE_COUNT,):
        raise BadInput(f'betas: shape {betas.shape}, wanted ({SHAPE_COUNT},); give ten shape parameters')
    return betas
