"""The way between two frames against points that are known in both."""

import numpy as np
import pytest

from poseformer_ros.camera.frame_tree import FrameTree, Placement
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import rotation_matrices

RANDOM = np.random.default_rng(0)


def placement(parent):
    return Placement(parent, rotation_matrices(RANDOM.normal(size=3)), RANDOM.normal(size=3))


@pytest.fixture
def tree():
    """base - link - (color - color_optical, depth - depth_optical), and a frame apart."""
    made = FrameTree()
    made.placements = {'link': placement('base'), 'color': placement('link'), 'color_optical': placement('color'),
                       'depth': placement('link'), 'depth_optical': placement('depth'), 'lonely': placement('nowhere')}
    for frame, place in made.placements.items():
        made.place(frame, place)
    return made


def in_base(tree, frame, point):
    while frame != 'base':
        place = tree.placements[frame]
        point, frame = place.rotation @ point + place.translation, place.parent
    return point


@pytest.mark.parametrize(('source', 'target'), [('depth_optical', 'color_optical'), ('color_optical', 'depth_optical'),
                                                ('depth_optical', 'link'), ('link', 'depth_optical'), ('color', 'color'),
                                                ('base', 'color_optical')])
def test_a_point_stays_where_it_is(tree, source, target):
    point = np.array([0.3, -0.2, 1.5])
    rotation, translation = tree.between(source, target)
    np.testing.assert_allclose(in_base(tree, target, rotation @ point + translation), in_base(tree, source, point), atol=1e-12)


@pytest.mark.parametrize(('source', 'target'), [('depth_optical', 'lonely'), ('depth_optical', 'unknown')])
def test_frames_that_are_not_connected_are_said(tree, source, target):
    with pytest.raises(BadInput, match=f"no way from frame 'depth_optical' to '{target}' .*color_optical"):
        tree.between(source, target)


def test_a_circle_ends():
    tree = FrameTree()
    tree.place('a', placement('b'))
    tree.place('b', placement('a'))
    with pytest.raises(BadInput, match="no way from frame 'a' to 'c'"):
        tree.between('a', 'c')
