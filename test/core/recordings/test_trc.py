"""Markers for OpenSim, read back by an independent reader; OpenSim's axes in closed form."""

import numpy as np
import pytest
from helpers.trc_reader import opensim_reads

from poseformer_ros.recordings.trc import opensim_axes, trc_text
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JOINT_NAMES

RATE_HZ = 30.0


def test_what_is_written_is_read_back_in_millimetres():
    rng = np.random.default_rng(3)
    joints = rng.normal(size=(7, JOINT_COUNT, 3))
    joints[2] = np.nan                                  # a lost frame
    joints[4, JOINT['right_hand']] = np.nan             # the last marker
    stamps = np.arange(7) / RATE_HZ
    head, names, times, markers = opensim_reads(trc_text('a.trc', joints, stamps, RATE_HZ))
    assert (head['Units'], head['NumFrames'], head['DataRate']) == ('mm', '7', '30')
    assert names == list(JOINT_NAMES)
    np.testing.assert_allclose(times, stamps, atol=1e-6)
    np.testing.assert_allclose(markers, joints * 1000.0, atol=0.0006)


def test_axes_are_forward_up_and_right_of_who_faces_the_camera():
    person = np.array([0.0, 0.0, 3.0])      # optical: x right, y down, z away
    axes = {name: opensim_axes(person + step, LEVEL_CAMERA) - opensim_axes(person, LEVEL_CAMERA) for name, step in
            (('towards the camera', [0, 0, -1]), ('up', [0, -1, 0]), ('the right hand of who faces the camera', [-1, 0, 0]))}
    assert [axis.tolist() for axis in axes.values()] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_a_tilted_camera_is_put_level_with_the_floor_at_zero():
    """Closed form: a camera 1.5 m high that looks down by 0.3 rad; points built in the room and carried into its frame."""
    tilt, height = 0.3, 1.5
    forward, down = np.array([0.0, -np.sin(tilt), np.cos(tilt)]), np.array([0.0, -np.cos(tilt), -np.sin(tilt)])

    def optical(right: float, up: float, ahead: float) -> np.ndarray:
        place = np.array([right, up - height, ahead])
        return np.array([place[0], place @ down, place @ forward])
    floor = Floor(normal=optical(0, 1, 0) - optical(0, 0, 0), offset=height)
    assert floor.height(optical(0.4, 0.0, 2.0)) == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(opensim_axes(optical(0.4, 1.1, 2.0), floor), [-2.0, 1.1, -0.4], atol=1e-12)


def test_the_axes_only_turn_and_shift():
    floor = Floor(np.array([0.1, -0.9, -0.3]) / np.linalg.norm([0.1, -0.9, -0.3]), 1.2)
    corner, *sides = opensim_axes(np.concatenate([np.zeros((1, 3)), np.eye(3)]), floor)
    turn = np.array(sides) - corner
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(turn) == pytest.approx(1.0)
