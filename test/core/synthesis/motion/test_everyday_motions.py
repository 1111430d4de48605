"""People who do no exercise: the names, places and pauses of their motions."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.synthesis.motion.everyday_motions import CHANGED_S, HELD_S, LOWEST_JOINT_M, MOVING_ABOUT
from poseformer_ros.synthesis.motions import motion


@pytest.fixture(scope='module')
def body_model():
    return load_body_model(default_body_path())


@pytest.mark.parametrize(('name', 'label'), [('session/holding_still', 'rest'), ('session/moving_about', MOVING_ABOUT)])
def test_none_of_it_is_an_exercise_and_all_of_it_stands_on_the_floor(body_model, name, label):
    clip = motion(name, 7, 3, body_model)
    assert set(clip.labels) == {label} and not clip.repetition.any()
    body = shaped_body(body_model, clip.betas)
    lowest = [body.posed_joints(clip.poses[at], clip.translations[at])[:, 1].min() for at in range(0, len(clip), 50)]
    np.testing.assert_allclose(lowest, LOWEST_JOINT_M, atol=1e-6)
    again = motion(name, 7, 3, body_model)
    np.testing.assert_array_equal(clip.poses, again.poses)


def test_who_holds_still_does_so_but_for_the_way_to_the_next_posture(body_model):
    clip = motion('session/holding_still', 8, 3, body_model)
    rotations = rotation_matrices(clip.poses)
    still = np.abs(np.diff(rotations, axis=0)).max(axis=(1, 2, 3)) < 1e-9
    changes = np.flatnonzero(still[:-1] & ~still[1:]) / clip.rate_hz
    assert np.diff(changes).min() > HELD_S[0] and np.diff(changes).max() < HELD_S[1] + CHANGED_S[1]
    assert still.mean() > HELD_S[0] / (HELD_S[0] + CHANGED_S[1])


def test_who_moves_about_turns_and_rarely_stands(body_model):
    clip = motion('session/moving_about', 9, 3, body_model)
    still = np.abs(np.diff(rotation_matrices(clip.poses), axis=0)).max(axis=(1, 2, 3)) < 1e-9
    ahead = rotation_matrices(clip.poses[:, 0])[:, :, 2]
    assert still.mean() < 0.6 and np.ptp(np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]))) > 1.0
