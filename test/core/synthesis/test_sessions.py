"""Sessions of several exercises, and rest."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.motion_clip import REST
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.motion.resting import resting
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.sessions import KIMORE, OTHERS, REST_S, session

MODEL = load_body_model(default_body_path())
RATE_HZ = 15.0


@pytest.fixture(scope='module')
def five():
    return session('session/kimore', sample_style(5), 5, MODEL, RATE_HZ)


def _runs(labels: np.ndarray) -> list[tuple[str, int, int]]:
    """Label, begin and end of each stretch of one label."""
    cuts = [0, *(np.flatnonzero(labels[1:] != labels[:-1]) + 1), len(labels)]
    return [(str(labels[a]), a, b) for a, b in zip(cuts, cuts[1:])]


def test_holds_every_exercise_once_with_rest_between(five):
    order = [label for label, _, _ in _runs(five.labels) if label != REST]
    changes = [label for i, label in enumerate(order) if i == 0 or order[i - 1] != label]
    assert sorted(changes) == sorted(KIMORE)
    runs = _runs(five.labels)
    for (before, _, _), (label, begin, end), (after, _, _) in zip(runs, runs[1:], runs[2:]):
        if label == REST and before != after:
            assert end - begin >= REST_S[0] * RATE_HZ


def test_repetitions_count_from_one_in_each_exercise(five):
    assert (five.repetition[five.labels == REST] == 0).all()
    for name in KIMORE:
        counted = five.repetition[five.labels == name]
        assert counted[0] == 1 and set(np.diff(counted)) <= {0, 1} and counted[-1] >= 2


def test_nothing_jumps_where_parts_are_joined(five):
    body = shaped_body(MODEL, five.betas)
    joints = np.array([body.posed_joints(pose, place) for pose, place in zip(five.poses, five.translations)])
    fastest = np.linalg.norm(np.diff(joints, axis=0), axis=2).max() * RATE_HZ
    assert fastest < 4.5        # metres a second; a hand in a quick arm lift reaches 4


def test_the_same_arguments_give_the_same_session(five):
    again = motion('session/kimore', 5, 5, MODEL)
    twin = motion('session/kimore', 5, 5, MODEL)
    np.testing.assert_array_equal(again.poses, twin.poses)
    assert not np.array_equal(motion('session/kimore', 5, 6, MODEL).labels[:200], again.labels[:200])


def test_others_are_no_exercise_of_kimore():
    clip = session('session/others_two', sample_style(8), 2, MODEL, RATE_HZ)
    names = set(clip.labels) - {REST}
    assert len(names) == 2 and names <= set(OTHERS) and not names & set(KIMORE)


def test_an_unknown_session_is_named():
    with pytest.raises(BadInput, match="session 'session/yoga' is not known; choose one of session/kimore"):
        session('session/yoga', sample_style(1), 1, MODEL)


def test_resting_feet_stay_and_the_body_ends_as_it_began():
    """Twenty rests: whatever the gesture, both feet stand still and the arms are back at the end."""
    style = sample_style(11)
    body = shaped_body(MODEL, style.betas)
    for seed in range(20):
        clip = resting(body, style, 5.0, np.random.default_rng(seed), RATE_HZ)
        joints = np.array([body.posed_joints(pose, place) for pose, place in zip(clip.poses, clip.translations)])
        feet = joints[:, [JOINT['left_heel'], JOINT['right_heel']]]
        assert np.ptp(feet, axis=0).max() < 0.01
        assert np.linalg.norm(joints[-1] - joints[0], axis=1).max() < 0.09
        assert set(clip.labels) == {REST} and not clip.repetition.any()
