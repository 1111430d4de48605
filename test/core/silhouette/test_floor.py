"""The floor against rooms whose floor is known."""

import numpy as np
import pytest
from helpers.silhouette_room import CAMERA, Scene, View, box, draw, person, room, table

from poseformer_ros.silhouette.floor import HELD_IMAGES, FloorFinder


def degrees_off(found, truth) -> float:
    return float(np.degrees(np.arccos(min(1.0, found.normal @ truth.normal))))


def assert_close(found, truth, degrees: float, metres: float) -> None:
    assert degrees_off(found, truth) < degrees
    assert abs(found.offset - truth.offset) < metres


@pytest.mark.parametrize('view', [View(1.2, 0.1), View(0.7, 0.0), View(2.4, 0.6), View(1.5, 0.3, roll=0.3),
                                  View(1.0, 0.2, turn=0.5), View(1.8, 0.75)], ids=str)
def test_floor_of_a_furnished_room_with_noise(view):
    drawn = draw(Scene([*room(), box(-1.2, 3.5, (0.6, 1.8, 0.5)), *table(1.0, 2.6)], [person(0.0, 2.5)]), view)
    assert_close(FloorFinder()(drawn.frame.depth, CAMERA), drawn.floor, degrees=0.6, metres=0.02)


def test_a_large_table_is_not_the_floor():
    drawn = draw(Scene([*room(), *table(0.3, 2.2, width=2.4, deep=1.2)]), View(1.6, 0.45))
    assert_close(FloorFinder()(drawn.frame.depth, CAMERA), drawn.floor, degrees=0.6, metres=0.02)


def test_a_strip_of_floor_before_a_wall():
    drawn = draw(Scene(room(depth=3.2), [person(0.0, 2.9)]), View(1.0, 0.0))
    found = FloorFinder()(drawn.frame.depth, CAMERA)
    # A metre of floor, two metres away, cannot tell the camera's height well; where it is seen it must be right.
    seen = np.array([[x, 1.0, z] for x in (-1.0, 0.0, 1.0) for z in (2.3, 2.7, 3.1)])
    assert np.abs(found.height(seen)).max() < 0.02


def test_no_floor_is_none():
    finder = FloorFinder()
    assert finder(np.full((120, 160), np.nan, np.float32), CAMERA.resized(160, 120)) is None
    assert finder(np.full((120, 160), 2.0, np.float32), CAMERA.resized(160, 120)) is None     # a wall
    alone = draw(Scene([], [person(0.0, 2.5)]), View(1.0, 0.0), noise=0)
    assert finder(alone.frame.depth, CAMERA) is None


def test_follows_a_rig_that_rolls_and_turns():
    """Within 2 degrees and 3 cm of truth (issue 3), at up to 15 degrees per second."""
    finder = FloorFinder()
    for index in range(40):
        t = index / 30
        view = View(1.3 + 0.05 * np.sin(t), 0.15 + 0.1 * np.sin(1.1 * t), 0.17 * np.sin(1.5 * t), 0.2 * np.sin(t))
        drawn = draw(Scene(room(), [person(0.0, 2.6)]), view, CAMERA.resized(160, 120), seed=index)
        assert_close(finder(drawn.frame.depth, drawn.frame.intrinsics), drawn.floor, degrees=2.0, metres=0.03)


def test_remembered_while_hidden_then_forgotten():
    finder = FloorFinder()
    drawn = draw(Scene(room()), View(1.2, 0.2))
    seen = finder(drawn.frame.depth, CAMERA)
    wall = np.full((120, 160), 1.0, np.float32)
    for _ in range(HELD_IMAGES):
        assert finder(wall, CAMERA.resized(160, 120)) == seen
    assert finder(wall, CAMERA.resized(160, 120)) is None


def test_a_camera_put_elsewhere_is_believed_at_once():
    finder = FloorFinder()
    finder(draw(Scene(room()), View(1.0, 0.1)).frame.depth, CAMERA)
    moved = draw(Scene(room()), View(1.9, 0.4, roll=0.2))
    assert_close(finder(moved.frame.depth, CAMERA), moved.floor, degrees=0.6, metres=0.02)


def test_reset_gives_the_same_again_bit_for_bit():
    images = [draw(Scene(room()), View(1.2, 0.1 + 0.01 * i), seed=i).frame.depth for i in range(3)]
    finder = FloorFinder()
    first = [finder(depth, CAMERA) for depth in images]
    finder.reset()
    for before, depth in zip(first, images):
        after = finder(depth, CAMERA)
        assert np.array_equal(before.normal, after.normal) and before.offset == after.offset
