"""Both ways of fitting behind one call, and which model file is read."""

import sys

import numpy as np
import pytest
from helpers.fit_motion import skeleton

from poseformer_ros.body.body_options import FIT_OPTIONS, BodyOptions
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.joint_offsets import body_size, load_joint_offsets
from poseformer_ros.body.fitting.methods import METHODS, body_fitter
from poseformer_ros.body.fitting.paper_fit import PaperFitOptions, PaperFitter, differentiable_body
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.kinematics import rest_joints
from poseformer_ros.body.model import default_body_path
from poseformer_ros.body.model_files import body_model_path, gender_of, is_shipped
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.options import defaults
from poseformer_ros.skeleton.joints import no_skeleton


def fitted_by(method, model, betas=None, **options):
    return body_fitter(defaults(FIT_OPTIONS, **({'body': BodyOptions(method=method), 'fit': FitOptions()} | options)), model, betas)


def need_torch():
    pytest.importorskip('torch', reason='torch is not installed; pip install -r requirements/learning.txt').set_num_threads(1)


@pytest.mark.slow
@pytest.mark.parametrize('method', METHODS)
def test_each_method_finds_the_body_and_forgets_it(model, squat, method):
    if method == 'paper':
        need_torch()
    fitter = fitted_by(method, model, paper_fit=PaperFitOptions(steps=40))
    first = fitter(skeleton(squat.joints[60]), 0.0)
    assert first.state == FitState.FITTED
    assert np.linalg.norm(first.joints - squat.joints[60], axis=1).mean() < 0.02
    assert fitter(no_skeleton(), 0.1).state == FitState.NONE
    fitter.reset()
    again = fitter(skeleton(squat.joints[60]), 0.2)
    assert np.array_equal(again.joints, first.joints)


def test_paper_takes_the_detectors_offsets_off(model, squat):
    """Points that lie off the joints by the shipped offsets come back; without the mapping they do not."""
    need_torch()
    offsets, turn = load_joint_offsets('dkp24'), np.diag([1.0, -1.0, -1.0]) @ rotation_matrices(squat.poses[0, 0])
    points = squat.joints[0] + body_size(rest_joints(model, squat.betas)) * offsets.offset @ turn.T
    error = {}
    for name in ('none', 'dkp24'):
        fitter = fitted_by('paper', model, fit=FitOptions(joint_offsets=name), paper_fit=PaperFitOptions(steps=40))
        error[name] = np.linalg.norm(fitter(skeleton(points), 0.0).joints - squat.joints[0], axis=1).mean()
    assert error['dkp24'] < 0.4 * error['none']


def test_smplx_poses_the_same_body(model):
    """Joints, vertices and the gradient of both routes; smplx computes in single precision."""
    need_torch()
    pytest.importorskip('smplx', reason='smplx is not installed')
    import torch
    rng = np.random.default_rng(5)
    start = [rng.normal(scale=scale, size=shape) for scale, shape in ((0.6, (2, 24, 3)), (1.0, (2, 10)), (1.0, (2, 3)))]
    found = []
    for through_smplx in (False, True):
        unknowns = [torch.tensor(array, dtype=torch.float32, requires_grad=True) for array in start]
        joints, vertices = differentiable_body(model, through_smplx)(*unknowns)
        (joints.square().sum() + vertices.square().mean()).backward()
        found.append([*(array.detach().numpy() for array in (joints, vertices)), *(array.grad.numpy() for array in unknowns)])
    for ours, theirs in zip(*found):
        assert np.abs(ours - theirs).max() < 2e-5 * max(1.0, np.abs(theirs).max())


def test_smplx_fits_the_same_body(model, squat):
    need_torch()
    pytest.importorskip('smplx', reason='smplx is not installed')
    fitters = (PaperFitter(model, PaperFitOptions(steps=20), through_smplx=route) for route in (False, True))
    ours, theirs = (fitter(skeleton(squat.joints[60]), 0.0) for fitter in fitters)
    assert np.abs(ours.joints - theirs.joints).max() < 1e-3


def test_without_smplx_our_own_body_is_used(model, squat, monkeypatch):
    need_torch()
    monkeypatch.setitem(sys.modules, 'smplx', None)
    monkeypatch.delitem(sys.modules, 'poseformer_ros.body.fitting.smplx_body', raising=False)
    fitter = PaperFitter(model, PaperFitOptions(steps=2), through_smplx=True)
    assert fitter(skeleton(squat.joints[60]), 0.0).state == FitState.FITTED


def test_unknown_method_missing_torch_and_wrong_betas(model, monkeypatch):
    with pytest.raises(BadInput, match="'slow'.*fast, paper"):
        BodyOptions(method='slow')
    for method in METHODS if 'torch' in sys.modules else ('fast',):
        with pytest.raises(BadInput, match='betas'):
            fitted_by(method, model, np.zeros(300))
    monkeypatch.setitem(sys.modules, 'torch', None)
    with pytest.raises(BadInput, match='PyTorch.*learning.txt'):
        fitted_by('paper', model)
    assert fitted_by('fast', model)(no_skeleton(), 0.0).state == FitState.NONE


@pytest.mark.parametrize('name, gender', (
    ('SMPL_NEUTRAL.pkl', 'neutral'), ('SMPL_FEMALE.npz', 'female'), ('SMPL_MALE.pkl', 'male'),
    ('basicmodel_f_lbs_10_207_0_v1.1.0.pkl', 'female'), ('basicModel_m_lbs_10_207_0_v1.0.0.pkl', 'male'),
    ('basicmodel_neutral_lbs_10_207_0_v1.1.0.pkl', 'neutral'), ('free_body.npz', ''), ('SMPLX_MALE.npz', '')))
def test_gender_by_name(tmp_path, name, gender):
    assert gender_of(tmp_path / name) == gender


@pytest.mark.parametrize('inner', ('', 'smpl'))
def test_a_folder_of_models(tmp_path, inner):
    folder = tmp_path / inner
    folder.mkdir(exist_ok=True)
    for name in ('SMPL_NEUTRAL.pkl', 'basicmodel_f_lbs_10_207_0_v1.1.0.pkl', 'SMPLX_MALE.npz', 'SMPL_MALE.txt'):
        (folder / name).touch()
    assert body_model_path(str(tmp_path), 'neutral').name == 'SMPL_NEUTRAL.pkl'
    assert body_model_path(str(tmp_path), 'female').name == 'basicmodel_f_lbs_10_207_0_v1.1.0.pkl'
    with pytest.raises(BadInput, match='SMPL_MALE'):
        body_model_path(str(tmp_path), 'male')


def test_a_file_and_nothing(tmp_path):
    assert body_model_path(str(tmp_path / 'mine.npz'), 'male') == tmp_path / 'mine.npz'
    assert body_model_path('', 'female') == body_model_path('adults') == default_body_path()


def test_free_bodies_by_name(tmp_path):
    assert body_model_path('all_ages').name == 'free_body_all_ages.npz'
    assert is_shipped(body_model_path('')) and is_shipped(body_model_path('all_ages'))
    assert not is_shipped(tmp_path / 'free_body.npz')
