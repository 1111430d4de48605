"""Measures and faults of acted sets against what was acted."""

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.movement import Movement, covariance_in_room, in_room
from poseformer_ros.assessment.series_errors import inferred, series_errors
from poseformer_ros.assessment.set_assessment import assess_set
from poseformer_ros.assessment.smoothness import log_dimensionless_jerk, spectral_arc_length
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.skeleton.joints import JOINT, JointState

SPECS = exercise_specs()


@pytest.fixture(scope='module')
def model():
    return load_body_model(default_body_path())


def assessed(exercise, person, model, *faults):
    return assess_set(acted_movement(acted_clip(exercise, person, model, faults), model, person), SPECS[exercise])


@pytest.mark.parametrize(('exercise', 'fault'), [('kimore_es1', 'asymmetry'), ('kimore_es3', 'trunk_lean'),
                                                 ('kimore_es5', 'knees_inward'), ('kimore_es5', 'incomplete_range')])
def test_an_acted_fault_is_named_with_its_moment_and_a_right_set_has_none(exercise, fault, model):
    wrong = assessed(exercise, 62010, model, fault)
    assert len(wrong.repetitions) == 3
    named = [{one.name for one in repetition.faults} for repetition in wrong.repetitions]
    assert sum(fault in names for names in named) >= 2, named
    for repetition in wrong.repetitions:
        for found in repetition.faults:
            assert repetition.repetition.start_s <= found.stamp_s <= repetition.repetition.end_s
            assert found.sentence.endswith('.') and '{' not in found.sentence
    right = [{one.name for one in repetition.faults} for repetition in assessed(exercise, 62010, model).repetitions]
    assert sum(fault in names for names in right) == 0, right


def test_the_weaker_side_is_named(model):
    clip = acted_clip('kimore_es1', 62011, model, ('asymmetry',))
    weaker = 'left' if clip.angles['left_shoulder'].max() < clip.angles['right_shoulder'].max() else 'right'
    found = assess_set(acted_movement(clip, model), SPECS['kimore_es1'])
    faults = [fault for repetition in found.repetitions for fault in repetition.faults if fault.name == 'asymmetry']
    assert faults and all(f'The {weaker} side' in fault.sentence and f'{weaker}_elbow' in fault.joints for fault in faults)


def test_range_of_motion_is_the_clips(model):
    clip = acted_clip('kimore_es5', 62012, model)
    found = assess_set(acted_movement(clip, model, noise=False), SPECS['kimore_es5'])
    for repetition in found.repetitions:
        inside = clip.repetition == repetition.repetition.number
        truth = np.degrees(clip.angles['left_knee'][inside].max())
        assert repetition.measure('peak:left_knee').value == pytest.approx(truth, abs=1.5)


def test_errors_of_angles_are_those_of_many_draws(model):
    movement = acted_movement(acted_clip('kimore_es1', 62013, model), model, noise=False)
    joints, sigma = movement.joints[60], 0.01
    rng = np.random.default_rng(3)
    drawn = body_series(joints + rng.normal(0, sigma, (4000, 24, 3)))
    said = series_errors(joints[None], np.broadcast_to(np.eye(3) * sigma ** 2, (1, 24, 3, 3)))
    for name in ('trunk_forward', 'trunk_turn', 'left_shoulder_flexion', 'right_knee', 'squat_depth'):
        assert said[name][0] == pytest.approx(drawn[name].std(), rel=0.15), name


def test_an_angle_is_flagged_where_a_joint_of_it_was_not_seen():
    state = np.full((2, 24), JointState.OBSERVED, np.uint8)
    state[1, JOINT['left_knee']] = JointState.INFERRED
    flags = inferred(state)
    assert flags['left_knee'].tolist() == [False, True] and not flags['right_knee'].any()


def test_angles_are_continuous_through_a_whole_set(model):
    for exercise in ('kimore_es1', 'kimore_es3', 'mri_left_limb_extension'):
        series = body_series(acted_movement(acted_clip(exercise, 62014, model), model, noise=False).joints)
        for name, values in series.items():
            known = np.isfinite(values)
            both = known[1:] & known[:-1]
            if not name.endswith(('_plane', '_flexion')):
                assert known.all(), name
            assert np.abs(np.diff(values))[both].max() < 35.0, (exercise, name)      # in a fifteenth of a second


def test_the_room_is_upright_with_the_left_at_x():
    tilt = 0.2
    floor = Floor(np.array([0.0, -np.cos(tilt), -np.sin(tilt)]), 1.2)
    foot = 3.0 * np.array([0.0, np.sin(tilt), np.cos(tilt)]) * 0 + np.array([0.3, 0.9, 2.8])
    placed = in_room(foot, floor)
    assert placed[1] == pytest.approx(floor.height(foot)) and placed[0] == pytest.approx(0.3)
    above = in_room(foot + 0.5 * floor.normal, floor)
    assert np.allclose(above - placed, [0, 0.5, 0])
    spread = covariance_in_room(np.diag([4.0, 1.0, 1.0]), floor)
    assert spread[0, 0] == pytest.approx(4.0) and np.trace(spread) == pytest.approx(6.0)


def test_smoothness_of_a_gaussian_and_of_a_shaken_movement():
    rate = 100.0
    seconds = np.arange(-2, 2, 1 / rate)
    speed = np.exp(-5 * seconds ** 2)
    # Balasubramanian and others, 2012: about -1.41 for a Gaussian speed profile.
    assert spectral_arc_length(speed, rate) == pytest.approx(-1.414, abs=0.02)
    shaken = speed * (1 + 0.3 * np.sin(2 * np.pi * 4 * seconds))
    assert spectral_arc_length(shaken, rate) < spectral_arc_length(speed, rate) - 0.05
    assert log_dimensionless_jerk(shaken, rate) < log_dimensionless_jerk(speed, rate) - 0.5


def test_nobody_in_view_is_said():
    count = 20
    nobody = Movement(np.arange(count) / 15, np.full((count, 24, 3), np.nan), np.zeros((count, 24), np.uint8),
                      np.full((count, 24, 3, 3), np.nan), np.full(count, np.nan))
    with pytest.raises(BadInput, match='person in view'):
        assess_set(nobody, SPECS['kimore_es1'])


def test_a_patients_own_bands_replace_and_remove(tmp_path):
    own = tmp_path / 'own.yaml'
    own.write_text('kimore_es5: {bands: {incomplete_range: {low: 40}, too_fast: }}\n')
    spec = exercise_specs(own)['kimore_es5']
    bands = {band.fault: band for band in spec.bands}
    assert bands['incomplete_range'].low == 40 and 'usual range' in bands['incomplete_range'].sentence and 'too_fast' not in bands
    own.write_text('kimore_es5: {bands: {incomplete_range: {lwo: 40}}}\n')
    with pytest.raises(BadInput, match='lwo'):
        exercise_specs(own)
