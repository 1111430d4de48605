"""The body of all ages is fitted to children of a metre and to adults of two as to anybody else."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.fit_motion import NOISE_M, PLACE, TO_OPTICAL, errors, fitted, noise

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model, shipped_body_path
from poseformer_ros.body.people import load_crowd, random_person, stature
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style

SMALL_CHILDREN = FitOptions(shape_limit=3.0)
FRAMES = 60


@pytest.fixture(scope='module')
def model():
    return load_body_model(shipped_body_path('all_ages'))


def squat(model, stature_m: float) -> np.ndarray:
    """Joints (T, 24, 3) of somebody of this stature, optical frame."""
    betas = random_person(model, load_crowd(shipped_body_path('all_ages')), stature_m, np.random.default_rng(1))
    clip = make_motion('kimore_es5', replace(sample_style(1), betas=betas), 1, repetitions=1, model=model)
    body = shaped_body(model, betas)
    joints = [body.posed_joints(*at) for at in zip(clip.poses[:FRAMES], clip.translations)]
    return np.stack(joints) @ TO_OPTICAL.T + PLACE


@pytest.mark.parametrize('stature_m', (1.0, 1.2, 1.7, 2.0))
def test_stature_and_joints_come_back_from_noisy_joints(model, stature_m):
    joints = squat(model, stature_m)
    results = fitted(model, joints + noise(joints), NOISE_M, options=SMALL_CHILDREN)
    assert abs(stature(model, results[-1].betas) - stature_m) < 0.02
    assert errors(results, joints).mean() < NOISE_M


def test_the_body_of_adults_does_not_fit_a_child(model):
    adults, joints = load_body_model(default_body_path()), squat(model, 1.0)
    assert errors(fitted(adults, joints + noise(joints), NOISE_M, options=SMALL_CHILDREN), joints).mean() > 1.5 * NOISE_M
