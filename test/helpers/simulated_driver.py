"""A camera driver made from a preset's own `driver:` section, in a participant of its own: stamps, encodings, distortion, frames,
quality of service, latched calibration, as that driver has them; and what can be wrong with it.
"""

import functools
import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import cv2
import numpy as np
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from rclpy.time import Time
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from poseformer_ros.camera.calibration import MODELS
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.ros.input.combined import COMBINED, PARTS, combined_class
from poseformer_ros.ros.stage_node import type_name
from poseformer_ros.station.camera_check import options_of
from poseformer_ros.station.camera_seen import CameraSeen, StreamSeen
from poseformer_ros.station.presets import Preset
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, FigureTruth, StudioCamera
from poseformer_ros.synthesis.capsule.figure_pose import STANDING

# Images are drawn at this width instead of the camera's own, so that many cameras are tried in little time.
SMALL_WIDTH = 320
DISTANCE_M = 3.2
# Images a second by the wall's clock, whatever the stamps say: a loaded machine keeps up with it.
SENT_HZ = 10.0
RELIABILITY = {'reliable': ReliabilityPolicy.RELIABLE, 'best_effort': ReliabilityPolicy.BEST_EFFORT}


def small(preset: Preset) -> Preset:
    """The preset of the same camera with small images."""
    driver = preset.driver
    fx, fy, cx, cy = driver.k
    height = round(driver.size[1] * SMALL_WIDTH / driver.size[0])
    camera = Intrinsics(*driver.size, fx, fy, cx, cy).resized(SMALL_WIDTH, height)
    return replace(preset, driver=replace(driver, size=(SMALL_WIDTH, height), k=(camera.fx, camera.fy, camera.cx, camera.cy)))


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a driver; nothing by default.

    missing: topics that it does not publish. silent: that it publishes and sends nothing on. depth_frame: of depth alone.
    depth_share: size of depth to colour. unit: of the depth's numbers, in units of what the encoding means. uncalibrated: zeros in
    CameraInfo. lost: share of the moments that never come. color_type: of the messages on the colour topic. p: whether P is
    filled. upside_down: as it hangs from a ceiling. focal_mm: K in millimetres. drift: seconds a second by which the depth's clock
    is fast.
    """

    missing: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    depth_frame: str = ''
    depth_share: float = 1.0
    unit: float = 1.0
    uncalibrated: bool = False
    lost: float = 0.0
    color_type: type = Image
    p: bool = True
    upside_down: bool = False
    focal_mm: bool = False
    drift: float = 0.0


class Moments:
    """The messages of a driver, moment after moment, by our names of their topics.

    truth: the figure that they show.
    """

    def __init__(self, preset: Preset, wrong: Wrong = Wrong()) -> None:
        self.driver, self.wrong = preset.driver, wrong
        self.kinds = {'color/image': wrong.color_type, 'depth/image': Image, 'color/camera_info': CameraInfo,
                      'depth/camera_info': CameraInfo}
        self._combined = options_of(preset)[0].combined
        if self._combined:
            self.kinds[COMBINED] = wrong.color_type if wrong.color_type is not Image else combined_class(self._combined)
        _, self.truth = _drawn(Intrinsics(*self.driver.size, *self.driver.k))
        self._images = _images(self.driver.size, self.driver.k, self.driver.model, self.driver.d)
        self._index, self._first_ns = 0, time.time_ns()
        self._random = np.random.default_rng(0)

    def next(self) -> dict[str, object]:
        """What is sent of the next moment; nothing where it is lost."""
        self._index += 1
        stamp_ns = self._first_ns + round(self._index * 1e9 / self.driver.rate_hz)
        if self._random.random() < self.wrong.lost:
            return {}
        color, depth = (np.rot90(image, 2) if self.wrong.upside_down else image for image in self._images)
        depth_ns = stamp_ns + round(self.driver.depth_after_color_s * 1e9 + self.wrong.drift * (stamp_ns - self._first_ns))
        # Calibration first, and depth before colour, as most drivers do.
        sent = {**({} if self.driver.latched_info else self.calibrations(stamp_ns)),
                'depth/image': _depth_message(depth, self.driver.depth_encodings[0], self.wrong,
                                              _header(depth_ns, self.wrong.depth_frame or self.driver.frame)),
                'color/image': self._color_message(color, _header(stamp_ns, self.driver.frame))}
        if self._combined:
            sent = {COMBINED: self._in_one(sent)}
        return {name: message for name, message in sent.items() if name not in (*self.wrong.silent, *self.wrong.missing)}

    def _in_one(self, sent: dict[str, object]) -> object:
        if self.kinds[COMBINED] is CompressedImage:
            return sent['color/image']
        message = self.kinds[COMBINED](header=sent['color/image'].header)
        for name, field in PARTS.items():
            setattr(message, field, sent[name])
        return message

    def calibrations(self, stamp_ns: int) -> dict[str, CameraInfo]:
        """Of both streams."""
        return {name: self._info(_header(stamp_ns, self.driver.frame)) for name in ('color/camera_info', 'depth/camera_info')}

    def _color_message(self, color: np.ndarray, header: Header) -> Image | CompressedImage:
        if self.wrong.color_type is CompressedImage:
            return CompressedImage(header=header, format='jpeg', data=cv2.imencode('.jpg', color)[1].tobytes())
        return _color_message(color, self.driver.color_encodings[0], header)

    def _info(self, header: Header) -> CameraInfo:
        info = CameraInfo(header=header, width=self.driver.size[0], height=self.driver.size[1],
                          distortion_model=self.driver.model, d=list(self.driver.d))
        if not self.wrong.uncalibrated:
            fx, fy, cx, cy = np.array(self.driver.k) * (0.006 if self.wrong.focal_mm else 1.0)
            info.k, info.r = np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1.0]), np.eye(3).ravel()
            info.p = np.array([fx, 0, cx, 0, 0, fy, cy, 0, 0, 0, 1.0, 0]) * (1.0 if self.wrong.p else 0.0)
        return info


class SimulatedDriver:
    """Publishes moments on the driver's topics; `send` one, or `sending()` many in a thread."""

    def __init__(self, preset: Preset, wrong: Wrong = Wrong(), name: str = 'driver') -> None:
        self.moments = Moments(preset, wrong)
        self._context = Context()
        self._context.init()
        self._node = Node(name, context=self._context, use_global_arguments=False)
        self._outputs = self._publishers(preset)
        if preset.driver.latched_info:
            self._publish(self.moments.calibrations(time.time_ns()))

    def _publishers(self, preset: Preset) -> dict[str, Publisher]:
        outputs, topics, driver = {}, set(), preset.driver
        for name, topic in preset.topics.items():
            # Some drivers have one calibration for both.
            if name in self.moments.wrong.missing or topic in topics:
                continue
            topics.add(topic)
            kind = self.moments.kinds[name]
            latched = kind is CameraInfo and driver.latched_info
            outputs[name] = self._node.create_publisher(kind, topic, QoSProfile(
                depth=driver.queue, reliability=RELIABILITY[driver.reliability],
                durability=DurabilityPolicy.TRANSIENT_LOCAL if latched else DurabilityPolicy.VOLATILE))
        return outputs

    def send(self) -> None:
        """Publish the next moment."""
        self._publish(self.moments.next())

    def _publish(self, messages: dict[str, object]) -> None:
        for name, message in messages.items():
            if name in self._outputs:
                self._outputs[name].publish(message)

    @contextmanager
    def sending(self, rate_hz: float = SENT_HZ) -> Iterator[None]:
        """Send moment after moment in a thread, so many a second by the wall's clock."""
        stop = threading.Event()

        def work() -> None:
            while not stop.wait(1.0 / rate_hz):
                self.send()

        thread = threading.Thread(target=work)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()

    def close(self) -> None:
        """Leave."""
        self._node.destroy_node()
        rclpy.try_shutdown(context=self._context)


@contextmanager
def simulated(preset: Preset, wrong: Wrong = Wrong(), name: str = 'driver') -> Iterator[SimulatedDriver]:
    """A driver that is there for a while."""
    driver = SimulatedDriver(preset, wrong, name)
    try:
        yield driver
    finally:
        driver.close()


def heard(preset: Preset, wrong: Wrong = Wrong(), moments: int = 15) -> CameraSeen:
    """What check-camera would hear of such a driver, without DDS between them."""
    driver, source = preset.driver, Moments(preset, wrong)
    combined = options_of(preset)[0].combined
    wanted = {COMBINED: combined_class(combined)} if combined else {'color/image': Image, 'depth/image': Image,
                                                                   'color/camera_info': CameraInfo}
    streams = {}
    for name, kind in wanted.items():
        streams[name] = StreamSeen(name, preset.topics[name], kind)
        if name not in wrong.missing:
            streams[name].types = (type_name(source.kinds[name]),)
            streams[name].publishers = ('/driver',)
            streams[name].reliable = driver.reliability == 'reliable'
            streams[name].latched = kind is CameraInfo and driver.latched_info
    sent = [source.next() for _ in range(moments)] + ([source.calibrations(time.time_ns())] if driver.latched_info else [])
    for messages in sent:
        for name, message in messages.items():
            if name in streams and streams[name].readable:
                streams[name].keep(serialize_message(message))
    images = [name for name in ('color/image', 'depth/image') if name in streams and name not in wrong.missing]
    return CameraSeen(streams, tuple(preset.topics[name] for name in images))


@functools.cache
def _drawn(camera: Intrinsics) -> tuple[RgbdFrame, FigureTruth]:
    return CapsuleStudio(StudioCamera(intrinsics=camera, distance=DISTANCE_M))(STANDING)


@functools.cache
def _images(size: tuple[int, int], k: tuple[float, ...], model: str, d: tuple[float, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Colour and depth as the lens makes them of the straight images: each raw pixel looks along OpenCV's inverse of the model."""
    straight = Intrinsics(*size, *k)
    if not any(d) or model not in MODELS:
        frame, _ = _drawn(straight)
        return frame.color, frame.depth
    # Twice the size, so that the corners, which see beyond the straight image, have something to show.
    wide = Intrinsics(2 * size[0], 2 * size[1], k[0], k[1], k[2] + size[0] / 2, k[3] + size[1] / 2)
    drawn, _ = _drawn(wide)
    rows, columns = np.mgrid[:size[1], :size[0]].astype(np.float32)
    points = cv2.undistortPoints(np.stack([columns, rows], -1).reshape(-1, 1, 2), straight.matrix, np.array(d), P=wide.matrix)
    x, y = np.moveaxis(points.reshape(*rows.shape, 2), -1, 0)
    return (cv2.remap(drawn.color, x, y, cv2.INTER_LINEAR),
            cv2.remap(drawn.depth, x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan))


def _header(stamp_ns: int, frame: str) -> Header:
    return Header(stamp=Time(nanoseconds=max(0, stamp_ns)).to_msg(), frame_id=frame)


def _color_message(bgr: np.ndarray, encoding: str, header: Header) -> Image:
    order = {'bgr8': bgr, 'rgb8': bgr[..., ::-1], 'bgra8': np.dstack([bgr, np.full(bgr.shape[:2], 255, np.uint8)]),
             '64FC4': np.zeros((*bgr.shape[:2], 4))}
    return _message(order[encoding], encoding, header)


def _depth_message(depth: np.ndarray, encoding: str, wrong: Wrong, header: Header) -> Image:
    if wrong.depth_share != 1.0:
        depth = cv2.resize(depth, None, fx=wrong.depth_share, fy=wrong.depth_share, interpolation=cv2.INTER_NEAREST)
    if encoding == '32FC1':
        return _message((depth / wrong.unit).astype(np.float32), encoding, header)
    return _message(np.nan_to_num(1e3 * depth / wrong.unit).clip(0, 65535).astype(np.uint16), encoding, header)


def _message(pixels: np.ndarray, encoding: str, header: Header) -> Image:
    pixels = np.ascontiguousarray(pixels)
    message = Image(header=header, height=pixels.shape[0], width=pixels.shape[1], encoding=encoding, step=pixels[0].nbytes)
    message.data = array('B', pixels.tobytes())
    return message
