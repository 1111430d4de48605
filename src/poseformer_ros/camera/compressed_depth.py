"""Depth images as image_transport's compressedDepth sends them (compressed_depth_image_transport).

Twelve bytes of header (an int32 and the two float32 of the quantisation, little-endian), then 16-bit PNG, or RVL (A. Wilson, Fast
lossless depth image compression, ISS 2017) with its size before it. 32FC1 travels as 16-bit inverse depth.
"""

import cv2
import numpy as np

from poseformer_ros.camera.depth import metres_from_float, metres_from_millimetres
from poseformer_ros.errors import BadInput

HEADER_BYTES = 12
MOST_PIXELS = 1 << 26       # of an RVL image; more is no camera's
VALUE_BITS = 3              # of a nibble; its highest bit says that the number goes on
LONGEST_NUMBER = 10         # nibbles of 32 bits


def metres_from_compressed(data: np.ndarray, format_text: str) -> np.ndarray:
    """Decode one image.

    data: (n,) uint8, all bytes of the message. format_text: its `format`, as '16UC1; compressedDepth png'.
    Returns (H, W) float32 metres, NaN where unknown. Raises BadInput.
    """
    encoding = format_text.partition(';')[0].strip()
    if encoding not in ('16UC1', 'mono16', '32FC1') or 'compressedDepth' not in format_text:
        raise BadInput(f'format {format_text!r} is not compressedDepth of 16UC1 or 32FC1; depth sent as JPEG has lost its '
                       'distances')
    if len(data) <= HEADER_BYTES:
        raise BadInput(f'{len(data)} bytes hold no image; the driver sends broken images')
    body = data[HEADER_BYTES:]
    raw = _rvl(body) if format_text.rstrip().endswith('rvl') else _png(body)
    if encoding != '32FC1':
        return metres_from_millimetres(raw)
    scale, offset = np.frombuffer(data[4:HEADER_BYTES].tobytes(), '<f4')
    with np.errstate(divide='ignore', invalid='ignore'):
        metres = scale / (raw.astype(np.float32) - offset)
    metres[raw == 0] = np.nan
    return metres_from_float(metres)


def _png(body: np.ndarray) -> np.ndarray:
    image = cv2.imdecode(np.ascontiguousarray(body), cv2.IMREAD_UNCHANGED)
    if image is None or image.dtype != np.uint16 or image.ndim != 2:
        raise BadInput(f'{len(body)} bytes are no 16-bit PNG; the driver sends broken images')
    return image


def _rvl(body: np.ndarray) -> np.ndarray:
    """Runs of unknown pixels and runs of differences, as numbers of three bits a nibble, lowest first."""
    width, height = (int(n) for n in np.frombuffer(body[:8].tobytes(), '<u4')) if len(body) >= 8 else (0, 0)
    if not 0 < width * height <= MOST_PIXELS:
        raise BadInput(f'RVL image of {width} x {height} pixels; the driver sends broken images')
    numbers = _numbers(body[8:])
    pixels = np.zeros(width * height, np.int64)
    known, differences = [], []
    at = number = 0
    while at < len(pixels):
        if number + 1 >= len(numbers):
            raise BadInput('RVL image that ends too soon; the driver sends broken images')
        unknown, run = numbers[number:number + 2]
        differences.append(numbers[number + 2:number + 2 + run])
        known.append(np.arange(at + unknown, at + unknown + run))
        at += int(unknown + run)
        number += 2 + int(run)
    places, zigzag = np.concatenate(known), np.concatenate(differences)
    if at != len(pixels) or len(places) != len(zigzag):
        raise BadInput('RVL image with more or fewer pixels than it says; the driver sends broken images')
    pixels[places] = np.cumsum((zigzag >> 1) ^ -(zigzag & 1))
    return pixels.reshape(height, width).astype(np.uint16)


def _numbers(code: np.ndarray) -> np.ndarray:
    """All numbers of the code, int64; words are 32 bits, little-endian, their highest nibble first."""
    words = np.frombuffer(code[:len(code) // 4 * 4].tobytes(), '<u4')
    nibbles = ((words[:, None] >> np.arange(28, -1, -4, dtype=np.uint32)) & 15).reshape(-1).astype(np.int64)
    last = np.flatnonzero(nibbles < 8)
    if not len(last):
        return np.zeros(0, np.int64)
    first = np.r_[0, last[:-1] + 1]
    place = np.arange(last[-1] + 1) - np.repeat(first, last - first + 1)
    # Zeros that fill the last word up are read as numbers too; nobody asks for them.
    place = np.minimum(place, LONGEST_NUMBER)
    return np.add.reduceat((nibbles[:last[-1] + 1] & 7) << (VALUE_BITS * place), first)
