"""The same joints and vertices as `smplx`, where it is installed (its licence is non-commercial)."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import POSE_FEATURE_COUNT, SHAPE_COUNT, SHIPPED_BODIES, BodyModel, load_body_model, shipped_body_path
from poseformer_ros.body.smplx_export import export_smplx_pickle

smplx = pytest.importorskip('smplx', reason='smplx is not installed')
torch = pytest.importorskip('torch', reason='torch is not installed')

EXACT_M = 1e-5      # smplx computes in single precision


@pytest.fixture(params=SHIPPED_BODIES)
def free_body(request) -> BodyModel:
    return load_body_model(shipped_body_path(request.param))


def with_correctives(model: BodyModel) -> BodyModel:
    rng = np.random.default_rng(1)
    posedirs = rng.normal(scale=1e-3, size=(6890, 3, POSE_FEATURE_COUNT)).astype(np.float32)
    return BodyModel(**{**model.__dict__, 'posedirs': posedirs})


@pytest.mark.parametrize('correctives', (False, True))
def test_parity(tmp_path, free_body, correctives):
    model = with_correctives(free_body) if correctives else free_body
    export_smplx_pickle(model, tmp_path / 'body.pkl')
    theirs = smplx.SMPL(str(tmp_path / 'body.pkl'))
    rng = np.random.default_rng(4)
    for _ in range(5):
        betas, pose, shift = rng.normal(size=SHAPE_COUNT), rng.normal(scale=0.6, size=(24, 3)), rng.normal(size=3)
        output = theirs(betas=_tensor(betas), global_orient=_tensor(pose[0]), body_pose=_tensor(pose[1:].ravel()),
                        transl=_tensor(shift))
        body = shaped_body(model, betas)
        assert np.abs(output.joints[0, :24].detach().numpy() - body.posed_joints(pose, shift)).max() < EXACT_M
        assert np.abs(output.vertices[0].detach().numpy() - body.posed_vertices(pose, shift)).max() < EXACT_M
    assert np.array_equal(theirs.faces, model.f)


def test_exported_pickle_reads_back(tmp_path, free_body):
    export_smplx_pickle(free_body, tmp_path / 'body.pkl')
    again = load_body_model(tmp_path / 'body.pkl')
    for name, value in free_body.__dict__.items():
        assert np.array_equal(getattr(again, name), value), name


def _tensor(values: np.ndarray):
    return torch.as_tensor(values[None], dtype=torch.float32)
