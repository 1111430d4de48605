"""When a source that waits for the station begins."""

import time

from helpers.live_station import live_station
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from poseformer_ros import msg
from poseformer_ros.ros.qos import PROFILES

LOOKED_ON_S = 1.5


def read_all(node):
    for topic, message_class in (('color/image', Image), ('depth/image', Image), ('color/camera_info', CameraInfo)):
        node.create_subscription(message_class, topic, lambda _: None, PROFILES['result'])


def test_who_only_looks_on_is_not_taken_for_the_station():
    with live_station('capsule_camera', capsule_camera={'source.wait_for_station': True}) as station:
        shown = []
        station.probe.create_subscription(msg.Skeleton24, 'truth/skeleton', shown.append, PROFILES['result'])
        station.probe.create_publisher(msg.Skeleton24, 'skeleton', PROFILES['result'])
        read_all(station.probe)
        end = time.monotonic() + LOOKED_ON_S
        station.until(lambda: time.monotonic() > end, 'some time')
        assert not shown
        reader = station.add(Node('rgbd_sync'))
        read_all(reader)
        station.until(lambda: shown, 'the first image')


def test_who_must_not_miss_the_first_image_is_waited_for():
    with live_station('capsule_camera', capsule_camera={'source.wait_for_station': True, 'source.reader': 'latecomer'}) as station:
        shown = []
        station.probe.create_subscription(msg.Skeleton24, 'truth/skeleton', shown.append, PROFILES['result'])
        station.probe.create_publisher(msg.Skeleton24, 'skeleton', PROFILES['result'])
        read_all(station.add(Node('rgbd_sync')))
        end = time.monotonic() + LOOKED_ON_S
        station.until(lambda: time.monotonic() > end, 'some time')
        assert not shown
        read_all(station.add(Node('latecomer')))
        station.until(lambda: shown, 'the first image')
