"""The quality of a fit falls where the fit is wrong, and the state says so."""

import numpy as np
import pytest
from helpers.cut_silhouette import silhouette
from helpers.fit_motion import NOISE_M, skeleton

from poseformer_ros.body.fitting import fast_fit
from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.quality import EVIDENCE, load_quality_model
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.clothing import Outfit

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')


@pytest.fixture(scope='module')
def scene(model):
    """(silhouette, true joints) of somebody standing; a bare body, clean depth."""
    clip = make_motion('kimore_es1', sample_style(5), 5, repetitions=1, model=model)
    recording = RenderedRecording(RecordingPlan('standing', clip, outfit=Outfit(), rate_hz=5.0, seconds=1.0), model)
    take = recording.take(0)
    return silhouette(take.truth.mask, take.clean_depth, recording.intrinsics), take.truth.positions


def shifted(joints):
    """The joints half a metre beside the silhouette, as of somebody else."""
    return skeleton(joints + [0.5, 0.0, 0.0], NOISE_M)


def test_a_right_fit_is_more_likely_right_than_one_beside_the_person(model, scene):
    person, joints = scene
    right = BodyFitter(model)(skeleton(joints, NOISE_M), 0.0, person)
    beside = BodyFitter(model)(shifted(joints), 0.0, person)
    assert np.linalg.norm(right.joints - joints, axis=1).max() < 0.1
    assert np.linalg.norm(beside.joints - joints, axis=1).max() > 0.3
    assert right.quality > 0.5 and right.state == FitState.FITTED
    assert beside.quality < 0.1 and beside.state == FitState.DOUBTFUL and beside.fitted


def test_the_threshold_decides_the_state(model, scene):
    person, joints = scene
    for threshold, state in ((0.0, FitState.FITTED), (1.0, FitState.DOUBTFUL)):
        result = BodyFitter(model, FitOptions(doubtful_below=threshold))(skeleton(joints, NOISE_M), 0.0, person)
        assert result.state == state
        assert np.isfinite(result.joints).all()


def test_a_fit_that_is_surely_wrong_teaches_no_shape(model, scene, monkeypatch):
    person, joints = scene
    learned = {}
    for threshold in (0.0, 1.0):
        monkeypatch.setattr(fast_fit, 'TEACHES_NO_SHAPE', threshold)
        fitter = BodyFitter(model)
        fitter(skeleton(joints, NOISE_M), 0.0, person)
        gone = fitter(skeleton(joints, gone=np.ones(24, bool)), 0.1, person)
        learned[threshold] = np.abs(gone.betas).max()
    assert learned[0.0] > 0.01
    assert learned[1.0] == 0.0


def test_joints_alone_tell_no_quality(model, scene):
    result = BodyFitter(model)(skeleton(scene[1]), 0.0)
    assert np.isnan(result.quality) and result.state == FitState.FITTED


def test_wrong_file(tmp_path):
    path = tmp_path / 'quality.npz'
    with pytest.raises(BadInput, match='learn_quality'):
        load_quality_model(path)
    np.savez(path, mean=np.zeros(3), scale=np.ones(3), weights=np.zeros(3), offset=np.array(0.0))
    with pytest.raises(BadInput, match=f'{len(EVIDENCE)} weights'):
        load_quality_model(path)
