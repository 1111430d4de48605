"""Where a closer look goes, and that what it sees lies where it is."""

import numpy as np
import pytest

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.finder import PeopleMap
from poseformer_ros.silhouette.components import lift
from poseformer_ros.silhouette.learned.closer_look import closer_look, likeliest_place, place_of

CAMERA = Intrinsics(640, 480, 525.0, 525.0, 319.5, 239.5)


def frame() -> RgbdFrame:
    """A depth that tells the column in tenths of a millimetre and the row in metres."""
    rows, columns = np.mgrid[:CAMERA.height, :CAMERA.width]
    return RgbdFrame(np.zeros((CAMERA.height, CAMERA.width, 3), np.uint8), (1 + rows + columns * 1e-4).astype(np.float32), CAMERA)


class Finder:
    """Holds every pixel for a person's, by as much as its depth says."""

    shown: np.ndarray
    focal_px: float

    def __call__(self, depth: np.ndarray, focal_px: float) -> PeopleMap:
        self.shown, self.focal_px = depth, focal_px
        return PeopleMap(depth / 1000, np.stack([depth, depth], axis=-1))


@pytest.mark.parametrize('place, first', [((0.5, 0.5), (60, 80)), ((0.0, 1.0), (0, 160)), ((1.0, 0.0), (120, 0))],
                         ids=['middle', 'upper right corner', 'lower left corner'])
def test_the_window_is_as_large_as_the_reduced_image_and_lies_within_the_finer_one(place, first):
    finder = Finder()
    image, people = closer_look(frame(), None, finder, place)
    assert image.step == 2 and image.depth.shape == (240, 320)
    assert finder.shown.shape == frame().reduced[0].shape == (120, 160)
    assert finder.focal_px == image.intrinsics.fx == pytest.approx(262.5)
    window = slice(first[0], first[0] + 120), slice(first[1], first[1] + 160)
    np.testing.assert_array_equal(finder.shown, frame().depth[1::2, 1::2][window])
    np.testing.assert_array_equal(people.person[window], finder.shown / 1000)
    outside = np.ones(people.person.shape, bool)
    outside[window] = False
    assert not people.person[outside].any() and not people.votes[outside].any()


def test_the_likeliest_place_is_where_many_pixels_are_held_for_a_persons_and_nowhere_where_none_are():
    image = lift(*frame().reduced, None)
    person = np.zeros(image.depth.shape, np.float32)
    assert likeliest_place(image, PeopleMap(person, np.zeros((*person.shape, 2), np.float32))) is None
    person[10, 10] = 1.0                    # one pixel, surely
    person[84:96, 40:52] = 0.3              # many, perhaps
    row, column = likeliest_place(image, PeopleMap(person, np.zeros((*person.shape, 2), np.float32)))
    assert 84 <= row * 120 < 96 and 40 <= column * 160 < 52


def test_the_place_of_a_position_is_its_pixel():
    image = lift(*frame().reduced, None)
    column, row = 480.0, 120.0
    row_share, column_share = place_of(image, CAMERA.deproject(np.array([column, row]), np.float64(3.0)))
    assert (row_share, column_share) == (pytest.approx(row / 480, abs=0.005), pytest.approx(column / 640, abs=0.005))
