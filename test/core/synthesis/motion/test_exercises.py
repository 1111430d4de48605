"""Own motions: truth that agrees with the body, feet that stand, joints within limits, faults that show."""

from dataclasses import replace

import numpy as np
import pytest

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.motion_style import plain_style, sample_style

SOLE_M = 0.004      # the sole's highest and lowest allowed place while standing
STEP_S = 1 / 30


@pytest.fixture(scope='module')
def model():
    return load_body_model(default_body_path())


@pytest.fixture(scope='module', params=list(EXERCISES))
def clip(request, model):
    return make_motion(request.param, sample_style(11), seed=3, model=model)


def joints_of(clip: MotionClip, model) -> np.ndarray:
    body = shaped_body(model, clip.betas)
    return np.stack([body.posed_joints(pose, place) for pose, place in zip(clip.poses, clip.translations)])


@pytest.fixture(scope='module')
def joints(clip, model):
    return joints_of(clip, model)


def lowest(clip: MotionClip, model, every: int = 12) -> np.ndarray:
    body = shaped_body(model, clip.betas)
    return np.array([body.posed_vertices(clip.poses[f], clip.translations[f])[:, 1].min()
                     for f in range(0, len(clip), every)])


def bend(joints: np.ndarray, *names: str) -> np.ndarray:
    a, b, c = (joints[:, JOINT[name]] for name in names)
    cosine = np.sum((b - a) * (c - b), axis=1) / np.linalg.norm(b - a, axis=1) / np.linalg.norm(c - b, axis=1)
    return np.arccos(np.clip(cosine, -1, 1))


def test_all_sets_are_there():
    assert sum(name.startswith('kimore_') for name in EXERCISES) == 5
    assert sum(name.startswith('mri_') for name in EXERCISES) == 12
    assert sum(name.startswith('utkinect_') for name in EXERCISES) == 10


def test_same_seed_same_clip_other_seed_another(model):
    first, again = (make_motion('kimore_es5', sample_style(4), seed=9, model=model) for _ in range(2))
    other = make_motion('kimore_es5', sample_style(4), seed=10, model=model)
    assert np.array_equal(first.poses, again.poses) and np.array_equal(first.translations, again.translations)
    assert other.poses.shape != first.poses.shape or not np.allclose(other.poses, first.poses)


def test_soles_are_on_the_floor_and_nothing_below(clip, model):
    low = lowest(clip, model)
    assert np.abs(low).max() < SOLE_M


def test_standing_feet_do_not_slide(clip, joints, model):
    """A ball of the foot that is within a millimetre of its place on the floor stays where it is."""
    body = shaped_body(model, clip.betas)
    for name in ('left_heel', 'right_heel'):
        ball = joints[:, JOINT[name]]
        down = ball[:, 1] < body.joints[JOINT[name], 1] - body.vertices[:, 1].min() + 0.001
        assert down.mean() > 0.25
        moved = np.linalg.norm(np.diff(ball[:, [0, 2]], axis=0), axis=1)
        assert moved[down[1:] & down[:-1]].max() < 0.003


def test_knees_and_elbows_stay_within_their_limits(clip, joints):
    for side in ('left', 'right'):
        assert bend(joints, f'{side}_hip', f'{side}_knee', f'{side}_ankle').max() < np.radians(140)
        assert bend(joints, f'{side}_shoulder', f'{side}_elbow', f'{side}_wrist').max() < np.radians(145)
        # Knees never bend backwards: the knee lies ahead of the line from hip to ankle, seen along the foot.
        hip, knee, ankle, ball = (joints[:, JOINT[f'{side}_{name}']] for name in ('hip', 'knee', 'ankle', 'heel'))
        share = np.sum((knee - hip) * (ankle - hip), axis=1) / np.sum((ankle - hip) ** 2, axis=1)
        off_line = knee - hip - share[:, None] * (ankle - hip)
        assert np.sum(off_line * (ball - ankle), axis=1).min() > -1e-4


def test_motion_is_smooth(clip, joints):
    speed = np.linalg.norm(np.diff(joints, axis=0), axis=2) / STEP_S
    change = np.linalg.norm(np.diff(joints, 2, axis=0), axis=2) / STEP_S ** 2
    assert speed.max() < (10.0 if clip.exercise == 'utkinect_throw' else 7.0)
    assert change.max() < (170.0 if clip.exercise == 'utkinect_throw' else 100.0)


def largest_turn(clip: MotionClip) -> float:
    """Of any joint between two frames, radians."""
    matrices = rotation_matrices(clip.poses)
    between = np.swapaxes(matrices[:-1], -1, -2) @ matrices[1:]
    return float(np.linalg.norm(rotation_vectors(between), axis=-1).max())


def test_no_limb_flips_about(clip):
    assert largest_turn(clip) < 0.6


def test_thighs_lifted_above_level_do_not_flip(model):
    """In deep sitting the thigh passes the foot's direction, which once turned leg frames round."""
    for seed in (107, 203):
        clip = make_motion('utkinect_sit_down', sample_style(seed), seed, faults=['jerk'], model=model)
        assert largest_turn(clip) < 0.3


def test_truth_of_repetitions_holds_together(clip):
    resting = clip.labels == REST
    assert np.array_equal(resting, clip.repetition == 0)
    assert np.array_equal(resting, np.isnan(clip.phase))
    assert set(clip.labels[~resting]) == {clip.exercise}
    assert clip.repetition.max() == EXERCISES[clip.exercise].repetitions
    assert resting[0] and resting[-1]
    for number in range(1, clip.repetition.max() + 1):
        phase = clip.phase[clip.repetition == number]
        assert phase[0] < 0.1 and 0.9 < phase[-1] < 1.0 and np.all(np.diff(phase) > 0)


def test_angles_of_the_truth_are_those_of_the_posed_body(clip, joints):
    for side in ('left', 'right'):
        assert np.allclose(clip.angles[f'{side}_knee'],
                           bend(joints, *(f'{side}_{j}' for j in ('hip', 'knee', 'ankle'))), atol=1e-6)
        assert np.allclose(clip.angles[f'{side}_elbow'],
                           bend(joints, *(f'{side}_{j}' for j in ('shoulder', 'elbow', 'wrist'))), atol=1e-6)


def test_standing_mass_is_over_the_feet(model):
    """Balance: in a squat with arms ahead the pelvis is behind the feet, in standing it is not."""
    clip = make_motion('kimore_es5', plain_style(), model=model)
    joints = joints_of(clip, model)
    deep = clip.angles['left_knee'].argmax()
    feet = joints[:, [JOINT['left_ankle'], JOINT['right_ankle'], JOINT['left_heel'], JOINT['right_heel']], 2]
    assert joints[deep, JOINT['pelvis'], 2] < feet[deep].min() - 0.05
    assert joints[0, JOINT['pelvis'], 2] > feet[0].min() - 0.05


def test_each_kimore_exercise_does_what_it_is_defined_as(model):
    """Capecci et al. 2019, section III; degrees."""
    clips = {k: make_motion(f'kimore_es{k}', plain_style(), model=model) for k in range(1, 6)}
    angles = {k: {name: np.degrees(a[c.repetition > 0]) for name, a in c.angles.items()} for k, c in clips.items()}
    assert angles[1]['left_shoulder'].min() < 30 and 145 < angles[1]['left_shoulder'].max() < 180
    assert angles[1]['left_elbow'].max() < 15       # elbows in extension
    assert angles[2]['left_shoulder'].min() > 130 and angles[2]['trunk_left'].max() > 10
    assert angles[2]['trunk_left'].min() < -10 and np.abs(angles[2]['trunk_forward']).max() < 8
    assert angles[3]['trunk_turn'].max() > 25 and angles[3]['trunk_turn'].min() < -25
    assert 75 < angles[3]['left_shoulder'].min() and angles[3]['left_shoulder'].max() < 105
    pelvis = joints_of(clips[4], model)[clips[4].repetition > 0, JOINT['pelvis']]
    assert np.ptp(pelvis[:, 0]) > 0.12 and np.ptp(pelvis[:, 2]) > 0.10 and np.ptp(pelvis[:, 1]) < 0.05
    assert 80 < angles[5]['left_knee'].max() < 115 and angles[5]['trunk_forward'].max() < 40


def test_bar_keeps_the_hands_apart_evenly(model):
    clip = make_motion('kimore_es1', plain_style(), model=model)
    joints = joints_of(clip, model)[clip.repetition > 0]
    apart = np.linalg.norm(joints[:, JOINT['left_wrist']] - joints[:, JOINT['right_wrist']], axis=1)
    assert np.ptp(apart) < 0.05 and 0.5 < apart.min()


@pytest.mark.parametrize('fault', ['incomplete_range', 'trunk_lean', 'asymmetry', 'knees_inward', 'jerk'])
def test_fault_shows_in_a_squat(fault, model):
    right = make_motion('kimore_es5', plain_style(), model=model)
    wrong = make_motion('kimore_es5', plain_style(), faults=[fault], model=model)
    a, b = joints_of(right, model), joints_of(wrong, model)
    deep = right.angles['left_knee'].argmax()
    assert wrong.faults == (fault,) and wrong.fault_size[fault][deep] > 0.9 and wrong.fault_size[fault][0] == 0
    if fault == 'incomplete_range':
        assert wrong.angles['left_knee'].max() < right.angles['left_knee'].max() - np.radians(20)
    elif fault == 'trunk_lean':
        assert wrong.angles['trunk_forward'][deep] > right.angles['trunk_forward'][deep] + np.radians(10)
    elif fault == 'asymmetry':
        assert abs(b[deep, JOINT['pelvis'], 0]) > abs(a[deep, JOINT['pelvis'], 0]) + 0.02
    elif fault == 'knees_inward':
        def apart(j):
            return np.linalg.norm(j[deep, JOINT['left_knee']] - j[deep, JOINT['right_knee']])
        assert apart(b) < apart(a) - 0.10
    else:
        def shake(j):
            return np.abs(np.diff(j[:, JOINT['pelvis'], 1], 3)).max()
        assert shake(b) > 3 * shake(a)


def test_shoulder_hike_lifts_the_shoulders(model):
    right, wrong = (joints_of(make_motion('kimore_es1', plain_style(), faults=f, model=model), model)
                    for f in ((), ['shoulder_hike']))
    assert np.max(wrong[:, JOINT['left_shoulder'], 1] - right[:, JOINT['left_shoulder'], 1]) > 0.02


def test_people_differ_and_keep_their_manner():
    people = [sample_style(seed) for seed in range(40)]
    assert np.array_equal(sample_style(7).betas, sample_style(7).betas) and sample_style(7).tempo == people[7].tempo
    assert len({person.tempo for person in people}) == 40
    assert {person.side for person in people} == {-1, 1}
    assert max(np.abs(person.betas).max() for person in people) <= 2.0


def test_tempo_and_fatigue_change_the_time(model):
    slow, fast = (make_motion('kimore_es1', replace(plain_style(), tempo=t, variation=0.0), model=model)
                  for t in (0.5, 1.0))
    assert (slow.repetition == 1).sum() == pytest.approx(2 * 3.2 * 30 + 6, abs=2)
    assert (fast.repetition == 1).sum() == pytest.approx(3.2 * 30 + 6, abs=2)
    tired = make_motion('kimore_es1', replace(plain_style(), fatigue=0.2, variation=0.0), model=model)
    first, last = (np.nanmax(np.where(tired.repetition == r, tired.angles['left_shoulder'], np.nan)) for r in (1, 5))
    assert last < first - np.radians(15) and (tired.repetition == 5).sum() > (tired.repetition == 1).sum() + 10


def test_errors_name_what_is_wrong():
    with pytest.raises(BadInput, match='handstand'):
        make_motion('handstand')
    with pytest.raises(BadInput, match='knees_inward'):
        make_motion('kimore_es1', faults=['knees_inward'])
    with pytest.raises(BadInput, match='repetitions'):
        make_motion('kimore_es1', repetitions=0)
    with pytest.raises(BadInput, match='rate_hz'):
        make_motion('kimore_es1', rate_hz=0.0)
