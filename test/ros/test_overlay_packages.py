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


FLAT_COLORS = {'red': (255, 0, 0), 'green': (0, 255, 0), 'blue': (0, 0, 255), 'grey': (120, 120, 120)}


def flat(encoding, rgb, height=8, width=12):
    """Pixels of one colour in an encoding, by its definition (BT.601 for YUV)."""
    r, g, b = rgb
    if encoding.startswith('bayer'):
        pixels = np.zeros((height, width), np.uint16 if encoding.endswith('16') else np.uint8)
        for place, letter in enumerate(encoding[6:10]):
            pixels[place // 2::2, place % 2::2] = {'r': r, 'g': g, 'b': b}[letter] * (257 if encoding.endswith('16') else 1)
        return pixels
    y, u, v = np.rint([16 + 0.257 * r + 0.504 * g + 0.098 * b, 128 - 0.148 * r - 0.291 * g + 0.439 * b,
                       128 + 0.439 * r - 0.368 * g - 0.071 * b]).astype(np.uint8)
    if encoding in ('uyvy', 'yuv422', 'yuyv', 'yuv422_yuy2'):
        pixels = np.empty((height, width, 2), np.uint8)
        luma = 1 if encoding in ('uyvy', 'yuv422') else 0
        pixels[..., luma], pixels[:, ::2, 1 - luma], pixels[:, 1::2, 1 - luma] = y, u, v
        return pixels
    order = {'rgb8': (r, g, b), 'bgr8': (b, g, r), 'rgba8': (r, g, b, 9), 'bgra8': (b, g, r, 9)}
    if encoding in order:
        return np.broadcast_to(np.uint8(order[encoding]), (height, width, len(order[encoding])))
    return np.broadcast_to(np.uint16(order[encoding.replace('16', '8')]) * 257, (height, width, len(encoding) - 2))


def padded(pixels, encoding, big_endian=False, padding=10):
    """A message whose rows are longer than their pixels."""
    rows = np.ascontiguousarray(pixels.astype(pixels.dtype.newbyteorder('>')) if big_endian else pixels)
    rows = rows.view(np.uint8).reshape(len(pixels), -1)
    full = np.full((len(rows), rows.shape[1] + padding), 99, np.uint8)
    full[:, :rows.shape[1]] = rows
    return Image(height=pixels.shape[0], width=pixels.shape[1], encoding=encoding, is_bigendian=big_endian, step=full.shape[1],
                 data=full.tobytes())


@pytest.mark.parametrize('color', FLAT_COLORS)
@pytest.mark.parametrize('encoding', ['bgr8', 'rgb8', 'bgra8', 'rgba8', 'rgb16', 'bgr16', 'uyvy', 'yuv422', 'yuyv', 'yuv422_yuy2',
                                      'bayer_rggb8', 'bayer_bggr8', 'bayer_gbrg8', 'bayer_grbg8', 'bayer_rggb16', 'bayer_grbg16'])
def test_every_colour_encoding_comes_as_bgr(encoding, color):
    pixels = flat(encoding, FLAT_COLORS[color])
    for big_endian in (False, True) if pixels.dtype == np.uint16 else (False,):
        found = np.asarray(CvBridge().imgmsg_to_cv2(padded(pixels, encoding, big_endian), 'bgr8'))
        assert found.shape == (8, 12, 3) and found.dtype == np.uint8
        np.testing.assert_allclose(found, np.broadcast_to(FLAT_COLORS[color][::-1], found.shape), atol=4)


@pytest.mark.parametrize(('encoding', 'kind', 'white'), [('mono8', np.uint8, 255), ('mono16', np.uint16, 65535)])
def test_grey_comes_as_bgr_with_black_and_white_kept(encoding, kind, white):
    pixels = np.array([[0, white], [white // 2, white]], kind)
    found = np.asarray(CvBridge().imgmsg_to_cv2(padded(pixels, encoding), 'bgr8'))
    np.testing.assert_allclose(found[..., 1], [[0, 255], [127.5, 255]], atol=1)
    assert (found == found[..., :1]).all()


@pytest.mark.parametrize(('encoding', 'kind'), [('16UC1', np.uint16), ('mono16', np.uint16), ('32FC1', np.float32)])
@pytest.mark.parametrize('big_endian', [False, True])
def test_depth_is_read_in_either_byte_order_with_padding(encoding, kind, big_endian):
    pixels = np.random.default_rng(0).uniform(1, 5000, (6, 7)).astype(kind)
    found = np.asarray(CvBridge().imgmsg_to_cv2(padded(pixels, encoding, big_endian)))
    assert found.dtype == kind
    np.testing.assert_array_equal(found, pixels)
