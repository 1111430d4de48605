"""Detectors on drawn shapes whose corners, sizes and angles are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from helpers.drawn_shapes import CAMERA, HEIGHT, L_SHAPE, OFF, WIDTH, filled, found_by, person_of, placed, places

from poseformer_ros.errors import BadInput
from poseformer_ros.keypoints.canvas import MARGIN_PX, canvas
from poseformer_ros.keypoints.detectors import contour_points
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.silhouette.person import Roi, nobody

ON_SILHOUETTE = [d for d in Detector if d not in (Detector.SKELETON_END, Detector.SKELETON_BRANCH)]


def farthest(corners: np.ndarray, points) -> float:
    """The largest distance from a true corner to the nearest point."""
    return np.linalg.norm(corners[:, None] - places(points)[None], axis=2).min(axis=1).max()


@pytest.mark.parametrize('scale', [0.6, 1.0, 1.8])
@pytest.mark.parametrize('angle', [0.0, 0.4, np.pi / 2, -1.1, np.pi])
@pytest.mark.parametrize('detector', [Detector.CONTOUR, Detector.HARRIS, Detector.SHI_TOMASI])
def test_corner_detectors_find_the_corners_wherever_the_shape_lies(detector, angle, scale):
    corners = placed(angle, scale)
    points = found_by(detector, person_of(filled(corners)))
    pixel = np.ptp(corners, axis=0).max() / (192 - 2 * MARGIN_PX)       # what the detectors see as one pixel
    assert farthest(corners, points) < 3.0 * pixel + 1.0
    if detector == Detector.CONTOUR:
        assert len(points) <= 8     # and nothing beside them, but for a corner cut in two
        assert (points.response > 20 * pixel).sum() >= 4


def test_all_corners_of_an_upright_rectangle_and_nothing_else():
    corners = np.array([[100, 50], [219, 50], [219, 402], [100, 402]], float)
    person = person_of(filled(corners))
    for detector in (Detector.CONTOUR, Detector.HARRIS, Detector.SHI_TOMASI):
        points = found_by(detector, person)
        assert len(points) == 4, detector
        assert farthest(corners, points) < 2.5 * 353 / 176, detector


def test_harris_response_is_equation_10():
    """R = det M - k trace(M)^2 summed by hand over the window around each corner, on the unsmoothed silhouette."""
    k, block = 0.06, 5
    person = person_of(filled(placed(0.3, 1.5)))
    points = found_by(Detector.HARRIS, person, harris_k=k, corner_block_px=block, smoothing_px=0.0)
    view = canvas(person, 192)
    image = np.pad(view.image.astype(float), 1, mode='reflect')
    smooth, step = np.array([1.0, 2.0, 1.0]), np.array([-1.0, 0.0, 1.0])
    # OpenCV scales grey levels and the operator's sum to one.
    unit = 255.0 * 4 * block
    rows, columns = view.image.shape
    gx = sum(smooth[i] * step[j] * image[i:i + rows, j:j + columns] for i in range(3) for j in range(3)) / unit
    gy = sum(step[i] * smooth[j] * image[i:i + rows, j:j + columns] for i in range(3) for j in range(3)) / unit
    at = np.rint((places(points) - (view.left - 0.5, view.top - 0.5)) / view.scale - 0.5 + MARGIN_PX).astype(int)
    assert len(at) >= 6
    for (column, row), response in zip(at, points.response, strict=True):
        window = np.s_[row - 2:row + 3, column - 2:column + 3]
        xx, xy, yy = (gx[window] ** 2).sum(), (gx[window] * gy[window]).sum(), (gy[window] ** 2).sum()
        assert response == pytest.approx(xx * yy - xy ** 2 - k * (xx + yy) ** 2, rel=1e-3)


@pytest.mark.parametrize('detector', ON_SILHOUETTE)
def test_a_crop_gives_the_same_places_as_the_full_image(detector):
    mask = filled(placed(0.5, 1.3))
    ys, xs = np.nonzero(mask)
    roi = Roi(int(xs.min()) - 7, int(ys.min()) - 3, int(np.ptp(xs)) + 20, int(np.ptp(ys)) + 11)
    whole, part = found_by(detector, person_of(mask)), found_by(detector, person_of(mask, roi))
    assert len(whole) > 0
    np.testing.assert_array_equal(places(whole), places(part))


@pytest.mark.parametrize('detector', list(Detector))
def test_a_shifted_person_shifts_the_points(detector):
    corners = placed(0.5, 1.3)
    here = found_by(detector, person_of(filled(corners)))
    there = found_by(detector, person_of(filled(corners + (31, -17))))
    np.testing.assert_allclose(places(there), places(here) + (31, -17), atol=1e-3)
    np.testing.assert_array_equal(here.size, there.size)
    np.testing.assert_array_equal(here.angle, there.angle)


def pebbles(side: int) -> np.ndarray:
    """(side, side) bool: ellipses of all sizes, some of them over each other."""
    rng, mask = np.random.default_rng(3), np.zeros((side, side), np.uint8)
    for _ in range(25):
        middle, axes = rng.uniform(0.15, 0.85, 2) * side, rng.uniform(0.02, 0.09, 2) * side
        cv2.ellipse(mask, np.rint(middle).astype(int), np.rint(axes).astype(int), rng.uniform(0, 180), 0, 360, 1, -1)
    return mask > 0


def set_into(image: np.ndarray) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[40:40 + len(image), 40:40 + len(image)] = image
    return mask


@pytest.mark.parametrize('detector', [Detector.ORB, Detector.BRISK, Detector.SIFT, Detector.AKAZE])
def test_a_person_of_twice_the_size_doubles_places_and_sizes(detector):
    small = pebbles(200)
    large = np.repeat(np.repeat(small, 2, axis=0), 2, axis=1)
    a, b = (found_by(detector, person_of(set_into(image)), smoothing_px=2.0) for image in (small, large))
    assert len(a) > 3
    expected = (places(a) - 40) * 2 + 0.5 + 40
    distance = np.linalg.norm(expected[:, None] - places(b)[None], axis=2)
    pixel = np.ptp(np.nonzero(large)[0]) / 176
    near = (distance < 2 * pixel) & (np.abs(b.size[None] / a.size[:, None] - 2.0) < 0.1)
    assert near.any(axis=1).mean() > 0.8


@pytest.mark.parametrize('detector', [Detector.ORB, Detector.SIFT, Detector.AKAZE])
@pytest.mark.parametrize('quarters', [1, 2, 3])
def test_angles_turn_counter_clockwise_with_the_image(detector, quarters):
    side = 400
    image = pebbles(side)
    a, b = (found_by(detector, person_of(set_into(p))) for p in (image, np.rot90(image, quarters)))
    assert np.isfinite(a.angle).all() and (np.abs(a.angle) <= np.pi + 1e-6).all()
    middle = 40 + (side - 1) / 2
    c, s = np.cos(quarters * np.pi / 2), np.sin(quarters * np.pi / 2)
    expected = (places(a) - middle) @ np.array([[c, s], [-s, c]]).T + middle
    same = ((np.linalg.norm(expected[:, None] - places(b)[None], axis=2) < 5.0)
            & (np.abs(b.size[None] / a.size[:, None] - 1.0) < 0.1))
    assert same.any(axis=1).mean() > 0.6
    off = np.angle(np.exp(1j * (b.angle[None] - a.angle[:, None] - quarters * np.pi / 2)))
    # A place may have two main directions: one of the points there must have turned.
    best = np.where(same, np.abs(off), np.inf).min(axis=1)[same.any(axis=1)]
    assert (best < 0.15).mean() > 0.9


def test_sift_finds_discs_at_their_centres_with_their_sizes():
    """A disc of radius r is an extremum of scale space at its centre, at sigma = r / sqrt(2) (Lindeberg 1998)."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[[20, 20, 460, 460], [100, 540, 100, 540]] = 1      # far from the discs: they keep away from the detectors' border
    discs = ((220, 130, 16), (400, 180, 26), (260, 320, 44))
    for x, y, radius in discs:
        cv2.circle(mask, (x, y), radius, 1, -1)
    points = found_by(Detector.SIFT, person_of(mask > 0), smoothing_px=0.0, sift_contrast=0.02)
    for x, y, radius in discs:
        distance = np.hypot(points.x - x, points.y - y)
        at = distance < 0.5 * 440 / 176
        assert at.any(), (x, y)
        assert np.abs(points.size[at] / (np.sqrt(2.0) * radius) - 1.0).min() < 0.2, points.size[at]


def test_orb_points_from_an_edge_into_the_shape():
    """The angle of ORB goes to the centre of brightness: on the left side of a bright box it points right, on top down."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[100:300, 200:300] = True
    points = found_by(Detector.ORB, person_of(mask))
    inward = np.stack([250 - points.x, -(200 - points.y)], axis=1)     # y upwards, as angles are seen
    pointing = np.stack([np.cos(points.angle), np.sin(points.angle)], axis=1)
    assert (np.sum(inward * pointing, axis=1) > 0).all()


def test_contour_epsilon_drops_what_lies_closer_to_the_chord():
    """A notch 4 px deep in a box of 176 rows: a corner for a small epsilon, none for a large one."""
    corners = np.array([[100, 100], [180, 100], [180, 180], [176, 188], [180, 196], [180, 275], [100, 275]], float)
    view = canvas(person_of(filled(corners)), 192)
    assert view.scale == (1.0, 1.0)
    assert len(contour_points(view, 2.0)) == 7
    assert len(contour_points(view, 6.0)) == 4


def test_grey_sees_what_the_silhouette_hides():
    color = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    color[100:300, 200:300] = 120
    color[180:220, 230:270] = 250
    color[:, 400:] = np.random.default_rng(0).integers(0, 255, (HEIGHT, 240, 3))       # not of the person: must not be seen
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[100:300, 200:300] = True
    inner = np.array([[230, 180], [269, 180], [269, 219], [230, 219]], float)
    options = {'harris_quality': 0.001}
    assert farthest(inner, found_by(Detector.HARRIS, person_of(mask, color=color), grey=True, **options)) < 4.0
    assert farthest(inner, found_by(Detector.HARRIS, person_of(mask, color=color), **options)) > 20.0


@pytest.mark.parametrize('detector', list(Detector))
def test_a_detector_that_is_off_gives_no_set_and_no_features(detector):
    person = person_of(filled(placed(0.2, 1.5)))
    rest = [d for d in Detector if d != detector]
    found = KeypointStage(KeypointOptions(**{detector.name.lower(): False}))(person)
    assert [points.detector for points in found.sets] == rest
    assert np.isnan(found.features[detector]).all()
    whole = KeypointStage()(person)
    np.testing.assert_array_equal(found.features[rest], whole.features[rest])


def test_everything_off_is_an_empty_answer():
    found = KeypointStage(KeypointOptions(**OFF))(person_of(filled(placed(0.2, 1.5))))
    assert found.sets == () and np.isnan(found.features).all() and found.track_id == 1


@pytest.mark.parametrize('person', [nobody(CAMERA, None),
                                    replace(person_of(filled(L_SHAPE)), mask=np.zeros((HEIGHT, WIDTH), bool))])
def test_nobody_is_flagged(person):
    found = KeypointStage()(person)
    assert [points.detector for points in found.sets] == list(Detector)
    assert all(len(points) == 0 for points in found.sets)
    assert np.isnan(found.features).all() and found.features.shape == (9, 32) and found.track_id == 0


@pytest.mark.parametrize('name', ['pixel', 'row', 'column', 'diagonal', 'full', 'specks', 'dust'])
@pytest.mark.parametrize('grey', [False, True])
def test_odd_masks_are_answered_inside_the_image(name, grey):
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[{'pixel': np.s_[100:101, 200:201], 'row': np.s_[100:101, 20:600], 'column': np.s_[20:460, 300:301],
          'full': np.s_[:], 'dust': np.s_[3::237, 1::311], 'specks': np.s_[::40, ::40],
          'diagonal': np.s_[:0]}[name]] = True
    if name == 'diagonal':
        mask[np.arange(400), np.arange(400)] = True
    ys, xs = np.nonzero(mask)
    found = KeypointStage(KeypointOptions(grey=grey))(person_of(mask))
    pixel = max(np.ptp(xs), np.ptp(ys), 1) / (128 - 2 * MARGIN_PX) + 1
    for points in found.sets:
        assert len({len(v) for v in (points.x, points.y, points.size, points.angle, points.response)}) == 1
        assert np.isfinite([points.x, points.y, points.size, points.response]).all()
        assert ((points.x > xs.min() - 3 * pixel) & (points.x < xs.max() + 3 * pixel)).all(), points.detector
        assert ((points.y > ys.min() - 3 * pixel) & (points.y < ys.max() + 3 * pixel)).all(), points.detector
        known = np.isfinite(found.features[points.detector])
        assert known.all() if len(points) else not known.any()


def test_points_are_capped_at_the_strongest():
    person = person_of(filled(placed(0.5, 1.3)))
    for detector in (Detector.HARRIS, Detector.ORB, Detector.SIFT, Detector.AKAZE, Detector.BRISK):
        few, all_ = found_by(detector, person, most_points=5), found_by(detector, person, most_points=1000)
        assert len(few) == min(5, len(all_))
    few, all_ = (found_by(Detector.BRISK, person, most_points=n) for n in (5, 1000))
    np.testing.assert_array_equal(np.sort(few.response), np.sort(all_.response)[-5:])


@pytest.mark.parametrize('wrong', [{'rows_px': 10}, {'harris_k': 1.0}, {'orb_threshold': 0}, {'smoothing_px': -1.0}, {'sift': 1}])
def test_options_out_of_range_are_refused(wrong):
    with pytest.raises(BadInput, match=next(iter(wrong))):
        KeypointOptions(**wrong)
