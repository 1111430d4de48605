"""The silhouette stage on drawn rooms: the mask against the pixels that are known to be the person's."""

import numpy as np
import pytest
from helpers.silhouette_room import CAMERA, Scene, View, box, draw, person, room, table

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, defaults
from poseformer_ros.silhouette.crop import CropOptions
from poseformer_ros.silhouette.methods import SilhouetteOptions
from poseformer_ros.silhouette.stage import OPTIONS, SilhouetteStage

FURNITURE = [box(-1.3, 3.6, (0.6, 1.8, 0.5)), box(1.6, 4.0, (0.5, 1.5, 0.4)), *table(1.3, 2.6)]
STOOL_TO_LEAN_ON = box(0.42, 2.55, (0.4, 1.0, 0.4))


def overlap(found, drawn, number: int = 1) -> float:
    """Intersection over union of the mask with the pixels of a person."""
    mask = np.zeros(drawn.person.shape, bool)
    if found.found:
        mask[found.roi.slices] = found.mask
    truth = drawn.person == number
    return np.count_nonzero(mask & truth) / np.count_nonzero(mask | truth)


@pytest.mark.parametrize('pose', [
    dict(z=2.5), dict(z=2.4, stature=1.6, arm=0.4), dict(z=3.5), dict(z=4.5), dict(z=2.8, arm=1.57),
    dict(z=2.8, arm=2.8), dict(z=2.6, forward=1.57), dict(z=2.5, squat=1.0), dict(z=2.5, bend=0.6, arm=0.8),
    dict(z=2.5, stature=1.1), dict(z=3.2, stature=2.05), dict(z=2.5, facing=1.2), dict(z=2.6, facing=3.1)], ids=str)
def test_a_person_in_a_furnished_room(pose):
    drawn = draw(Scene([*room(), *FURNITURE], [person(0.0, **pose)]))
    found = SilhouetteStage()(drawn.frame)
    assert overlap(found, drawn) > 0.9
    assert found.track_id == 1 and not found.cut


@pytest.mark.parametrize('view', [View(0.7, 0.0), View(2.3, 0.5), View(1.3, 0.15, roll=0.25), View(1.3, 0.1, turn=0.3)],
                         ids=str)
def test_other_places_of_the_camera(view):
    drawn = draw(Scene([*room(), *FURNITURE], [person(0.0, 2.9)]), view)
    assert overlap(SilhouetteStage()(drawn.frame), drawn) > 0.9


def test_feet_stay_and_the_floor_goes():
    drawn = draw(Scene(room(), [person(0.0, 2.5)]))
    found = SilhouetteStage()(drawn.frame)
    rows = np.flatnonzero(found.mask.any(1)) + found.roi.y
    truth = np.flatnonzero((drawn.person == 1).any(1))
    assert abs(rows[0] - truth[0]) <= 2 and abs(rows[-1] - truth[-1]) <= 3


def test_close_to_a_wall():
    drawn = draw(Scene(room(depth=3.2), [person(0.0, 3.0)]), View(1.0, 0.0))
    assert overlap(SilhouetteStage()(drawn.frame), drawn) > 0.85


def test_sitting_on_a_chair():
    chair = [box(0.0, 2.75, (0.45, 0.45, 0.45)), box(0.0, 2.98, (0.45, 0.95, 0.04))]
    drawn = draw(Scene([*room(), *chair], [person(0.0, 2.5, squat=0.9)]))
    assert overlap(SilhouetteStage()(drawn.frame), drawn) > 0.8


@pytest.mark.parametrize('boxes', [
    [], FURNITURE, [box(0.0, 3.0, (0.5, 1.7, 0.5))], [box(0.0, 3.0, (0.25, 2.7, 0.25))],
    [box(0.0, 2.5, (0.45, 0.45, 0.45)), box(0.0, 2.7, (0.45, 0.95, 0.05))],
    [*table(0.0, 2.8), box(0.0, 2.9, (0.5, 0.4, 0.05), 0.75), box(0.4, 2.8, (0.2, 0.45, 0.4), 0.75)],
    [box(0.5, 3.0, (0.4, 1.1, 0.25), 0.7)]],
    ids=['bare', 'furnished', 'cupboard', 'pillar', 'chair', 'desk', 'hanging coat'])
@pytest.mark.parametrize('view', [View(), View(1.6, 0.3, turn=0.2)], ids=['straight', 'turned'])
def test_nobody_in_an_empty_room(boxes, view):
    drawn = draw(Scene([*room(), *boxes]), view)
    found = SilhouetteStage()(drawn.frame)
    assert not found.found and found.track_id == 0 and found.mask.shape == (0, 0)
    assert found.image_size == (CAMERA.width, CAMERA.height)
    assert abs(found.floor.offset - view.height) < 0.02


def test_whole_before_cut():
    drawn = draw(Scene(room(), [person(-0.5, 1.7), person(0.5, 3.2)]))
    found = SilhouetteStage()(drawn.frame)
    assert overlap(found, drawn, number=2) > 0.9 and not found.cut


def test_a_person_alone_is_taken_though_cut():
    drawn = draw(Scene(room(), [person(0.0, 1.5)]))
    found = SilhouetteStage()(drawn.frame)
    assert overlap(found, drawn) > 0.85 and found.cut


@pytest.mark.slow
def test_the_followed_person_is_kept_while_another_walks_past_behind():
    stage, numbers = SilhouetteStage(), set()
    for index in range(20):
        people = [person(0.0, 2.5, arm=0.5), person(-1.9 + 0.2 * index, 3.8, facing=1.5)]
        drawn = draw(Scene([*room(), *FURNITURE], people), seed=index)
        found = stage(drawn.frame)
        numbers.add(found.track_id)
        assert overlap(found, drawn) > 0.9
    assert numbers == {1}


def test_the_number_survives_a_short_loss():
    stage = SilhouetteStage()
    here, empty = draw(Scene(room(), [person(0.0, 2.5)])), draw(Scene(room()))
    assert [stage(d.frame).track_id for d in (here, here, empty, empty, here)] == [1, 1, 0, 0, 1]


def test_somebody_new_gets_a_new_number_and_reset_begins_again():
    stage = SilhouetteStage()
    left, right = draw(Scene(room(), [person(-0.8, 3.0)])), draw(Scene(room(), [person(0.9, 3.0)]))
    first = [stage(left.frame).track_id for _ in range(2)]
    later = [stage(right.frame).track_id for _ in range(10)]
    assert first == [1, 1] and later[-1] == 2
    stage.reset()
    assert stage(right.frame).track_id == 1


@pytest.mark.slow
def test_a_squat_is_followed_all_the_way():
    stage = SilhouetteStage()
    for index in range(20):
        depth_of_squat = 0.5 - 0.5 * np.cos(index * np.pi / 10)
        drawn = draw(Scene([*room(), *FURNITURE], [person(0.0, 2.6, squat=depth_of_squat, forward=0.7)]), seed=index)
        found = stage(drawn.frame)
        assert found.track_id == 1 and overlap(found, drawn) > 0.88


def test_furniture_is_told_from_who_leans_on_it():
    drawn = draw(Scene([*room(), STOOL_TO_LEAN_ON], [person(0.0, 2.5)]), seed=50)
    assert overlap(SilhouetteStage()(drawn.frame), drawn) > 0.83


@pytest.mark.slow
def test_who_stands_still_does_not_become_background():
    stage = SilhouetteStage()
    for index in range(30):
        drawn = draw(Scene(room(), [person(0.0, 2.5)]), seed=index)
        assert overlap(stage(drawn.frame), drawn) > 0.9


@pytest.mark.slow
def test_a_rolling_rig_does_not_lose_the_person():
    stage = SilhouetteStage()
    for index in range(25):
        t = index / 15
        view = View(1.3, 0.15 + 0.1 * np.sin(t), 0.17 * np.sin(1.5 * t), 0.2 * np.sin(0.9 * t))
        drawn = draw(Scene([*room(), *FURNITURE], [person(0.0, 2.7, arm=0.8)]), view, seed=index)
        found = stage(drawn.frame)
        assert found.track_id == 1 and overlap(found, drawn) > 0.88


def test_no_floor_is_survived():
    drawn = draw(Scene([], [person(0.0, 2.2)]), View(1.0, 0.0), noise=0)
    found = SilhouetteStage()(drawn.frame)
    assert found.floor is None and overlap(found, drawn) > 0.9


def test_flying_pixels_are_trimmed():
    """A rim two pixels wide, between the person and nothing, as a time-of-flight camera gives."""
    drawn = draw(Scene([], [person(0.0, 2.2)]), View(1.0, 0.0), noise=0)
    body = np.isfinite(drawn.frame.depth)
    rim = np.zeros_like(body)
    rim[:, 2:] |= body[:, :-2]
    rim[:, :-2] |= body[:, 2:]
    rim &= ~body
    depth = np.where(rim, np.float32(2.5), drawn.frame.depth)
    found = SilhouetteStage()(RgbdFrame(drawn.frame.color, depth, CAMERA))
    mask = np.zeros(body.shape, bool)
    mask[found.roi.slices] = found.mask
    assert np.count_nonzero(mask & rim) < 0.06 * np.count_nonzero(rim)     # the gaps between limbs


def test_crop_matches_the_image():
    drawn = draw(Scene(room(), [person(0.2, 2.5)]))
    found = SilhouetteStage(defaults(OPTIONS, crop=CropOptions(margin=0.1)))(drawn.frame)
    assert found.mask.shape == found.depth.shape == found.color.shape[:2] == (found.roi.height, found.roi.width)
    known = np.isfinite(found.depth)
    np.testing.assert_array_equal(found.depth[known], drawn.frame.depth[found.roi.slices][known])
    assert (found.mask | known).all()       # given up in the mask's rim alone
    rows = np.flatnonzero(found.mask.any(1))
    assert abs(rows[0] - 0.1 * (rows[-1] - rows[0] + 1)) <= 1
    pixel = np.array([30.0, 40.0])
    point = found.intrinsics.deproject(pixel, np.float64(2.0))
    np.testing.assert_allclose(CAMERA.project(point), pixel + [found.roi.x, found.roi.y])


@pytest.mark.parametrize('size', [(1, 1), (7, 5), (64, 48)], ids=str)
@pytest.mark.parametrize('value', [np.nan, 0.0, 2.0, np.inf, 65.535], ids=str)
def test_senseless_images_are_an_empty_room(size, value):
    camera = Intrinsics(*size, 50.0, 50.0, size[0] / 2, size[1] / 2)
    stage = SilhouetteStage()
    frame = RgbdFrame(np.zeros((*size[::-1], 3), np.uint8), np.full(size[::-1], value, np.float32), camera)
    for _ in range(3):
        assert not stage(frame).found


def test_images_of_another_size_are_refused():
    frame = draw(Scene(room())).frame
    with pytest.raises(BadInput, match='camera_info'):
        SilhouetteStage()(RgbdFrame(frame.color, frame.depth[:-1], frame.intrinsics))


def test_the_same_images_twice_give_the_same_bits():
    images = [draw(Scene([*room(), *FURNITURE], [person(0.1 * i, 2.6)]), seed=i).frame for i in range(4)]
    stage = SilhouetteStage()
    first = [stage(frame) for frame in images]
    stage.reset()
    for before, frame in zip(first, images):
        after = stage(frame)
        assert before.roi == after.roi and np.array_equal(before.mask, after.mask)


def test_an_unknown_method_is_refused():
    with pytest.raises(BadInput, match='deeplabv3'):
        SilhouetteOptions(method='yolo')
    check(SilhouetteOptions())
