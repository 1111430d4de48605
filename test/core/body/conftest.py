"""What the tests of the body share; nothing of it is changed by a test."""

import pytest
from helpers.fit_motion import Exercise, exercise

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model


@pytest.fixture(scope='session')
def model() -> BodyModel:
    """The body that ships."""
    return load_body_model(default_body_path())


@pytest.fixture(scope='session')
def squat(model) -> Exercise:
    """One repetition of KIMORE's squat."""
    return exercise(model, 'kimore_es5')
