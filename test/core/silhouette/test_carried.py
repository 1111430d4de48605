"""Somebody known is cut out of what is touched, by the place in the last image."""

import numpy as np
import pytest

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.components import lift
from poseformer_ros.silhouette.learned.carried import LastSeen, apart_from
from poseformer_ros.silhouette.learned.proposals import proposals

INTRINSICS = Intrinsics(fx=140.0, fy=140.0, cx=79.5, cy=59.5, width=160, height=120)
BODY, BESIDE = (slice(20, 100), slice(60, 80)), (slice(20, 100), slice(80, 100))     # upright boxes side by side, rows and columns


def image_of(*boxes, depth_m=3.0):
    """A wall at 6 m, and boxes before it."""
    depth = np.full((120, 160), 6.0, np.float32)
    for box in boxes:
        depth[box] = depth_m
    image = lift(depth, INTRINSICS, 4, None)
    allowed = depth < 5.0
    return image, allowed, proposals(image, allowed, 6.0)


def mask_of(box):
    mask = np.zeros((120, 160), bool)
    mask[box] = True
    return mask


def seen(image, box, others=None):
    mask = mask_of(box)
    elsewhere = np.zeros_like(mask) if others is None else mask_of(others)
    return LastSeen(mask, elsewhere, image.depth, float(image.pixel_area[mask].sum()))


def in_image(candidate):
    mask = np.zeros((120, 160), bool)
    mask[candidate.window] = candidate.mask
    return mask


def test_who_touches_nobody_stays_as_found():
    image, allowed, found = image_of(BODY)
    assert apart_from(image, allowed, found, seen(image, BODY)) is found


def test_two_who_touch_are_parted_where_each_was():
    last = seen(image_of(BODY)[0], BODY, others=BESIDE)
    image, allowed, found = image_of(BODY, BESIDE)
    assert any((in_image(one) & mask_of(BODY)).sum() and (in_image(one) & mask_of(BESIDE)).sum() for one in found), 'one piece'
    known, *others = apart_from(image, allowed, found, last)
    np.testing.assert_array_equal(in_image(known), mask_of(BODY))
    assert others and not any((in_image(one) & mask_of(BODY)).any() for one in others)


def test_furniture_that_is_touched_is_cut_off_a_limbs_step_away():
    cupboard = (slice(20, 100), slice(80, 140))
    last = seen(image_of(BODY)[0], BODY)
    image, allowed, found = image_of(BODY, cupboard)
    known = in_image(apart_from(image, allowed, found, last)[0])
    step_px = 0.2 * 140.0 / 3.0
    assert known[BODY].all() and np.flatnonzero(known.any(0)).max() == pytest.approx(79 + step_px, abs=1.0)


def test_who_left_is_not_carried_on():
    last = seen(image_of(BODY)[0], BODY)
    image, allowed, found = image_of((slice(20, 100), slice(110, 130)))
    assert apart_from(image, allowed, found, last) is found
