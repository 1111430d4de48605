"""How honest the fit's covariance is where errors last, and with the station's own joints."""

import numpy as np
import pytest
from helpers.fit_motion import NOISE_M, RATE_HZ, exercise, noise, skeleton

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions

LASTS_S = 1.0


def squared(results, joints):
    """Mean squared error in units of the covariance; one where it is honest."""
    away = np.stack([result.joints for result in results]) - joints
    covariance = np.stack([result.joint_covariance for result in results])
    return np.einsum('tki,tkij,tkj->tk', away, np.linalg.inv(covariance), away).mean() / 3.0


def lasting_noise(joints, seed):
    """Noise of NOISE_M per axis that fades as exp(-t / LASTS_S)."""
    kept = np.exp(-1.0 / RATE_HZ / LASTS_S)
    white = noise(joints, seed)
    for index in range(1, len(white)):
        white[index] = kept * white[index - 1] + np.sqrt(1.0 - kept ** 2) * white[index]
    return white


def fits(model, joints, lasts_s):
    fitter = BodyFitter(model, FitOptions(error_lasts_s=lasts_s))
    return [fitter(skeleton(frame, NOISE_M), index / RATE_HZ) for index, frame in enumerate(joints)]


@pytest.mark.slow
def test_errors_that_last(model):
    """Taken for independent they make the covariance too sure; told how long they last it is honest."""
    told, untold = [], []
    for number, name in enumerate(('kimore_es1', 'kimore_es5', 'kimore_es2')):
        joints = exercise(model, name).joints
        measured = joints + lasting_noise(joints, number)
        untold.append(squared(fits(model, measured, 0.0), joints))
        told.append(squared(fits(model, measured, LASTS_S), joints))
    assert np.mean(untold) > 1.2
    assert 0.6 < np.mean(told) < 1.2


def test_the_covariance_grows(model):
    joints = exercise(model, 'kimore_es5').joints[:20]
    for a, b in zip(fits(model, joints, 0.0), fits(model, joints, 5.0)):
        assert (np.trace(b.joint_covariance, axis1=1, axis2=2) >= np.trace(a.joint_covariance, axis1=1, axis2=2) - 1e-12).all()


@pytest.mark.slow
def test_stations_own_joints(model):
    """Rendered people and clothes, own silhouettes, joints and depth: not one of those that anything was learned from."""
    pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')
    from poseformer_ros.pipeline import Pipeline
    from poseformer_ros.stage_options import stage_options
    from poseformer_ros.synthesis.motions import motion
    from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
    inside, sure = [], []
    for person, name in ((93_001, 'kimore_es1'), (93_002, 'kimore_es2')):
        plan = RecordingPlan(name, motion(name, person, person, model), rate_hz=5.0, seconds=4.0, room=person, seed=person)
        recording, stages = RenderedRecording(plan, model), ('silhouette', 'joints', 'smpl_fit')
        pipelines = [Pipeline(stage_options({'smpl_fit': said}), stages, model) for said in ({}, {'fit.error_lasts_s': 0.0})]
        for index in range(len(recording)):
            frame, truth = recording.frame(index)
            told, untold = (pipeline(frame, index / 5.0).fit for pipeline in pipelines)
            for result, shares in ((told, inside), (untold, sure)):
                away = result.joints - truth.positions
                shares.append(np.einsum('ki,kij,kj->k', away, np.linalg.inv(result.joint_covariance), away) < 6.251)   # 90 %
    assert 0.8 < np.mean(inside)
    assert np.mean(inside) > np.mean(sure)
