"""What we use of message_filters and cv_bridge, alike with the distribution's packages and with our stand-ins.

The expected behaviour is that of message_filters in Jazzy, read from its source, and of cv_bridge as its users know it.
"""

import cv2
import numpy as np
import pytest
import rclpy
from cv_bridge import CvBridge, CvBridgeError
from message_filters import SimpleFilter, Subscriber
from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import Header, String

BEST_EFFORT = QoSProfile(depth=3, reliability=ReliabilityPolicy.BEST_EFFORT)


@pytest.fixture
def node():
    rclpy.init()
    made = rclpy.create_node('filters')
    yield made
    made.destroy_node()
    rclpy.shutdown()


def spin_until(node, condition):
    for _ in range(1000):
        if condition():
            return
        rclpy.spin_once(node, timeout_sec=0.02)
    raise AssertionError('no message came')


def test_filter_calls_everybody_in_order_with_their_arguments():
    calls, signals = [], SimpleFilter()
    assert signals.registerCallback(lambda *got: calls.append(('first', *got)), 'own') == 0
    assert signals.registerCallback(lambda *got: calls.append(('second', *got))) == 1
    signals.signalMessage('message')
    assert calls == [('first', 'message', 'own'), ('second', 'message')]


def test_subscriber_hands_on_every_message(node):
    got = []
    subscriber = Subscriber(node, String, 'words')
    subscriber.registerCallback(got.append)
    publisher = node.create_publisher(String, 'words', 10)
    spin_until(node, publisher.get_subscription_count)
    for word in ('one', 'two'):
        publisher.publish(String(data=word))
    spin_until(node, lambda: len(got) == 2)
    assert [message.data for message in got] == ['one', 'two']
    assert subscriber.getTopic() == 'words' and subscriber.node is node
    assert subscriber.sub.topic_name == '/words'


def test_subscriber_passes_quality_of_service_and_events_on(node):
    lost = SubscriptionEventCallbacks(incompatible_qos=lambda _: None)
    subscriber = Subscriber(node, String, 'words', qos_profile=BEST_EFFORT, event_callbacks=lost)
    assert subscriber.sub.qos_profile.reliability == ReliabilityPolicy.BEST_EFFORT
    assert subscriber.sub.qos_profile.depth == 3
    assert Subscriber(node, String, 'other').sub.qos_profile.depth == 10


def test_subscriber_can_be_ended_through_its_subscription(node):
    subscriber = Subscriber(node, String, 'words')
    assert node.destroy_subscription(subscriber.sub)
    assert node.count_subscribers('words') == 0


@pytest.mark.parametrize(('encoding', 'shape', 'kind'), [
    ('mono8', (4, 6), 'u1'), ('bgr8', (4, 6, 3), 'u1'), ('rgba8', (4, 6, 4), 'u1'), ('16UC1', (4, 6), 'u2'),
    ('32FC1', (4, 6), 'f4'),
])
def test_image_there_and_back(encoding, shape, kind):
    pixels = np.random.default_rng(0).integers(0, 250, shape).astype(kind)
    header = Header(frame_id='camera')
    message = CvBridge().cv2_to_imgmsg(pixels, encoding, header=header)
    assert (message.height, message.width, message.encoding, message.header) == (4, 6, encoding, header)
    assert message.step == pixels[0].nbytes and not message.is_bigendian
    found = np.asarray(CvBridge().imgmsg_to_cv2(message))
    assert found.dtype == pixels.dtype
    np.testing.assert_array_equal(found, pixels)


def test_colours_are_reordered_when_asked_for():
    rgb = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    message = CvBridge().cv2_to_imgmsg(rgb, 'rgb8')
    np.testing.assert_array_equal(CvBridge().imgmsg_to_cv2(message, 'bgr8'), rgb[..., ::-1])
    np.testing.assert_array_equal(CvBridge().imgmsg_to_cv2(message, 'rgb8'), rgb)
    np.testing.assert_array_equal(CvBridge().imgmsg_to_cv2(message), rgb)


def test_compressed_image_comes_as_bgr():
    bgr = np.random.default_rng(0).integers(0, 256, (4, 6, 3), np.uint8)
    message = CompressedImage(format='png', data=cv2.imencode('.png', bgr)[1].tobytes())
    np.testing.assert_array_equal(CvBridge().compressed_imgmsg_to_cv2(message, 'bgr8'), bgr)


def test_array_that_does_not_fit_the_encoding_is_refused():
    with pytest.raises(CvBridgeError):
        CvBridge().cv2_to_imgmsg(np.zeros((4, 6, 3), np.uint8), '16UC1')
    assert issubclass(CvBridgeError, TypeError)


def test_depth_is_not_turned_into_colour():
    message = Image(height=1, width=1, step=4, encoding='32FC1', data=bytes(4))
    with pytest.raises(CvBridgeError):
        CvBridge().imgmsg_to_cv2(message, 'bgr8')
