"""The analytic derivatives against finite differences, and the posed body against the body's own kinematics."""

import numpy as np
import pytest
from helpers.fit_motion import skeleton

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import joint_jacobian, pose_body
from poseformer_ros.body.fitting.objective import FORESEEN_GAIN, LITTLE_GAIN, Objective, evaluate, minimise
from poseformer_ros.body.fitting.pose_prior import default_prior_path, load_pose_prior
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS
from poseformer_ros.body.fitting.start import aligned, shortest_turn
from poseformer_ros.body.fitting.surface.depth_term import DepthTarget, surface_rows
from poseformer_ros.body.fitting.terms import ShapeKnowledge, joint_target
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import JOINT

STEP = 1e-6


def some_unknowns(seed, scale=0.7):
    return np.random.default_rng(seed).normal(scale=scale, size=UNKNOWNS)


def differences(function, at):
    return np.stack([(function(at + STEP * unit) - function(at - STEP * unit)) / (2 * STEP) for unit in np.eye(len(at))], -1)


@pytest.mark.parametrize('scale', (0.0, 1e-9, 0.7, 1.5))
def test_posed_body_is_the_kinematics(model, scale):
    unknowns = some_unknowns(1, scale)
    body = pose_body(model, unknowns)
    expected = shaped_body(model, unknowns[SHAPE]).posed_joints(unknowns[POSE].reshape(24, 3), unknowns[TRANSLATION])
    assert np.abs(body.joints - expected).max() < 1e-12


@pytest.mark.parametrize('scale', (0.0, 0.005, 0.7, 1.5))
def test_joint_jacobian(model, scale):
    unknowns = some_unknowns(2, scale)
    expected = differences(lambda x: pose_body(model, x).joints, unknowns)
    assert np.abs(joint_jacobian(pose_body(model, unknowns)) - expected).max() < 1e-8


def test_surface_distances_and_jacobian(model):
    rng = np.random.default_rng(3)
    chosen = rng.choice(len(model.v_template), 60, replace=False)
    normals = rng.normal(size=(60, 3))
    target = DepthTarget(rng.normal(size=(60, 3)), normals / np.linalg.norm(normals, axis=1, keepdims=True),
                         model.v_template[chosen], model.shapedirs[chosen], model.weights[chosen], unpaired=0)
    unknowns = some_unknowns(4)

    def rows(x):
        return surface_rows(model, pose_body(model, x), x[SHAPE], target)

    vertices = shaped_body(model, unknowns[SHAPE]).posed_vertices(unknowns[POSE].reshape(24, 3), unknowns[TRANSLATION])
    distances, jacobian = rows(unknowns)
    assert np.abs(distances - np.sum((vertices[chosen] - target.points) * target.normals, axis=1)).max() < 1e-5
    assert np.abs(jacobian - differences(lambda x: rows(x)[0], unknowns)).max() < 1e-7


def test_gradient_of_the_whole_objective(model):
    """With knees and elbows beyond their limits, and joints inside and outside the gate."""
    rng = np.random.default_rng(5)
    unknowns = some_unknowns(6, 0.4)
    unknowns[3 * JOINT['left_knee']], unknowns[3 * JOINT['left_elbow'] + 1] = 2.8, 0.4
    joints = pose_body(model, unknowns).joints + rng.normal(scale=0.1, size=(24, 3))
    half = rng.normal(size=(10, 10))
    objective = Objective(model, load_pose_prior(default_prior_path()), FitOptions(),
                          joint_target(skeleton(joints, 0.03), FitOptions()), ShapeKnowledge(half @ half.T, rng.normal(size=10)),
                          rng.normal(size=UNKNOWNS), rng.uniform(0, 5, UNKNOWNS))
    expected = differences(lambda x: np.array(evaluate(objective, x).value), unknowns)
    assert np.allclose(evaluate(objective, unknowns).gradient, expected, rtol=1e-5, atol=1e-3)


def test_information_of_a_joint_without_residual_is_its_hessian(model):
    """Where the joints lie on the body, Gauss and Newton's matrix is the second derivative."""
    unknowns = some_unknowns(7, 0.3)
    target = joint_target(skeleton(pose_body(model, unknowns).joints, 0.05), FitOptions())
    objective = Objective(model, load_pose_prior(default_prior_path()), FitOptions(pose_prior=0.0, limits=0.0), target,
                          ShapeKnowledge(np.zeros((10, 10)), np.zeros(10)), np.zeros(UNKNOWNS), np.zeros(UNKNOWNS))
    expected = differences(lambda x: evaluate(objective, x).gradient, unknowns)
    found = evaluate(objective, unknowns).information
    assert np.abs(found - expected).max() < 1e-5 * np.abs(found).max()


def test_what_is_foreseen_of_a_small_last_step_is_what_is_found_there(model):
    unknowns = some_unknowns(8, 0.3)
    joints = pose_body(model, unknowns).joints + np.random.default_rng(8).normal(scale=0.008, size=(24, 3))
    objective = Objective(model, load_pose_prior(default_prior_path()), FitOptions(pose_prior=0.0, limits=0.0),
                          joint_target(skeleton(joints, 0.03), FitOptions()), ShapeKnowledge(np.zeros((10, 10)), np.zeros(10)),
                          unknowns, np.full(UNKNOWNS, 1.0))
    before, found = evaluate(objective, unknowns), minimise(objective, unknowns, 1)
    there = evaluate(objective, found.unknowns)
    gain = before.value - there.value
    assert LITTLE_GAIN < gain < FORESEEN_GAIN and np.array_equal(found.jacobian, before.jacobian)
    assert abs(found.value - there.value) < 0.1 * gain
    away = found.gradient - there.gradient
    assert 0.5 * away @ np.linalg.solve(there.information, away) < 0.1 * gain
    np.testing.assert_array_equal(found.body.joints, there.body.joints)


def test_alignment_of_a_turned_body_with_outliers(model):
    rest = shaped_body(model, np.zeros(10)).joints
    turn = rotation_matrices(np.array([2.0, -1.0, 1.5]))
    targets = rest @ turn.T + [0.3, -0.2, 3.0]
    targets[5] += [0.6, 0.0, 0.0]
    found, shift = aligned(rest, targets)
    kept = np.delete(np.arange(24), 5)
    assert np.linalg.norm(rest[kept] @ found.T + shift - targets[kept], axis=1).max() < 0.02


@pytest.mark.parametrize('end', ([0.0, 2.0, 0.0], [1.0, 0.0, 0.0], [-1.0, 0.1, 0.0], [0.0, 0.0, 0.0]))
def test_shortest_turn(end):
    start, end = np.array([0.5, 0.0, 0.0]), np.array(end)
    turned = rotation_matrices(shortest_turn(start, end)) @ start
    assert np.allclose(turned * np.linalg.norm(end), end * np.linalg.norm(turned))
