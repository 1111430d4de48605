"""Control factors of a body whose places are known, features of a set, and scores told by a model that is known."""

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.outcome_features import outcome_features
from poseformer_ros.assessment.score_model import ScoreModel, scores_of_sets
from poseformer_ros.assessment.set_assessment import assess_set
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.score_file import load_score_model, save_score_model
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

TRUNK_M, HIPS_M, SHOULDERS_M = 0.5, 0.2, 0.4
SPECS = exercise_specs()


def standing(count: int = 1) -> np.ndarray:
    """(count, 24, 3) metres, facing +z, the left at +x; the left hand 0.6 m below its shoulder, the right 0.3 m above."""
    joints = np.zeros((JOINT_COUNT, 3))
    joints[JOINT['neck']] = 0, 1.0 + TRUNK_M, 0
    for side, sign in (('left', 1), ('right', -1)):
        hand = 0.9 if sign > 0 else 1.8
        for name, across, up in (('hip', HIPS_M / 2, 1.0), ('knee', 0.15, 0.5), ('ankle', 0.25, 0.1), ('elbow', 0.2, 1.2),
                                 ('shoulder', SHOULDERS_M / 2, 1.5), ('wrist', 0.2, hand + 0.1 * sign), ('hand', 0.2, hand)):
            joints[JOINT[f'{side}_{name}']] = sign * across, up, 0
    return np.tile(joints, (count, 1, 1))


def test_control_factors_are_distances_of_the_body():
    series = {name: float(values[0]) for name, values in body_series(standing()).items()}
    wanted = {'ankles_apart': 0.5, 'knees_apart': 0.3, 'hips_apart': HIPS_M, 'shoulders_apart': SHOULDERS_M,
              'hands_apart': np.hypot(0.4, 0.9), 'left_hand_to_shoulder': 0.6, 'right_hand_to_shoulder': 0.3,
              'left_wrist_height': -0.5, 'right_wrist_height': 0.2}
    assert {name: series[name] for name in wanted} == pytest.approx({name: 100 * value / TRUNK_M for name, value in wanted.items()})
    assert series['torso_area'] == pytest.approx(100 * (HIPS_M + SHOULDERS_M) / 2 * TRUNK_M / TRUNK_M ** 2)
    assert series['shoulders_left'] == pytest.approx(0.0) and series['shoulders_ahead'] == pytest.approx(0.0)


def test_turned_shoulders_are_nearer_to_each_other_as_seen_from_the_front():
    joints, turn = standing(9), np.radians(60.0)
    for sign, side in ((1, 'left'), (-1, 'right')):
        joints[0, JOINT[f'{side}_shoulder'], [0, 2]] = sign * SHOULDERS_M / 2 * np.array([np.cos(turn), -np.sin(turn)])
    joints[0, [JOINT['left_shoulder'], JOINT['right_shoulder']], 2] += 0.05
    series = body_series(joints)
    assert series['shoulders_apart'][0] == pytest.approx(series['shoulders_apart'][1] / 2)
    leg_m = np.hypot(0.05, 0.5) + np.hypot(0.1, 0.4)
    assert series['shoulders_ahead'][0] == pytest.approx(100 * 0.05 / leg_m)


@pytest.mark.parametrize('exercise', [f'kimore_es{k}' for k in range(1, 6)])
def test_each_exercise_has_its_control_factors(exercise):
    spec = SPECS[exercise]
    model = load_body_model(default_body_path())
    found = assess_set(acted_movement(acted_clip(exercise, 62021, model), model, noise=False), spec, errors=False)
    assert spec.controls and found.repetitions
    for one in found.repetitions:
        for series in spec.controls:
            assert one.measure(f'range:{series}').value >= 0 and np.isfinite(one.measure(f'level:{series}').value), series


def test_an_unknown_control_factor_is_said(tmp_path):
    path = tmp_path / 'own.yaml'
    path.write_text('kimore_es5: {controls: [left_ear]}\n')
    with pytest.raises(BadInput, match='left_ear'):
        exercise_specs(path)


def test_features_are_of_the_repetitions_and_not_of_the_rest_beside_them():
    rng = np.random.default_rng(0)
    joints = standing(120) + rng.normal(0, 0.01, (120, JOINT_COUNT, 3))
    stamps = np.arange(120) / 30.0
    spans = [(0.5, 1.5), (2.0, 3.0)]
    before = outcome_features(stamps, joints, spans)
    joints[110:, JOINT['left_hand'], 1] += 1.0
    assert np.allclose(outcome_features(stamps, joints, spans), before, equal_nan=True) and before[-1] == 2
    joints[70, JOINT['left_hand'], 1] += 1.0
    assert not np.allclose(outcome_features(stamps, joints, spans), before, equal_nan=True)


def known_model() -> ScoreModel:
    """Two features; of 'a' 30 at the mean, 4 more for each deviation of the first, 2 for each of the person's mean second."""
    return ScoreModel(('a', 'b'), np.array([30.0, 20.0]), np.zeros((2, 2)), np.ones((2, 2)), np.array([4.0, 0.0, 0.0, 2.0]),
                      np.array([5.0, 6.0]), 50.0, 'two people')


def test_a_score_is_of_the_set_and_of_what_else_the_person_does():
    model = known_model()
    first, second, unknown = scores_of_sets(model, [('a', np.array([1.0, 1.0])), ('b', np.array([0.0, np.nan])),
                                                    ('c', np.zeros(2))])
    assert (first.value, first.error) == pytest.approx((30 + 4 + 2 * 0.5, 5.0)) and unknown is None
    assert (second.value, second.error) == pytest.approx((20 + 2 * 0.5, 6.0))
    assert model({'a': np.array([100.0, 0.0])})['a'].value == 30 + 4 * 4        # a feature far outside counts as four deviations


def test_a_score_model_comes_back_from_its_file_and_another_file_is_said(tmp_path):
    path = tmp_path / 'score.npz'
    save_score_model(path, known_model())
    assert load_score_model(path)({'a': np.array([1.0, 1.0])})['a'] == known_model()({'a': np.array([1.0, 1.0])})['a']
    np.savez(path, version=99)
    with pytest.raises(BadInput, match='train score'):
        load_score_model(path)
