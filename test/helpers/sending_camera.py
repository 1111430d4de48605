"""A camera in a process of its own: 150 colour images of 640 x 480 at 30 Hz.

    sending_camera.py profile|defaults [reliable]       with or without our transport profile, best effort unless told
"""

import sys
import time
from array import array

import rclpy
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image

from poseformer_ros.ros import transport

IMAGES, RATE_HZ = 150, 30.0
WIDTH, HEIGHT = 640, 480


def main(with_profile: bool, reliability: ReliabilityPolicy) -> None:
    if with_profile:
        transport.use_profile()
    rclpy.init()
    node = rclpy.create_node('sending_camera')
    publisher = node.create_publisher(Image, 'color/image', QoSProfile(depth=5, reliability=reliability))
    message = Image(width=WIDTH, height=HEIGHT, encoding='bgr8', step=WIDTH * 3, data=array('B', bytes(WIDTH * HEIGHT * 3)))
    while not publisher.get_subscription_count():
        time.sleep(0.02)
    # Matched here is not yet matched at the reader.
    time.sleep(0.5)
    next_at = time.monotonic()
    for number in range(IMAGES):
        message.header.frame_id = str(number)
        publisher.publish(message)
        next_at += 1.0 / RATE_HZ
        time.sleep(max(0.0, next_at - time.monotonic()))
    time.sleep(0.5)
    node.destroy_node()
    rclpy.shutdown()


if __name__ == '__main__':
    main(with_profile='profile' in sys.argv,
         reliability=ReliabilityPolicy.RELIABLE if 'reliable' in sys.argv else ReliabilityPolicy.BEST_EFFORT)
