"""The part of cv_bridge that poseformer_ros uses, with the same names and calls, in NumPy and OpenCV.

On a machine with a ROS 2 distribution the distribution's own package is used and this one is not built.
"""

from array import array

import cv2
import numpy as np
from sensor_msgs.msg import Image

# encoding: (number type, channels)
_LAYOUT = {
    'mono8': ('u1', 1), 'bgr8': ('u1', 3), 'rgb8': ('u1', 3), 'bgra8': ('u1', 4), 'rgba8': ('u1', 4),
    'mono16': ('u2', 1), 'bgr16': ('u2', 3), 'rgb16': ('u2', 3), 'bgra16': ('u2', 4), 'rgba16': ('u2', 4),
    'uyvy': ('u1', 2), 'yuv422': ('u1', 2), 'yuyv': ('u1', 2), 'yuv422_yuy2': ('u1', 2),
    **{f'bayer_{tiles}{bits}': (f'u{bits // 8}', 1) for tiles in ('rggb', 'bggr', 'gbrg', 'grbg') for bits in (8, 16)},
    **{f'{bits}{letter}C{channels}': (f'{kind}{bits // 8}', channels) for letter, kind, sizes in
       (('U', 'u', (8, 16)), ('S', 'i', (8, 16, 32)), ('F', 'f', (32, 64))) for bits in sizes for channels in (1, 2, 3, 4)},
}
# What an encoding is to OpenCV, its numbers aside. OpenCV names a mosaic by the second row's second and third pixel.
_COLOR = {
    'mono8': 'GRAY', 'mono16': 'GRAY', 'bgr8': 'BGR', 'bgr16': 'BGR', 'rgb8': 'RGB', 'rgb16': 'RGB', 'bgra8': 'BGRA',
    'bgra16': 'BGRA', 'rgba8': 'RGBA', 'rgba16': 'RGBA', 'uyvy': 'YUV_UYVY', 'yuv422': 'YUV_UYVY', 'yuyv': 'YUV_YUY2',
    'yuv422_yuy2': 'YUV_YUY2',
    **{f'bayer_{tiles}{bits}': f'Bayer{opencv}' for tiles, opencv in
       (('rggb', 'BG'), ('bggr', 'RG'), ('gbrg', 'GR'), ('grbg', 'GB')) for bits in (8, 16)},
}


class CvBridgeError(TypeError):
    """An image that cannot be converted."""


class CvBridge:
    """Turns sensor_msgs images into arrays and back."""

    def imgmsg_to_cv2(self, img_msg, desired_encoding='passthrough'):
        """sensor_msgs/Image to an array (H, W) or (H, W, C); without conversion it shares the message's memory."""
        if img_msg.encoding not in _LAYOUT:
            raise CvBridgeError(f'encoding {img_msg.encoding!r} is not supported')
        kind, channels = _LAYOUT[img_msg.encoding]
        number = np.dtype(kind).newbyteorder('>' if img_msg.is_bigendian else '<')
        row_bytes = img_msg.width * channels * number.itemsize
        # The last row's padding may be left out.
        if img_msg.step < row_bytes or len(img_msg.data) < img_msg.step * (img_msg.height - 1) + row_bytes:
            raise CvBridgeError(f'{len(img_msg.data)} bytes with step {img_msg.step} are too few for '
                                f'{img_msg.width} x {img_msg.height} {img_msg.encoding}')
        rows = np.lib.stride_tricks.as_strided(np.frombuffer(img_msg.data, np.uint8), (img_msg.height, row_bytes),
                                               (img_msg.step, 1), writeable=False)
        image = np.ascontiguousarray(rows).view(number).astype(number.newbyteorder('='), copy=False)
        image = image.reshape(img_msg.height, img_msg.width, channels)
        image = image[..., 0] if channels == 1 else image
        return _convert(image, img_msg.encoding, desired_encoding)

    def compressed_imgmsg_to_cv2(self, cmprs_img_msg, desired_encoding='passthrough'):
        """sensor_msgs/CompressedImage (JPEG, PNG) to an array; colour comes as bgr8."""
        image = cv2.imdecode(np.frombuffer(cmprs_img_msg.data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise CvBridgeError(f'{len(cmprs_img_msg.data)} bytes of format {cmprs_img_msg.format!r} do not decode')
        bits = 8 * image.itemsize
        found = f'mono{bits}' if image.ndim == 2 else f'bgra{bits}' if image.shape[-1] == 4 else f'bgr{bits}'
        return _convert(image, found, desired_encoding)

    def cv2_to_imgmsg(self, cvim, encoding='passthrough', header=None):
        """An array (H, W) or (H, W, C) to sensor_msgs/Image."""
        channels = 1 if cvim.ndim == 2 else cvim.shape[2]
        if encoding == 'passthrough':
            encoding = {'u1': f'8UC{channels}', 'u2': '16UC1', 'f4': '32FC1'}.get(cvim.dtype.str[1:], '')
        if _LAYOUT.get(encoding) != (cvim.dtype.str[1:], channels):
            raise CvBridgeError(f'an array of {cvim.dtype} with {channels} channels is not {encoding!r}')
        message = Image(height=cvim.shape[0], width=cvim.shape[1], encoding=encoding, is_bigendian=False,
                        step=cvim.shape[1] * channels * cvim.itemsize)
        message.data = array('B', cvim.tobytes())
        if header is not None:
            message.header = header
        return message


def _convert(image, found, wanted):
    if wanted in ('passthrough', found):
        return image
    if wanted not in _LAYOUT:
        raise CvBridgeError(f'encoding {wanted!r} is not supported')
    if found in _COLOR and wanted in _COLOR:
        return _with_bits_of(_recolored(image, _COLOR[found], _COLOR[wanted]), wanted)
    if _LAYOUT[found] != _LAYOUT[wanted]:
        raise CvBridgeError(f'{found!r} cannot be turned into {wanted!r}')
    return image


def _recolored(image, found, wanted):
    if found == wanted:
        return image
    between = found.partition('_')
    name = f'COLOR_{between[0]}2{wanted}' + (f'_{between[2]}' if between[2] else '')
    if not hasattr(cv2, name):
        raise CvBridgeError(f'{found!r} cannot be turned into {wanted!r}')
    return cv2.cvtColor(image, getattr(cv2, name))


def _with_bits_of(image, wanted):
    """8 bits to 16 or back, black and white kept."""
    kind = np.dtype(_LAYOUT[wanted][0])
    if image.dtype == kind:
        return image
    return np.rint(image * (np.iinfo(kind).max / np.iinfo(image.dtype).max)).astype(kind)
