"""From a pair of messages and the calibration to one RgbdFrame, with every check on the way."""

from dataclasses import dataclass, replace

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from poseformer_ros.camera.calibration import Calibration, calibration_of
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.frame_tree import FrameTree
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.camera.lens import LENSES, Lens, lens_of
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.camera.turning import QUARTER_DEG, turned
from poseformer_ros.camera.unit_doubt import unit_doubt
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.ros import conversions

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0)


@dataclass(frozen=True)
class InputOptions:
    """What the camera sends."""

    color_transport: str = option('raw', choices=('raw', 'compressed'), live=False,
                                  text='read color/image, or color/image/compressed')
    depth_transport: str = option('raw', choices=('raw', 'compressedDepth'), live=False,
                                  text='read depth/image, or depth/image/compressedDepth (PNG or RVL)')
    combined: str = option('', live=False, text='type of the message on camera/rgbd that holds both images and calibrations, as '
                                                'realsense2_camera_msgs/msg/RGBD; read instead of the topics of each')
    reliability: str = option('auto', choices=('auto', 'reliable', 'best_effort'), live=False,
                              text='delivery asked of the camera; auto takes reliable where every publisher offers it')
    lens: str = option('auto', choices=LENSES, live=False,
                       text="what the images are: raw (K and D of camera_info hold, the distortion is removed) or rectified (P "
                            "holds); auto says rectified where the topic's name holds 'rect' or D is zero")
    depth_registered: bool = option(True, text='depth/image already lies pixel on pixel on color/image; '
                                               'otherwise it is registered with the extrinsics', live=False)
    extrinsics: str = option('parameters', choices=('parameters', 'tf_static'), live=False,
                             text='where the camera of unregistered depth is: the two parameters below, or the transform in '
                                  '/tf_static between the frames of both images')
    rotation: tuple = option(_IDENTITY, -1.0, 1.0, 'rotation of depth points into the colour camera, row-major 3 x 3',
                             live=False)
    translation_m: tuple = option((0.0, 0.0, 0.0), -1.0, 1.0, 'translation of depth points into the colour camera',
                                  unit='m', live=False)
    depth_scale: float = option(1.0, 1e-4, 1e4, 'factor on the depth of a driver that sends another unit than its encoding '
                                                'means (16UC1 millimetres, 32FC1 metres)', live=False)
    rotate: int = option(0, 0, 270, 'degrees that the images are turned counter-clockwise, so that a person in them stands '
                                    'upright: 0, 90, 180 or 270', live=False)

    def __post_init__(self) -> None:
        check(self)
        rotation = np.reshape(self.rotation, (3, 3))
        # Published calibrations round to four digits and more.
        if not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3) or np.linalg.det(rotation) < 0:
            raise BadInput(f'input.rotation: {self.rotation} is not a rotation matrix; give the nine numbers row by row')
        if self.rotate % QUARTER_DEG:
            raise BadInput(f'input.rotate: {self.rotate} is no quarter turn; give 0, 90, 180 or 270 degrees')
        if self.combined and (self.color_transport, self.depth_transport) != ('raw', 'raw'):
            raise BadInput(f'input.combined: {self.combined} holds plain images; leave input.color_transport and '
                           'input.depth_transport raw')


class RgbdAssembly:
    """Decodes, checks, straightens, registers and turns image pairs; keeps the tables of the present calibration.

    topics: full names of color/image and depth/image, which may say that they are rectified. frames: what /tf_static said, for
    input.extrinsics tf_static.
    doubts: what may be wrong with the last pair, by subject, for people; a subject without a doubt is not in it.
    """

    def __init__(self, options: InputOptions = InputOptions(), topics: tuple[str, str] = ('color/image', 'depth/image'),
                 frames: FrameTree | None = None) -> None:
        self._options = options
        self._frames = frames or FrameTree()
        self._topics = dict(zip(('color', 'depth'), topics))
        self._lenses: dict[str, tuple[Calibration, Lens]] = {}
        self._registration: tuple[tuple, DepthRegistration] | None = None
        self.doubts: dict[str, str] = {}

    @property
    def lenses(self) -> dict[str, str]:
        """How the images of each stream are read and why, for people."""
        return {stream: lens.said for stream, (_, lens) in self._lenses.items()}

    def __call__(self, color: Image | CompressedImage, depth: Image | CompressedImage, color_info: CameraInfo,
                 depth_info: CameraInfo | None) -> RgbdFrame:
        """Build the frame; `depth_info` is needed only where the depth is not registered.

        A colour image that cannot be read is black: the learned stages need depth alone.

        Raises:
            BadInput: a calibration that no camera has, sizes that do not fit, unreadable depth.
        """
        doubts: dict[str, str] = {}
        color_lens = self._lens('color', color_info, doubts)
        color_image = self._color(color, color_lens.intrinsics, doubts)
        _check_size('color/image', color_image, self._lenses['color'][0])
        depth_image = conversions.depth_image(depth, 'depth/image')
        if self._options.depth_scale != 1.0:
            depth_image = depth_image * np.float32(self._options.depth_scale)
        if color_lens.undistortion is not None:
            color_image = color_lens.undistortion.color(color_image)
        if self._options.depth_registered:
            doubts |= _frame_doubt(color, depth)
            depth_image = self._registered_already(depth_image, color_lens)
        else:
            place = self._depth_in_color(depth.header.frame_id, color.header.frame_id)
            depth_image = self._registered_here(depth_image, depth_info, color_lens, place, doubts)
        frame = turned(RgbdFrame(color_image, depth_image, color_lens.intrinsics), self._options.rotate)
        doubts['unit'] = unit_doubt(frame.reduced[0])
        self.doubts = {about: text for about, text in doubts.items() if text}
        return frame

    def _color(self, message: Image | CompressedImage, camera: Intrinsics, doubts: dict[str, str]) -> np.ndarray:
        try:
            return conversions.color_image(message, 'color/image')
        except BadInput as error:
            doubts['color'] = f'{error}; going on with depth alone'
            return np.zeros((camera.height, camera.width, 3), np.uint8)

    def _lens(self, stream: str, info: CameraInfo, doubts: dict[str, str]) -> Lens:
        """The lens of a stream, made anew when its calibration changes."""
        calibration = calibration_of(info, f'{stream}/camera_info')
        if self._lenses.get(stream, (None,))[0] != calibration:
            self._lenses[stream] = (calibration, lens_of(calibration, self._options.lens, self._topics[stream]))
        lens = self._lenses[stream][1]
        doubts[f'{stream} lens'] = lens.doubt
        return lens

    def _registered_already(self, depth: np.ndarray, lens: Lens) -> np.ndarray:
        """Depth that lies on the raw colour image is bent as that is."""
        if depth.shape != (lens.intrinsics.height, lens.intrinsics.width):
            raise BadInput(f'depth/image: {_size(depth)} while color/image is {lens.intrinsics.width} x {lens.intrinsics.height}; '
                           'turn on the driver\'s alignment, or set input.depth_registered to false and give the extrinsics')
        return depth if lens.undistortion is None else lens.undistortion.depth(depth)

    def _depth_in_color(self, depth_frame: str, color_frame: str) -> tuple[np.ndarray, np.ndarray]:
        """Rotation (3, 3) and translation (3,) of depth points into the colour camera."""
        if self._options.extrinsics == 'tf_static':
            return self._frames.between(depth_frame, color_frame)
        return np.reshape(self._options.rotation, (3, 3)), np.array(self._options.translation_m)

    def _registered_here(self, depth: np.ndarray, info: CameraInfo | None, color: Lens, place: tuple[np.ndarray, np.ndarray],
                         doubts: dict[str, str]) -> np.ndarray:
        if info is None:
            raise BadInput('depth/camera_info: none came; unregistered depth needs it')
        lens = self._lens('depth', info, doubts)
        _check_size('depth/image', depth, self._lenses['depth'][0])
        straight = depth if lens.undistortion is None else lens.undistortion.depth(depth)
        return self._registration_of(lens.intrinsics, color.intrinsics, *place)(straight)

    def _registration_of(self, depth_camera: Intrinsics, color_camera: Intrinsics, rotation: np.ndarray,
                         translation: np.ndarray) -> DepthRegistration:
        made_for = (depth_camera, color_camera, rotation.tobytes(), translation.tobytes())
        if self._registration is None or self._registration[0] != made_for:
            self._registration = (made_for, DepthRegistration(depth_camera, color_camera, rotation, translation))
        return self._registration[1]


def _frame_doubt(color: Image | CompressedImage, depth: Image | CompressedImage) -> dict[str, str]:
    if depth.header.frame_id == color.header.frame_id:
        return {}
    return {'frames': f'depth/image is in frame {depth.header.frame_id!r}, color/image in {color.header.frame_id!r}: is the depth '
                      'really registered? If not, set input.depth_registered to false and give the extrinsics'}


def _check_size(topic: str, image: np.ndarray, calibration: Calibration) -> None:
    width, height = calibration.size
    if image.shape[:2] == (height, width):
        return
    said = f'{topic}: {_size(image)} while {calibration.name} says {calibration.width} x {calibration.height}'
    if not calibration.reduction:
        raise BadInput(f'{said}; use the calibration of the same stream')
    full = replace(calibration, binning=(0, 0), roi=(0, 0, 0, 0)).size
    whole = image.shape[1::-1] == full
    remedy = 'let the driver send binning and region as 0' if whole else 'use the calibration of the same stream'
    raise BadInput(f'{said} with {calibration.reduction}, which is an image of {width} x {height}; {remedy}')


def _size(image: np.ndarray) -> str:
    return f'{image.shape[1]} x {image.shape[0]}'
