"""The real-time fit against bodies of known pose and shape."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.fit_motion import NOISE_M, RATE_HZ, errors, exercise, fitted, noise, skeleton

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, no_skeleton

KIMORE = tuple(f'kimore_es{number}' for number in range(1, 6))
OTHERS = ('utkinect_sit_down', 'utkinect_pick_up', 'mri_left_front_lunge')


@pytest.mark.parametrize('name', KIMORE + OTHERS)
def test_exact_joints_come_back(model, name):
    """From the first frame on, turned to the camera as well as away from it."""
    motion = exercise(model, name)
    for turn in (np.eye(3), np.diag([-1.0, 1.0, -1.0])):
        joints = (motion.joints - motion.joints[0, 0]) @ turn + motion.joints[0, 0]
        found = errors(fitted(model, joints), joints)
        assert found.mean() < 1e-3
        assert found.mean(axis=1).max() < 2e-3


def test_result_is_one_body(model, squat):
    """Joints, pose, shape and place belong together."""
    result = fitted(model, squat.joints[:5])[-1]
    again = shaped_body(model, result.betas).posed_joints(result.pose, result.translation)
    assert np.abs(again - result.joints).max() < 1e-9
    assert np.linalg.norm(result.pose, axis=1).max() <= np.pi + 1e-9


@pytest.mark.parametrize('name', KIMORE)
def test_noise_grows_less(model, name):
    motion = exercise(model, name)
    error = noise(motion.joints)
    found = errors(fitted(model, motion.joints + error, NOISE_M), motion.joints)
    assert found.mean() < 0.65 * np.linalg.norm(error, axis=2).mean()


@pytest.mark.parametrize('name', KIMORE)
def test_gone_and_wrong_joints_hardly_touch_the_others(model, name):
    motion = exercise(model, name)
    error = noise(motion.joints)
    rng = np.random.default_rng(1)
    bad = rng.random(motion.joints.shape[:2]) < 0.1
    astray = rng.normal(size=motion.joints.shape)
    astray *= 0.25 / np.linalg.norm(astray, axis=2, keepdims=True)
    usual = errors(fitted(model, motion.joints + error, NOISE_M), motion.joints)[~bad].mean()
    gone = errors(fitted(model, motion.joints + error, NOISE_M, gone=bad), motion.joints)[~bad].mean()
    wrong = errors(fitted(model, motion.joints + error + bad[..., None] * astray, NOISE_M), motion.joints)[~bad].mean()
    assert gone < 1.2 * usual
    assert wrong < 1.2 * usual


@pytest.mark.slow
def test_covariance_is_calibrated(model):
    """Squared errors in units of the covariance are one on average, if it is honest. An unseen joint moves on a sphere,
    which no ellipsoid follows: there only the size of the error is told."""
    seen, unseen = [], []
    for number, name in enumerate(KIMORE):
        motion = exercise(model, name)
        gone = np.zeros(motion.joints.shape[:2], bool)
        gone[:, [JOINT['left_wrist'], JOINT['left_hand'], JOINT['right_ankle'], JOINT['right_heel']]] = True
        results = fitted(model, motion.joints + noise(motion.joints, number), NOISE_M, gone=gone)
        away = np.stack([result.joints for result in results]) - motion.joints
        covariance = np.stack([result.joint_covariance for result in results])
        square = np.einsum('tki,tkij,tkj->tk', away, np.linalg.inv(covariance), away) / 3.0
        seen.append(square[~gone].mean())
        unseen.append(np.sum(away[gone] ** 2) / np.trace(covariance[gone], axis1=1, axis2=2).sum())
    assert 0.6 < np.mean(seen) < 1.3
    assert 0.4 < np.mean(unseen) < 1.6


def test_unseen_joint_is_inferred_and_less_certain(model, squat):
    gone = np.zeros(squat.joints.shape[:2], bool)
    gone[:, JOINT['left_wrist']:JOINT['left_hand'] + 1:2] = True
    result = fitted(model, squat.joints + noise(squat.joints), NOISE_M, gone=gone)[-1]
    spread = np.trace(result.joint_covariance, axis1=1, axis2=2)
    left, right = JOINT['left_wrist'], JOINT['right_wrist']
    assert result.joint_state[left] == JointState.INFERRED
    assert result.joint_state[right] == JointState.OBSERVED
    assert spread[left] > 4 * spread[right]


def test_wrong_joint_is_not_called_observed(model, squat):
    joints = squat.joints[:10].copy()
    joints[-1, JOINT['right_hand']] += [0.0, 0.0, -0.6]
    result = fitted(model, joints)[-1]
    assert result.joint_state[JOINT['right_hand']] == JointState.INFERRED
    assert np.linalg.norm(result.joints - squat.joints[9], axis=1).mean() < 2e-3


def test_shape_settles(model, squat):
    """It changes less and less, and comes nearer to the person's."""
    results = fitted(model, squat.joints + noise(squat.joints), NOISE_M)
    betas = np.stack([result.betas for result in results])
    bones = [np.linalg.norm(joints[JOINT['left_knee']] - joints[JOINT['left_ankle']])
             for joints in (result.joints for result in results)]
    change = np.linalg.norm(np.diff(betas, axis=0), axis=1)
    assert change[-20:].mean() < 0.1 * change[:5].mean()
    assert np.std(bones[-20:]) < 5e-4
    truth = np.linalg.norm(squat.joints[0, JOINT['left_knee']] - squat.joints[0, JOINT['left_ankle']])
    assert abs(bones[-1] - truth) < 0.01


def test_another_person_starts_afresh(model, squat):
    """The same answer as from a new fitter."""
    other = exercise(model, 'kimore_es1', person=8)
    fitter, fresh = BodyFitter(model), BodyFitter(model)
    for index in range(20):
        fitter(skeleton(squat.joints[index]), index / RATE_HZ)
    for index in range(3):
        late = fitter(skeleton(other.joints[index], track_id=2), (20 + index) / RATE_HZ)
        alone = fresh(skeleton(other.joints[index], track_id=2), (20 + index) / RATE_HZ)
        assert np.array_equal(late.betas, alone.betas)
        assert np.array_equal(late.joints, alone.joints)
    assert late.track_id == 2


def test_same_person_keeps_the_shape_over_a_pause(model, squat):
    fitter = BodyFitter(model)
    for index in range(40):
        before = fitter(skeleton(squat.joints[index], NOISE_M), index / RATE_HZ)
    gap = fitter(skeleton(squat.joints[0], NOISE_M, gone=np.ones(JOINT_COUNT, bool)), 42 / RATE_HZ)
    after = fitter(skeleton(squat.joints[90], NOISE_M), 10.0)
    assert gap.state == FitState.LOST
    assert np.abs(gap.betas - before.betas).max() < 0.1
    assert np.abs(after.betas - before.betas).max() < 0.1
    assert np.linalg.norm(after.joints - squat.joints[90], axis=1).mean() < 0.01


def test_nobody_and_nothing_measured(model, squat):
    fitter = BodyFitter(model)
    assert fitter(no_skeleton(), 0.0).state == FitState.NONE
    everything = np.ones(JOINT_COUNT, bool)
    for index in range(10):
        lost = fitter(skeleton(squat.joints[0], gone=everything), index / RATE_HZ)
        assert lost.state == FitState.LOST
        assert np.isnan(lost.joints).all() and np.isnan(lost.joint_covariance).all() and np.isfinite(lost.betas).all()
        assert (lost.joint_state == JointState.MISSING).all()
    found = fitter(skeleton(squat.joints[0]), 1.0)
    assert found.state == FitState.FITTED
    assert np.linalg.norm(found.joints - squat.joints[0], axis=1).mean() < 1e-3


def test_joints_that_are_no_body_are_lost_and_it_recovers(model, squat):
    fitter, rng = BodyFitter(model), np.random.default_rng(2)
    for index in range(10):
        result = fitter(skeleton(rng.uniform(-3.0, 3.0, size=(24, 3)) + [0.0, 0.0, 4.0], NOISE_M), index / RATE_HZ)
        assert result.state == FitState.LOST
    result = fitter(skeleton(squat.joints[0], NOISE_M), 11 / RATE_HZ)
    assert np.linalg.norm(result.joints - squat.joints[0], axis=1).mean() < 0.01


@pytest.mark.parametrize('broken', (np.zeros((24, 3)), np.linspace([0, 0, 2], [0, 0, 5], 24), np.full((24, 3), 1e7),
                                    np.full((24, 3), np.inf)), ids=('one place', 'a line', 'far away', 'infinite'))
def test_degenerate_joints_leave_no_trace(model, squat, broken):
    """At the start and in between: no exception, nothing but NaN or numbers, and the next frames are fitted."""
    fitter = BodyFitter(model)
    for index in range(30):
        joints = broken if index in (0, 10, 11) else squat.joints[0]
        result = fitter(skeleton(joints, NOISE_M), index / RATE_HZ)
        assert result.state == FitState.LOST or np.isfinite(result.joints).all()
    assert result.state == FitState.FITTED
    assert np.linalg.norm(result.joints - squat.joints[0], axis=1).mean() < 0.01


def test_a_guess_of_what_is_hidden_moves_a_body_that_is_followed_less(model, squat):
    """A body begun with the guess goes with it as with any other joint."""
    ankle, moved = JOINT['left_ankle'], {}
    for followed in (False, True):
        for state in (JointState.OBSERVED, JointState.OCCLUDED):
            fitter, told = BodyFitter(model), skeleton(squat.joints[0], NOISE_M)
            for frame in range(5 * followed):
                fitter(told, frame / RATE_HZ)
            positions, states = told.positions.copy(), told.state.copy()
            positions[ankle] += (0.0, 0.0, 0.05)
            states[ankle] = state
            result = fitter(replace(told, positions=positions, state=states), 5 / RATE_HZ)
            moved[followed, state] = result.joints[ankle, 2] - squat.joints[0, ankle, 2]
    assert moved[False, JointState.OCCLUDED] == moved[False, JointState.OBSERVED] > 0.01
    assert 0.0 < moved[True, JointState.OCCLUDED] < 0.7 * moved[True, JointState.OBSERVED]


def test_recovers_from_a_wrong_limb(model, squat):
    """The right arm was measured where the left one is, long enough to be believed; then it comes back."""
    fitter, joints = BodyFitter(model), np.repeat(squat.joints[:1], 90, axis=0)
    arm = [JOINT[f'right_{joint}'] for joint in ('elbow', 'wrist', 'hand')]
    joints[:45, arm] = joints[:45, [JOINT['right_hip']]] + [[-0.05, 0.2, -0.3], [0.0, 0.4, -0.4], [0.0, 0.5, -0.4]]
    for index, frame in enumerate(joints):
        result = fitter(skeleton(frame, NOISE_M), index / RATE_HZ)
    assert np.linalg.norm(result.joints - squat.joints[0], axis=1).max() < 0.03
    assert (result.joint_state == JointState.OBSERVED).all()


def test_clock_that_jumps_back(model, squat):
    fitter = BodyFitter(model)
    for stamp_s in (10.0, 10.033, 4.0, 4.033, 4.033):
        result = fitter(skeleton(squat.joints[0]), stamp_s)
        assert np.linalg.norm(result.joints - squat.joints[0], axis=1).mean() < 1e-3


def test_unknown_covariance_has_the_usual_weight(model, squat):
    """NaN covariance stands for the option `joint_sigma_m`, and changes nothing that is given."""
    known = skeleton(squat.joints[0], 0.03)
    unknown = skeleton(squat.joints[0], np.nan)
    a, b = (BodyFitter(model, FitOptions(joint_sigma_m=np.hypot(0.03, 0.003).item()))(s, 0.0) for s in (known, unknown))
    assert np.allclose(a.joints, b.joints, atol=1e-9)


def test_impossible_covariance_counts_as_unknown(model, squat):
    broken = skeleton(squat.joints[0], 0.03)
    broken.covariance[3], broken.covariance[7, 0, 0] = -np.eye(3), np.inf
    result, usual = (BodyFitter(model)(joints, 0.0) for joints in (broken, skeleton(squat.joints[0], 0.03)))
    assert np.abs(result.joints - usual.joints).max() < 1e-3


def test_known_shape_is_where_a_person_begins(model, squat):
    given = BodyFitter(model, betas=squat.betas)
    nobody = given(skeleton(squat.joints[0], gone=np.ones(JOINT_COUNT, bool)), 0.0)
    assert np.allclose(nobody.betas, squat.betas)


@pytest.mark.parametrize('betas', (np.zeros(9), np.zeros((1, 10)), np.zeros(300)))
def test_wrong_number_of_betas(model, betas):
    with pytest.raises(BadInput, match='betas'):
        BodyFitter(model, betas=betas)


def test_wrong_model_file(tmp_path):
    (tmp_path / 'body.npz').write_bytes(b'no body')
    with pytest.raises(BadInput, match='body.npz'):
        load_body_model(tmp_path / 'body.npz')
