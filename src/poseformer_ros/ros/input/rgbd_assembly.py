"""From a pair of messages and the calibration to one RgbdFrame, with every check on the way."""

from dataclasses import dataclass

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.ros import conversions

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class InputOptions:
    """What the camera sends."""

    color_transport: str = option('raw', choices=('raw', 'compressed'), live=False,
                                  text='read color/image, or color/image/compressed')
    reliability: str = option('auto', choices=('auto', 'reliable', 'best_effort'), live=False,
                              text='delivery asked of the camera; auto takes reliable where every publisher offers it')
    depth_registered: bool = option(True, text='depth/image already lies pixel on pixel on color/image; '
                                               'otherwise it is registered with the extrinsics below', live=False)
    rotation: tuple = option(_IDENTITY, -1.0, 1.0, 'rotation of depth points into the colour camera, row-major 3 x 3',
                             live=False)
    translation_m: tuple = option((0.0, 0.0, 0.0), -1.0, 1.0, 'translation of depth points into the colour camera',
                                  unit='m', live=False)

    def __post_init__(self) -> None:
        check(self)
        rotation = np.reshape(self.rotation, (3, 3))
        # Published calibrations round to four digits and more.
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
            raise BadInput(f'input.rotation: {self.rotation} is not a rotation matrix; give the nine numbers row by row')


class RgbdAssembly:
    """Decodes, checks and registers image pairs; keeps the registration tables of the present calibration."""

    def __init__(self, options: InputOptions = InputOptions()) -> None:
        self._options = options
        self._registration: tuple[Intrinsics, Intrinsics, DepthRegistration] | None = None

    def __call__(self, color: Image | CompressedImage, depth: Image, color_info: CameraInfo,
                 depth_info: CameraInfo | None) -> RgbdFrame:
        """Build the frame; `depth_info` is needed only where the depth is not registered.

        Raises:
            BadInput: zero calibration, sizes that do not fit, unreadable encodings.
        """
        color_camera = conversions.intrinsics(color_info, 'color/camera_info')
        color_image = conversions.color_image(color, 'color/image')
        _check_size('color/image', color_image, color_camera, 'color/camera_info')
        depth_image = conversions.depth_image(depth, 'depth/image')
        if self._options.depth_registered:
            if depth_image.shape != color_image.shape[:2]:
                raise BadInput(f'depth/image: {_size(depth_image)} while color/image is {_size(color_image)}; turn on '
                               'the driver\'s alignment, or set input.depth_registered to false and give the extrinsics')
            return RgbdFrame(color_image, depth_image, color_camera)
        depth_camera = conversions.intrinsics(depth_info, 'depth/camera_info')
        _check_size('depth/image', depth_image, depth_camera, 'depth/camera_info')
        register = self._registration_of(depth_camera, color_camera)
        return RgbdFrame(color_image, register(depth_image), color_camera)

    def _registration_of(self, depth_camera: Intrinsics, color_camera: Intrinsics) -> DepthRegistration:
        if self._registration is None or self._registration[:2] != (depth_camera, color_camera):
            rotation = np.reshape(self._options.rotation, (3, 3))
            register = DepthRegistration(depth_camera, color_camera, rotation, np.array(self._options.translation_m))
            self._registration = (depth_camera, color_camera, register)
        return self._registration[2]


def doubts(color: Image | CompressedImage, depth: Image, color_info: CameraInfo, registered: bool) -> dict[str, str]:
    """What may be wrong with a pair that can be used: subject to a text for people, empty where all is well."""
    frames, distortion = '', ''
    if registered and depth.header.frame_id != color.header.frame_id:
        frames = (f'depth/image is in frame {depth.header.frame_id!r}, color/image in {color.header.frame_id!r}: is the depth '
                  'really registered? If not, set input.depth_registered to false and give the extrinsics')
    if any(color_info.d):
        distortion = (f'color/camera_info has a distortion of up to {max(map(abs, color_info.d)):.2g}, which is not removed '
                      'here: use the rectified topics')
    return {'frames': frames, 'distortion': distortion}


def _check_size(topic: str, image: np.ndarray, camera: Intrinsics, info_topic: str) -> None:
    if image.shape[:2] != (camera.height, camera.width):
        raise BadInput(f'{topic}: {_size(image)} while {info_topic} says {camera.width} x {camera.height}; '
                       'use the calibration of the same stream')


def _size(image: np.ndarray) -> str:
    return f'{image.shape[1]} x {image.shape[0]}'
