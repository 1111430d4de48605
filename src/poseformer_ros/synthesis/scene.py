"""A rendered rehab exercise as an endless recording, from a handful of options."""


import cv2
import numpy as np
from tqdm import tqdm

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.depth import metres_from_millimetres, millimetres_from_metres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel
from poseformer_ros.synthesis.scene_options import SceneOptions

# Fastest PNG: the images only wait in memory.
PNG_SPEED = [cv2.IMWRITE_PNG_COMPRESSION, 1]


class Scene:
    """The recording of some options; images rendered before the start are kept as PNG in memory.

    Raises BadInput where Open3D is not installed.
    """

    def __init__(self, options: SceneOptions, rig: RigOptions, rate_hz: float) -> None:
        model = load_body_model(default_body_path())
        clip = motion(options.exercise, options.person, options.seed, model)
        plan = RecordingPlan(name=options.exercise, clip=clip, sensor=options.sensor, rig=rig, noise=NoiseModel(options.noise),
                             passer_by=options.passer_by, room=options.room, rate_hz=rate_hz, seconds=options.duration_s,
                             color_delay_s=options.color_delay_s, seed=options.seed)
        self._recording = RenderedRecording(plan, model)
        self.intrinsics = self._recording.intrinsics
        self._kept: list[tuple[np.ndarray, np.ndarray, FrameTruth]] = []
        if options.prerendered:
            for index in tqdm(range(len(self._recording)), desc='rendering', unit='image', mininterval=1.0):
                self._kept.append(_packed(*self._recording.frame(index)))

    def __len__(self) -> int:
        return len(self._recording)

    def __call__(self, index: int) -> tuple[RgbdFrame, FrameTruth]:
        """Image `index` with its truth."""
        if not self._kept:
            return self._recording.frame(index)
        color, depth, truth = self._kept[index]
        millimetres = cv2.imdecode(depth, cv2.IMREAD_UNCHANGED)
        frame = RgbdFrame(cv2.imdecode(color, cv2.IMREAD_COLOR), metres_from_millimetres(millimetres), self.intrinsics)
        return frame, truth


def _packed(frame: RgbdFrame, truth: FrameTruth) -> tuple[np.ndarray, np.ndarray, FrameTruth]:
    _, color = cv2.imencode('.png', frame.color, PNG_SPEED)
    _, depth = cv2.imencode('.png', millimetres_from_metres(frame.depth), PNG_SPEED)
    return color, depth, truth
