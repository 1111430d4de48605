"""Centre of mass against published heights and against moments by hand."""

import numpy as np
import pytest

from poseformer_ros.assessment.balance import SEGMENTS, centre_of_mass, centre_of_mass_error, margin_of_stability
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


def test_height_of_a_standing_adult_is_as_measured_on_people():
    """55 to 58 % of stature above the soles (Clauser and others, 1969; Palmer, 1944)."""
    model = load_body_model(default_body_path())
    pose = np.zeros((JOINT_COUNT, 3))
    pose[[JOINT['left_shoulder'], JOINT['right_shoulder']], 2] = -1.4, 1.4     # arms lowered
    joints = posed_joints(rest_joints(model, np.zeros(10)), pose)
    soles, crown = model.v_template[:, 1].min(), model.v_template[:, 1].max()
    assert 0.55 < (centre_of_mass(joints)[1] - soles) / (crown - soles) < 0.58


def standing() -> np.ndarray:
    """(24, 3) a body of 1.7 m, arms down, soles at height 0, facing +z."""
    model = load_body_model(default_body_path())
    pose = np.zeros((JOINT_COUNT, 3))
    pose[[JOINT['left_shoulder'], JOINT['right_shoulder']], 2] = -1.4, 1.4
    return posed_joints(rest_joints(model, np.zeros(10)), pose) - [0.0, model.v_template[:, 1].min(), 0.0]


def test_margin_of_stability_is_the_way_to_the_edge_and_falls_with_speed():
    body = standing()
    stamps = np.arange(30) / 30
    leg = 0.8
    still = np.repeat(body[None], 30, axis=0)
    margin = margin_of_stability(still, stamps, leg)
    assert 0.02 < margin[15] < 0.15         # half a foot's length at most
    lean = 0.2 * stamps[:, None, None] * [0.0, 0.0, 1.0]
    upper = still + lean * (still[..., 1:2] > 0.2)      # feet stay
    there = margin_of_stability(upper, stamps, leg)
    # Hof: 0.2 m/s shifts the extrapolated centre of mass by v sqrt(l / g) less what the feet's share stays behind.
    shift = 0.2 * np.sqrt(0.8 * (1 + 0.039 / 0.491) / 9.81)
    assert there[0] == pytest.approx(margin[0], abs=0.9 * shift + 0.02)
    assert there[-1] < there[0] - 0.1 and there[-1] < 0


def test_error_of_the_centre_of_mass_is_that_of_many_draws():
    rng = np.random.default_rng(1)
    body, sigma = standing(), 0.02
    drawn = centre_of_mass(body + rng.normal(0, sigma, (20000, JOINT_COUNT, 3)))
    said = centre_of_mass_error(np.broadcast_to(np.eye(3) * sigma ** 2, (JOINT_COUNT, 3, 3)))
    assert np.allclose(drawn.std(axis=0), said, rtol=0.05)
