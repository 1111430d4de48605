"""Mirrored answers, against the skeleton's own table of sides."""

import numpy as np

from poseformer_ros.person.answers import ANSWER_SHAPES, FACING_RAD, OTHER_SIDE, Answers, mean, mirrored
from poseformer_ros.skeleton.joints import MIRROR


def some(seed=0):
    rng = np.random.default_rng(seed)
    return Answers(*(rng.standard_normal((3, *shape)).astype(np.float32) for shape in ANSWER_SHAPES.values()))


def test_the_other_side_is_the_skeletons():
    assert OTHER_SIDE == MIRROR


def test_mirrored_twice_is_the_same():
    answers = some()
    for name in ANSWER_SHAPES:
        np.testing.assert_array_equal(getattr(mirrored(mirrored(answers)), name), getattr(answers, name))


def test_a_mirrored_angle_changes_its_sign():
    answers = some()
    np.testing.assert_allclose(FACING_RAD[::-1], -FACING_RAD, atol=1e-12)
    np.testing.assert_array_equal(mirrored(answers).facing, answers.facing[:, ::-1])


def test_the_mean_of_an_answer_and_its_mirror_image_is_its_own_mirror_image():
    answers = some()
    both = mean(answers, mirrored(answers))
    for name in ANSWER_SHAPES:
        np.testing.assert_allclose(getattr(mirrored(both), name), getattr(both, name), atol=1e-6)
