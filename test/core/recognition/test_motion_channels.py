"""Channels of skeletons: what they must not depend on, and what they must tell."""

import numpy as np
import pytest
from helpers.labelled_motions import labelled_motion, standing

from poseformer_ros.recognition.motion_channels import channels, cleaned, movement, own_way, statistics
from poseformer_ros.recordings.labelled.labelled_motion import PLACE


def test_place_size_and_heading_do_not_matter():
    at = labelled_motion('P1', 'Es1', 1).positions[None]
    turn = 0.8
    rotation = np.array([[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]])
    moved = 1.3 * at @ rotation.T + [0.5, -1.0, 3.0]
    assert np.allclose(channels(at, PLACE), channels(moved, PLACE), atol=1e-4)


def test_a_straight_arm_and_the_distance_of_hands():
    found = channels(np.repeat(standing()[None, None], 3, axis=1), PLACE)[0, 0]
    assert any(abs(value - np.pi) < 0.1 for value in found)             # elbow
    assert any(value == pytest.approx(0.4 / 0.5, abs=1e-5) for value in found)      # wrists 0.4 m apart, torso 0.5 m


def test_the_left_arm_is_not_the_right():
    left, right = standing(), standing()
    left[PLACE['left_hand'], 1] += 0.5
    right[PLACE['right_hand'], 1] += 0.5
    both = channels(np.stack([left, right])[:, None], PLACE)
    assert np.abs(both[0] - both[1]).max() > 0.5


def test_gaps_are_bridged_and_a_jump_of_two_frames_goes():
    at = np.repeat(standing()[None], 20, axis=0)
    at[5:8, PLACE['left_hand']] = np.nan
    at[12:14, PLACE['right_hand']] += 4.3
    assert np.allclose(cleaned(at), standing(), atol=1e-9)


def test_a_joint_that_is_never_seen_is_zero_not_nan():
    at = np.repeat(standing()[None], 6, axis=0)
    at[:, PLACE['left_heel']] = np.nan
    assert np.isfinite(channels(cleaned(at)[None], PLACE)).all()


def test_statistics_of_a_ramp():
    ramp = np.linspace(0, 1, 11)[:, None]
    found = statistics(ramp)
    assert found[0] == pytest.approx(0.5) and found[1] == pytest.approx(ramp.std())
    assert found[2:7] == pytest.approx([0, 0.1, 0.5, 0.9, 1]) and found[7] == pytest.approx(1) and found[8] == pytest.approx(0.1)


def test_twice_the_way_is_told_by_the_same_step_for_everybody():
    """Logarithms: who moves twice as far lies log 2 higher, whether the movement is large or small."""
    way = np.sin(np.linspace(0, np.pi, 60))[:, None]
    for size in (0.4, 1.6):
        assert np.allclose((movement(2 * size * way) - movement(size * way))[:2], np.log(2), atol=0.03)
    assert np.isfinite(movement(np.zeros((1, 3)))).all()


def test_a_squat_is_seen_without_legs_and_wherever_it_is_done():
    squat = labelled_motion('P1', 'Es5', 1).positions
    legs = [PLACE[f'{side}_{joint}'] for side in ('left', 'right') for joint in ('knee', 'ankle', 'heel')]
    lost = squat.copy()
    lost[:, legs] = squat[0, PLACE['pelvis']]
    way = own_way(lost[None], PLACE)[0]
    assert np.ptp(way[:, 1]) > 0.5 and np.ptp(way[:, [0, 2]]) < 0.2         # torsos, of 0.4 m down
    assert np.allclose(way, own_way(squat[None] + [3.0, 1.0, -2.0], PLACE)[0], atol=1e-4)
