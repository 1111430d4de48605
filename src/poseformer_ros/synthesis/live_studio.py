"""The capsule figure as an endless recording: picture after picture with truth, the same for the same seed."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.options import check, option
from poseformer_ros.synthesis.capsule_figure import CapsuleStudio, FigureTruth, StudioCamera
from poseformer_ros.synthesis.figure_pose import motion
from poseformer_ros.synthesis.sensor_noise import add_noise

# Horizontal field of view of the Kinect v1 and Xtion, 57 degrees: 525 pixels of focal length in 640.
FOCAL_PER_WIDTH = 525.0 / 640.0


@dataclass(frozen=True)
class StudioOptions:
    """What the drawn camera sees."""

    width: int = option(640, 160, 1920, 'picture width', unit='px', live=False)
    height: int = option(480, 120, 1080, 'picture height', unit='px', live=False)
    person_height_m: float = option(1.70, 1.0, 2.1, 'standing height of the figure', unit='m', live=False)
    distance_m: float = option(2.8, 1.5, 5.0, 'from the camera to the figure', unit='m', live=False)
    noise: bool = option(True, text='depth noise of a Kinect v1', live=False)
    seed: int = option(0, 0, 2**31 - 1, 'of the noise', live=False)

    def __post_init__(self) -> None:
        check(self)


class LiveStudio:
    """Draws the moving figure; picture `index` at `rate_hz` pictures a second is the same whenever it is asked for."""

    def __init__(self, options: StudioOptions = StudioOptions()) -> None:
        self._options = options
        focal = FOCAL_PER_WIDTH * options.width
        self.intrinsics = Intrinsics(options.width, options.height, focal, focal,
                                     (options.width - 1) / 2, (options.height - 1) / 2)
        camera = StudioCamera(intrinsics=self.intrinsics, distance=options.distance_m)
        self._studio = CapsuleStudio(camera, height=options.person_height_m)

    def __call__(self, index: int, rate_hz: float) -> tuple[RgbdFrame, FigureTruth]:
        """Picture `index` with its truth."""
        frame, truth = self._studio(motion(index / rate_hz))
        if self._options.noise:
            frame = replace(frame, depth=add_noise(frame.depth, np.random.default_rng((self._options.seed, index))))
        return frame, truth
