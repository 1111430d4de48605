"""Pixels of people put together into people: maps made by hand, over rooms of one or two planes of depth."""

import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.finder import PeopleMap
from poseformer_ros.silhouette.candidates import full_mask
from poseformer_ros.silhouette.components import lift
from poseformer_ros.silhouette.learned.people_apart import FEWEST_PIXELS, KNOWN_PERSON, PERSON, people_apart
from poseformer_ros.silhouette.person import Floor

CAMERA = Intrinsics(160, 120, 130.0, 130.0, 79.5, 59.5)
WALL_M, FARTHEST_M = 4.5, 6.0
LEFT, RIGHT = (slice(30, 100), slice(50, 75)), (slice(35, 95), slice(75, 100))      # who touch


def place(column: float, row: float, depth: float) -> np.ndarray:
    return CAMERA.deproject(np.array([column, row]), depth)


class Shown:
    """A wall, and people before it as rectangles at one depth, whose pixels vote for the middle they were put with."""

    def __init__(self, wall: float = WALL_M) -> None:
        self.depth = np.full((120, 160), wall, np.float32)
        self.probability = np.full(self.depth.shape, 0.02, np.float32)
        self.votes = np.zeros((120, 160, 2), np.float32)

    def put(self, where: tuple[slice, slice], depth: float, middle: np.ndarray, probability: float = 0.9) -> np.ndarray:
        """Returns the mask of the rectangle."""
        self.depth[where], self.probability[where] = depth, probability
        self.votes[where] = middle[:2] - CAMERA.deproject_image(self.depth)[where][..., :2]
        mask = np.zeros(self.depth.shape, bool)
        mask[where] = True
        return mask

    def found(self, known=()) -> list[np.ndarray]:
        """Masks of whom is found."""
        image = lift(self.depth, CAMERA, 2, None)
        return [full_mask(one, image) for one in self.candidates(known)]

    def candidates(self, known=()):
        return people_apart(lift(self.depth, CAMERA, 2, None), PeopleMap(self.probability, self.votes), FARTHEST_M, known)


def assert_are(found: list[np.ndarray], *wanted: np.ndarray) -> None:
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted):
        np.testing.assert_array_equal(one, other)


def test_two_who_touch_at_one_depth_are_two_by_their_votes():
    shown = Shown()
    left, right = shown.put(LEFT, 2.5, place(62, 60, 2.5)), shown.put(RIGHT, 2.5, place(87, 60, 2.5))
    assert_are(shown.found(), left, right)


def test_pixels_of_one_depth_that_vote_alike_are_one():
    shown = Shown()
    both = shown.put(LEFT, 2.5, place(75, 60, 2.5)) | shown.put(RIGHT, 2.5, place(75, 60, 2.5))
    assert_are(shown.found(), both)


def test_one_behind_the_other_are_two_by_their_depths():
    """Votes lie across the line of sight: both have the middle of the trunk in the same place there."""
    shown, middle = Shown(), np.zeros(3)
    behind = shown.put((slice(20, 100), slice(80, 110)), 3.7, middle)
    before = shown.put((slice(30, 110), slice(60, 90)), 2.5, middle)
    assert_are(shown.found(), behind & ~before, before)


def test_an_arm_held_out_is_its_persons():
    shown, middle = Shown(), place(80, 60, 2.5)
    trunk = shown.put((slice(30, 110), slice(65, 95)), 2.5, middle)
    arm = shown.put((slice(50, 57), slice(70, 90)), 1.8, middle)
    assert_are(shown.found(), trunk | arm)


def test_less_likely_pixels_count_only_where_somebody_known_was():
    shown, middle = Shown(), place(80, 60, 2.5)
    faint = shown.put((slice(30, 110), slice(65, 95)), 2.5, middle, (PERSON + KNOWN_PERSON) / 2)
    assert_are(shown.found())
    assert_are(shown.found([place(130, 60, 3.5)]))       # 1.7 m away
    assert_are(shown.found([place(90, 60, 2.6)]), faint)
    shown.probability[:] = KNOWN_PERSON / 2
    assert_are(shown.found([place(90, 60, 2.6)]))


def test_what_is_mostly_one_persons_is_the_persons_as_a_whole():
    """Two stand in front of the wall in one part each: of the left one's the map knows the upper half and a bit."""
    shown = Shown()
    left = shown.put((slice(30, 100), slice(30, 55)), 2.5, place(42, 60, 2.5))
    right = shown.put((slice(30, 100), slice(100, 120)), 2.5, place(110, 60, 2.5))
    shown.probability[70:100, 30:55] = 0.05
    assert_are(shown.found(), left, right)
    shown.probability[60:100, 30:55] = 0.05     # less than half
    left[60:] = False
    assert_are(shown.found(), right, left)


def test_the_other_persons_pixels_are_never_filled_in():
    """Who touch are one part for depth; most of it is the left one's, the rest of the right one is filled with nobody's."""
    shown = Shown()
    left = shown.put((slice(20, 110), slice(40, 75)), 2.5, place(57, 60, 2.5))
    right = shown.put(RIGHT, 2.5, place(88, 60, 2.5))
    shown.probability[80:95, 75:100] = 0.05     # of the right one's legs
    found = shown.found()
    assert len(found) == 2 and not (found[0] & found[1]).any()
    right[80:95] = False
    np.testing.assert_array_equal(found[1], right)
    assert not (left & ~found[0]).any()


def test_walls_are_not_filled_in_and_nobody_is_looked_for_too_far_away():
    shown = Shown()
    one = shown.put((slice(30, 100), slice(60, 85)), WALL_M - 0.02, place(72, 60, WALL_M))      # against the wall
    assert_are(shown.found(), one)
    shown = Shown(wall=9.0)
    shown.put(LEFT, FARTHEST_M + 0.1, place(62, 60, FARTHEST_M))
    assert_are(shown.found())


def test_the_floor_beside_somebody_who_lies_flat_on_it_is_not_filled_in():
    """Floor in sight between things, as far as its plane is 1 m below the camera; most of it is the person's."""
    shown = Shown(wall=3.5)
    shown.depth[90:] = 1.5
    floor, body = np.zeros(shown.depth.shape, bool), np.zeros(shown.depth.shape, bool)
    floor[105:, 40:110], body[105:, 50:95] = True, True
    rows = np.nonzero(floor)[0]
    shown.depth[floor] = CAMERA.fy / (rows - CAMERA.cy)
    image = lift(shown.depth, CAMERA, 2, Floor(np.array([0.0, -1.0, 0.0]), 1.0))
    shown.probability[body], shown.votes[body] = 0.9, place(72, 112, 2.5)[:2] - image.points[body][:, :2]
    found = people_apart(image, PeopleMap(shown.probability, shown.votes), FARTHEST_M)
    assert_are([full_mask(one, image) for one in found], body)


@pytest.mark.parametrize(('off_m', 'held'), [(0.6, True), (1.2, False)])
def test_a_few_pixels_whose_votes_go_astray_are_the_nearest_persons_if_near(off_m, held):
    """A hand half a metre before the body, of fewer pixels than a person has."""
    shown, middle = Shown(), place(80, 60, 2.5)
    trunk = shown.put((slice(30, 110), slice(65, 95)), 2.5, middle)
    hand = shown.put((slice(50, 55), slice(78, 83)), 2.0, middle + [off_m, 0.0, 0.0])
    assert_are(shown.found(), trunk if held else trunk & ~hand)


@pytest.mark.parametrize(('side', 'depth'), [(5, 4.0), (6, 0.8)], ids=['too few pixels', 'too small'])
def test_too_little_is_nobody(side, depth):
    shown = Shown()
    shown.put((slice(50, 50 + side), slice(60, 60 + side)), depth, place(62, 52, depth))
    assert_are(shown.found())
    enough = shown.put((slice(50, 56), slice(60, 66)), 4.0, place(62, 52, 4.0))
    assert enough.sum() > FEWEST_PIXELS
    assert_are(shown.found(), enough)


def test_pixels_without_depth_and_votes_out_of_anybodys_reach_are_nobodys():
    """A file may hold a network of the right layout whose answers are no metres."""
    shown = Shown()
    one = shown.put((slice(30, 110), slice(65, 95)), 2.5, place(80, 60, 2.5))
    shown.depth[50:60, 70:80] = np.nan
    one[50:60, 70:80] = False
    assert_are(shown.found(), one)
    shown.votes[:] = np.random.default_rng(0).normal(0, 1e6, shown.votes.shape)
    assert_are(shown.found())
    shown.votes[:] = np.nan
    assert_are(shown.found())


def test_the_largest_comes_first_whatever_the_order_in_the_image():
    sizes = {20: 12, 60: 20, 110: 16}       # first column and width
    shown = Shown()
    masks = {column: shown.put((slice(20, 110), slice(column, column + width)), 2.5, place(column + width / 2, 60, 2.5))
             for column, width in sizes.items()}
    for _ in range(2):
        assert_are(shown.found(), masks[60], masks[110], masks[20])


def test_a_candidate_tells_where_it_is_and_how_likely():
    shown = Shown()
    mask = shown.put((slice(30, 110), slice(65, 95)), 2.5, place(80, 60, 2.5))
    shown.probability[30:70, 65:95], shown.probability[100:110, 65:95] = 0.7, 0.1      # filled: no word on how likely
    one, = shown.candidates()
    assert one.likeness == pytest.approx((40 * 0.7 + 30 * 0.9) / 70)
    assert one.position == pytest.approx(place(80, 70, 2.5), abs=0.03)      # its pixels are those from 65 to 94, from 30 to 109
    assert one.mask.all() and one.window == (slice(30, 110), slice(65, 95)) and mask[one.window].all()
    assert one.contact == 0.0 and one.feet
    cut = Shown()
    cut.put((slice(30, 120), slice(65, 95)), 2.5, place(80, 60, 2.5))
    assert cut.candidates()[0].contact == pytest.approx(30 * 2.5 / 130.0, rel=0.1)      # 30 pixels wide at the border
