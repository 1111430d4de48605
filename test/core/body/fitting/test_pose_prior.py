"""The prior of usual poses: a proper mixture, symmetric, and wide enough for rehabilitation exercises."""

import numpy as np
import pytest
from helpers.fit_motion import exercise

from poseformer_ros.body.fitting.pose_prior import PRIOR_JOINTS, default_prior_path, fit_prior_path, load_pose_prior
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.skeleton.joints import JOINT, MIRROR

EXERCISES = ('kimore_es1', 'kimore_es2', 'kimore_es3', 'kimore_es4', 'kimore_es5')


@pytest.fixture(scope='module', params=(default_prior_path, fit_prior_path), ids=('recorded', 'fit'))
def path(request):
    return request.param()


@pytest.fixture(scope='module')
def prior(path):
    return load_pose_prior(path)


def test_is_the_mixture_of_the_file(prior, path):
    """-log p of one component, written out."""
    with np.load(path) as file:
        weights, means, covariances = (file[name].astype(float) for name in ('weights', 'means', 'covariances'))
    assert abs(weights.sum() - 1.0) < 1e-6
    pose = np.zeros((24, 3))
    pose[list(PRIOR_JOINTS)] = np.random.default_rng(0).normal(scale=0.3, size=(len(PRIOR_JOINTS), 3))
    away = pose[list(PRIOR_JOINTS)].ravel() - means
    values = [-np.log(w) + 0.5 * np.linalg.slogdet(c)[1] + 0.5 * a @ np.linalg.solve(c, a)
              for w, c, a in zip(weights, covariances, away)]
    least = min(-np.log(w) + 0.5 * np.linalg.slogdet(c)[1] for w, c in zip(weights, covariances))
    assert abs(prior(pose.ravel()).value - (min(values) - least)) < 1e-6 * abs(min(values)) + 1e-4


def test_left_and_right_are_nearly_alike(prior):
    """The recordings were mirrored; the mixture's parts need not be."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        pose = rng.normal(scale=0.3, size=(24, 3))
        here, there = prior(pose.ravel()).value, prior((pose[list(MIRROR)] * [1, -1, -1]).ravel()).value
        assert abs(here - there) < 0.25 * max(here, there)


@pytest.mark.parametrize('name', EXERCISES)
def test_exercises_are_within_reach(prior, name):
    """No pose of an exercise is further out than a point three standard deviations away in each of the 57 directions."""
    model = load_body_model(default_body_path())
    for person in (1, 2):
        values = [prior(pose.ravel()).value for pose in exercise(model, name, person).poses[::5]]
        assert max(values) < 0.5 * 9.0 * 3 * len(PRIOR_JOINTS)
        assert np.median(values) < 0.5 * 2.0 * 3 * len(PRIOR_JOINTS)


def test_hands_on_the_hips_are_usual_to_the_fit():
    """Each of the 57 directions is within a standard deviation; of the recorded people nobody stands so."""
    poses = exercise(load_body_model(default_body_path()), 'kimore_es4', 1).poses[::5]
    priors = load_pose_prior(default_prior_path()), load_pose_prior(fit_prior_path())
    recorded, fit = ([prior(pose.ravel()).value for pose in poses] for prior in priors)
    assert np.median(fit) < 0.5 * 3 * len(PRIOR_JOINTS)
    assert np.median(fit) < np.median(recorded)


@pytest.mark.parametrize('joint, bend', (('left_knee', [-1.2, 0, 0]), ('right_knee', [-1.2, 0, 0]),
                                         ('left_elbow', [0, 1.2, 0]), ('head', [0, 2.5, 0]), ('upper_spine', [0, 1.5, 0])))
def test_broken_bodies_are_unlikely(prior, joint, bend):
    """A joint bent the wrong way is less likely than the same bend turned about, or than none."""
    pose = prior.usual_pose()
    usual = prior(pose.ravel()).value
    pose[JOINT[joint]] = bend
    assert prior(pose.ravel()).value > usual + 10.0


def test_wrong_files(tmp_path):
    with pytest.raises(BadInput, match='nowhere.npz'):
        load_pose_prior(tmp_path / 'nowhere.npz')
    np.savez(tmp_path / 'other.npz', joints=np.arange(3), weights=np.ones(1), means=np.zeros((1, 9)),
             covariances=np.eye(9)[None])
    with pytest.raises(BadInput, match='other.npz'):
        load_pose_prior(tmp_path / 'other.npz')
