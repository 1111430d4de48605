"""Limbs that a detector puts in the wrong place: found again where the depth image shows them."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.cut_silhouette import silhouette
from helpers.fit_motion import skeleton

from poseformer_ros.body.fitting.fast_fit import BodyFitter
from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import pose_body
from poseformer_ros.body.fitting.limb_search import LIMBS, sight_costs, sought_limb, turned
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS
from poseformer_ros.body.fitting.terms import joint_target
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.clothing import Outfit

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

ARM_JOINTS = [JOINT[f'{side}_{name}'] for side in ('left', 'right') for name in ('elbow', 'wrist', 'hand')]
ARMS = {'left': LIMBS[0], 'right': LIMBS[1]}
KNEES = [JOINT['left_knee'], JOINT['right_knee']]
SIGMA_M = 0.05
FAR_SIGMA_M = 0.2           # of a detector that mistakes an arm by half a metre, and says that it may
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
        result = fitter(skeleton(with_arms_down(joints), FAR_SIGMA_M), index * STRIDE_S, person)
        assert result.fitted
        errors.append(np.linalg.norm(result.joints - joints, axis=1)[ARM_JOINTS].mean())
    return errors


def test_arms_are_found_where_depth_shows_them(model, scenes):
    wrong = np.mean([np.linalg.norm(with_arms_down(joints) - joints, axis=1)[ARM_JOINTS].mean() for _, joints in scenes])
    sought, never = (np.mean(arm_errors(model, scenes, limb_search=search)[2:]) for search in (True, False))
    assert wrong > 0.3
    assert sought < 0.2
    assert sought < 0.5 * never


def test_right_joints_are_left_alone(model, scenes):
    """With true joints the search changes nothing."""
    results = {}
    for search in (True, False):
        fitter = BodyFitter(model, FitOptions(limb_search=search))
        results[search] = [fitter(skeleton(joints), index * STRIDE_S, person).joints
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
    unknowns, _ = unknowns_of(model, result)
    arm = ARMS[side]
    _, elbow, wrist, hand = arm.parts
    surface = shaped_body(model, result.betas).posed_vertices(result.pose, result.translation)
    points = surface[np.isin(model.part, (elbow, wrist, hand))][::10].astype(float)
    gone = np.zeros(24, bool)
    gone[list(arm.parts[1:])] = True
    lost = unknowns.copy()
    lost[arm.turning] = 0.0
    measured = joint_target(skeleton(joints, SIGMA_M, gone), FitOptions())
    before = pose_body(model, lost)
    way = sought_limb(arm, before, points, person, measured)
    assert way.gain > 0
    assert np.linalg.norm(before.joints[wrist] - joints[wrist]) > 0.15
    assert np.linalg.norm(pose_body(model, turned(arm, way, lost, before)).joints[wrist] - joints[wrist]) < 0.15


def test_an_arm_beside_the_person_should_be_seen(model, scenes):
    """The true arm costs next to nothing; one in the free air before the wall contradicts the image."""
    person, joints = scenes[4]
    for side, arm in ARMS.items():
        number = LIMBS.index(arm)
        assert sight_costs(joints, person)[number] < 3.0
        away = joints.copy()
        away[list(arm.parts[1:])] = joints[arm.parts[0]] + np.outer(
            (0.3, 0.55, 0.65), (0.5 if side == 'left' else -0.5, -0.85, -0.1))
        assert sight_costs(away, person)[number] > 10.0


def test_a_raised_leg_is_found(model):
    """The joints tell of somebody who stands on both legs; the depth image shows a knee at the hip's height."""
    clip = motion('cmu/knee_raise', 94_001, 94_001, model)
    start_s = highest_knee_s(model, clip)
    recording = RenderedRecording(RecordingPlan('leg', clip, outfit=Outfit(), rate_hz=10.0, seconds=0.5, start_s=start_s), model)
    fitter, wrong, right = BodyFitter(model, FitOptions(gate_sigmas=2.5)), [], []
    for index in range(4):
        take = recording.take(index)
        person, joints = silhouette(take.truth.mask, take.clean_depth, recording.intrinsics), take.truth.positions
        told = with_legs_down(joints)
        result = fitter(skeleton(told, 0.1), index * 0.1, person)
        wrong.append(np.linalg.norm(told - joints, axis=1)[KNEES].max())
        right.append(np.linalg.norm(result.joints - joints, axis=1)[KNEES].max())
    assert wrong[-1] > 0.25
    assert right[-1] < 0.08


def highest_knee_s(model, clip):
    """Seconds into a clip at which a knee is highest above its hip's height."""
    body = shaped_body(model, clip.betas)
    knees = [body.posed_joints(pose)[KNEES, 1].max() for pose in clip.poses]
    return float(np.argmax(knees)) / clip.rate_hz


def with_legs_down(joints):
    """The joints with both legs straight down."""
    told = joints.copy()
    for side in ('left', 'right'):
        for name, down in (('knee', 0.4), ('ankle', 0.8), ('heel', 0.86)):
            told[JOINT[f'{side}_{name}']] = joints[JOINT[f'{side}_hip']] + [0.0, down, 0.0]
    return told


@pytest.mark.parametrize('step_m', [0.0, 0.5])
def test_memory_does_not_hold_a_worse_body_than_a_fresh_one(model, scenes, step_m):
    """From one image to the next the person holds the arms another way, and perhaps stands half a metre elsewhere."""
    fitter = BodyFitter(model)
    for index in range(6):
        fitter(skeleton(scenes[0][1], SIGMA_M), index / 30, scenes[0][0])
    person, joints = scenes[5]
    aside = joints + [step_m, 0.0, 0.0]
    moved = replace(person, intrinsics=replace(person.intrinsics, cx=person.intrinsics.cx - step_m * person.intrinsics.fx / 2.9))
    remembering = fitter(skeleton(aside, SIGMA_M), 6 / 30, moved)
    fresh = BodyFitter(model)(skeleton(aside, SIGMA_M), 6 / 30, moved)
    away = [np.linalg.norm(result.joints - aside, axis=1).mean() for result in (remembering, fresh)]
    assert away[0] < 1.2 * away[1] + 0.005
