"""Posing the body against closed forms worked out by hand."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import rest_joints, shaped_body, world_transforms
from poseformer_ros.body.model import (
    POSE_FEATURE_COUNT,
    SHAPE_COUNT,
    SHIPPED_BODIES,
    BodyModel,
    load_body_model,
    shipped_body_path,
    with_vertices,
)
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, PARENT

SHOULDER, ELBOW, WRIST, HAND = (JOINT[f'left_{name}'] for name in ('shoulder', 'elbow', 'wrist', 'hand'))
QUARTER = np.pi / 2
ABOUT_Y = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])     # a quarter turn: z to x
ABOUT_Z = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])     # a quarter turn: x to y
FLOAT32_M = 1e-6


@pytest.fixture(scope='module', params=SHIPPED_BODIES)
def model(request) -> BodyModel:
    return load_body_model(shipped_body_path(request.param))


@pytest.fixture(scope='module')
def body(model):
    return shaped_body(model, np.random.default_rng(3).normal(size=SHAPE_COUNT))


def pose_of(**vectors) -> np.ndarray:
    pose = np.zeros((JOINT_COUNT, 3))
    for name, vector in vectors.items():
        pose[JOINT[name]] = vector
    return pose


def slow_vertices(model, vertices, joints, matrices, translation) -> np.ndarray:
    """The definition, joint after joint, in double precision: SMPL's equations 2 to 4."""
    turned, moved = [matrices[0]], [joints[0]]
    for joint in range(1, JOINT_COUNT):
        parent = PARENT[joint]
        moved.append(moved[parent] + turned[parent] @ (joints[joint] - joints[parent]))
        turned.append(turned[parent] @ matrices[joint])
    found = np.zeros_like(vertices, dtype=np.float64)
    for joint in range(JOINT_COUNT):
        rigid = (vertices - joints[joint]) @ turned[joint].T + moved[joint]
        found += model.weights[:, joint, None] * rigid
    return found + translation


def spin(vector: np.ndarray) -> np.ndarray:
    """The matrix exponential of a rotation vector's cross product, by its series."""
    x, y, z = vector
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    term, total = np.eye(3), np.eye(3)
    for order in range(1, 40):
        term = term @ cross / order
        total = total + term
    return total


def test_rest_pose_is_the_shaped_body_moved(body):
    shift = np.array([0.3, -1.0, 2.5])
    assert np.allclose(body.posed_joints(np.zeros((24, 3)), shift), body.joints + shift, atol=1e-14)
    assert np.allclose(body.posed_vertices(np.zeros((24, 3)), shift), body.vertices + shift, atol=FLOAT32_M)


def test_elbow_bent_by_a_quarter_turn(body):
    posed = body.posed_joints(pose_of(left_elbow=[0.0, QUARTER, 0.0]))
    assert np.allclose(posed[WRIST], body.joints[ELBOW] + ABOUT_Y @ (body.joints[WRIST] - body.joints[ELBOW]))
    assert np.allclose(posed[HAND], body.joints[ELBOW] + ABOUT_Y @ (body.joints[HAND] - body.joints[ELBOW]))
    others = [joint for joint in range(JOINT_COUNT) if joint not in (WRIST, HAND)]
    assert np.allclose(posed[others], body.joints[others], atol=1e-14)


def test_turns_add_up_along_the_arm(body):
    posed = body.posed_joints(pose_of(left_shoulder=[0.0, 0.0, QUARTER], left_elbow=[0.0, QUARTER, 0.0]))
    rest = body.joints
    elbow = rest[SHOULDER] + ABOUT_Z @ (rest[ELBOW] - rest[SHOULDER])
    assert np.allclose(posed[ELBOW], elbow)
    assert np.allclose(posed[WRIST], elbow + ABOUT_Z @ ABOUT_Y @ (rest[WRIST] - rest[ELBOW]))


def test_root_turns_everything_about_the_pelvis(body):
    pose, shift = pose_of(pelvis=[0.0, 0.0, QUARTER]), np.array([1.0, 2.0, 3.0])
    pelvis = body.joints[0]
    assert np.allclose(body.posed_joints(pose, shift), (body.joints - pelvis) @ ABOUT_Z.T + pelvis + shift)
    assert np.allclose(body.posed_vertices(pose, shift), (body.vertices - pelvis) @ ABOUT_Z.T + pelvis + shift,
                       atol=FLOAT32_M)


def test_skin_of_the_head_alone_moves_with_the_head(model, body):
    only = model.weights[:, JOINT['head']] > 1 - 1e-6
    neck_top = body.joints[JOINT['head']]
    posed = body.posed_vertices(pose_of(head=[0.0, QUARTER, 0.0]))
    assert only.sum() > 500
    assert np.allclose(posed[only], (body.vertices[only] - neck_top) @ ABOUT_Y.T + neck_top, atol=FLOAT32_M)
    untouched = model.weights[:, JOINT['head']] == 0
    assert np.allclose(posed[untouched], body.vertices[untouched], atol=FLOAT32_M)


def test_any_pose_follows_the_definition(model, body):
    rng = np.random.default_rng(11)
    for _ in range(3):
        pose, shift = rng.normal(scale=0.7, size=(24, 3)), rng.normal(size=3)
        matrices = np.array([spin(vector) for vector in pose])
        expected = slow_vertices(model, body.vertices, body.joints, matrices, shift)
        assert np.allclose(body.posed_vertices(pose, shift), expected, atol=2 * FLOAT32_M)


def test_pose_correctives_of_a_users_model_are_added(model):
    rng = np.random.default_rng(12)
    posedirs = rng.normal(scale=1e-3, size=(*model.v_template.shape, POSE_FEATURE_COUNT)).astype(np.float32)
    corrected = BodyModel(**{**model.__dict__, 'posedirs': posedirs})
    body = shaped_body(corrected, np.zeros(SHAPE_COUNT))
    pose = rng.normal(scale=0.7, size=(24, 3))
    matrices = np.array([spin(vector) for vector in pose])
    vertices = body.vertices + posedirs.astype(np.float64) @ (matrices[1:] - np.eye(3)).ravel()
    expected = slow_vertices(corrected, vertices, body.joints, matrices, 0.0)
    assert np.allclose(body.posed_vertices(pose), expected, atol=5 * FLOAT32_M)


def test_world_transforms_are_rigid(body):
    transforms = world_transforms(body.joints, np.random.default_rng(13).normal(size=(24, 3)))
    assert np.allclose(transforms[:, :3, :3] @ np.swapaxes(transforms[:, :3, :3], 1, 2), np.eye(3))
    assert np.array_equal(transforms[:, 3], np.tile([0.0, 0.0, 0.0, 1.0], (24, 1)))


@pytest.mark.parametrize('betas', (np.zeros(9), np.zeros(16), np.zeros((1, 10)), 0.0))
def test_wrong_number_of_shape_parameters(model, betas):
    with pytest.raises(BadInput, match=r'betas.*wanted \(10,\)'):
        rest_joints(model, betas)
    with pytest.raises(BadInput, match=r'betas.*wanted \(10,\)'):
        shaped_body(model, betas)


def test_a_body_of_some_vertices_has_these_where_the_whole_has_them(model):
    random = np.random.default_rng(4)
    pose, betas, translation = random.normal(size=(24, 3)) / 3, random.normal(size=10), np.array([0.1, -0.2, 3.0])
    chosen = np.array([6889, 0, 3000, 41])
    whole, some = (shaped_body(body, betas) for body in (model, with_vertices(model, chosen)))
    np.testing.assert_allclose(some.posed_vertices(pose, translation), whole.posed_vertices(pose, translation)[chosen], atol=1e-6)
    np.testing.assert_array_equal(some.posed_joints(pose), whole.posed_joints(pose))
