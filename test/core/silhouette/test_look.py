"""Both networks' word as one, and masks by the person network's pixels, over depth made by hand."""

import numpy as np
import pytest

from poseformer_ros.silhouette.learned.look import (
    CLOSER_OFFSET,
    KEPT,
    OFFSET,
    PERSON_ODDS,
    PIXEL_ODDS,
    SPECK_PIXELS,
    likeness,
    refined_by_parts,
    without_specks,
)
from poseformer_ros.silhouette.learned.segmentation import LearnedSegmentationOptions


def odds(probability: float) -> float:
    return probability / (1.0 - probability)


@pytest.mark.parametrize(('person', 'pixels'), [(0.9, 0.8), (0.2, 0.95), (0.5, 0.5)])
def test_the_odds_of_both_are_multiplied(person, pixels):
    both = odds(person) ** PERSON_ODDS * odds(pixels) ** PIXEL_ODDS * np.exp(OFFSET)
    assert odds(likeness(person, pixels)) == pytest.approx(both)


def test_neither_network_alone_makes_or_unmakes_a_person():
    believed = LearnedSegmentationOptions().believed
    assert likeness(0.99, 0.95) > believed > likeness(0.99, 0.5)
    assert likeness(0.95, 0.99) > believed > likeness(0.01, 0.9)


def test_a_closer_look_has_to_be_surer():
    assert odds(likeness(0.9, 0.8, closer=True)) == pytest.approx(odds(likeness(0.9, 0.8)) * np.exp(CLOSER_OFFSET))
    assert CLOSER_OFFSET < 0.0


@pytest.mark.parametrize('person', [0.0, 1.0])
@pytest.mark.parametrize('pixels', [0.0, 1.0])
def test_certainty_is_a_number_between_0_and_1(person, pixels):
    assert 0.0 <= likeness(person, pixels) <= 1.0
    assert likeness(0.0, 0.0) < 0.01 < 0.99 < likeness(1.0, 1.0)


def body_and_speck(speck_px: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Depth (40, 40), mask of a body at 2 m, mask of a strip of so many pixels that touches it, half a metre behind."""
    depth, body, speck = np.full((40, 40), 4.0, np.float32), np.zeros((40, 40), bool), np.zeros((40, 40), bool)
    body[5:38, 10:25], speck[5:5 + speck_px, 25] = True, True
    depth[body], depth[speck] = 2.0, 2.5
    return depth, body, speck


@pytest.mark.parametrize(('pixels', 'held', 'kept'), [
    (SPECK_PIXELS - 1, 0.6, False), (SPECK_PIXELS - 1, 0.9, True), (SPECK_PIXELS, 0.6, True), (1, 0.6, False)])
def test_a_small_part_beyond_a_depth_edge_is_dropped_unless_it_is_surely_the_persons(pixels, held, kept):
    depth, body, speck = body_and_speck(pixels)
    person = np.where(body, 0.9, held).astype(np.float32)
    found = without_specks(depth, body | speck, person)
    np.testing.assert_array_equal(found, body | speck if kept else body)


def test_a_strip_at_the_bodys_own_depth_is_no_speck():
    depth, body, speck = body_and_speck(10)
    depth[speck] = 2.03
    np.testing.assert_array_equal(without_specks(depth, body | speck, np.where(speck, 0.4, 0.9).astype(np.float32)), body | speck)


def test_nothing_stays_nothing():
    depth, body, _ = body_and_speck(1)
    assert not without_specks(depth, np.zeros_like(body), np.ones(depth.shape, np.float32)).any()


def test_a_mask_loses_and_gains_what_the_network_says():
    mask, known = np.array([[1, 1, 0, 0, 0]], bool), np.array([[1, 1, 1, 1, 0]], bool)
    person = np.array([[KEPT - 0.1, KEPT + 0.1, 0.9, KEPT + 0.1, 0.9]])
    assert refined_by_parts(mask, known, person, KEPT, 0.5).tolist() == [[False, True, True, False, False]]
