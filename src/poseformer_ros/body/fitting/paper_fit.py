"""`method: paper`: equations 23 to 29 as written, minimised with Adam on a differentiable body.

Needs PyTorch (`requirements/learning.txt`), which is imported only when a fit is made.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from poseformer_ros.body.fitting.joint_offsets import offsets_for
from poseformer_ros.body.fitting.pose_prior import PRIOR_JOINTS, PosePrior, fit_prior_path, load_pose_prior
from poseformer_ros.body.fitting.result import BodyFitResult, FitState, no_fit
from poseformer_ros.body.fitting.start import first_pose
from poseformer_ros.body.fitting.terms import measured_joints
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import SHAPE_COUNT, BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class PaperFitOptions:
    """The weights of equation 29 and how it is minimised. The paper prints no numbers; these are ours."""

    steps: int = option(100, 1, 10000, 'steps of Adam')
    rate: float = option(0.03, 1e-5, 1.0, 'step size of Adam')
    joints: float = option(1000.0, 0.0, 1e6, 'weight of the joints (equation 24), per square metre')
    pose_prior: float = option(0.01, 0.0, 100.0, 'weight of the usual poses (equation 25)')
    shape_prior: float = option(0.05, 0.0, 100.0, 'weight of the mean shape (equation 26)')
    smoothness: float = option(10.0, 0.0, 1e6, 'weight of the joints\' standing still (equation 27), per square metre')
    laplacian: float = option(1.0, 0.0, 1e6, 'weight of the surface\'s smoothness (equation 28), per square metre')
    least_joints: int = option(6, 3, 24, 'with fewer joints measured nobody is fitted')

    def __post_init__(self) -> None:
        check(self)


class PaperFitter:
    """The paper's fit, frame by frame (`__call__`) or over a sequence (`sequence`). Remembers the last frame's body."""

    def __init__(self, model: BodyModel, options: PaperFitOptions = PaperFitOptions(), betas: np.ndarray | None = None,
                 joint_offsets: str = 'detector', through_smplx: bool = False) -> None:
        """`betas`: (10,) shape to begin every person with. `joint_offsets`: as in FitOptions. `through_smplx`: pose the body
        with smplx, where it is installed, instead of our own kinematics.

        Raises BadInput when PyTorch is not installed, and for another number of betas.
        """
        try:
            import torch
        except ImportError as error:
            raise BadInput('method paper: PyTorch is not installed; pip install -r requirements/learning.txt, '
                           'or choose method fast') from error
        self._torch, self._model, self._options = torch, model, options
        self._betas = np.zeros(SHAPE_COUNT) if betas is None else np.array(betas, np.float64)
        rest_joints(model, self._betas)
        self._body = differentiable_body(model, through_smplx)
        self._prior = load_pose_prior(fit_prior_path())
        self._laplacian = one_ring_laplacian(model.f, len(model.v_template))
        self._joint_offsets = joint_offsets
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._last: BodyFitResult | None = None

    def __call__(self, skeleton: Skeleton, stamp_s: float, person: Silhouette | None = None) -> BodyFitResult:
        """Fit one frame; the smoothness counts against the frame before. Stamp and silhouette are not used."""
        if skeleton.track_id == 0:
            return no_fit(FitState.NONE, 0)
        if self._last is not None and self._last.track_id != skeleton.track_id:
            self.reset()
        result = self._fit([skeleton], self._last)[0]
        self._last = result if result.state == FitState.FITTED else None
        return result

    def sequence(self, skeletons: list[Skeleton]) -> list[BodyFitResult]:
        """Fit all frames of one person at once, with one shape; all must have enough joints, or all are LOST."""
        return self._fit(skeletons, None)

    def _fit(self, skeletons: list[Skeleton], before: BodyFitResult | None) -> list[BodyFitResult]:
        torch, options = self._torch, self._options
        measured = np.stack([measured_joints(skeleton) for skeleton in skeletons])
        if measured.sum(axis=1).min() < options.least_joints:
            return [no_fit(FitState.LOST, skeleton.track_id, self._betas.copy()) for skeleton in skeletons]
        skeletons = self._on_model(skeletons, before)
        positions = np.where(measured[..., None], np.stack([skeleton.positions for skeleton in skeletons]), 0.0)
        weights = np.where(measured, np.stack([skeleton.confidence for skeleton in skeletons]), 0.0)
        pose, betas, translation = (torch.tensor(start, dtype=torch.float32, requires_grad=True)
                                    for start in self._start(positions, measured, before))
        last = None if before is None else self._tensor(before.joints)
        goal = self._tensor(positions), self._tensor(weights), last
        adam = torch.optim.Adam([pose, betas, translation], lr=options.rate)
        for _ in range(options.steps):
            adam.zero_grad()
            self._loss(pose, betas, translation, *goal).backward()
            adam.step()
        with torch.no_grad():
            joints = self._body(pose, betas.expand(len(pose), -1), translation)[0]
        pose, betas, translation, joints = (array.detach().numpy().astype(np.float64)
                                            for array in (pose, betas, translation, joints))
        return [_result(pose[t], betas[0].copy(), translation[t], joints[t], positions[t], measured[t], skeleton)
                for t, skeleton in enumerate(skeletons)]

    def _on_model(self, skeletons: list[Skeleton], before: BodyFitResult | None) -> list[Skeleton]:
        """The detector's points moved onto the model's joints (equation 24's mapping)."""
        offsets = offsets_for(self._joint_offsets, skeletons[0].detector)
        if offsets is None:
            return skeletons
        rest = rest_joints(self._model, self._betas if before is None else before.betas)
        return [offsets.on_model(skeleton, rest) for skeleton in skeletons]

    def _tensor(self, array: np.ndarray) -> 'torch.Tensor':
        return self._torch.tensor(array, dtype=self._torch.float32)

    def _start(self, positions: np.ndarray, measured: np.ndarray, before: BodyFitResult | None) -> tuple[np.ndarray, ...]:
        """Pose (T, 24, 3), shape (1, 10) and translation (T, 3) to begin with."""
        if before is not None:
            return before.pose[None], before.betas[None], before.translation[None]
        rest, usual = rest_joints(self._model, self._betas), self._prior.usual_pose()
        poses, translations = zip(*(first_pose(rest, usual, *frame) for frame in zip(positions, measured)))
        return np.stack(poses), self._betas[None], np.stack(translations)

    def _loss(self, pose: 'torch.Tensor', betas: 'torch.Tensor', translation: 'torch.Tensor', measured: 'torch.Tensor',
              weights: 'torch.Tensor', last: 'torch.Tensor | None') -> 'torch.Tensor':
        """Equation 29: the sum over frames of equations 24 to 28."""
        torch, options = self._torch, self._options
        joints, vertices = self._body(pose, betas.expand(len(pose), -1), translation)
        path = joints if last is None else torch.cat([last[None], joints])
        by_vertex = vertices.transpose(0, 1).reshape(len(self._laplacian), -1)
        return (options.joints * (weights * ((joints - measured) ** 2).sum(-1)).sum()
                + options.pose_prior * _pose_energy(self._prior, pose)
                + options.shape_prior * (betas ** 2).sum()
                + options.smoothness * ((path[1:] - path[:-1]) ** 2).sum()
                + options.laplacian * (torch.sparse.mm(self._laplacian, by_vertex) ** 2).sum())


def differentiable_body(model: BodyModel, through_smplx: bool) -> Callable[..., tuple['torch.Tensor', 'torch.Tensor']]:
    """Equation 23 for a batch: by smplx where it is wanted and installed, else by our own kinematics. Needs PyTorch."""
    from poseformer_ros.body.fitting.torch_body import TorchBody

    if not through_smplx:
        return TorchBody(model)
    try:
        from poseformer_ros.body.fitting.smplx_body import SmplxBody
    except ImportError:
        return TorchBody(model)
    return SmplxBody(model)


def _pose_energy(prior: PosePrior, pose: 'torch.Tensor') -> 'torch.Tensor':
    """Equation 25: -log of the whole mixture, up to a constant."""
    import torch

    means, precisions, constants = (torch.tensor(array, dtype=pose.dtype)
                                    for array in (prior.means, prior.precisions, prior.constants))
    away = pose[:, list(PRIOR_JOINTS)].reshape(len(pose), 1, -1) - means
    square = torch.einsum('tkd,kde,tke->tk', away, precisions, away)
    return -torch.logsumexp(-constants - 0.5 * square, dim=1).sum()


def one_ring_laplacian(faces: np.ndarray, count: int) -> 'torch.Tensor':
    """Sparse (V, V): a vertex less the mean of its neighbours (equation 28)."""
    import torch

    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    edges = np.unique(np.concatenate([edges, edges[:, ::-1]]), axis=0)
    share = 1.0 / np.bincount(edges[:, 0], minlength=count)[edges[:, 0]]
    itself = np.arange(count)
    rows, columns = np.concatenate([edges[:, 0], itself]), np.concatenate([edges[:, 1], itself])
    values = np.concatenate([-share, np.ones(count)]).astype(np.float32)
    return torch.sparse_coo_tensor(np.stack([rows, columns]), values, (count, count), check_invariants=True).coalesce()


def _result(pose: np.ndarray, betas: np.ndarray, translation: np.ndarray, joints: np.ndarray, positions: np.ndarray,
            measured: np.ndarray, skeleton: Skeleton) -> BodyFitResult:
    seen = measured & (skeleton.state == JointState.OBSERVED)
    away = (joints - positions)[measured]
    return BodyFitResult(
        pose=rotation_vectors(rotation_matrices(pose)), betas=betas, translation=translation, joints=joints,
        joint_state=np.where(seen, JointState.OBSERVED, JointState.INFERRED).astype(np.uint8),
        joint_covariance=np.full((JOINT_COUNT, 3, 3), np.nan),
        joint_residual=float(np.sqrt(np.mean(np.sum(away ** 2, axis=1)))), surface_residual=np.nan,
        state=FitState.FITTED, track_id=skeleton.track_id)
