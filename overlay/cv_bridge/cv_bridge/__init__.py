"""The part of cv_bridge that poseformer_ros uses, with the same names and calls, in NumPy and OpenCV.

On a machine with a ROS 2 distribution the distribution's own package is used and this one is not built.
"""

from array import array

import cv2
import numpy as np
from sensor_msgs.msg import Image

# encoding: (number type, channels)
_LAYOUT = {
    'mono8': ('u1', 1), '8UC1': ('u1', 1), 'bgr8': ('u1', 3), 'rgb8': ('u1', 3), '8UC3': ('u1', 3),
    'bgra8': ('u1', 4), 'rgba8': ('u1', 4), '8UC4': ('u1', 4), 'mono16': ('u2', 1), '16UC1': ('u2', 1),
    '32FC1': ('f4', 1),
}
_CONVERSION = {
    ('rgb8', 'bgr8'): cv2.COLOR_RGB2BGR, ('bgr8', 'rgb8'): cv2.COLOR_BGR2RGB,
    ('bgra8', 'bgr8'): cv2.COLOR_BGRA2BGR, ('rgba8', 'bgr8'): cv2.COLOR_RGBA2BGR,
    ('mono8', 'bgr8'): cv2.COLOR_GRAY2BGR, ('bgr8', 'mono8'): cv2.COLOR_BGR2GRAY,
}
_SAME_NUMBERS = ({'mono8', '8UC1'}, {'bgr8', '8UC3'}, {'bgra8', '8UC4'}, {'mono16', '16UC1'})


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
        if img_msg.step < row_bytes or len(img_msg.data) < img_msg.step * img_msg.height:
            raise CvBridgeError(f'{len(img_msg.data)} bytes with step {img_msg.step} are too few for '
                                f'{img_msg.width} x {img_msg.height} {img_msg.encoding}')
        rows = np.frombuffer(img_msg.data, np.uint8, img_msg.step * img_msg.height)
        rows = rows.reshape(img_msg.height, img_msg.step)[:, :row_bytes]
        image = np.ascontiguousarray(rows).view(number).astype(number.newbyteorder('='), copy=False)
        image = image.reshape(img_msg.height, img_msg.width, channels)
        image = image[..., 0] if channels == 1 else image
        return _convert(image, img_msg.encoding, desired_encoding)

    def compressed_imgmsg_to_cv2(self, cmprs_img_msg, desired_encoding='passthrough'):
        """sensor_msgs/CompressedImage (JPEG, PNG) to an array; colour comes as bgr8."""
        image = cv2.imdecode(np.frombuffer(cmprs_img_msg.data, np.uint8), cv2.IMREAD_UNCHANGED)
        if image is None:
            raise CvBridgeError(f'{len(cmprs_img_msg.data)} bytes of format {cmprs_img_msg.format!r} do not decode')
        found = {2: 'mono8' if image.dtype == np.uint8 else '16UC1'}.get(
            image.ndim, 'bgra8' if image.shape[-1] == 4 else 'bgr8')
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
    if wanted in ('passthrough', found) or {found, wanted} in _SAME_NUMBERS:
        return image
    if (found, wanted) not in _CONVERSION:
        raise CvBridgeError(f'{found!r} cannot be turned into {wanted!r}')
    return cv2.cvtColor(image, _CONVERSION[found, wanted])
