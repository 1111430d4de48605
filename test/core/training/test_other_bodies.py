"""A window as of another body: the same moments, one body throughout, feet where they stood."""

from dataclasses import replace

import numpy as np
import pytest

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.recognition.encoder_size import SMALL
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.model_file import facts_of
from poseformer_ros.skeleton.joints import JOINT, PARENT
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.training.exercise import other_bodies
from poseformer_ros.training.exercise.motions import PARTS, motion_features
from poseformer_ros.training.exercise.options import ExerciseTrainingOptions
from poseformer_ros.training.exercise.other_bodies import AMPLITUDE, FEET, LENGTH, of_another_body
from poseformer_ros.training.exercise.windows import TrainingFrames, WindowMaker, standard_of, training_frames

MODEL = load_body_model(default_body_path())
STEADY = ExerciseTrainingOptions(window_frames=100, tempo=1.0, slow_camera=0.0, parts_missing=0.0, stage_missing=0.0, bursts=0.0,
                                 noise=0.0, shift=0.0)


@pytest.fixture(scope='module')
def facts():
    return facts_of(FUSED, ('rest', 'kimore_es5'), SMALL, PARTS, 15.0, False, '')


@pytest.fixture(scope='module')
def frames(facts):
    features = motion_features(motion('kimore_es5', 3, 3, MODEL), MODEL, np.random.default_rng(0),
                               {'name': 'a', 'person': 'b', 'layout': FUSED.version})
    return training_frames(features, FUSED, facts)


def body(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Heights (T,) and joints (T, 24, 3)."""
    return values[:, 0].astype(float), values[:, 1:].reshape(-1, 24, 3).astype(float)


def lengths(joints: np.ndarray) -> np.ndarray:
    return np.linalg.norm(joints[:, 1:] - joints[:, PARENT[1:]], axis=-1)


def test_bones_keep_one_length_throughout_and_differ_as_said(frames):
    height, joints = body(frames.values)
    shares = []
    for seed in range(40):
        _, other = of_another_body(height, joints, np.random.default_rng(seed))
        share = lengths(other) / lengths(joints)
        np.testing.assert_allclose(share, np.broadcast_to(share[0], share.shape), rtol=1e-6)
        shares.append(np.log(share[0]))
    assert np.std(shares) == pytest.approx(LENGTH, rel=0.1) and abs(np.mean(shares)) < 0.01


def test_feet_stay_as_high_above_the_floor(frames):
    height, joints = body(frames.values)
    above, other = of_another_body(height, joints, np.random.default_rng(1))
    np.testing.assert_allclose(above + other[:, FEET, 2].min(1), height + joints[:, FEET, 2].min(1), atol=1e-9)
    assert not other[:, 0].any() and np.abs(above - height).max() > 1e-3


def test_who_holds_still_goes_on_holding_still(frames):
    height, joints = body(np.repeat(frames.values[:1], 30, axis=0))
    above, other = of_another_body(height, joints, np.random.default_rng(2))
    assert np.ptp(other, axis=0).max() < 1e-9 and np.ptp(above) < 1e-9
    assert np.abs(other - joints).max() > 0.005


def test_limbs_move_further_or_less_by_the_factor_that_is_drawn(frames, monkeypatch):
    """How far a bone goes from its mean direction, over what it went before, scatters as said where nothing else moves along;
    movements are small, as in the limit lengths do not matter."""
    monkeypatch.setattr(other_bodies, 'COURSES', 0)
    height, joints = body(frames.values)
    joints = joints.mean(0) + 0.1 * (joints - joints.mean(0))

    def moved(these: np.ndarray) -> float:
        arm = these[:, JOINT['left_elbow']] - these[:, JOINT['left_shoulder']]
        return np.linalg.norm((arm / np.linalg.norm(arm, axis=-1, keepdims=True)).std(0))
    logs = [np.log(moved(of_another_body(height, joints, np.random.default_rng(seed))[1]) / moved(joints)) for seed in range(200)]
    assert np.std(logs) == pytest.approx(AMPLITUDE, rel=0.15) and abs(np.mean(logs)) < 0.05


def test_parts_turn_in_time_with_the_movement(frames):
    """Somebody moves an arm alone; the neck, still before, then goes as the arm does, and the legs' joints hardly move."""
    height, joints = body(np.repeat(frames.values[:1], 60, axis=0))
    course = np.sin(np.linspace(0.0, 4 * np.pi, 60))
    arm = [JOINT[f'left_{name}'] for name in ('elbow', 'wrist', 'hand')]
    joints[:, arm] += course[:, None, None] * np.array([0.0, 0.02, 0.03]) * np.arange(1, 4)[:, None]
    necks, ankles = [], []
    for seed in range(40):
        _, other = of_another_body(height, joints, np.random.default_rng(seed))
        away = other[:, JOINT['neck']] - other[:, JOINT['neck']].mean(0)
        along = np.outer(course, course @ away) / (course @ course)
        assert np.linalg.norm(away - along) < 0.05 * np.linalg.norm(away)
        necks.append(np.ptp(other[:, JOINT['neck']], axis=0).max())
        ankles.append(np.ptp(other[:, JOINT['left_ankle']], axis=0).max())
    assert 0.002 < np.median(necks) < 0.03 and np.median(ankles) < np.median(necks)


def test_a_share_of_the_windows_is_changed(frames, facts):
    """Of somebody who holds still, whose unchanged windows are all alike."""
    still = TrainingFrames(np.repeat(frames.values[:1], 120, axis=0), frames.flags[:120], frames.targets[:120])
    maker = WindowMaker(replace(STEADY, other_bodies=0.5), standard_of([frames], np.repeat(np.arange(2), facts.part_sizes)), facts)
    rng = np.random.default_rng(0)
    windows = [maker(still, rng).values for _ in range(100)]
    assert 35 <= sum(np.abs(values - still.values[:1]).max() > 1e-4 for values in windows) <= 65
    assert windows[0].dtype == np.float32 and windows[0].shape == (100, still.values.shape[1])


def test_a_model_that_sees_more_than_the_body_is_refused(frames, facts):
    standard = standard_of([frames], np.repeat(np.arange(2), facts.part_sizes))
    WindowMaker(STEADY, standard, replace(facts, parts=PARTS[:1], part_sizes=(1,)))
    with pytest.raises(BadInput, match='the model sees mesh/height; let it see mesh/height and mesh/joints alone'):
        WindowMaker(replace(STEADY, other_bodies=0.5), standard, replace(facts, parts=PARTS[:1], part_sizes=(1,)))
