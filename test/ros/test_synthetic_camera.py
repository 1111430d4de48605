"""The rendered camera over DDS: what it publishes is what a driver would, and its truth is true."""

import numpy as np
import pytest
from helpers.live_station import live_station
from sensor_msgs.msg import CameraInfo, Image
from tf2_msgs.msg import TFMessage

from poseformer_ros import msg
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES

COLOR_DELAY_S = 0.01
TOPICS = {'color/image': Image, 'depth/image': Image, 'color/camera_info': CameraInfo, 'truth/skeleton': msg.Skeleton24,
          'truth/exercise': msg.ExerciseState, 'truth/mask': Image}
SCENE = {'scene.duration_s': 0.6, 'scene.prerendered': True, 'scene.noise': 'clean', 'scene.color_delay_s': COLOR_DELAY_S,
         'source.rate_hz': 10.0}


@pytest.fixture(scope='module')
def heard():
    """What each topic said: messages by stamp in nanoseconds, and the static frames."""
    kept = {topic: {} for topic in TOPICS} | {'frames': []}
    with live_station('synthetic_camera', synthetic_camera=SCENE) as station:
        for topic, message_class in TOPICS.items():
            station.probe.create_subscription(
                message_class, topic, lambda m, topic=topic: kept[topic].setdefault(conversions.stamp_ns(m.header), m),
                PROFILES['result'])
        station.probe.create_subscription(TFMessage, '/tf_static', lambda m: kept['frames'].extend(m.transforms),
                                          PROFILES['latched'])
        station.until(lambda: kept['frames'] and all(len(kept[topic]) >= 8 for topic in TOPICS), 'eight moments of every topic')
    return kept


def test_loops_on_with_stamps_that_grow(heard):
    stamps = list(heard['color/image'])
    assert len(stamps) >= 8, 'six images make the scene: it began again'
    assert stamps == sorted(stamps)


def test_depth_is_taken_before_colour(heard):
    colors, depths = list(heard['color/image'])[2:6], heard['depth/image']
    assert all(min(abs(color - COLOR_DELAY_S * 1e9 - depth) for depth in depths) < 1e3 for color in colors)


def test_true_joints_lie_in_the_true_mask(heard):
    """Joint centres are inside the body, so those of a person seen whole project into the person's pixels."""
    for stamp in set(heard['truth/mask']) & set(heard['truth/skeleton']):
        mask = np.frombuffer(heard['truth/mask'][stamp].data, np.uint8).reshape(heard['truth/mask'][stamp].height, -1) > 0
        columns, rows = np.rint(conversions.skeleton(heard['truth/skeleton'][stamp]).pixels).astype(int).T
        assert mask[rows, columns].mean() > 22.5 / 24
        assert 0.02 < mask.mean() < 0.3


def test_calibration_projects_the_truth(heard):
    stamp = next(iter(set(heard['color/camera_info']) & set(heard['truth/skeleton'])))
    camera = conversions.intrinsics(heard['color/camera_info'][stamp], 'color/camera_info')
    truth = conversions.skeleton(heard['truth/skeleton'][stamp])
    np.testing.assert_allclose(camera.project(truth.positions), truth.pixels, atol=1e-6)


def test_says_rest_before_the_exercise(heard):
    assert {m.label for m in heard['truth/exercise'].values()} == {'rest'}


def test_gives_its_optical_frame(heard):
    (frame,) = heard['frames']
    assert (frame.header.frame_id, frame.child_frame_id) == ('camera_link', 'camera_color_optical_frame')
    # The optical axis z is the body's x: a quaternion turns z into x.
    q = frame.transform.rotation
    x, y, z, w = q.x, q.y, q.z, q.w
    np.testing.assert_allclose([2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)], [1, 0, 0], atol=1e-12)
