"""Centre of mass against published heights and against moments by hand."""

import numpy as np
import pytest

from poseformer_ros.assessment.balance import SEGMENTS, centre_of_mass
from poseformer_ros.body.kinematics import posed_joints, rest_joints
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT


def test_masses_are_a_whole_body():
    assert sum(share for share, *_ in SEGMENTS) == pytest.approx(1.0, abs=0.01)


def test_centre_of_mass_moves_with_the_body_and_by_a_limbs_share():
    joints = np.random.default_rng(4).normal(0, 1, (3, JOINT_COUNT, 3))
    moved = np.array([0.3, -0.2, 1.0])
    assert np.allclose(centre_of_mass(joints + moved), centre_of_mass(joints) + moved)
    lifted = joints.copy()
    lifted[:, JOINT['left_hand'], 1] += 0.2
    # The hand's centre lies half way from wrist to hand joint; the hand has 0.6 % of the mass (Winter, table 4.1).
    total = sum(share for share, *_ in SEGMENTS)
    assert np.allclose((centre_of_mass(lifted) - centre_of_mass(joints))[:, 1], 0.006 * 0.5 * 0.2 / total)


def test_height_of_a_standing_adult_is_as_measured_on_people_and_a_little_more():
    """55 to 58 % of stature above the soles (Clauser and others, 1969; Palmer, 1944), and 1.5 % for the pelvis's joint."""
    model = load_body_model(default_body_path())
    pose = np.zeros((JOINT_COUNT, 3))
    pose[[JOINT['left_shoulder'], JOINT['right_shoulder']], 2] = -1.4, 1.4     # arms lowered
    joints = posed_joints(rest_joints(model, np.zeros(10)), pose)
    soles, crown = model.v_template[:, 1].min(), model.v_template[:, 1].max()
    assert 0.565 < (centre_of_mass(joints)[1] - soles) / (crown - soles) < 0.595
