"""Where a person faces, against turns whose angle is known."""

import numpy as np
import pytest

from poseformer_ros.person.answers import FACING_RAD
from poseformer_ros.skeleton.facing import FacingFilter, FacingOptions


def seen(angle_rad, front_or_back=0.0, width_rad=0.35):
    """Probabilities around an angle, with a share for the opposite one."""
    near = np.exp((np.cos(FACING_RAD - angle_rad) - 1) / width_rad ** 2)
    far = np.exp((np.cos(FACING_RAD - angle_rad - np.pi) - 1) / width_rad ** 2)
    return (1 - front_or_back) * near / near.sum() + front_or_back * far / far.sum()


def off(a, b):
    """Angle between two directions."""
    return abs(np.angle(np.exp(1j * (a - b))))


@pytest.mark.parametrize('angle', np.radians([0, 60, 120, 180, -90, -30]))
def test_the_angle_of_one_clear_image(angle):
    facing = FacingFilter()(seen(angle), FACING_RAD, 1)
    assert off(facing.angle_rad, angle) < np.radians(4)
    assert facing.sigma_rad < np.radians(30)


def test_an_image_that_leaves_front_and_back_open_says_so():
    facing = FacingFilter()(seen(0.2, front_or_back=0.5), FACING_RAD, 1)
    assert facing.sigma_rad > np.radians(90)


def test_time_decides_between_front_and_back():
    follow = FacingFilter()
    for _ in range(20):
        facing = follow(seen(np.radians(170), front_or_back=0.4), FACING_RAD, 1)
    assert facing.back and off(facing.angle_rad, np.radians(170)) < np.radians(10)


def test_a_single_wrong_image_changes_no_side():
    follow = FacingFilter()
    for _ in range(10):
        follow(seen(0.0), FACING_RAD, 1)
    assert not follow(seen(np.pi), FACING_RAD, 1).back


def test_a_body_that_turns_all_the_way_round_is_followed():
    follow, worst = FacingFilter(), 0.0
    for image in range(180):      # once round in six seconds at 30 Hz
        angle = 2 * np.pi * image / 180
        facing = follow(seen(angle), FACING_RAD, 1)
        worst = max(worst, off(facing.angle_rad, angle))
        assert facing.back == (np.cos(angle) < 0) or abs(np.cos(angle)) < 0.45
    assert worst < np.radians(30)


def test_a_wrong_first_impression_is_given_up_within_a_second():
    follow = FacingFilter()
    follow(seen(np.pi), FACING_RAD, 1)
    sides = [follow(seen(0.0), FACING_RAD, 1).back for _ in range(30)]
    assert not sides[-1]


def test_another_person_begins_anew():
    follow = FacingFilter()
    for _ in range(50):
        follow(seen(np.pi), FACING_RAD, 1)
    assert not follow(seen(0.0), FACING_RAD, 2).back


def test_reset_forgets():
    follow = FacingFilter(FacingOptions(trust=0.05))
    for _ in range(50):
        follow(seen(np.pi), FACING_RAD, 1)
    follow.reset()
    assert not follow(seen(0.3), FACING_RAD, 1).back
