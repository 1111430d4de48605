"""Tests over real DDS: real nodes, real messages; left out where ROS is absent, as with the pip-installed core."""

import importlib.util
import os

import pytest

if importlib.util.find_spec('rclpy') is None:
    collect_ignore_glob = ['test_*.py']
else:
    if importlib.util.find_spec('rerun') is None:
        collect_ignore_glob = ['test_view*.py']
    # Before the first participant is made: away from a running station, and from other machines.
    os.environ['ROS_AUTOMATIC_DISCOVERY_RANGE'] = 'LOCALHOST'
    os.environ['ROS_DOMAIN_ID'] = str(1 + os.getpid() % 100)


@pytest.fixture(scope='session')
def studio():
    """A standing person of 1.70 m in a plain room, 2.8 m away, without noise; 320 x 240 keeps the tests quick."""
    from helpers.live_station import SMALL_CAMERA

    from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, StudioCamera
    return CapsuleStudio(StudioCamera(intrinsics=SMALL_CAMERA))


@pytest.fixture(scope='session')
def person(studio):
    """(frame, truth) of the standing person."""
    from poseformer_ros.synthesis.capsule.figure_pose import STANDING
    return studio(STANDING)
