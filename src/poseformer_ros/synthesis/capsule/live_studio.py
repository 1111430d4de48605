"""The capsule figure as an endless recording: image after image with truth, the same for the same seed."""

from dataclasses import replace

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, FigureTruth, StudioCamera
from poseformer_ros.synthesis.capsule.figure_pose import motion
from poseformer_ros.synthesis.capsule.studio_options import StudioOptions
from poseformer_ros.synthesis.rendering.sensor_noise import add_noise

# Horizontal field of view of the Kinect v1 and Xtion, 57 degrees: 525 pixels of focal length in 640.
FOCAL_PER_WIDTH = 525.0 / 640.0


class LiveStudio:
    """Draws the moving figure; image `index` at `rate_hz` images a second is the same whenever it is asked for."""

    def __init__(self, options: StudioOptions = StudioOptions()) -> None:
        self._options = options
        focal = FOCAL_PER_WIDTH * options.width_px
        self.intrinsics = Intrinsics(options.width_px, options.height_px, focal, focal,
                                     (options.width_px - 1) / 2, (options.height_px - 1) / 2)
        camera = StudioCamera(intrinsics=self.intrinsics, distance=options.distance_m)
        self._studio = CapsuleStudio(camera, height=options.person_height_m)

    def __call__(self, index: int, rate_hz: float) -> tuple[RgbdFrame, FigureTruth]:
        """Image `index` with its truth."""
        frame, truth = self._studio(motion(index / rate_hz))
        if self._options.noise:
            frame = replace(frame, depth=add_noise(frame.depth, np.random.default_rng((self._options.seed, index))))
        return frame, truth
