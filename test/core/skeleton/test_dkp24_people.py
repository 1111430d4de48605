"""The paper's wrists on rendered people: what the tables cannot show is missing, not put elsewhere."""

import numpy as np
import pytest

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.evaluation.evaluate_pose import rendered_silhouette
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

WRISTS = [JOINT['left_wrist'], JOINT['right_wrist']]


def wrist_errors(exercise: str, person: int = 2) -> np.ndarray:
    """(images, 2) metres from the truth, NaN where missing, seen from the front with a perfect mask."""
    model = load_body_model(default_body_path())
    plan = RecordingPlan(exercise, motion(exercise, person, person, model), 'kinect_v1', RigOptions(distance_m=2.8),
                         NoiseModel('kinect_v1'), room=person, rate_hz=2.0, seconds=6.0, start_s=2.0, seed=person)
    recording = RenderedRecording(plan, model)
    images = [recording.frame(index) for index in range(len(recording))]
    return np.array([np.linalg.norm(Dkp24()(rendered_silhouette(frame, truth)).positions - truth.positions, axis=1)[WRISTS]
                     for frame, truth in images])


@pytest.mark.parametrize('exercise', ['kimore_es5', 'utkinect_push'])
def test_the_wrist_of_an_arm_that_reaches_ahead_is_not_put_at_the_hip(exercise):
    errors = wrist_errors(exercise)
    assert not (errors > 0.25).any()


def test_wrists_of_arms_that_rise_sideways_are_found():
    errors = wrist_errors('kimore_es1')
    assert np.isfinite(errors).mean() > 0.88 and np.nanmedian(errors) < 0.10
