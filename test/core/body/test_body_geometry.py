"""Each shipped body is a closed, mirror-symmetric person in SMPL's layout."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import rest_joints, shaped_body
from poseformer_ros.body.model import SHAPE_COUNT, SHIPPED_BODIES, BodyModel, load_body_model, shipped_body_path
from poseformer_ros.skeleton.joints import JOINT, MIRROR

FLIP = np.array([-1.0, 1.0, 1.0])

# smplx's landmark vertices (its vertex_ids): left and right of each.
EARS, THUMBS, MIDDLE_FINGERS = (583, 4071), (2746, 6191), (2445, 5905)
BIG_TOES, SMALL_TOES, HEELS = (3216, 6617), (3226, 6624), (3387, 6787)
NOSE = 332
ALL_LANDMARKS = ((2800, 6260), EARS, THUMBS, (2319, 5782), MIDDLE_FINGERS, (2556, 6016), (2673, 6133), BIG_TOES,
                 SMALL_TOES, HEELS)


# Metres and cubic metres: of the mean, and of the mean with one shape two standard deviations away.
MEAN_STATURE = {'adults': (1.60, 1.80), 'all_ages': (1.55, 1.70)}
MEAN_VOLUME = {'adults': (0.050, 0.090), 'all_ages': (0.045, 0.075)}
STATURE = {'adults': (1.35, 2.10), 'all_ages': (1.10, 2.15)}
VOLUME = {'adults': (0.035, 0.130), 'all_ages': (0.020, 0.130)}


@pytest.fixture(scope='module', params=SHIPPED_BODIES)
def name(request) -> str:
    return request.param


@pytest.fixture(scope='module')
def body(name) -> BodyModel:
    return load_body_model(shipped_body_path(name))


@pytest.fixture(scope='module')
def image(body) -> np.ndarray:
    """The mirror image of each vertex, found by its coordinates, bit for bit."""
    place = {tuple(point): index for index, point in enumerate(body.v_template + 0.0)}
    assert len(place) == len(body.v_template)
    return np.array([place[tuple(point)] for point in body.v_template * FLIP + 0.0])


def volume(vertices: np.ndarray, faces: np.ndarray) -> float:
    """Cubic metres, by the divergence theorem."""
    a, b, c = (vertices[faces[:, corner]].astype(np.float64) for corner in range(3))
    return float(np.sum(a * np.cross(b, c)) / 6)


def normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a)


def rings(faces: np.ndarray) -> list[np.ndarray]:
    """For each vertex the edges (k, 2) opposite to it."""
    corners = np.concatenate([np.roll(faces, -corner, axis=1) for corner in range(3)])
    corners = corners[np.argsort(corners[:, 0], kind='stable')]
    return np.split(corners[:, 1:], np.flatnonzero(np.diff(corners[:, 0])) + 1)


def test_counts(body):
    assert body.v_template.shape == (6890, 3)
    assert body.f.shape == (13776, 3)
    assert np.array_equal(np.unique(body.f), np.arange(6890))
    assert np.bincount(body.part, minlength=24).min() > 30


def test_closed_manifold_of_genus_zero(body):
    directed = body.f[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    known = set(map(tuple, directed.tolist()))
    assert len(known) == len(directed), 'an edge runs twice the same way'
    assert all((b, a) in known for a, b in known), 'an edge has one face only'
    assert len(body.v_template) - len(known) // 2 + len(body.f) == 2, 'Euler characteristic'
    for ring in rings(body.f):
        following = dict(ring.tolist())
        start = corner = ring[0, 0]
        for _ in range(len(ring)):
            corner = following[corner]
        assert corner == start and len(following) == len(ring)
        assert len(set(following.values())) == len(ring)


def test_one_piece(body):
    reached = np.zeros(len(body.v_template), bool)
    reached[0] = True
    for _ in range(200):
        reached[body.f[reached[body.f].any(1)]] = True
    assert reached.all()


def test_mirror_symmetric_to_the_last_bit(body, image):
    assert np.array_equal(body.weights[image][:, MIRROR], body.weights)
    assert np.array_equal(body.shapedirs[image] * FLIP[:, None], body.shapedirs)
    assert np.array_equal(body.J_regressor[list(MIRROR)][:, image], body.J_regressor)
    turned = np.sort(image[body.f], axis=1)
    assert set(map(tuple, turned.tolist())) == set(map(tuple, np.sort(body.f, axis=1).tolist()))


def between(limits: tuple[float, float], value: float) -> bool:
    return limits[0] < value < limits[1]


def test_faces_look_outward_and_size_is_a_persons(name, body):
    height = np.ptp(body.v_template[:, 1])
    assert between(MEAN_STATURE[name], height)
    assert between(MEAN_VOLUME[name], volume(body.v_template, body.f))
    span = np.ptp(body.v_template[:, 0])
    assert 0.95 < span / height < 1.08


def test_person_looks_along_z_with_the_left_at_x(body):
    joints = body.joint_template
    assert body.v_template[NOSE, 2] == body.v_template[body.part == JOINT['head'], 2].max()
    for name in ('hip', 'knee', 'ankle', 'heel', 'collarbone', 'shoulder', 'elbow', 'wrist', 'hand'):
        assert joints[JOINT[f'left_{name}'], 0] > 0.05
    upward = ('left_heel', 'left_ankle', 'left_knee', 'left_hip', 'pelvis', 'lower_spine', 'spine_centre',
              'upper_spine', 'neck', 'head')
    assert np.all(np.diff(joints[[JOINT[name] for name in upward], 1]) > 0.03)
    outward = ('neck', 'left_collarbone', 'left_shoulder', 'left_elbow', 'left_wrist', 'left_hand')
    assert np.all(np.diff(joints[[JOINT[name] for name in outward], 0]) > 0.03)


def test_t_pose(body):
    arm = body.joint_template[[JOINT[f'left_{name}'] for name in ('shoulder', 'elbow', 'wrist', 'hand')]]
    assert np.ptp(arm[:, 1]) < 0.01 and np.ptp(arm[:, 2]) < 0.015


def test_joints_are_mirror_symmetric_and_inside(body):
    joints = body.joint_template
    assert np.allclose(joints[list(MIRROR)] * FLIP, joints, atol=1e-9)
    for joint in joints:
        a, b, c = (body.v_template[body.f[:, corner]] - joint for corner in range(3))
        la, lb, lc = (np.linalg.norm(side, axis=1) for side in (a, b, c))
        solid = 2 * np.arctan2(np.sum(a * np.cross(b, c), axis=1),
                               la * lb * lc + np.sum(a * b, 1) * lc + np.sum(b * c, 1) * la + np.sum(c * a, 1) * lb)
        assert np.isclose(np.sum(solid), 4 * np.pi, atol=1e-6), 'the winding number of a point inside is one'


def test_weights_and_regressor_are_means(body):
    for rows in (body.weights, body.J_regressor):
        assert rows.min() >= 0
        assert np.allclose(rows.sum(1), 1, atol=1e-6)
    assert (body.weights > 0).sum(1).max() <= 4


def test_landmarks_of_smplx(body, image):
    v = body.v_template
    for left, right in ALL_LANDMARKS:
        assert image[left] == right and v[left, 0] > 0
    head = body.part == JOINT['head']
    assert v[EARS[0], 0] == v[head, 0].max()
    assert v[MIDDLE_FINGERS[0], 0] == v[:, 0].max()
    assert body.part[THUMBS[0]] == JOINT['left_wrist']
    assert v[BIG_TOES[0], 2] > v[SMALL_TOES[0], 2] > v[HEELS[0], 2] + 0.15
    assert v[BIG_TOES[0], 0] < v[SMALL_TOES[0], 0]


@pytest.mark.parametrize('component', range(SHAPE_COUNT))
@pytest.mark.parametrize('size', (-2.0, 2.0))
def test_each_shape_is_a_plausible_body(name, body, component, size):
    betas = size * np.eye(SHAPE_COUNT)[component]
    shaped = shaped_body(body, betas)
    assert between(STATURE[name], np.ptp(shaped.vertices[:, 1]))
    assert between(VOLUME[name], volume(shaped.vertices, body.f))
    before, after = normals(body.v_template, body.f), normals(shaped.vertices, body.f)
    assert np.mean(np.sum(before * after, axis=1) <= 0) < 0.001, 'faces turned over'


def test_shaped_joints_are_the_regressed_ones(body):
    betas = np.random.default_rng(2).normal(size=SHAPE_COUNT)
    vertices = body.v_template + body.shapedirs @ betas
    assert np.allclose(rest_joints(body, betas), body.J_regressor @ vertices, atol=1e-12)
    assert np.allclose(shaped_body(body, betas).vertices, vertices, atol=2e-7)


def test_file_tells_where_it_comes_from_and_is_small(name):
    path = shipped_body_path(name)
    with np.load(path, allow_pickle=False) as archive:
        assert 'CC0' in str(archive['license'])
        assert 'MakeHuman' in str(archive['provenance'])
        assert not archive['posedirs'].any()
    assert path.stat().st_size < 1.2e6


def test_whatever_goes_by_vertex_fits_every_shipped_body():
    with np.load(shipped_body_path('adults')) as adults, np.load(shipped_body_path('all_ages')) as all_ages:
        for array in ('f', 'weights', 'part', 'kintree_table'):
            assert np.array_equal(adults[array], all_ages[array]), array
