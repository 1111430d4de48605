"""A reduced mask at full resolution: which pieces of it stay, and whose a body's outermost pixels are."""

import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.components import lift
from poseformer_ros.silhouette.refine import FineMask, refine

CAMERA = Intrinsics(320, 240, 260.0, 260.0, 159.5, 119.5)
STEP = 2
BODY_M, BEHIND_M = 2.0, 3.0
BODY = slice(40, 200), slice(120, 200)          # of the pixels that are truly the person's


def refined(outermost: float) -> FineMask:
    """A board before a wall, whose outermost pixels read as given."""
    depth = np.full((CAMERA.height, CAMERA.width), BEHIND_M, np.float32)
    depth[BODY] = outermost
    depth[inner()] = BODY_M
    return before_a_wall(depth)


def before_a_wall(depth: np.ndarray) -> FineMask:
    """Of what is as far away as the body in a depth image (h, w)."""
    small = depth[STEP // 2::STEP, STEP // 2::STEP]
    camera = CAMERA.resized(CAMERA.width // STEP, CAMERA.height // STEP)
    return refine(depth, CAMERA, lift(small, camera, STEP, None), small == BODY_M)


def inner() -> tuple[slice, slice]:
    return slice(BODY[0].start + 1, BODY[0].stop - 1), slice(BODY[1].start + 1, BODY[1].stop - 1)


def in_full(fine: FineMask, pixels: np.ndarray) -> np.ndarray:
    image = np.zeros((CAMERA.height, CAMERA.width), bool)
    image[fine.roi.slices] = pixels
    return image


def body() -> np.ndarray:
    pixels = np.zeros((CAMERA.height, CAMERA.width), bool)
    pixels[BODY] = True
    return pixels


def outermost() -> np.ndarray:
    ring = body()
    ring[inner()] = False
    return ring


@pytest.mark.parametrize('reading', [2.2, 2.5, 2.8])
def test_a_rim_of_blended_readings_is_the_persons_and_without_depth(reading):
    fine = refined(reading)
    np.testing.assert_array_equal(in_full(fine, fine.mask), body())
    np.testing.assert_array_equal(in_full(fine, fine.rim), outermost())


def test_a_rim_that_reads_the_body_is_the_body():
    fine = refined(BODY_M)
    np.testing.assert_array_equal(in_full(fine, fine.mask), body())
    assert not fine.rim.any()


@pytest.mark.parametrize('reading', [BEHIND_M, np.nan], ids=['what is behind', 'nothing'])
def test_a_rim_that_reads_what_is_behind_or_lies_in_shadow_is_not_the_persons(reading):
    fine = refined(reading)
    np.testing.assert_array_equal(in_full(fine, fine.mask), body() & ~outermost())
    assert not fine.rim.any()


def test_whom_a_table_cuts_into_pieces_keeps_all_but_specks():
    depth = np.full((CAMERA.height, CAMERA.width), BEHIND_M, np.float32)
    depth[BODY] = BODY_M
    whole, table, speck = body(), slice(90, 120), (slice(60, 66), slice(230, 236))
    depth[table] = BODY_M / 2
    depth[speck] = BODY_M
    whole[table] = False
    fine = before_a_wall(depth)
    np.testing.assert_array_equal(in_full(fine, fine.mask), whole)
