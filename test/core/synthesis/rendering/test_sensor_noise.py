"""Noise models against the figures that were published for the sensors."""

import numpy as np
import pytest

from poseformer_ros.camera.depth_noise import (
    kinect_v1_axial_sigma,
    kinect_v1_depth_step,
    kinect_v1_lateral_sigma,
    kinect_v2_axial_sigma,
)
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.rendering.cameras import SENSORS
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel, disparity_steps, multipath, projector_shadow, surface_angle

V1, V2 = SENSORS['kinect_v1'], SENSORS['kinect_v2']


def _plane(distance: float, angle: float, k: Intrinsics) -> np.ndarray:
    """Depth of a plane through the optical axis at `distance`, turned about the vertical by `angle`."""
    x = (np.arange(k.width) - k.cx) / k.fx
    with np.errstate(divide='ignore'):
        z = distance / (1.0 - np.tan(angle) * x)
    z[(z <= 0) | (z > 20)] = np.nan
    return np.tile(z.astype(np.float32), (k.height, 1))


def _error_in_the_middle(noise: NoiseModel, distance: float, angle: float, k: Intrinsics) -> np.ndarray:
    """Errors of the 9 middle columns over some images; there distance and angle are those of the plane."""
    depth = _plane(distance, angle, k)
    rng = np.random.default_rng(1)
    middle = slice(round(k.cx) - 4, round(k.cx) + 5)
    return np.concatenate([(noise(depth, k, rng) - depth)[100:-100, middle].ravel() for _ in range(12)])


# Nguyen, Izadi and Lovell 2012, worked out by hand: millimetres.
@pytest.mark.parametrize('distance, angle_deg, sigma_mm', [(0.8, 0, 1.50), (1.5, 0, 3.50), (2.5, 0, 9.58), (3.0, 0, 14.04),
                                                           (1.5, 45, 3.58), (1.5, 75, 5.54)])
def test_kinect_v1_axial_noise_is_the_published_one(distance, angle_deg, sigma_mm):
    assert kinect_v1_axial_sigma(distance, np.radians(angle_deg)) * 1000 == pytest.approx(sigma_mm, abs=0.01)
    error = _error_in_the_middle(NoiseModel('kinect_v1'), distance, np.radians(angle_deg), V1)
    assert np.nanstd(error) * 1000 == pytest.approx(sigma_mm, rel=0.06)
    assert abs(np.nanmean(error)) * 1000 < 0.15 * sigma_mm


def test_kinect_v1_lateral_noise_is_the_published_one():
    assert kinect_v1_lateral_sigma(0.0) == pytest.approx(0.8)
    assert kinect_v1_lateral_sigma(np.pi / 4) == pytest.approx(0.835)
    depth = np.full((V1.height, V1.width), 3.0, np.float32)
    depth[:, 320:] = 2.0
    rng = np.random.default_rng(2)
    noisy = np.stack([NoiseModel('kinect_v1')(depth, V1, rng) for _ in range(30)])
    # The share of near readings, column by column, is the distribution function of the border's place. To its right
    # nothing is in the projector's shadow.
    near = np.mean(noisy[:, :, 320:326] < 2.5, axis=(0, 1))
    missed = 1.0 - near
    # A whole-pixel draw of sigma 0.8 goes left by more than 0.5, 1.5, 2.5 pixels with these chances.
    assert missed[:3] == pytest.approx([0.266, 0.0304, 0.0009], abs=0.01)


# Khoshelham and Elberink 2012: steps of 7 cm at 5 m, quadratic in distance.
@pytest.mark.parametrize('distance, step_mm', [(1.0, 2.85), (2.0, 11.4), (3.0, 25.65), (5.0, 71.25)])
def test_kinect_v1_depth_comes_in_the_published_steps(distance, step_mm):
    assert kinect_v1_depth_step(distance) * 1000 == pytest.approx(step_mm)
    fine = np.linspace(0.93 * distance, 1.07 * distance, 20001).astype(np.float32)
    values = np.unique(disparity_steps(fine))
    at = np.argmin(np.abs(values - distance))
    assert (values[at + 1] - values[at - 1]) / 2 * 1000 == pytest.approx(step_mm, rel=0.02)


def test_projector_shadow_is_as_wide_as_triangulation_says():
    """Beside a body before a wall the projector's light is missing over f b (1/z_near - 1/z_far) pixels, on the left."""
    depth = np.full((50, 640), 4.0, np.float32)
    depth[:, 300:400] = 2.0
    shadow = projector_shadow(depth, V1, 0.075)
    width = 525.0 * 0.075 * (1 / 2.0 - 1 / 4.0)
    columns = np.flatnonzero(shadow[25])
    assert len(columns) == pytest.approx(width, abs=1)
    assert columns.max() == 299
    assert not projector_shadow(_plane(3.0, np.radians(60), V1), V1, 0.075).any()


# Fankhauser et al. 2015: 1.5 - 0.5 z + 0.3 z^2 + 0.1 z^1.5 theta^2 / (pi/2 - theta)^2 mm, worked out by hand.
@pytest.mark.parametrize('distance, angle_deg, sigma_mm', [(1.0, 0, 1.30), (2.0, 0, 1.70), (4.0, 0, 4.30),
                                                           (2.0, 60, 2.83), (3.0, 75, 15.69)])
def test_time_of_flight_axial_noise_is_the_published_one(distance, angle_deg, sigma_mm):
    assert kinect_v2_axial_sigma(distance, np.radians(angle_deg)) * 1000 == pytest.approx(sigma_mm, abs=0.01)
    error = _error_in_the_middle(NoiseModel('time_of_flight'), distance, np.radians(angle_deg), V2)
    # The median absolute deviation, for a steep plane seen by few pixels steps like a border here and there.
    spread = 1.4826 * np.nanmedian(np.abs(error - np.nanmedian(error)))
    assert spread * 1000 == pytest.approx(sigma_mm, rel=0.06)


def test_surface_angle_is_that_between_normal_and_ray():
    for angle in np.radians([0, 30, 60, 75]):
        found = surface_angle(_plane(2.0, angle, V2), V2)
        assert found[round(V2.cy) - 3:round(V2.cy) + 3, round(V2.cx) - 3:round(V2.cx) + 3] == pytest.approx(angle, abs=0.015)
    # A plane at right angles to the axis is met by the outer rays aslant.
    flat = surface_angle(np.full((V2.height, V2.width), 2.0, np.float32), V2)
    column = 40
    assert flat[round(V2.cy), column] == pytest.approx(np.arctan((V2.cx - column) / V2.fx), abs=0.01)


def test_flying_pixels_lie_between_both_surfaces_and_only_at_borders():
    depth = np.full((V2.height, V2.width), 4.0, np.float32)
    depth[:, 200:300] = 2.0
    noisy = NoiseModel('time_of_flight')(depth, V2, np.random.default_rng(0))
    between = (noisy > 2.1) & (noisy < 3.9)
    columns = np.flatnonzero(between.any(axis=0))
    assert set(columns) <= {199, 200, 299, 300} and len(columns) == 4
    assert 0.2 < between[:, [199, 200, 299, 300]].mean() < 0.7
    assert np.isnan(noisy[:, [199, 200, 299, 300]]).any()


def test_multipath_adds_in_a_hollow_corner_only():
    x = (np.arange(V2.width) - V2.cx) / V2.fx
    corner = np.tile((3.0 / (1 + np.abs(x))).astype(np.float32), (V2.height, 1))      # two walls that meet 3 m away
    added = multipath(corner)
    middle = round(V2.cx)
    assert 0.005 < added[212, middle] < 0.03
    assert added[212, middle] > 5 * added[212, middle + 100]
    assert not multipath(np.full((V2.height, V2.width), 2.5, np.float32)).any()


def test_image_corners_and_range_are_without_reading():
    noisy = NoiseModel('time_of_flight')(np.full((V2.height, V2.width), 3.0, np.float32), V2, np.random.default_rng(0))
    assert np.isnan(noisy[[0, 0, -1, -1], [0, -1, 0, -1]]).all()
    assert np.isfinite(noisy[:, V2.width // 2]).all()
    far = np.full((V1.height, V1.width), 9.0, np.float32)
    assert np.isnan(NoiseModel('kinect_v1')(far, V1, np.random.default_rng(0))).all()


def test_unknown_stays_unknown_and_clean_stays_clean():
    depth = np.full((V2.height, V2.width), 2.0, np.float32)
    depth[100:120, 100:120] = np.nan
    for kind in ('kinect_v1', 'time_of_flight'):
        noisy = NoiseModel(kind)(depth, V2, np.random.default_rng(0))
        assert np.isnan(noisy[104:116, 104:116]).all()
        assert noisy.dtype == np.float32
    assert np.array_equal(NoiseModel('clean')(depth, V2, np.random.default_rng(0)), depth, equal_nan=True)


def test_the_same_seed_gives_the_same_image_and_strength_scales_the_noise():
    depth = np.full((V1.height, V1.width), 2.0, np.float32)
    one, same, other = (NoiseModel('time_of_flight')(depth, V1, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert np.array_equal(one, same, equal_nan=True) and not np.array_equal(one, other, equal_nan=True)
    twice = NoiseModel('time_of_flight', 2.0)(depth, V1, np.random.default_rng(1))
    middle = np.s_[200:280, 280:360]
    assert np.std(twice[middle]) == pytest.approx(2 * np.std(one[middle]), rel=1e-3)


def test_an_unknown_kind_is_refused():
    with pytest.raises(BadInput, match='choose one of'):
        NoiseModel('kinect_v3')


# Disparity's standard deviation of 0.08 pixels at 50 mm and 433 pixels: z^2 times 3.70 mm per square metre.
@pytest.mark.parametrize('distance, sigma_mm', [(1.0, 3.70), (2.0, 14.8), (3.0, 33.3)])
def test_stereo_noise_grows_with_the_square_of_distance(distance, sigma_mm):
    k = SENSORS['realsense_848']
    error = _error_in_the_middle(NoiseModel('stereo'), distance, 0.0, k)
    assert np.nanstd(error) * 1000 == pytest.approx(sigma_mm, rel=0.08)
    row = (NoiseModel('stereo')(_plane(distance, 0.0, k), k, np.random.default_rng(3)) - distance)[200]
    assert np.corrcoef(row[100:700], row[101:701])[0, 1] > 0.6        # neighbours share their errors


def test_stereo_grows_near_surfaces_and_shadows_on_one_side():
    k = SENSORS['realsense_848']
    depth = np.full((k.height, k.width), 3.0, np.float32)
    depth[:, 400:500] = 1.5
    seen = NoiseModel('stereo', 0.0)(depth, k, np.random.default_rng(4))[240]
    assert np.isnan(seen[385:400]).sum() >= 5 and np.isfinite(seen[502:520]).all()
    np.testing.assert_allclose(seen[500:502], 1.5, atol=0.01)
