"""People drawn at random have the stature that was asked for, and the proportions of people of that size."""

import numpy as np
import pytest

from poseformer_ros.body.kinematics import rest_joints, shaped_body
from poseformer_ros.body.model import SHAPE_COUNT, default_body_path, load_body_model, shipped_body_path
from poseformer_ros.body.people import load_crowd, random_person, stature, with_stature
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT

# Median stature of boys and girls in metres; WHO Child Growth Standards (to 5 years) and WHO Reference 2007.
WHO_YEARS = (3, 4, 5, 6, 8, 10, 12, 14, 16, 18)
WHO_MEDIAN = {False: (0.961, 1.033, 1.100, 1.160, 1.273, 1.378, 1.491, 1.632, 1.729, 1.761),
              True: (0.951, 1.027, 1.094, 1.151, 1.266, 1.386, 1.512, 1.598, 1.625, 1.631)}


@pytest.fixture(scope='module')
def model():
    return load_body_model(shipped_body_path('all_ages'))


@pytest.fixture(scope='module')
def crowd():
    return load_crowd(shipped_body_path('all_ages'))


def proportions(model, betas: np.ndarray) -> tuple[float, float, float]:
    """Leg, head with neck, and arm as shares of the stature."""
    height, joints = model.v_template[:, 1] + model.shapedirs[:, 1] @ betas, rest_joints(model, betas)
    arm = np.linalg.norm(joints[JOINT['left_shoulder']] - joints[JOINT['left_wrist']])
    return tuple(np.array([joints[JOINT['left_hip'], 1] - height.min(), height.max() - joints[JOINT['neck'], 1], arm])
                 / np.ptp(height))


def volume(model, betas: np.ndarray) -> float:
    """Cubic metres."""
    vertices = model.v_template + model.shapedirs @ betas
    a, b, c = (vertices[model.f[:, corner]] for corner in range(3))
    return float(np.sum(a * np.cross(b, c)) / 6)


def drawn(model, crowd, low: float, high: float, count: int = 60) -> np.ndarray:
    rng = np.random.default_rng(5)
    return np.array([random_person(model, crowd, rng.uniform(low, high), rng) for _ in range(count)])


@pytest.mark.parametrize('wanted', (1.0, 1.2, 1.5, 1.75, 2.0))
def test_stature_is_the_one_asked_for(model, crowd, wanted):
    for seed in range(20):
        betas = random_person(model, crowd, wanted, np.random.default_rng(seed))
        assert np.isclose(np.ptp(shaped_body(model, betas).vertices[:, 1]), wanted, atol=1e-3)
        assert np.abs(betas).max() < 5


def test_same_seed_same_person(model, crowd):
    one, again, other = (random_person(model, crowd, 1.6, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, again) and not np.allclose(one, other)


@pytest.mark.parametrize('low, high', ((1.0, 1.15), (1.15, 1.35), (1.35, 1.6), (1.6, 1.8), (1.8, 2.0)))
def test_proportions_are_those_of_known_people_of_that_size(model, crowd, low, high):
    known = crowd.betas[(crowd.stature >= low) & (crowd.stature < high)][:100]
    wanted = np.array([proportions(model, betas) for betas in known])
    found = np.array([proportions(model, betas) for betas in drawn(model, crowd, low, high)])
    assert np.all(np.abs(found.mean(0) - wanted.mean(0)) < 0.6 * wanted.std(0))
    assert np.all(np.abs(found - wanted.mean(0)) < 4.5 * wanted.std(0))


def test_children_have_larger_heads_and_shorter_legs(model, crowd):
    leg, head, _ = np.array([[np.mean([proportions(model, betas) for betas in drawn(model, crowd, *at, 30)], axis=0)
                              for at in ((1.0, 1.1), (1.3, 1.4), (1.75, 1.85))]])[0].T
    assert np.all(np.diff(leg) > 0.005) and np.all(np.diff(head) < -0.01)


def test_age_tells_a_child_from_an_adult_of_the_same_stature(model, crowd):
    child, adult = (np.mean([volume(model, betas) for betas in drawn(model, crowd.between(*years), 1.5, 1.5)])
                    for years in ((8, 13), (20, 75)))
    assert child < 0.95 * adult


@pytest.mark.parametrize('woman', (False, True))
def test_children_are_as_tall_as_their_age_has_them(crowd, woman):
    for youngest, oldest in ((3, 5), (5, 8), (8, 11), (11, 14), (14, 18)):
        group = (crowd.years >= youngest) & (crowd.years < oldest) & (crowd.woman == woman)
        assert abs(np.median(crowd.stature[group] - np.interp(crowd.years[group], WHO_YEARS, WHO_MEDIAN[woman]))) < 0.04


def test_crowd_is_of_all_sizes(model, crowd):
    assert crowd.stature.min() < 1.0 and crowd.stature.max() > 2.0
    assert 0.2 < np.mean(crowd.years < 18) < 0.4 and 0.45 < crowd.woman.mean() < 0.55
    found = [stature(model, betas) for betas in crowd.betas[:100]]
    assert np.allclose(found, crowd.stature[:100], atol=2e-3)


def test_faces_stay_outside(model, crowd):
    def normals(vertices):
        a, b, c = (vertices[model.f[:, corner]] for corner in range(3))
        return np.cross(b - a, c - a)

    mean = normals(model.v_template)
    turned = [np.sum(np.sum(normals(model.v_template + model.shapedirs @ betas) * mean, axis=1) <= 0)
              for betas in drawn(model, crowd, 1.0, 2.0)]
    assert np.median(turned) == 0 and max(turned) < 30


def test_stature_of_a_shape_is_brought_to_another(model):
    betas = with_stature(model, np.zeros(SHAPE_COUNT), 1.8)
    assert np.isclose(stature(model, betas), 1.8, atol=1e-4)
    assert np.abs(betas[1:]).max() < np.abs(betas[0])


def test_what_nobody_is(model, crowd):
    rng = np.random.default_rng(0)
    with pytest.raises(BadInput, match='free_body.npz: knows no people'):
        load_crowd(default_body_path())
    with pytest.raises(BadInput, match='stature: 0.4 m, wanted'):
        random_person(model, crowd, 0.4, rng)
    with pytest.raises(BadInput, match='stature: 1 m, wanted'):
        random_person(model, crowd.between(30, 75), 1.0, rng)
    with pytest.raises(BadInput, match='nobody of 80 to 90 years'):
        crowd.between(80, 90)
