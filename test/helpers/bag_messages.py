"""Serialized messages for bags, made by another library than ours: rosbags' serializer and its own definitions."""

import numpy as np
from rosbags.interfaces import Qos, QosDurability, QosHistory, QosLiveliness, QosReliability, QosTime
from rosbags.typesys import Stores, get_typestore

from poseformer_ros.recordings.bags.metadata import USUAL_QOS, BagTopic
from poseformer_ros.recordings.bags.writer import BagWriter

STORE = get_typestore(Stores.ROS2_JAZZY)
START_NS = 1_700_000_000 * 10**9
PERIOD_NS = 33_333_333
LATCHED_QOS = USUAL_QOS | {'durability': 'transient_local', 'depth': 1}
_FOREVER = QosTime(9_223_372_036, 854_775_807)
QOS = Qos(QosHistory.KEEP_LAST, 10, QosReliability.RELIABLE, QosDurability.VOLATILE, _FOREVER, _FOREVER, QosLiveliness.AUTOMATIC,
          _FOREVER, False)


def topic(name: str, type_name: str, qos: dict | None = None) -> BagTopic:
    """A topic as rosbags describes it."""
    definition, _ = STORE.generate_msgdef(type_name, ros_version=2)
    return BagTopic(name, type_name, STORE.hash_rihs01(type_name), (qos or USUAL_QOS,), definition)


CAMERA_INFO = topic('/camera/info', 'sensor_msgs/msg/CameraInfo')
IMAGE = topic('/camera/image', 'sensor_msgs/msg/Image')
NAME = topic('/name', 'std_msgs/msg/String', LATCHED_QOS)
TOPICS = (IMAGE, CAMERA_INFO, NAME)


def serialized(type_name: str, **fields) -> bytes:
    """A message in CDR, as DDS carries it."""
    return bytes(STORE.serialize_cdr(STORE.types[type_name](**fields), type_name))


def text(words: str) -> bytes:
    """A std_msgs/String."""
    return serialized('std_msgs/msg/String', data=words)


def header(stamp_ns: int):
    """A std_msgs/Header."""
    stamp = STORE.types['builtin_interfaces/msg/Time'](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return STORE.types['std_msgs/msg/Header'](stamp=stamp, frame_id='optical')


def image(stamp_ns: int, pixels: np.ndarray) -> bytes:
    """A mono8 sensor_msgs/Image."""
    height, width = pixels.shape
    return serialized('sensor_msgs/msg/Image', header=header(stamp_ns), height=height, width=width, encoding='mono8',
                      is_bigendian=0, step=width, data=pixels.ravel())


def camera_info(stamp_ns: int) -> bytes:
    """A sensor_msgs/CameraInfo."""
    roi = STORE.types['sensor_msgs/msg/RegionOfInterest'](x_offset=0, y_offset=0, height=0, width=0, do_rectify=False)
    return serialized('sensor_msgs/msg/CameraInfo', header=header(stamp_ns), height=48, width=64, distortion_model='plumb_bob',
                      d=np.zeros(5), k=np.arange(9.0), r=np.eye(3).ravel(), p=np.zeros(12), binning_x=0, binning_y=0, roi=roi)


def moments(number: int, seed: int = 0) -> list[tuple[str, int, bytes]]:
    """(topic, log time, data) of a camera's images that compress badly, their calibration, and one latched name before."""
    random = np.random.default_rng(seed)
    said = [(NAME.name, START_NS, text('Ada'))]
    for index in range(number):
        stamp_ns = START_NS + index * PERIOD_NS
        said.append((CAMERA_INFO.name, stamp_ns, camera_info(stamp_ns)))
        said.append((IMAGE.name, stamp_ns + 1, image(stamp_ns, random.integers(0, 256, (48, 64), dtype=np.uint8))))
    return said


def write_all(writer: BagWriter, said: list[tuple[str, int, bytes]]) -> None:
    """Add the topics and the messages."""
    for each in TOPICS:
        writer.add_topic(each)
    for name, log_ns, data in said:
        writer.write(name, data, log_ns, log_ns)
