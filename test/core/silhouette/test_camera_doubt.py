"""A camera that is upside down, on its side or of another unit is named as the reason why nobody is found."""

import numpy as np
import pytest
from helpers.silhouette_room import Scene, View, draw, person, room

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.learned.camera_doubt import depth_doubt, turned_intrinsics
from poseformer_ros.silhouette.stage import SilhouetteStage

IMAGES = 45 + 3 * 15 + 1    # until every way to hold the camera has been tried


def turned(frame, quarter_turns):
    """What a camera turned clockwise sees of the same."""
    color, depth = (np.ascontiguousarray(np.rot90(image, quarter_turns)) for image in (frame.color, frame.depth))
    return RgbdFrame(color, depth, turned_intrinsics(frame.intrinsics, quarter_turns))


def seen(frame, images=IMAGES):
    """What the stage says after so many images."""
    stage = SilhouetteStage()
    for _ in range(images):
        stage(frame)
    return stage


@pytest.mark.parametrize('held, said', [(2, 'upside down'), (1, 'to the left'), (3, 'to the right')])
def test_how_the_camera_is_held_is_said(held, said):
    """Also where the person on the side is taken for somebody who lies, high above what is taken for the floor."""
    drawn = draw(Scene(room(), [person(0.0, 2.6)]), View())
    assert said in seen(turned(drawn.frame, held)).doubt


def test_a_camera_held_right_is_not_doubted():
    drawn = draw(Scene(room(), [person(0.0, 2.6)]), View())
    assert seen(drawn.frame, 60).doubt == '' and seen(draw(Scene(room()), View()).frame).doubt == ''


def test_an_empty_room_says_why_nobody_is_found():
    assert 'stands out' in seen(draw(Scene(room()), View()).frame, 20).reason


@pytest.mark.parametrize('factor, said', [(10.0, 'wrong unit'), (0.001, 'wrong unit'), (np.nan, 'before the camera')])
def test_impossible_depth_is_said(factor, said):
    drawn = draw(Scene(room(), [person(0.0, 2.6)]), View())
    assert said in depth_doubt(drawn.frame.depth * np.float32(factor))


def test_turned_intrinsics_project_where_the_turned_image_shows():
    camera, point = Intrinsics(64, 48, 50.0, 55.0, 30.0, 20.0), np.array([0.3, -0.2, 2.0])
    column, row = camera.project(point)
    turned_point = {1: np.array([-0.2, -0.3, 2.0]), 2: np.array([-0.3, 0.2, 2.0]), 3: np.array([0.2, 0.3, 2.0])}
    for turns, place in {1: (row, 63 - column), 2: (63 - column, 47 - row), 3: (47 - row, column)}.items():
        np.testing.assert_allclose(turned_intrinsics(camera, turns).project(turned_point[turns]), place, atol=1e-9)
