"""Other ways of doing an exercise are still that exercise, and they do differ."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.limb_ik import forward
from poseformer_ros.synthesis.motion.motion_style import plain_style
from poseformer_ros.synthesis.motion.ways import WAYS

MODEL = load_body_model(default_body_path())
SEEDS = range(6)


def performed(exercise: str, seed: int):
    """The clip in another way, and its joints (T, 24, 3) in the room."""
    clip = make_motion(exercise, plain_style(), seed, repetitions=2, rate_hz=15.0, model=MODEL, ways=True)
    body = shaped_body(MODEL, clip.betas)
    return clip, forward(body.joints, rotation_matrices(clip.poses), clip.translations + body.joints[0])[1]


def span(values: np.ndarray) -> float:
    return float(values.max() - values.min())


@pytest.mark.parametrize('seed', SEEDS)
def test_the_movement_stays_the_exercises(seed):
    """What KIMORE defines each exercise by, whatever the arms do."""
    clip, joints = performed('kimore_es1', seed)
    hands = joints[:, [JOINT['left_wrist'], JOINT['right_wrist']], 1] - joints[:, [JOINT['neck']], 1]
    assert hands.min() < -0.3 and hands.max() > -0.25 and span(joints[:, 0, 1]) < 0.05
    clip, joints = performed('kimore_es2', seed)
    hands = joints[:, [JOINT['left_wrist'], JOINT['right_wrist']], 0].mean(axis=1)      # x is to the side
    bent = np.degrees(span(clip.angles['trunk_left'])) > 10
    assert (bent or span(hands[clip.repetition > 0]) > 0.4) and span(joints[:, 0, 1]) < 0.05
    clip, _ = performed('kimore_es3', seed)
    assert np.degrees(span(clip.angles['trunk_turn'])) > 8 and np.degrees(span(clip.angles['trunk_left'])) < 12
    _, joints = performed('kimore_es4', seed)
    feet = joints[:, [JOINT['left_ankle'], JOINT['right_ankle']]].mean(1)
    circling = (joints[:, 0] - feet)[:, [0, 2]]
    assert min(span(circling[:, 0]), span(circling[:, 1])) > 0.03
    _, joints = performed('kimore_es5', seed)
    assert span(joints[:, 0, 1]) > 0.08


def test_arms_swing_aside_while_the_trunk_bends_as_kimores_do():
    """There each arm goes through 59 to 97 degrees from side to side; arms that stay in line with the trunk through 41 at most."""
    swings = []
    for seed in range(24):
        clip, joints = performed('kimore_es2', seed)
        arm = (joints[:, JOINT['left_wrist']] - joints[:, JOINT['left_shoulder']])[clip.repetition > 0]
        if arm[:, 1].min() > 0.1:      # above the head; y is up
            swings.append(np.degrees(span(np.arctan2(arm[:, 0], arm[:, 1]))))
    assert 55 < np.median(swings) < 100 and min(swings) < 50


def test_the_trunk_leans_while_the_pelvis_circles_as_kimores_do():
    """There the neck goes aside by 0.4 of what the pelvis does in the median, and to and fro by -0.4; of a few by much more."""
    aside, ahead = [], []
    for seed in range(40):
        clip, joints = performed('kimore_es4', seed)
        pelvis, neck = (joints[clip.repetition > 0, at][:, [0, 2]] for at in (0, JOINT['neck']))
        along = [float(np.polyfit(pelvis[:, axis], neck[:, axis], 1)[0]) for axis in (0, 1)]
        aside.append(along[0])
        ahead.append(along[1])
    assert 0.3 < np.median(aside) < 0.6 and -0.6 < np.median(ahead) < -0.2 and max(ahead) > 0.2 and max(aside) > 0.7


@pytest.mark.parametrize('exercise', WAYS)
def test_ways_differ_and_come_back_from_their_seed(exercise):
    wrists = []
    for seed in SEEDS:
        clip, joints = performed(exercise, seed)
        middle = joints[np.flatnonzero(clip.repetition == 1)[len(np.flatnonzero(clip.repetition == 1)) // 2]]
        wrists.append(middle[JOINT['left_wrist']] - middle[0])
    assert np.std(wrists, axis=0).max() > 0.08
    assert np.array_equal(performed(exercise, 3)[0].poses, performed(exercise, 3)[0].poses)


def test_arms_may_be_lifted_once_before_an_exercise_and_that_is_named_so():
    """As people do whom somebody shows what comes; after it they begin from hanging arms again."""
    seen = 0
    for seed in range(24):
        clip, joints = performed('kimore_es2', seed)
        lifting = np.flatnonzero(clip.labels == 'kimore_es1')
        if len(lifting):
            seen += 1
            hands = joints[:, [JOINT['left_wrist'], JOINT['right_wrist']], 1].mean(1) - joints[:, JOINT['neck'], 1]
            inside = hands[lifting]
            assert inside.max() > inside[[0, -1]].max() + 0.25 and lifting[-1] < np.argmax(clip.repetition > 0)
            assert not clip.repetition[lifting].any()
    assert 4 <= seen < 16
