"""Depth registration against surfaces whose place in the colour camera is known in closed form."""

import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.errors import BadInput

DEPTH = Intrinsics(160, 120, 140.0, 141.0, 80.5, 58.0)
COLOR = Intrinsics(200, 150, 150.0, 149.0, 98.0, 76.0)
ANGLE = 0.05
ROTATION = np.array([[np.cos(ANGLE), 0, np.sin(ANGLE)], [0, 1, 0], [-np.sin(ANGLE), 0, np.cos(ANGLE)]])
TRANSLATION = np.array([0.05, -0.01, 0.02])


def plane_depth(camera: Intrinsics, normal: np.ndarray, offset: float) -> np.ndarray:
    """Depth (H, W) of the plane `normal @ p = offset`."""
    rays = camera.deproject_image(np.ones((camera.height, camera.width)))
    return (offset / (rays @ normal)).astype(np.float32)


def test_a_slanted_plane_lands_where_the_extrinsics_say():
    normal = np.array([0.2, -0.1, 1.0])
    registered = DepthRegistration(DEPTH, COLOR, ROTATION, TRANSLATION)(plane_depth(DEPTH, normal, 2.0))
    turned = ROTATION @ normal
    truth = plane_depth(COLOR, turned, 2.0 + turned @ TRANSLATION)
    known = np.isfinite(registered)
    # A point is put on the nearest colour pixel: half a pixel of the plane's slope, 2 m / 150 px, at most.
    assert np.abs(registered - truth)[known].max() < 0.012
    assert known[20:130, 30:150].all()


def test_the_same_camera_changes_nothing():
    depth = np.random.default_rng(0).uniform(1, 3, (120, 160)).astype(np.float32)
    depth[10:20, 30:50] = np.nan
    np.testing.assert_array_equal(DepthRegistration(DEPTH, DEPTH, np.eye(3), np.zeros(3))(depth), depth)


@pytest.mark.parametrize('near_first', [True, False])
def test_the_nearest_surface_wins(near_first):
    """Two columns of the depth camera fall on one of a coarser colour camera, in either order."""
    coarse = Intrinsics(80, 60, 70.0, 70.5, 40.0, 28.75)
    depth = np.where(np.arange(160) % 2 == (0 if near_first else 1), 1.0, 3.0) * np.ones((120, 1))
    registered = DepthRegistration(DEPTH, coarse, np.eye(3), np.zeros(3))(depth.astype(np.float32))
    assert np.nanmax(registered) == 1.0
    assert np.isfinite(registered[1:-1, 2:-2]).all()


def test_a_nearer_object_hides_what_is_behind_and_leaves_a_shadow():
    depth = np.full((120, 160), 4.0, np.float32)
    depth[40:80, 60:90] = 1.0
    baseline = DepthRegistration(DEPTH, DEPTH, np.eye(3), np.array([-0.1, 0.0, 0.0]))(depth)
    # Disparity is f b / z: 14 pixels for the object, 3.5 for the wall.
    assert (baseline[45:75, 47:75] == 1.0).all()
    assert np.isnan(baseline[45:75, 77:85]).all()
    assert (baseline[45:75, 90:150] == 4.0).all()


def test_cracks_are_closed_and_holes_kept():
    """Magnified by 1.3, every third column is hit by no point; a hole of 6 depth pixels remains."""
    depth = np.full((120, 160), 2.0, np.float32)
    depth[50:56, 70:76] = np.nan
    larger = Intrinsics(208, 156, DEPTH.fx * 1.3, DEPTH.fy * 1.3, DEPTH.cx * 1.3, DEPTH.cy * 1.3)
    registered = DepthRegistration(DEPTH, larger, np.eye(3), np.zeros(3))(depth)
    hole = np.isnan(registered[1:-1, 1:-1])
    assert 5 * 5 <= hole.sum() <= 9 * 9
    assert hole[66:71, 92:96].all()


def test_a_colour_image_three_times_as_fine_is_filled():
    fine = DEPTH.resized(480, 360)
    registered = DepthRegistration(DEPTH, fine, np.eye(3), np.zeros(3))(np.full((120, 160), 2.0, np.float32))
    assert np.isfinite(registered[3:-3, 3:-3]).mean() > 0.999


def test_an_unknown_image_stays_unknown():
    registered = DepthRegistration(DEPTH, COLOR, ROTATION, TRANSLATION)(np.full((120, 160), np.nan, np.float32))
    assert registered.shape == (150, 200) and registered.dtype == np.float32
    assert np.isnan(registered).all()


def test_what_lies_behind_the_colour_camera_is_dropped():
    back = DepthRegistration(DEPTH, COLOR, np.eye(3), np.array([0.0, 0.0, -3.0]))
    assert np.isnan(back(np.full((120, 160), 2.0, np.float32))).all()


def test_wrong_input_is_named():
    with pytest.raises(BadInput, match='rotation'):
        DepthRegistration(DEPTH, COLOR, 2 * np.eye(3), TRANSLATION)
    with pytest.raises(BadInput, match='translation'):
        DepthRegistration(DEPTH, COLOR, ROTATION, np.array([0.0, np.nan, 0.0]))
    with pytest.raises(BadInput, match='20 x 10'):
        DepthRegistration(DEPTH, COLOR, ROTATION, TRANSLATION)(np.zeros((10, 20), np.float32))
