"""The features of keypoint sets: what they must not depend on, and what they must tell."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.drawn_shapes import HEIGHT, OFF, WIDTH, filled, person_of, placed, stick_figure

from poseformer_ros.keypoints.features import BodyFrame, body_frame, describe, features, occupancy, upright
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.layout import FEATURE_COUNT, FEATURE_NAMES, Detector, feature_names
from poseformer_ros.keypoints.points import KeypointSet
from poseformer_ros.keypoints.stage import KeypointStage, PacedKeypoints
from poseformer_ros.silhouette.person import Floor

AT = {name: index for index, name in enumerate(FEATURE_NAMES)}


def random_set(count: int, seed: int = 0) -> KeypointSet:
    rng = np.random.default_rng(seed)
    return KeypointSet(Detector.SIFT, *rng.uniform(100, 380, (2, count)).astype(np.float32), np.ones(count, np.float32),
                       np.zeros(count, np.float32), rng.uniform(0.1, 2.0, count).astype(np.float32))


def test_names_are_unique_and_as_many_as_values():
    names = [name for detector in Detector for name in feature_names(detector)]
    assert len(set(names)) == len(names) == len(Detector) * FEATURE_COUNT
    assert feature_names(Detector.SKELETON_END)[0] == 'skeleton_end.log_count'


def test_statistics_are_the_textbook_ones():
    places = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, -3.0]])
    values = describe(places, np.array([1.0, 0.0, 3.0, 0.0]))
    covariance = np.cov(places.T, bias=True)
    known = {'log_count': np.log(5.0), 'mean_x': 0.5, 'mean_y': -0.5, 'strong_x': 0.75, 'strong_y': 0.75,
             'variance_x': covariance[0, 0], 'covariance_xy': covariance[0, 1], 'variance_y': covariance[1, 1]}
    for name, value in known.items():
        assert values[AT[name]] == pytest.approx(value, abs=1e-12), name


def test_a_point_at_a_cells_centre_is_that_cells_alone():
    shares = occupancy(np.array([[-0.45, 0.3]])).reshape(6, 4)      # cells are 0.9 wide and 0.6 high
    assert shares[3, 1] == pytest.approx(1.0)
    between = occupancy(np.array([[0.0, 0.0]])).reshape(6, 4)
    np.testing.assert_allclose(between[2:4, 1:3], 0.25)
    far = occupancy(np.array([[9.0, -9.0]])).reshape(6, 4)
    assert far[0, 3] == pytest.approx(1.0)


def test_order_does_not_matter():
    points = random_set(40)
    order = np.random.default_rng(1).permutation(40)
    mixed = KeypointSet(points.detector, *(getattr(points, name)[order] for name in ('x', 'y', 'size', 'angle', 'response')))
    frame = BodyFrame(np.array([250.0, 240.0]), 90.0, np.eye(2))
    np.testing.assert_allclose(features((points,), frame), features((mixed,), frame), atol=1e-6)


def test_a_few_points_more_change_little():
    places = np.random.default_rng(2).normal(scale=0.7, size=(60, 2))
    response = np.ones(60)
    all_, fewer = describe(places, response), describe(places[3:], response[3:])
    assert np.abs(all_ - fewer)[AT['share_0_0']:].sum() < 2 * 3 / 57 + 1e-9
    other = describe(places * (2.0, 0.5), response)
    assert np.linalg.norm(all_ - fewer) < 0.1 * np.linalg.norm(all_ - other)


@pytest.mark.parametrize('factor', [2, 3])
def test_scale_and_place_do_not_matter(factor):
    """A mask of a whole multiple of the size elsewhere in the image, and the points with it."""
    small = stick_figure('one arm raised, wide stance', 9, 0.4)[:160, :200]
    large = np.repeat(np.repeat(small, factor, axis=0), factor, axis=1)
    points = random_set(30)
    found = []
    for image, place, scale in ((small, np.array([31, 40]), 1), (large, np.array([20, 0]), factor)):
        mask = np.zeros((HEIGHT, WIDTH), bool)
        mask[place[1]:place[1] + len(image), place[0]:place[0] + image.shape[1]] = image
        moved = replace(points, x=(points.x + 0.5) * scale - 0.5 + place[0], y=(points.y + 0.5) * scale - 0.5 + place[1])
        found.append(features((moved,), body_frame(person_of(mask)))[Detector.SIFT])
    np.testing.assert_allclose(found[1], found[0], atol=1e-4)


def test_a_shift_changes_nothing():
    corners = placed(0.5, 1.3)
    here, there = (KeypointStage()(person_of(filled(corners + shift))).features for shift in ((0, 0), (31, -17)))
    np.testing.assert_allclose(here, there, atol=1e-5)


def test_a_raised_arm_tells_more_than_another_size_of_the_same_pose():
    stage = KeypointStage()
    down, raised = (stage(person_of(stick_figure(pose, 21))).features for pose in ('arms hang', 'arms raised'))
    other_size = stage(person_of(stick_figure('arms hang', 21, 0.5))).features
    for detector in (Detector.CONTOUR, Detector.HARRIS, Detector.SHI_TOMASI, Detector.ORB, Detector.SKELETON_END):
        assert (np.linalg.norm(down[detector] - raised[detector])
                > 2 * np.linalg.norm(down[detector] - other_size[detector])), detector.name
    assert raised[Detector.SKELETON_END, AT['mean_y']] < down[Detector.SKELETON_END, AT['mean_y']] - 0.1


def test_the_frame_is_the_masks_centroid_and_the_root_of_its_area():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[100:200, 300:336] = True
    frame = body_frame(person_of(mask))
    np.testing.assert_allclose(frame.centre, [317.5, 149.5])
    assert frame.unit == pytest.approx(60.0)
    np.testing.assert_allclose(frame(np.array([[377.5, 149.5], [317.5, 89.5]])), [[1, 0], [0, -1]])


@pytest.mark.parametrize('roll', [-0.3, 0.1, 0.5])
def test_a_rolled_camera_sees_the_same_once_the_floor_is_known(roll):
    """Points turned with the camera, and the floor's normal with them."""
    c, s = np.cos(roll), np.sin(roll)
    turn = np.array([[c, -s], [s, c]])
    floor = Floor(np.array([*(turn @ [0.0, -0.98]), -0.2]) / np.hypot(0.98, 0.2), 1.0)
    points = np.array([[0.2, -1.0], [0.4, 0.9]])
    np.testing.assert_allclose((points @ turn.T) @ upright(floor).T, points, atol=1e-12)
    person = replace(person_of(filled(placed(0.0, 1.0))), floor=floor)
    np.testing.assert_allclose(body_frame(person).axes, turn.T, atol=1e-12)


def test_without_a_floor_or_from_straight_above_the_images_axes_hold():
    np.testing.assert_array_equal(upright(None), np.eye(2))
    np.testing.assert_array_equal(upright(Floor(np.array([0.0, 0.0, -1.0]), 2.0)), np.eye(2))


def test_a_set_without_points_is_missing_not_zero():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[200:211, 100:400] = True       # a bar has no junction
    found = KeypointStage()(person_of(mask))
    assert np.isnan(found.features[Detector.SKELETON_BRANCH]).all()
    assert np.isfinite(found.features[Detector.SKELETON_END]).all()


@pytest.mark.parametrize('camera_hz, rate_hz, wanted', [(30.0, 15.0, 10), (15.0, 15.0, 20), (10.0, 15.0, 20), (20.0, 15.0, 15),
                                                       (60.0, 15.0, 5), (30.0, 120.0, 20)])
def test_images_are_looked_at_evenly_at_the_rate(camera_hz, rate_hz, wanted):
    """Whatever the stamps' jitter, of a fifth of the time between two images."""
    stage = PacedKeypoints(KeypointOptions(**{**OFF, 'contour': True}, rate_hz=rate_hz))
    person = person_of(filled(placed(0.2, 1.5)))
    jitter = np.random.default_rng(1).uniform(-0.2, 0.2, 20)
    looked = [bool(stage(person, 5.0 + (index + jitter[index]) / camera_hz).sets) for index in range(20)]
    assert abs(sum(looked) - wanted) <= 1


def test_a_lost_image_does_not_shift_those_that_are_looked_at():
    stage = PacedKeypoints(KeypointOptions(**{**OFF, 'contour': True}, rate_hz=15.0))
    person = person_of(filled(placed(0.2, 1.5)))
    late = 0.1      # of the time between two images, all but the first
    looked = [index for index in range(40) if index != 21 and stage(person, (index + late * (index > 0)) / 30.0).sets]
    assert looked == [0, *range(1, 20, 2), 22, *range(23, 40, 2)]
    stage.reset()
    assert stage(person, 0.0).sets, 'begun again'
