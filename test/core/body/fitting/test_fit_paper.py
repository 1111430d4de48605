"""The paper's fit with Adam: the terms as written, and that it finds a known body."""

import sys

import numpy as np
import pytest
from helpers.fit_motion import skeleton

from poseformer_ros.body.fitting.paper_fit import PaperFitOptions, PaperFitter
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import POSE_FEATURE_COUNT, BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, no_skeleton

torch = pytest.importorskip('torch', reason='torch is not installed; pip install -r requirements/learning.txt')
torch.set_num_threads(1)
JOINTS_ALONE = {'pose_prior': 0.0, 'shape_prior': 0.0, 'smoothness': 0.0, 'laplacian': 0.0}


@pytest.mark.parametrize('correctives', (False, True))
def test_differentiable_body_is_the_body(model, correctives):
    from poseformer_ros.body.fitting.torch_body import TorchBody
    rng = np.random.default_rng(0)
    if correctives:
        posedirs = rng.normal(scale=1e-3, size=(6890, 3, POSE_FEATURE_COUNT)).astype(np.float32)
        model = BodyModel(**{**model.__dict__, 'posedirs': posedirs})
    pose, betas, shift = rng.normal(scale=0.7, size=(2, 24, 3)), rng.normal(size=(2, 10)), rng.normal(size=(2, 3))
    joints, vertices = TorchBody(model)(*(torch.tensor(array).float() for array in (pose, betas, shift)))
    for index in range(2):
        body = shaped_body(model, betas[index])
        assert np.abs(joints[index].numpy() - body.posed_joints(pose[index], shift[index])).max() < 1e-5
        assert np.abs(vertices[index].numpy() - body.posed_vertices(pose[index], shift[index])).max() < 1e-5


def test_laplacian_is_a_vertex_less_its_neighbours():
    from poseformer_ros.body.fitting.paper_fit import one_ring_laplacian
    octahedron = np.array([[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]])
    corners = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32) + [0, 0, 7]
    smoothed = torch.sparse.mm(one_ring_laplacian(octahedron, 6), torch.tensor(corners).float()).numpy()
    assert np.abs(smoothed - (corners - [0, 0, 7])).max() < 1e-5     # the neighbours' mean is the centre


def test_finds_a_known_body(model, squat):
    result = PaperFitter(model)(skeleton(squat.joints[60]), 0.0)
    assert result.state == FitState.FITTED
    assert np.linalg.norm(result.joints - squat.joints[60], axis=1).mean() < 4e-3
    again = shaped_body(model, result.betas).posed_joints(result.pose, result.translation)
    assert np.abs(again - result.joints).max() < 1e-4


@pytest.mark.slow
def test_each_weight_does_what_it_says(model, squat):
    """More of one term gives less of what it punishes."""
    def fit(frames=(60,), **weights):
        fitter = PaperFitter(model, PaperFitOptions(steps=25, **{**JOINTS_ALONE, **weights}))
        return [fitter(skeleton(squat.joints[frame]), 0.0) for frame in frames][-1]

    plain = fit()
    assert np.linalg.norm(fit(shape_prior=50.0).betas) < 0.8 * np.linalg.norm(plain.betas)
    assert plain.joint_residual < fit(joints=1.0, pose_prior=1.0).joint_residual
    still, free = (np.linalg.norm(fit((60, 75), smoothness=weight).joints - squat.joints[60]) for weight in (1e4, 0.0))
    assert still < 0.7 * free

    def roughness(result):
        from poseformer_ros.body.fitting.paper_fit import one_ring_laplacian
        vertices = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation)
        return float((torch.sparse.mm(one_ring_laplacian(model.f, 6890), torch.tensor(vertices)) ** 2).sum())

    assert roughness(fit(joints=1.0, laplacian=1e4)) < 0.9 * roughness(fit(joints=1.0))


def test_sequence_has_one_shape(model, squat):
    results = PaperFitter(model).sequence([skeleton(frame) for frame in squat.joints[60:63]])
    for result, joints in zip(results, squat.joints[60:63]):
        assert np.array_equal(result.betas, results[0].betas)
        assert np.linalg.norm(result.joints - joints, axis=1).mean() < 4e-3


def test_missing_joints_and_nobody(model, squat):
    fitter = PaperFitter(model, PaperFitOptions(steps=40))
    gone = np.zeros(JOINT_COUNT, bool)
    gone[[JOINT['left_hand'], JOINT['head']]] = True
    result = fitter(skeleton(squat.joints[0], gone=gone), 0.0)
    assert np.isfinite(result.joints).all()
    assert (result.joint_state[gone] == JointState.INFERRED).all()
    assert fitter(skeleton(squat.joints[0], gone=np.ones(JOINT_COUNT, bool)), 0.1).state == FitState.LOST
    assert fitter(no_skeleton(), 0.2).state == FitState.NONE


def test_without_torch(model, monkeypatch):
    monkeypatch.setitem(sys.modules, 'torch', None)
    with pytest.raises(BadInput, match='PyTorch'):
        PaperFitter(model)
