"""Turned images show the same points."""

import numpy as np
import pytest

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.camera.turning import turned, turned_axes

CAMERA = Intrinsics(64, 48, 50.0, 52.0, 30.0, 25.0)


@pytest.mark.parametrize('degrees', [0, 90, 180, 270])
def test_every_pixel_keeps_its_point_in_the_turned_frame(degrees):
    depth = np.random.default_rng(0).uniform(1, 4, (48, 64)).astype(np.float32)
    frame = RgbdFrame(np.zeros((48, 64, 3), np.uint8), depth, CAMERA)
    found = turned(frame, degrees)
    points = found.intrinsics.deproject_image(found.depth.astype(float)) @ turned_axes(degrees).T
    wanted = CAMERA.deproject_image(depth.astype(float))
    np.testing.assert_allclose(np.rot90(points, -degrees // 90), wanted, atol=1e-6)
    assert (found.intrinsics.width, found.intrinsics.height) == found.depth.shape[::-1] == found.color.shape[1::-1]


def test_turn_is_counter_clockwise():
    """What points to the right in the image points up after a quarter turn."""
    color = np.zeros((48, 64, 3), np.uint8)
    color[24, 60] = 255
    found = turned(RgbdFrame(color, np.ones((48, 64), np.float32), CAMERA), 90)
    row, column = np.argwhere(found.color[..., 0])[0]
    assert row == 3 and column == 24
