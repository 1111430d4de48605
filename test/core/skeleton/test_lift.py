"""Depth under a joint on made images whose answer is known in closed form."""

import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.person import Roi, Silhouette
from poseformer_ros.skeleton.joints import JOINT, JointState
from poseformer_ros.skeleton.lift import LiftOptions, lift

SIZE, HEIGHT_PX, FOCAL = 200, 200.0, 400.0
HALF = round(LiftOptions().window * HEIGHT_PX)
WRIST = JOINT['left_wrist']


def _person(mask, depth):
    k = Intrinsics(SIZE, SIZE, FOCAL, FOCAL, 100.0, 100.0)
    color = np.zeros((SIZE, SIZE, 3), np.uint8)
    roi = Roi(30, 40, SIZE, SIZE)
    return Silhouette(True, mask, depth.astype(np.float32), color, roi, k, (640, 480), None, 7, False)


def _lift_one(mask, depth, at=(120.0, 80.0), joint=WRIST, options=LiftOptions()):
    points, state = np.full((24, 2), np.nan), np.full(24, JointState.MISSING, np.uint8)
    points[joint], state[joint] = at, JointState.OBSERVED
    return lift(points, state, HEIGHT_PX, _person(mask, depth), options)


@pytest.fixture
def plane():
    """A person who fills the image, 2 m away."""
    return np.ones((SIZE, SIZE), bool), np.full((SIZE, SIZE), 2.0)


def test_a_plane_is_lifted_exactly(plane):
    found = _lift_one(*plane)
    np.testing.assert_allclose(found.positions[WRIST], [(120 - 100) / FOCAL * 2, (80 - 100) / FOCAL * 2, 2.0])
    np.testing.assert_array_equal(found.pixels[WRIST], [150, 120])
    assert found.confidence[WRIST] == pytest.approx(1.0) and found.state[WRIST] == JointState.OBSERVED
    assert found.track_id == 7
    others = np.delete(np.arange(24), WRIST)
    assert np.isnan(found.positions[others]).all() and (found.state[others] == JointState.MISSING).all()


def test_covariance_on_a_plane(plane):
    """Nguyen's axial deviation at 2 m, 6.064 mm, along the ray; 0.015 of 200 pixels across it: 15 mm at 2 m."""
    covariance = _lift_one(*plane).covariance[WRIST]
    ray = np.array([0.05, -0.05, 1.0])
    expected = 0.006064 ** 2 * np.outer(ray, ray) + np.diag([0.015 ** 2, 0.015 ** 2, 0.0])
    np.testing.assert_allclose(covariance, expected, rtol=1e-6)


def test_background_and_flying_pixels_do_not_pull(plane):
    """A limb 5 pixels wide at 2 m; flying pixels at its edges, wall outside the mask."""
    mask, depth = plane
    mask[:], depth[:] = False, 4.0
    mask[:, 117:124], depth[:, 118:123] = True, 2.0
    depth[:, [117, 123]] = 3.1
    assert _lift_one(mask, depth).positions[WRIST, 2] == pytest.approx(2.0)


def test_limb_before_the_trunk_is_read_at_the_limb(plane):
    mask, depth = plane
    depth[:, :] = 2.3
    depth[:, 119:123] = 2.0     # 4 of 9 columns
    assert _lift_one(mask, depth).positions[WRIST, 2] == pytest.approx(2.0)


def test_median_of_noise(plane):
    mask, depth = plane
    rng = np.random.default_rng(0)
    z = [_lift_one(mask, depth + 0.01 * rng.standard_normal(depth.shape)).positions[WRIST, 2] for _ in range(200)]
    # The median of 81 readings has deviation 1.25 sigma / sqrt(81) = 1.4 mm.
    assert np.mean(z) == pytest.approx(2.0, abs=0.0015) and np.std(z) < 0.0025


@pytest.mark.parametrize('bad', [np.nan, 0.0])
def test_no_depth_is_missing(plane, bad):
    mask, depth = plane
    depth[80 - HALF:81 + HALF, 120 - HALF:121 + HALF] = bad
    found = _lift_one(mask, depth)
    assert found.state[WRIST] == JointState.MISSING and np.isnan(found.positions[WRIST]).all()
    assert found.confidence[WRIST] == 0 and np.isnan(found.pixels[WRIST]).all()
    assert np.isnan(found.covariance[WRIST]).all()


def test_outside_the_mask_or_the_crop_is_missing(plane):
    mask, depth = plane
    mask[:, 110:] = False
    assert _lift_one(mask, depth).state[WRIST] == JointState.MISSING
    assert _lift_one(mask, depth, at=(-30.0, 260.0)).state[WRIST] == JointState.MISSING


def test_confidence_falls_with_valid_depth_and_with_spread(plane):
    mask, depth = plane
    full = _lift_one(mask, depth).confidence[WRIST]
    holes = depth.copy()
    holes[:, 118:] = np.nan
    sloped = depth + 0.004 * np.arange(SIZE)
    assert _lift_one(mask, holes).confidence[WRIST] < 0.9 * full
    assert _lift_one(mask, sloped).confidence[WRIST] < 0.9 * full


def test_covered_spine_joint_is_occluded_and_put_on_the_trunk(plane):
    mask, depth = plane
    depth += 0.0005 * np.arange(SIZE)[:, None]      # the trunk leans
    points, state = np.full((24, 2), np.nan), np.full(24, JointState.MISSING, np.uint8)
    spine = [JOINT[name] for name in ('neck', 'upper_spine', 'spine_centre', 'lower_spine', 'pelvis')]
    for joint, row in zip(spine, (40, 65, 90, 115, 140)):
        points[joint], state[joint] = (100, row), JointState.INFERRED
    depth[84:97, 60:140] = 1.8                      # a forearm
    found = lift(points, state, HEIGHT_PX, _person(mask, depth))
    assert [found.state[j] == JointState.OCCLUDED for j in spine] == [False, False, True, False, False]
    np.testing.assert_allclose(found.positions[spine, 2], 2.0 + 0.0005 * np.array([40, 65, 90, 115, 140]), atol=0.002)
    assert found.confidence[spine[2]] < 0.5 * found.confidence[spine[1]]
    assert found.covariance[spine[2], 2, 2] > 4 * found.covariance[spine[1], 2, 2]
