"""The image pairs of a bag as moments, without ROS: colour and depth of a camera, matched by stamp.

Depth must lie pixel on pixel on colour, as a driver's aligned or registered topic does.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import cv2
import numpy as np
from rosbags.typesys import Stores, get_typestore

from poseformer_ros.camera.calibration import calibration_of
from poseformer_ros.camera.compressed_depth import metres_from_compressed
from poseformer_ros.camera.depth import metres_from_float, metres_from_millimetres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.half_chroma import CONVERSIONS, bgr_from_half_chroma
from poseformer_ros.camera.lens import Lens, lens_of
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.reader import BagReader, BagSummary
from poseformer_ros.recordings.observations import Observation

IMAGE, COMPRESSED, INFO = (f'sensor_msgs/msg/{name}' for name in ('Image', 'CompressedImage', 'CameraInfo'))
TRANSPORTS = ('compressed', 'compressedDepth')
ON_COLOUR = ('aligned', 'registered', 'to_color', 'to_rgb')     # in the names of depth topics that lie on the colour image
MOST_GAP_S = 0.02           # between the stamps of a pair; cameras of 30 Hz
MOST_WAITING = 30           # images that wait for their partner
# Encoding to channels and what makes BGR of them.
COLOUR = {'bgr8': (3, None), '8UC3': (3, None), 'rgb8': (3, cv2.COLOR_RGB2BGR), 'bgra8': (4, cv2.COLOR_BGRA2BGR),
          'rgba8': (4, cv2.COLOR_RGBA2BGR), '8UC4': (4, cv2.COLOR_BGRA2BGR), 'mono8': (1, cv2.COLOR_GRAY2BGR),
          '8UC1': (1, cv2.COLOR_GRAY2BGR)}
DEPTH = {'16UC1': (np.uint16, metres_from_millimetres), 'mono16': (np.uint16, metres_from_millimetres),
         '32FC1': (np.float32, metres_from_float)}
_store = get_typestore(Stores.ROS2_JAZZY)


@dataclass(frozen=True)
class CameraTopics:
    """Names in a bag."""

    color: str
    depth: str
    color_info: str


class BagImages:
    """The image pairs of a bag, one after the other; a pair whose stamp does not grow is left out."""

    def __init__(self, path: Path) -> None:
        """Raises BadInput where there is no bag, or one without a camera."""
        self._path = path
        with BagReader(path) as bag:
            self._topics = camera_topics(bag.summary, path)
            self._count = min(bag.summary.counts[self._topics.color], bag.summary.counts[self._topics.depth])

    def __len__(self) -> int:
        """At most so many pairs."""
        return self._count

    def __iter__(self) -> Iterator[Observation]:
        lens, before_s = None, -np.inf
        waiting: dict[str, deque] = {name: deque(maxlen=MOST_WAITING) for name in (self._topics.color, self._topics.depth)}
        with BagReader(self._path) as bag:
            types = {name: bag.summary.topics[name].type for name in (*waiting, self._topics.color_info)}
            for message in bag.messages(lambda name: name in types):
                read = _store.deserialize_cdr(message.data, types[message.topic])
                if message.topic == self._topics.color_info:
                    lens = lens or lens_of(calibration_of(read, self._topics.color_info), 'auto', self._topics.color)
                    continue
                waiting[message.topic].append(read)
                for color, depth in _pairs(waiting[self._topics.color], waiting[self._topics.depth]):
                    stamp_s = _stamp_s(depth)
                    if lens is not None and stamp_s > before_s:
                        yield Observation(stamp_s, frame=_frame(color, depth, lens, self._topics))
                        before_s = stamp_s
        if lens is None:
            raise BadInput(f'{self._path}: {self._topics.color_info} holds no calibration; record it too')


def camera_topics(summary: BagSummary, path: Path) -> CameraTopics:
    """The colour and the depth images of one camera: depth that lies on colour first, then names that begin alike.

    Raises BadInput where a bag has none, or no calibration beside the colour image.
    """
    images = [name for name, topic in summary.topics.items() if topic.type in (IMAGE, COMPRESSED) and summary.counts[name]]
    depths = [name for name in images if 'depth' in name and (summary.topics[name].type == IMAGE or name.endswith(TRANSPORTS[1]))]
    colors = [name for name in images if name not in depths and any(word in name for word in ('color', 'rgb'))
              and not name.endswith(TRANSPORTS[1])]
    pairs = [CameraTopics(color, depth, _beside(color)) for color in sorted(colors) for depth in sorted(depths)]
    told = [pair for pair in pairs if pair.color_info in summary.topics]
    if not told:
        lacks = 'no camera_info beside the colour image' if pairs else 'no pair of colour and depth images'
        raise BadInput(f'{path}: {lacks} among {", ".join(sorted(summary.topics)) or "no topics"}; record the camera\'s '
                       'colour, registered depth and camera_info')
    return max(told, key=lambda pair: _likeness(pair, summary))


def _likeness(pair: CameraTopics, summary: BagSummary) -> tuple[bool, int, int]:
    alike = sum(1 for one, other in zip(pair.color.split('/'), pair.depth.split('/')) if one == other)
    raw = sum(summary.topics[name].type == IMAGE for name in (pair.color, pair.depth))
    return any(mark in pair.depth for mark in ON_COLOUR), alike, raw


def _beside(color: str) -> str:
    """The calibration's topic, as image_transport names it."""
    name = PurePosixPath(color)
    base = name.parent if name.name in TRANSPORTS else name
    return str(base.parent / 'camera_info')


def _pairs(color: deque, depth: deque) -> Iterator[tuple[Any, Any]]:
    """Heads that are of one moment; an image that is too old for every partner to come is dropped."""
    while color and depth:
        gap_s = _stamp_s(color[0]) - _stamp_s(depth[0])
        if abs(gap_s) <= MOST_GAP_S:
            yield color.popleft(), depth.popleft()
        else:
            (color if gap_s < 0 else depth).popleft()


def _stamp_s(message: Any) -> float:
    return message.header.stamp.sec + 1e-9 * message.header.stamp.nanosec


def _frame(color: Any, depth: Any, lens: Lens, topics: CameraTopics) -> RgbdFrame:
    images = _color_image(color, topics.color), _depth_image(depth, topics.depth)
    for name, image in zip((topics.color, topics.depth), images):
        if image.shape[:2] != (lens.intrinsics.height, lens.intrinsics.width):
            raise BadInput(f'{name}: {image.shape[1]} x {image.shape[0]} pixels, {topics.color_info} says '
                           f'{lens.intrinsics.width} x {lens.intrinsics.height}; record depth that is registered to colour')
    if lens.undistortion is not None:
        images = lens.undistortion.color(images[0]), lens.undistortion.depth(images[1])
    return RgbdFrame(*images, lens.intrinsics)


def _color_image(message: Any, topic: str) -> np.ndarray:
    """(H, W, 3) uint8 BGR."""
    if message.__msgtype__ == COMPRESSED:
        image = cv2.imdecode(message.data, cv2.IMREAD_COLOR)
        if image is None:
            raise BadInput(f'{topic}: {len(message.data)} bytes are no image; the bag or its driver is broken')
        return image
    if message.encoding in CONVERSIONS:
        return bgr_from_half_chroma(message.data, message.encoding, message.width, message.height, message.step)
    if message.encoding not in COLOUR:
        raise BadInput(f'{topic}: encoding {message.encoding!r} is not known; record one of {", ".join(COLOUR)}')
    channels, conversion = COLOUR[message.encoding]
    pixels = _pixels(message, topic, np.uint8, channels)
    return np.ascontiguousarray(pixels) if conversion is None else cv2.cvtColor(pixels, conversion)


def _depth_image(message: Any, topic: str) -> np.ndarray:
    """(H, W) float32 metres, NaN where unknown."""
    if message.__msgtype__ == COMPRESSED:
        return metres_from_compressed(message.data, message.format)
    if message.encoding not in DEPTH:
        raise BadInput(f'{topic}: encoding {message.encoding!r}, wanted one of {", ".join(DEPTH)}; record the depth itself')
    kind, metres = DEPTH[message.encoding]
    return metres(_pixels(message, topic, kind, 1)[:, :, 0])


def _pixels(message: Any, topic: str, kind: type, channels: int) -> np.ndarray:
    """(H, W, channels) of a raw image, whose rows may be padded."""
    width_bytes = message.width * channels * np.dtype(kind).itemsize
    if message.step < width_bytes or len(message.data) < message.step * message.height:
        raise BadInput(f'{topic}: {len(message.data)} bytes are no image of {message.width} x {message.height}; '
                       'the bag or its driver is broken')
    rows = message.data[:message.step * message.height].reshape(message.height, message.step)[:, :width_bytes]
    order = np.dtype(kind).newbyteorder('>' if message.is_bigendian else '<')
    return np.ascontiguousarray(rows).view(order).astype(kind).reshape(message.height, message.width, channels)
