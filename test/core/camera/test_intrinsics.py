"""The pinhole camera against closed forms and OpenCV."""

import cv2
import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput

CAMERA = Intrinsics(64, 48, 50.0, 52.0, 31.0, 23.5)
POINTS = np.random.default_rng(0).uniform((-1, -1, 1), (1, 1, 5), (40, 3))


def test_projection_is_opencvs():
    pixels, _ = cv2.projectPoints(POINTS, np.zeros(3), np.zeros(3), CAMERA.matrix, None)
    np.testing.assert_allclose(CAMERA.project(POINTS), pixels[:, 0], atol=1e-9)


def test_deprojection_is_the_way_back():
    np.testing.assert_allclose(CAMERA.deproject(CAMERA.project(POINTS), POINTS[:, 2]), POINTS, atol=1e-12)


def test_missing_point_stays_missing():
    assert np.isnan(CAMERA.project(np.full(3, np.nan))).all()
    assert np.isnan(CAMERA.deproject(np.array([3.0, 4.0]), np.array(np.nan))).all()


@pytest.mark.parametrize('kind', [np.float32, np.float64])
def test_image_of_points_is_deprojection_of_every_pixel(kind):
    depth = np.random.default_rng(1).uniform(0.5, 4.0, (48, 64)).astype(kind)
    depth[3, 5] = np.nan
    rows, columns = np.mgrid[:48, :64]
    points = CAMERA.deproject_image(depth)
    assert points.dtype == kind
    np.testing.assert_allclose(points, CAMERA.deproject(np.stack([columns, rows], -1), depth), rtol=1e-6, atol=1e-6)
    assert np.isnan(points[3, 5]).all() and np.isfinite(points[3, 6]).all()


def test_crop_moves_pixels_only():
    window = CAMERA.crop(10, 7, 20, 30)
    assert (window.width, window.height) == (20, 30)
    np.testing.assert_allclose(window.project(POINTS), CAMERA.project(POINTS) - [10, 7], atol=1e-12)


@pytest.mark.parametrize('size', [(32, 24), (128, 96), (16, 48)])
def test_resized_image_sees_the_same_rays_through_the_same_places(size):
    """A pixel's corners, not its centre, scale: the image spans -0.5 to width - 0.5."""
    small = CAMERA.resized(*size)
    scale = np.array(size) / [CAMERA.width, CAMERA.height]
    np.testing.assert_allclose(small.project(POINTS) + 0.5, (CAMERA.project(POINTS) + 0.5) * scale, atol=1e-9)
    assert (small.width, small.height) == size


@pytest.mark.parametrize('focal', [(0.0, 50.0), (50.0, 0.0), (-50.0, 50.0), (np.nan, 50.0)])
def test_focal_length_must_be_positive(focal):
    with pytest.raises(BadInput, match='intrinsics: focal lengths .* calibrate the camera'):
        Intrinsics(64, 48, *focal, 31.0, 23.5)
