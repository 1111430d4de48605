"""The drawn figure against geometry that it was not drawn with."""

import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, StudioCamera, body_parts
from poseformer_ros.synthesis.capsule.figure_pose import POSES, figure_joints, motion
from poseformer_ros.synthesis.rendering.sensor_noise import add_noise, axial, border_dropout, random_dropout

SMALL = Intrinsics(160, 120, 131.0, 131.0, 79.5, 59.5)


@pytest.mark.parametrize('pose', POSES)
def test_depth_lies_on_the_nearest_surface(pose):
    """Every body pixel's point has distance zero to one part, and no part's surface comes before it on the ray."""
    camera = StudioCamera(SMALL)
    frame, truth = CapsuleStudio(camera)(POSES[pose])
    parts = body_parts(figure_joints(POSES[pose]), 1.70)
    points = frame.intrinsics.deproject_image(frame.depth.astype(np.float64))[truth.mask]
    at_surface = np.min([_outside(part, _to_room(camera, points)) for part in parts], axis=0)
    assert np.abs(at_surface).max() < 2e-3
    for share in (0.999, 0.99, 0.9):
        before = np.min([_outside(part, _to_room(camera, share * points)) for part in parts], axis=0)
        assert before.min() > 0


def _to_room(camera, points):
    return points @ camera.rotation + camera.centre


def _outside(part, points):
    """Distance to a part in its own unit-radius space, less one."""
    a, b, p = part.shape @ part.start, part.shape @ part.end, points @ part.shape.T
    along = np.clip(((p - a) @ (b - a)) / max((b - a) @ (b - a), 1e-12), 0, 1)
    return np.linalg.norm(p - a - along[:, None] * (b - a), axis=1) - 1.0


def test_room_is_where_it_is_said_to_be():
    camera = StudioCamera(height=1.3, tilt=np.radians(12.0))
    frame, truth = CapsuleStudio(camera, room=False)(POSES['standing'])
    points = frame.intrinsics.deproject_image(frame.depth)
    ground = np.isfinite(frame.depth) & ~truth.mask
    assert ground.sum() > 10000
    assert np.abs(truth.floor.height(points[ground])).max() < 2e-3
    feet = truth.floor.height(truth.positions[[JOINT['left_ankle'], JOINT['right_ankle']]])
    np.testing.assert_allclose(feet, 0.039 * 1.70, atol=1e-9)
    # Tilted down, the horizon lies above the image's middle: row cy - fy tan(12 degrees).
    assert np.flatnonzero(ground.any(axis=1))[0] == pytest.approx(239.5 - 525.0 * np.tan(np.radians(12.0)), abs=2)


def test_stands_as_tall_as_asked():
    for height in (1.50, 1.95):
        camera = StudioCamera(height=height, distance=3.5, tilt=np.radians(15.0))   # level with the top of the head
        frame, truth = CapsuleStudio(camera, height)(POSES['standing'])
        heights = truth.floor.height(frame.intrinsics.deproject_image(frame.depth)[truth.mask])
        assert heights.max() == pytest.approx(height, abs=0.01)


def test_left_is_the_persons_own():
    """A person who faces the camera has the left hand on the image's right; raising it lifts that one."""
    _, truth = CapsuleStudio()(POSES['left_arm_raised'])
    left, right = truth.positions[JOINT['left_wrist']], truth.positions[JOINT['right_wrist']]
    assert left[0] > 0.15 > -0.15 > right[0]
    assert left[1] < truth.positions[JOINT['head'], 1] < right[1]


def test_hidden_joints_are_known_as_such():
    _, open_truth = CapsuleStudio()(POSES['standing'])
    _, truth = CapsuleStudio()(POSES['left_forearm_hidden'])
    assert open_truth.visible.all()
    assert not truth.visible[[JOINT['left_wrist'], JOINT['left_hand']]].any()
    assert truth.visible[[JOINT['left_elbow'], JOINT['right_wrist'], JOINT['pelvis']]].all()


def test_motion_is_continuous_and_keeps_the_bones():
    places = np.array([figure_joints(motion(t)).positions for t in np.arange(0, 24, 1 / 30)])
    assert np.linalg.norm(np.diff(places, axis=0), axis=2).max() * 30 < 5.0    # m/s
    upper_arm = np.linalg.norm(places[:, JOINT['left_elbow']] - places[:, JOINT['left_shoulder']], axis=1)
    np.testing.assert_allclose(upper_arm, 0.186 * 1.70, atol=1e-9)


def test_axial_noise_has_the_published_spread():
    """Nguyen et al. 2012: 1.2 mm + 1.9 mm/m^2 (z - 0.4 m)^2, so 6.064 mm at 2 m and 14.044 mm at 3 m."""
    rng = np.random.default_rng(1)
    for depth, sigma in ((2.0, 0.006064), (3.0, 0.014044)):
        noisy = axial(np.full((300, 300), depth, np.float32), rng) - depth
        assert noisy.std() == pytest.approx(sigma, rel=0.02)
        assert abs(noisy.mean()) < 4 * sigma / 300


def test_dropout_stays_at_borders_or_is_spread_evenly():
    rng = np.random.default_rng(2)
    depth = np.full((100, 100), 3.0, np.float32)
    depth[:, 50:] = 2.0
    lost = np.isnan(border_dropout(depth, rng, share=0.5))
    assert not lost[:, :49].any() and not lost[:, 51:].any()
    assert lost[:, 49:51].mean() == pytest.approx(0.5, abs=0.12)
    assert np.isnan(random_dropout(depth, rng, share=0.1)).mean() == pytest.approx(0.1, abs=0.01)
    same = [add_noise(depth, np.random.default_rng(3)) for _ in range(2)]
    np.testing.assert_array_equal(*same)
