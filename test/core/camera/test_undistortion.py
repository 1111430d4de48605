"""Straight images against the distortion models' own formulas, and a scene whose points are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from poseformer_ros.camera.calibration import Calibration
from poseformer_ros.camera.undistortion import Undistortion
from poseformer_ros.errors import BadInput

# Coefficients as cameras have them: a web camera's, an Azure Kinect's colour camera's (shortened), a fisheye's.
D = {'plumb_bob': (0.11, -0.23, 0.001, -0.002, 0.07), 'rational_polynomial': (0.5, -2.7, 0.0006, 0.0001, 1.55, 0.38, -2.5, 1.48),
     'equidistant': (0.02, -0.01, 0.004, -0.001)}
CAMERA = Calibration('color/camera_info', 320, 240, 'plumb_bob', (260.0, 0, 155, 0, 262, 124, 0, 0, 1), (0.0,) * 5, (0.0,) * 12)


def distorted(model, d, x, y):
    """Normalised coordinates of the ray (x, y, 1) in the raw image, from the models' definitions in OpenCV's manual."""
    r2 = x * x + y * y
    if model == 'equidistant':
        r, theta = np.sqrt(r2), np.arctan(np.sqrt(r2))
        turned = theta * (1 + sum(c * theta ** (2 * (n + 1)) for n, c in enumerate(d)))
        scale = np.where(r > 1e-9, turned / np.maximum(r, 1e-9), 1.0)
        return x * scale, y * scale
    k1, k2, p1, p2, k3, *k456 = d
    radial = 1 + k1 * r2 + k2 * r2 ** 2 + k3 * r2 ** 3
    if k456:
        radial /= 1 + k456[0] * r2 + k456[1] * r2 ** 2 + k456[2] * r2 ** 3
    return (x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x), y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y)


def smooth_scene(x, y):
    """A colour for each raw pixel that tells where it is."""
    return np.stack([x / 2, y, (x + y) / 4], -1).astype(np.uint8)


@pytest.mark.parametrize('model', D)
def test_a_straight_pixel_shows_what_its_ray_sees(model):
    """Each colour tells the raw pixel that it was taken from; where that is, the model's formula says."""
    calibration = replace(CAMERA, model=model, d=D[model])
    rows, columns = np.mgrid[:240, :320].astype(float)
    found = Undistortion(calibration).color(smooth_scene(columns, rows)).astype(float)
    x, y = distorted(model, D[model], (columns - 155) / 260, (rows - 124) / 262)
    u, v = 260 * x + 155, 262 * y + 124
    inside = (u > 1) & (u < 318) & (v > 1) & (v < 238)
    assert inside.mean() > 0.8
    assert np.abs(found[..., 0] - u / 2)[inside].max() < 1.5 and np.abs(found[..., 1] - v)[inside].max() < 1.5
    assert (np.hypot(u - columns, v - rows)[inside] > 2).any(), 'a distortion that can be seen'


@pytest.mark.parametrize('model', D)
def test_depth_is_the_nearest_pixels_and_unknown_beyond_the_image(model):
    calibration = replace(CAMERA, model=model, d=D[model])
    depth = np.random.default_rng(0).choice(np.float32([1.25, 3.5]), (240, 320))
    depth[100:110, 50:60] = np.nan
    found = Undistortion(calibration).depth(depth)
    rows, columns = np.mgrid[:240, :320].astype(float)
    x, y = distorted(model, D[model], (columns - 155) / 260, (rows - 124) / 262)
    u, v = 260 * x + 155, 262 * y + 124
    assert set(np.unique(found[np.isfinite(found)])) == {np.float32(1.25), np.float32(3.5)}
    certain = (np.abs(u - np.rint(u)) < 0.4) & (np.abs(v - np.rint(v)) < 0.4) & (u > 0) & (u < 319) & (v > 0) & (v < 239)
    wanted = depth[np.rint(v[certain]).astype(int), np.rint(u[certain]).astype(int)]
    assert (np.nan_to_num(found[certain]) == np.nan_to_num(wanted)).mean() > 0.999
    assert np.isnan(found[(u < -1) | (u > 321) | (v < -1) | (v > 241)]).all()


def test_tables_follow_binning_and_region():
    """A region of the raw image, halved, shows the same rays as the full one at its pixels."""
    full = replace(CAMERA, d=D['plumb_bob'])
    part = replace(full, binning=(2, 2), roi=(40, 20, 200, 160))
    camera = Undistortion(part).intrinsics
    assert (camera.width, camera.height) == (100, 80)
    rows, columns = np.mgrid[:80, :100].astype(float)
    found = Undistortion(part).color(smooth_scene(columns, rows)).astype(float)
    ray = camera.deproject(np.array([[70.0, 60.0]]), np.array([1.0]))
    pixel, _ = cv2.projectPoints(ray, np.zeros(3), np.zeros(3), np.reshape(full.k, (3, 3)), np.array(full.d))
    np.testing.assert_allclose(found[60, 70, :2] * [2, 1], (pixel.ravel() - [40, 20]) / 2, atol=2.0)


def test_no_distortion_changes_nothing():
    image = np.random.default_rng(0).integers(0, 256, (240, 320, 3), np.uint8)
    np.testing.assert_array_equal(Undistortion(CAMERA).color(image), image)


@pytest.mark.parametrize(('model', 'd', 'said'), [
    ('fov', (0.9,), "distortion model 'fov', wanted plumb_bob"),
    ('plumb_bob', (0.1, 0.2), '2 coefficients of plumb_bob, wanted 4 or 5'),
    ('plumb_bob', (9e3, 0, 0, 0, 0), r'distortion \[9000.0, .*leaves \d+ % of the image'),
])
def test_distortion_that_cannot_be_removed_is_said(model, d, said):
    with pytest.raises(BadInput, match=said):
        Undistortion(replace(CAMERA, model=model, d=d))
