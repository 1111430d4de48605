"""The body model in PyTorch, for the paper's own way of fitting; needs torch, and is imported only by it."""

import numpy as np
import torch

from poseformer_ros.body.model import BodyModel
from poseformer_ros.skeleton.joints import JOINT_COUNT, PARENT

TINY_ANGLE = 1e-10      # added to the squared angle, so that its root has a slope at zero


class TorchBody:
    """Differentiable kinematics and skinning for a batch of T frames (paper, equation 23), single precision."""

    def __init__(self, model: BodyModel) -> None:
        def tensor(array: np.ndarray) -> torch.Tensor:
            return torch.as_tensor(np.asarray(array, np.float32))
        self._template, self._shapes, self._weights = map(tensor, (model.v_template, model.shapedirs, model.weights))
        self._joint_template, self._joint_shapes = map(tensor, (model.joint_template, model.joint_shapedirs))
        self._correctives = None if model.posedirs is None else tensor(model.posedirs)

    def __call__(self, pose: torch.Tensor, betas: torch.Tensor, translation: torch.Tensor
                 ) -> tuple[torch.Tensor, torch.Tensor]:
        """Joints (T, 24, 3) and vertices (T, 6890, 3) for pose (T, 24, 3), betas (T, 10), translation (T, 3)."""
        local = rotation_matrices(pose)
        rest = self._joint_template + torch.einsum('jck,tk->tjc', self._joint_shapes, betas)
        turns, places = [local[:, 0]], [rest[:, 0]]
        for joint in range(1, JOINT_COUNT):
            parent = PARENT[joint]
            bone = rest[:, joint] - rest[:, parent]
            places.append(places[parent] + torch.einsum('tij,tj->ti', turns[parent], bone))
            turns.append(turns[parent] @ local[:, joint])
        turn, joints = torch.stack(turns, 1), torch.stack(places, 1)
        shift = joints - torch.einsum('tjab,tjb->tja', turn, rest)
        vertices = self._template + torch.einsum('vck,tk->tvc', self._shapes, betas)
        if self._correctives is not None:
            features = (local[:, 1:] - torch.eye(3, dtype=pose.dtype)).reshape(len(pose), -1)
            vertices = vertices + torch.einsum('vck,tk->tvc', self._correctives, features)
        blended = torch.einsum('vj,tjab->tvab', self._weights, turn)
        posed = torch.einsum('tvab,tvb->tva', blended, vertices) + torch.einsum('vj,tja->tva', self._weights, shift)
        return joints + translation[:, None], posed + translation[:, None]


def rotation_matrices(vectors: torch.Tensor) -> torch.Tensor:
    """Rodrigues' formula for rotation vectors (..., 3)."""
    angle = torch.sqrt((vectors ** 2).sum(-1, keepdim=True) + TINY_ANGLE)[..., None]
    x, y, z = vectors.unbind(-1)
    zero = torch.zeros_like(x)
    skew = torch.stack([zero, -z, y, z, zero, -x, -y, x, zero], -1).reshape(*vectors.shape[:-1], 3, 3)
    return (torch.eye(3, dtype=vectors.dtype) + torch.sin(angle) / angle * skew
            + (1 - torch.cos(angle)) / angle ** 2 * (skew @ skew))
