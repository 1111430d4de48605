"""Joints from the answers that come with a silhouette, and from the network where none came or another one gave them."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.silhouette_room import Scene, View, draw, person, room

from poseformer_ros.keypoints.learned_parts import LearnedParts
from poseformer_ros.person.model_file import PersonModel
from poseformer_ros.person.view import NO_PARTS
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.joints import JOINT, JointState
from poseformer_ros.skeleton.learned import LearnedJoints


@pytest.fixture(scope='module')
def somebody():
    """The silhouette of somebody who stands 2.6 m away and faces the camera."""
    return SilhouetteStage()(draw(Scene(room(), [person(0.2, 2.6)]), View()).frame)


@pytest.fixture
def asked(monkeypatch):
    """How often the network is asked."""
    times, ask = [], PersonModel.__call__
    monkeypatch.setattr(PersonModel, '__call__', lambda self, squares: times.append(len(squares)) or ask(self, squares))
    return times


def test_the_network_is_not_asked_again_what_it_said_of_the_silhouette(somebody, asked):
    detector = LearnedJoints()
    asked.clear()       # a file that is opened is tried
    skeleton = detector(somebody)
    assert asked == [] and (skeleton.state != JointState.MISSING).all()


@pytest.mark.parametrize('answers', ['none', 'of another network'])
def test_without_its_answers_the_network_is_asked(somebody, asked, answers):
    """As from a bag without them: the joints lie where the others do, and on the drawn figure's places."""
    stripped = replace(somebody, answers=None if answers == 'none' else replace(somebody.answers, model='0' * 64))
    detector = LearnedJoints()
    asked.clear()
    skeleton, at_once = detector(stripped), LearnedJoints()(somebody)
    assert sum(asked[:1]) == 2     # also in the mirror
    np.testing.assert_allclose(skeleton.positions, at_once.positions, atol=0.15)
    for found in (skeleton, at_once):
        assert np.linalg.norm(found.pixels[JOINT['pelvis']] - found.pixels[JOINT['head']]) > 40
        assert abs(found.positions[JOINT['head'], 0] - 0.2) < 0.08 and abs(found.positions[JOINT['pelvis'], 0] - 0.2) < 0.08
        assert abs(found.positions[JOINT['pelvis'], 2] - 2.6) < 0.15
        assert found.positions[JOINT['left_shoulder'], 0] > found.positions[JOINT['right_shoulder'], 0]


def test_nor_for_the_body_parts_which_are_those_that_it_would_say(somebody, asked):
    joints = LearnedJoints()(somebody).positions
    labeller = LearnedParts()
    asked.clear()
    labels = labeller(somebody, joints)
    assert asked == []
    again = labeller(replace(somebody, answers=replace(somebody.answers, parts=NO_PARTS)), joints)
    assert asked == [1]
    assert (labels == again)[somebody.mask].mean() > 0.85      # what came is the mean with the mirror image's
    assert len(np.unique(labels)) == len(np.unique(again)) > 8


@pytest.mark.parametrize(('leap_m', 'faces_at_once'), [(0.5, True), (0.1, False)])
def test_where_one_faced_tells_nothing_after_a_leap(somebody, leap_m, faces_at_once):
    """From one image to the next the network says the other side: believed at once only of who may be there from elsewhere."""
    said, square = somebody.answers, somebody.answers.square
    turned = replace(said, facing=np.roll(said.facing, len(said.facing) // 2),
                     square=replace(square, depth_m=square.depth_m + leap_m))
    detector = LearnedJoints()
    before = detector(somebody).facing_rad
    after = detector(replace(somebody, answers=turned)).facing_rad
    assert (abs(np.cos(after) + np.cos(before)) < 0.1) == faces_at_once


def test_pixels_are_of_the_full_image(somebody):
    found = LearnedJoints()(somebody)
    full = somebody.intrinsics.crop(-somebody.roi.x, -somebody.roi.y, *somebody.image_size)
    np.testing.assert_allclose(full.project(found.positions), found.pixels, atol=1e-6)
