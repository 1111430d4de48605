"""The rim of a mask: what the outermost pixels of a body read decides whose they are."""

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
    mask = depth[STEP // 2::STEP, STEP // 2::STEP] == BODY_M
    small = depth[STEP // 2::STEP, STEP // 2::STEP]
    return refine(depth, CAMERA, lift(small, CAMERA.resized(CAMERA.width // STEP, CAMERA.height // STEP), STEP, None), mask)


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
