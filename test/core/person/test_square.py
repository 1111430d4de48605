"""The square of a candidate: its place, its size, and the way to the image and back."""

import numpy as np
import pytest

from poseformer_ros.person.square import (
    CHANNELS,
    DEPTH_CLIP,
    INPUT_PX,
    LEAST_SIDE_M,
    MOST_SIDE_M,
    SIDE_OF_BOX,
    Square,
    from_square,
    network_input,
    resampled,
    square_around,
    to_square,
)

FOCAL_PX = 500.0
TURNED = Square(np.array([210.5, 130.25]), 180.0, 2.5, 0.45, 0.3)


def box(rows: slice, columns: slice, depth_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Mask and depth (240, 320) of a box at one depth before nothing."""
    mask, depth = np.zeros((240, 320), bool), np.full((240, 320), np.nan, np.float32)
    mask[rows, columns], depth[rows, columns] = True, depth_m
    return mask, depth


def test_a_square_lies_around_the_mask():
    square = square_around(*box(slice(40, 200), slice(100, 150), 2.0), FOCAL_PX)
    assert square.centre == pytest.approx([124.5, 119.5])
    assert square.side_px == pytest.approx(SIDE_OF_BOX * 160)
    assert square.depth_m == 2.0 and square.half_m == pytest.approx(square.side_px / 2 * 2.0 / FOCAL_PX)


@pytest.mark.parametrize(('size', 'depth_m', 'side_m'), [(4, 3.0, LEAST_SIDE_M), (230, 8.0, MOST_SIDE_M)])
def test_a_square_is_of_a_persons_size(size, depth_m, side_m):
    square = square_around(*box(slice(0, size), slice(0, size), depth_m), FOCAL_PX)
    assert 2 * square.half_m == pytest.approx(side_m)


def test_where_no_depth_is_known_there_is_no_square():
    mask, depth = box(slice(40, 200), slice(100, 150), np.nan)
    assert square_around(mask, depth, FOCAL_PX) is None
    assert square_around(np.zeros_like(mask), depth, FOCAL_PX) is None


def test_places_go_to_the_square_and_back():
    pixels = np.random.default_rng(0).uniform(-50, 400, (20, 2))
    assert from_square(to_square(pixels, TURNED), TURNED) == pytest.approx(pixels)
    corner = TURNED.centre + TURNED.side_px / 2 * np.array([np.cos(0.3) - np.sin(0.3), np.sin(0.3) + np.cos(0.3)])
    assert to_square(corner, TURNED) == pytest.approx([1.0, 1.0])


def test_the_networks_pixels_are_those_of_the_square():
    """A pixel centre of the network is (2 p + 1) / INPUT_PX - 1 of the way from edge to edge."""
    pixels = np.array([[0.0, 0.0], [95.0, 0.0], [40.0, 70.0]])
    in_image = pixels @ TURNED.to_image[:, :2].T + TURNED.to_image[:, 2]
    assert to_square(in_image, TURNED) == pytest.approx((2 * pixels + 1) / INPUT_PX - 1)


def test_a_marked_pixel_is_found_where_the_square_says():
    image = np.zeros((240, 320), np.float32)
    image[150, 230] = 1.0
    row, column = np.argwhere(resampled(image, Square(np.array([210.5, 130.25]), 60.0, 2.5, 0.45, 0.3), 0.0)).mean(axis=0)
    place = (2 * np.array([column, row]) + 1) / INPUT_PX - 1
    found = from_square(place, Square(np.array([210.5, 130.25]), 60.0, 2.5, 0.45, 0.3))
    assert found == pytest.approx([230, 150], abs=0.6)


def test_what_the_network_is_given():
    mask, depth = box(slice(40, 200), slice(100, 150), 2.0)
    depth[:, 160:] = 9.0
    depth[100, 120] = np.nan
    square = square_around(mask, depth, FOCAL_PX)
    relative, known, inside, size = network_input(depth, mask, square)
    assert CHANNELS == 4 and relative.shape == (INPUT_PX, INPUT_PX) and relative.dtype == np.float32
    assert set(np.unique(relative)) == {0.0, DEPTH_CLIP} and set(np.unique(known)) == {0.0, 1.0}
    assert (relative[known == 0] == DEPTH_CLIP).all() and (relative[(inside > 0) & (known > 0)] == 0).all()
    assert (size == np.float32(square.half_m)).all()
