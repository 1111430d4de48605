"""Arms that a detector puts in the wrong place: found again where the depth image shows them."""

import numpy as np
import pytest
from helpers.cut_silhouette import silhouette
from helpers.fit_motion import skeleton

from poseformer_ros.body.fitting.arm_search import ARMS, arm_sight_cost, sought_arm
from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS
from poseformer_ros.body.fitting.result import FitState
from poseformer_ros.body.fitting.terms import joint_target
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.clothing import Outfit

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

LIMBS = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('elbow', 'wrist', 'hand')]
SIGMA_M = 0.05
STRIDE_S = 0.3


@pytest.fixture(scope='module')
def scenes(model):
    """(silhouette, true joints) of an exercise with the arms out and ahead; a bare body, clean depth."""
    clip = make_motion('kimore_es3', sample_style(5), 5, repetitions=1, model=model)
    plan = RecordingPlan('arms', clip, outfit=Outfit(), rate_hz=1.0 / STRIDE_S, seconds=3.0, start_s=0.8)
    recording = RenderedRecording(plan, model)
    takes = [recording.take(index) for index in range(8)]
    return [(silhouette(take.truth.mask, take.clean_depth, recording.intrinsics), take.truth.positions) for take in takes]


def with_arms_down(joints):
    """The joints as a detector tells them that takes both arms to hang beside the trunk."""
    told = joints.copy()
    for side, way in (('left', 0.05), ('right', -0.05)):
        shoulder = joints[JOINT[f'{side}_shoulder']]
        for name, down in (('elbow', 0.28), ('wrist', 0.52), ('hand', 0.6)):
            told[JOINT[f'{side}_{name}']] = shoulder + [way, down, 0.0]
    return told


def arm_errors(model, scenes, **options):
    """Mean error in metres of both arms, frame by frame."""
    fitter, errors = BodyFitter(model, FitOptions(gate_sigmas=2.5, **options)), []
    for index, (person, joints) in enumerate(scenes):
        result = fitter(skeleton(with_arms_down(joints), SIGMA_M), index * STRIDE_S, person)
        assert result.state == FitState.FITTED
        errors.append(np.linalg.norm(result.joints - joints, axis=1)[LIMBS].mean())
    return errors


def test_arms_are_found_where_depth_shows_them(model, scenes):
    wrong = np.mean([np.linalg.norm(with_arms_down(joints) - joints, axis=1)[LIMBS].mean() for _, joints in scenes])
    sought, never = (np.mean(arm_errors(model, scenes, arm_search_s=seconds)[2:]) for seconds in (0.2, 3600.0))
    assert wrong > 0.3
    assert sought < 0.12
    assert sought < 0.5 * never


def test_right_joints_are_left_alone(model, scenes):
    """With true joints the search changes nothing."""
    results = {}
    for seconds in (0.2, 3600.0):
        fitter = BodyFitter(model, FitOptions(arm_search_s=seconds))
        results[seconds] = [fitter(skeleton(joints), index * STRIDE_S, person).joints
                            for index, (person, joints) in enumerate(scenes)]
    assert np.abs(np.subtract(*results.values())).max() < 0.02


def unknowns_of(model, result):
    unknowns = np.zeros(UNKNOWNS)
    unknowns[POSE], unknowns[SHAPE], unknowns[TRANSLATION] = result.pose.ravel(), result.betas, result.translation
    return unknowns, pose_body(model, unknowns)


@pytest.mark.parametrize('side', ('left', 'right'))
def test_sought_arm_points_where_the_arm_is(model, scenes, side):
    """From an arm turned away, with the arm's own surface points and no measured joint of it."""
    person, joints = scenes[4]
    result = BodyFitter(model)(skeleton(joints), 0.0, person)
    unknowns, body = unknowns_of(model, result)
    arm = ARMS[side]
    surface = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation)
    points = surface[np.isin(model.part, (arm.elbow, arm.wrist, arm.hand))][::10].astype(float)
    gone = np.zeros(24, bool)
    gone[list(arm.parts[1:])] = True
    lost = unknowns.copy()
    lost[arm.turning] = 0.0
    measured = joint_target(skeleton(joints, SIGMA_M, gone), FitOptions())
    found = pose_body(model, sought_arm(arm, lost, body, points, person, measured))
    assert np.linalg.norm(pose_body(model, lost).joints[arm.wrist] - joints[arm.wrist]) > 0.15
    assert np.linalg.norm(found.joints[arm.wrist] - joints[arm.wrist]) < 0.15


def test_an_arm_beside_the_person_should_be_seen(model, scenes):
    """The true arm costs next to nothing; one in the free air before the wall contradicts the image."""
    person, joints = scenes[4]
    for side, arm in ARMS.items():
        assert arm_sight_cost(arm, joints, person) < 3.0
        away = joints.copy()
        away[[arm.elbow, arm.wrist, arm.hand]] = joints[arm.shoulder] + np.outer(
            (0.3, 0.55, 0.65), (0.5 if side == 'left' else -0.5, -0.85, -0.1))
        assert arm_sight_cost(arm, away, person) > 10.0
