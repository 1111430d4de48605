"""The body through `smplx`, for users who have it; needs torch and smplx, and is imported only where both are wanted."""

import contextlib
import io

import smplx
import torch
from smplx.utils import Struct

from poseformer_ros.body.model import SHAPE_COUNT, BodyModel
from poseformer_ros.body.smplx_export import smpl_arrays
from poseformer_ros.skeleton.joints import JOINT_COUNT


class SmplxBody:
    """The paper's equation 23 by `smplx.SMPL`, made of a model's arrays; the same call as `TorchBody`."""

    def __init__(self, model: BodyModel) -> None:
        with contextlib.redirect_stdout(io.StringIO()):     # it prints that there are ten shape parameters
            self._body = smplx.SMPL(model_path='', data_struct=Struct(**smpl_arrays(model)), num_betas=SHAPE_COUNT)

    def __call__(self, pose: torch.Tensor, betas: torch.Tensor, translation: torch.Tensor
                 ) -> tuple[torch.Tensor, torch.Tensor]:
        """Joints (T, 24, 3) and vertices (T, 6890, 3) for pose (T, 24, 3), betas (T, 10), translation (T, 3)."""
        body = self._body(betas=betas, global_orient=pose[:, 0], body_pose=pose[:, 1:].reshape(len(pose), -1), transl=translation)
        return body.joints[:, :JOINT_COUNT], body.vertices
