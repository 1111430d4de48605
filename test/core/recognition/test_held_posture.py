"""Somebody who holds a posture of an exercise before the rendered camera, through all stages that recognition needs."""

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip('open3d', reason='rendering needs open3d; pip install -r requirements/studio.txt')

from poseformer_ros.body.model import default_body_path, load_body_model  # noqa: E402
from poseformer_ros.pipeline import Pipeline  # noqa: E402
from poseformer_ros.stage_options import stage_options  # noqa: E402
from poseformer_ros.synthesis.motions import motion  # noqa: E402
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording  # noqa: E402
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel  # noqa: E402

RATE_HZ, SECONDS, PERSON = 15.0, 3.0, 70_003
KNOWN_AFTER = 20        # images: a second and the time for the body to be found
STAGES = ('silhouette', 'joints', 'smpl_fit', 'fusion', 'classifier')


@pytest.fixture(scope='module')
def held():
    """One image of somebody with the arms up, and the noise of a sensor on it, anew in each image."""
    body = load_body_model(default_body_path())
    recording = RenderedRecording(RecordingPlan('kimore_es1', motion('kimore_es1', PERSON, 1, body), rate_hz=RATE_HZ), body)
    active = [index for index in range(len(recording)) if recording.frame(index)[1].label == 'kimore_es1'][:20]
    frame, rng, noise = recording.frame(active[-1])[0], np.random.default_rng(0), NoiseModel('time_of_flight')
    return [replace(frame, depth=noise(frame.depth, frame.intrinsics, rng)) for _ in range(round(SECONDS * RATE_HZ))]


def labels(frames, **parameters):
    pipeline = Pipeline(stage_options({'classifier': parameters}), STAGES)
    return [pipeline(frame, index / RATE_HZ).exercise.label for index, frame in enumerate(frames)][KNOWN_AFTER:]


def test_no_exercise_is_named(held):
    assert {label for label in labels(held) if label.startswith('kimore')} == set()


def test_it_is_the_stillness_that_tells(held):
    assert any(label.startswith('kimore') for label in labels(held, **{'classifier.least_moved_m': 0.0}))
