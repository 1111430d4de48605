"""Skeleton points of drawn stick figures."""

import cv2
import numpy as np
import pytest
from helpers.drawn_shapes import CROTCH, HEIGHT, NECK, POSES, WIDTH, found_by, person_of, places, stick_figure

from poseformer_ros.keypoints.landmarks import branch_points, end_points, skeleton
from poseformer_ros.keypoints.layout import Detector


def distances(known: tuple, found: np.ndarray) -> np.ndarray:
    return np.linalg.norm(np.array(known, float)[:, None] - found[None], axis=2)


def junction_reach(middle: tuple, ends: tuple, thickness: int) -> float:
    """How far the junction of bars may lie from where their middle lines meet: to where the two that enclose the smallest
    angle part, at half the thickness over the sine of half that angle."""
    ways = np.array(ends, float) - middle
    turns = np.sort(np.arctan2(ways[:, 1], ways[:, 0]))
    smallest = np.diff(np.append(turns, turns[0] + 2 * np.pi)).min()
    return 0.5 * thickness / np.sin(0.5 * smallest)


@pytest.mark.parametrize('thickness', [13, 17, 21])
@pytest.mark.parametrize('pose', POSES)
def test_stick_figure_has_five_ends_and_its_two_junctions(pose, thickness):
    person = person_of(stick_figure(pose, thickness))
    pixel = 345 / 112
    ends = found_by(Detector.SKELETON_END, person)
    assert len(ends) == 5 and (ends.response == 1).all()
    # Zhang and Suen's passes eat into the tips of slanting bars, by up to their thickness.
    assert distances(POSES[pose], places(ends)).min(axis=1).max() < thickness + 5 * pixel
    branches = found_by(Detector.SKELETON_BRANCH, person)
    head, left_hand, right_hand, left_foot, right_foot = POSES[pose]
    reach = np.array([junction_reach(NECK, (head, left_hand, right_hand, CROTCH), thickness),
                      junction_reach(CROTCH, (NECK, left_foot, right_foot), thickness)]) + 2 * pixel
    near = distances((NECK, CROTCH), places(branches)) < reach[:, None]
    assert near.any(axis=1).all()       # each junction is found
    assert near.any(axis=0).all()       # and nothing else; the neck may be two
    assert (branches.response >= 3).all()


@pytest.mark.parametrize('detector', [Detector.SKELETON_END, Detector.SKELETON_BRANCH])
def test_size_is_the_thickness_of_the_stick(detector):
    points = found_by(detector, person_of(stick_figure('arms spread', 21)))
    if detector == Detector.SKELETON_END:
        assert np.median(points.size) == pytest.approx(21, abs=2 * 345 / 112)
    else:
        assert (points.size > 21).all()     # where sticks meet there is more room


def test_crossing_numbers_of_lines_drawn_by_hand():
    lines = np.zeros((11, 13), np.uint8)
    lines[5, 2:11] = 255        # a plus: four ends, one junction of four
    lines[1:10, 6] = 255
    assert sorted(map(tuple, end_points(lines))) == [(2, 5), (6, 1), (6, 9), (10, 5)]
    centres, arms = branch_points(lines)
    np.testing.assert_array_equal(centres, [[6, 5]])
    np.testing.assert_array_equal(arms, [4])


@pytest.mark.parametrize('case', ['ring', 'dot', 'nothing'])
def test_a_ring_a_dot_and_nothing_have_neither_end_nor_junction(case):
    mask = np.zeros((64, 64), np.uint8)
    if case == 'ring':
        cv2.circle(mask, (32, 32), 20, 255, 5)
    if case == 'dot':
        mask[30, 30] = 255
    lines = skeleton(mask)
    assert len(end_points(lines)) == 0 and len(branch_points(lines)[0]) == 0


def test_a_bar_has_two_ends():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[200:211, 100:400] = True
    assert distances(((105, 205), (394, 205)), places(found_by(Detector.SKELETON_END, person_of(mask)))).min(axis=1).max() < 8
    assert len(found_by(Detector.SKELETON_BRANCH, person_of(mask))) == 0
