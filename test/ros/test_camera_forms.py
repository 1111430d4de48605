"""The forms that drivers send images and calibrations in, over DDS: each is read as the same person."""

import time
from contextlib import contextmanager
from dataclasses import replace
from struct import pack

import cv2
import numpy as np
import pytest
from builtin_interfaces.msg import Time
from geometry_msgs.msg import TransformStamped
from helpers.live_station import FRAME_ID, NO_PUBLISHER_EVENTS, live_station, messages_of, positions
from helpers.simulated_driver import Wrong, simulated, small
from rclpy.qos import DurabilityPolicy, QoSProfile
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.skeleton.joints import JointState
from poseformer_ros.station import presets
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio
from poseformer_ros.synthesis.capsule.figure_pose import STANDING

SILENCE_S = 0.5


@pytest.fixture(scope='module')
def wanted(person):
    """The person's joints from plain images."""
    with live_station() as station:
        station.ready()
        return positions(station.show(person[0]))


def test_compressed_depth_is_read_to_the_last_millimetre(person, wanted):
    with live_station(rgbd_sync={'input.depth_transport': 'compressedDepth'}) as station:
        station.camera.offer('depth', CompressedImage, 'depth/image/compressedDepth')
        station.ready()
        sent = messages_of(person[0], station.stamp())
        raw = np.frombuffer(sent.depth.data, np.uint16).reshape(sent.depth.height, sent.depth.width)
        sent.depth = CompressedImage(header=sent.depth.header, format='16UC1; compressedDepth png',
                                     data=pack('<iff', 0, 0.0, 0.0) + cv2.imencode('.png', raw)[1].tobytes())
        np.testing.assert_array_equal(positions(station.answer_to(sent)), wanted)
        spoilt = replace(messages_of(person[0], station.stamp()), depth=sent.depth)
        spoilt.depth.header, spoilt.depth.data = spoilt.color.header, sent.depth.data[:60]
        station.camera.send(spoilt)
        station.until_told('rgbd_sync', 'depth/image: 48 bytes are no 16-bit PNG', 'broken images')


def test_a_missing_message_of_both_images_is_named_and_another_type_too():
    preset = small(presets.load('realsense_rgbd'))
    with live_station('rgbd_sync', preset=preset) as station:
        station.until_told('rgbd_sync', 'waiting for: camera/rgbd (nobody publishes /camera/camera/rgbd')
        with simulated(preset, Wrong(color_type=CompressedImage)):
            station.until_told('rgbd_sync', 'is published as sensor_msgs/msg/CompressedImage, '
                                            'wanted realsense2_camera_msgs/msg/RGBD; remap it or set input.combined')


def test_missing_compressed_depth_names_its_parameter(person):
    with live_station('rgbd_sync', rgbd_sync={'input.depth_transport': 'compressedDepth'}) as station:
        station.until(lambda: station.probe.said('rgbd_sync', f'nobody publishes /{station.namespace}/depth/image/compressedDepth'),
                      'the name with its suffix')


def test_without_readable_colour_the_skeleton_goes_on(person):
    """The learned stages need depth alone; that the colour is missing is said."""
    with live_station() as station:
        station.ready()
        plain = station.show(person[0])
        sent = messages_of(person[0], station.stamp())
        sent.color.encoding = '64FC4'
        skeleton = station.answer_to(sent)
        assert (np.array(skeleton.state) == JointState.OBSERVED).sum() >= (np.array(plain.state) == JointState.OBSERVED).sum() - 1
        assert not np.any(station.silhouette_of(skeleton).color.data)
        station.until(lambda: station.probe.said('rgbd_sync', "color/image: '64FC4' cannot be read", 'depth alone'), 'a doubt')
        assert not station.probe.value('rgbd_sync', 'troubles')


SETTLED = 8         # images after which the filter has followed


def test_distorted_pair_is_straightened(person, wanted):
    """Raw images, bent by OpenCV's inverse of what the node does; the skeleton is where the straight images have it."""
    frame, _ = person
    camera, d = frame.intrinsics, np.array([0.12, -0.2, 0.01, -0.01, 0.05])
    rows, columns = np.mgrid[:camera.height, :camera.width].astype(np.float32)
    straight = cv2.undistortPoints(np.stack([columns, rows], -1).reshape(-1, 1, 2), camera.matrix, d, P=camera.matrix)
    x, y = np.moveaxis(straight.reshape(camera.height, camera.width, 2), -1, 0)
    bent = replace(frame, color=cv2.remap(frame.color, x, y, cv2.INTER_LINEAR),
                   depth=cv2.remap(frame.depth, x, y, cv2.INTER_NEAREST, borderValue=np.nan))
    with live_station() as station:
        station.ready()

        def joints_with(coefficients):
            for _ in range(SETTLED):
                sent = messages_of(bent, station.stamp())
                sent.info.d = list(coefficients)
                answer = station.answer_to(sent)
            return positions(answer)

        off_mm, bent_mm = (1e3 * np.nanmean(np.linalg.norm(joints_with(c) - wanted, axis=1)) for c in (d, 0 * d))
        assert off_mm < 12.0 and off_mm < 0.5 * bent_mm
        joints_with(d)
        station.until(lambda: any((pair.key, pair.value) == (
            'color is', 'raw, distortion of up to 0.2 (plumb_bob) removed (D is not zero)')
            for status in station.probe.statuses.get('rgbd_sync', ()) for pair in status.values), 'the choice in the diagnostics')


def test_p_holds_for_rectified_images(person, wanted):
    """K 12 % shorter beside the true P (image_pipeline#1035): the person keeps its size."""
    with live_station() as station:
        station.ready()
        sent = messages_of(person[0], station.stamp())
        sent.info.k = sent.info.k * np.array([0.88, 1, 1, 1, 0.88, 1, 1, 1, 1])
        np.testing.assert_array_equal(positions(station.answer_to(sent)), wanted)


def test_binning_and_region_are_taken_off(person, wanted):
    """The same image described as every second pixel of a region of a larger one."""
    with live_station() as station:
        station.ready()
        sent = messages_of(person[0], station.stamp())
        info, camera = sent.info, person[0].intrinsics
        info.width, info.height, info.binning_x, info.binning_y = 1000, 700, 2, 2
        info.roi.x_offset, info.roi.y_offset, info.roi.width, info.roi.height = 100, 60, 640, 480
        k = [2 * camera.fx, 0, 2 * camera.cx + 100, 0, 2 * camera.fy, 2 * camera.cy + 60, 0, 0, 1.0]
        info.k, info.p = np.array(k), np.array([*k[:3], 0, *k[3:6], 0, *k[6:], 0])
        np.testing.assert_allclose(positions(station.answer_to(sent)), wanted, atol=1e-6)
        wrong = messages_of(person[0], station.stamp())
        wrong.info.binning_x = wrong.info.binning_y = 2
        station.camera.send(wrong)
        station.until_told('rgbd_sync', 'binning 2 x 2, which is an image of 160 x 120', 'let the driver send binning')


def test_depth_in_another_unit_is_mended_by_its_factor(person, wanted):
    with live_station(rgbd_sync={'input.depth_scale': 0.1}) as station:
        station.ready()
        sent = messages_of(person[0], station.stamp())
        tenths = np.frombuffer(sent.depth.data, np.uint16) * np.uint16(10)
        sent.depth.data = tenths.tobytes()
        np.testing.assert_allclose(positions(station.answer_to(sent)), wanted, atol=5e-3)  # a known person is cut out anew


@contextmanager
def latching_driver(station, info: CameraInfo):
    publisher = station.camera.create_publisher(CameraInfo, 'color/camera_info', QoSProfile(
        depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL), event_callbacks=NO_PUBLISHER_EVENTS)
    publisher.publish(info)
    yield
    station.camera.destroy_publisher(publisher)


def test_calibration_that_was_latched_once_is_read(person):
    """Sent once, before the node reads it as latched; its silence afterwards is not complained of."""
    with live_station(rgbd_sync={'diagnostics.silence_s': SILENCE_S}) as station:
        station.camera.withdraw('info')
        with latching_driver(station, messages_of(person[0], station.stamp()).info):
            station.until(lambda: any(s.topic_name.endswith('color/camera_info')
                                      and s.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL
                                      for s in station.nodes['rgbd_sync'].subscriptions), 'the latched calibration being read')
            station.ready()

            def shown():
                return station.answer_to(replace(messages_of(person[0], station.stamp()), info=None))

            for _ in range(3):
                assert shown().track_id == 1
            end = time.monotonic() + 3 * SILENCE_S
            station.until(lambda: time.monotonic() > end and shown(), 'a longer silence than is borne')
            assert 'camera_info' not in station.nodes['rgbd_sync'].health.status().message


@pytest.mark.parametrize('degrees', [90, 180, 270])
def test_turned_camera_finds_the_person_where_it_is(person, wanted, degrees):
    """The camera lies on its side or hangs: images turned back, joints in a frame of their own, which /tf_static places."""
    frame, _ = person
    quarters = -degrees // 90
    camera = frame.intrinsics
    right, bottom = camera.width - 1 - camera.cx, camera.height - 1 - camera.cy
    turned = {90: (bottom, camera.cx), 180: (right, bottom), 270: (camera.cy, right)}[degrees]
    color, depth = (np.ascontiguousarray(np.rot90(image, quarters)) for image in (frame.color, frame.depth))
    mounted = replace(frame, color=color, depth=depth, intrinsics=replace(
        camera, width=depth.shape[1], height=depth.shape[0], cx=turned[0], cy=turned[1]))
    with live_station(rgbd_sync={'input.rotate': degrees}) as station:
        frames: list[TransformStamped] = []
        station.probe.create_subscription(TFMessage, '/tf_static', lambda m: frames.extend(m.transforms), PROFILES['latched'])
        station.ready()
        skeleton = station.show(mounted)
        assert skeleton.header.frame_id == f'{FRAME_ID}_upright'
        np.testing.assert_allclose(positions(skeleton), wanted, atol=1e-5)
        station.until(lambda: frames, 'the frame of the turned images')
    assert (frames[0].header.frame_id, frames[0].child_frame_id) == (FRAME_ID, f'{FRAME_ID}_upright')
    # What is up in the upright frame, -y, must point to where the mounted image has the head.
    q = frames[0].transform.rotation
    up = -np.array([2 * (q.x * q.y - q.w * q.z), 1 - 2 * (q.x ** 2 + q.z ** 2), 2 * (q.y * q.z + q.w * q.x)])
    np.testing.assert_allclose(up, {90: [1, 0, 0], 180: [0, 1, 0], 270: [-1, 0, 0]}[degrees], atol=1e-9)


def test_quarter_turns_alone_are_taken():
    with pytest.raises(conversions.BadInput, match='input.rotate: 45 is no quarter turn'), \
            live_station('rgbd_sync', rgbd_sync={'input.rotate': 45}):
        pass


BESIDE_M = 0.05     # the colour camera, to the right of the depth camera
REGISTER = {'input.depth_registered': False}


@pytest.fixture(scope='module')
def beside(studio):
    """Colour and depth of the standing person from two cameras side by side."""
    color, _ = CapsuleStudio(replace(studio.camera, aside=BESIDE_M))(STANDING)
    return replace(color, depth=studio(STANDING)[0].depth)


def unregistered(station, pair):
    sent = messages_of(pair, station.stamp())
    sent.depth.header.frame_id = 'camera_depth_optical_frame'
    return replace(sent, depth_info=sent.info)


def placed(parent, child, right_m=0.0, optical=False):
    """A driver's transform; a body frame's y is to the left."""
    made = conversions.optical_transform(parent, child, Time()) if optical else TransformStamped(
        header=Header(frame_id=parent), child_frame_id=child)
    made.transform.translation.y = -right_m
    return made


def test_unregistered_depth_is_placed_by_tf_static(beside):
    """As by the parameters; and without the transforms, that they are missing is said."""
    with live_station(rgbd_sync=REGISTER | {'input.translation_m': [-BESIDE_M, 0.0, 0.0]}) as station:
        station.camera.offer('depth_info', CameraInfo, 'depth/camera_info')
        station.ready()
        by_parameters = positions(station.answer_to(unregistered(station, beside)))
    with live_station(rgbd_sync=REGISTER | {'input.extrinsics': 'tf_static'}) as station:
        station.camera.offer('depth_info', CameraInfo, 'depth/camera_info')
        driver = station.probe.create_publisher(TFMessage, '/tf_static', PROFILES['latched'], event_callbacks=NO_PUBLISHER_EVENTS)
        station.ready()
        station.camera.send(unregistered(station, beside))
        station.until_told('rgbd_sync', "no way from frame 'camera_depth_optical_frame'", 'input.extrinsics')
        driver.publish(TFMessage(transforms=[
            placed('camera_link', 'camera_depth_frame'), placed('camera_link', 'camera_color_frame', right_m=BESIDE_M),
            placed('camera_depth_frame', 'camera_depth_optical_frame', optical=True),
            placed('camera_color_frame', FRAME_ID, optical=True)]))
        tree = station.nodes['rgbd_sync']._placed
        station.until(lambda: _connected(tree), 'the transforms')
        by_frames = positions(station.answer_to(unregistered(station, beside)))
    np.testing.assert_allclose(by_frames, by_parameters, atol=2e-3)


def _connected(tree) -> bool:
    try:
        tree.between('camera_depth_optical_frame', FRAME_ID)
    except conversions.BadInput:
        return False
    return True
