"""A rendered rehab exercise as an endless recording, from a handful of options."""

from dataclasses import dataclass

import cv2
import numpy as np
from tqdm import tqdm

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.depth import metres_from_millimetres, millimetres_from_metres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.options import check, option
from poseformer_ros.synthesis.cameras import SENSORS, RigOptions
from poseformer_ros.synthesis.exercise_library import EXERCISES
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.recording import FrameTruth, Recording, RecordingPlan
from poseformer_ros.synthesis.sensor_noise import NOISE_KINDS, NoiseModel
from poseformer_ros.synthesis.sessions import SESSIONS

# What a person may do before the rendered camera.
SHOWN = (*EXERCISES, *SESSIONS)
# Fastest PNG: the pictures only wait in memory.
PNG_SPEED = [cv2.IMWRITE_PNG_COMPRESSION, 1]


@dataclass(frozen=True)
class SceneOptions:
    """Who does what, in front of which camera."""

    exercise: str = option('kimore_es1', choices=SHOWN, live=False,
                           text='what the person does: an exercise, or a session of several with rest between')
    person: int = option(1, 0, 2**31 - 1, 'seed of body and personal style', live=False)
    sensor: str = option('kinect_v2', choices=tuple(SENSORS), text='camera model', live=False)
    noise: str = option('time_of_flight', choices=tuple(NOISE_KINDS), text='what the sensor does to the depth', live=False)
    room: int = option(0, 0, 2**31 - 1, 'seed of room and furniture', live=False)
    passer_by: bool = option(False, text='somebody else walks through the room', live=False)
    color_delay_s: float = option(0.0, 0.0, 0.1, 'colour is taken this much later than depth', unit='s', live=False)
    seconds: float = option(30.0, 0.5, 600.0, 'length of the recording, at most that of the exercise; then it begins again',
                            unit='s', live=False)
    prerendered: bool = option(True, live=False,
                               text='render everything before the first picture; otherwise as fast as this machine can')
    seed: int = option(0, 0, 2**31 - 1, 'of this performance, clothes and noise', live=False)

    def __post_init__(self) -> None:
        check(self)


class Scene:
    """The recording of some options; pictures rendered before the start are kept as PNG in memory.

    Raises BadInput where Open3D is not installed.
    """

    def __init__(self, options: SceneOptions, rig: RigOptions, rate_hz: float) -> None:
        model = load_body_model(default_body_path())
        clip = motion(options.exercise, options.person, options.seed, model)
        plan = RecordingPlan(name=options.exercise, clip=clip, sensor=options.sensor, rig=rig, noise=NoiseModel(options.noise),
                             passer_by=options.passer_by, room=options.room, rate_hz=rate_hz, seconds=options.seconds,
                             color_delay_s=options.color_delay_s, seed=options.seed)
        self._recording = Recording(plan, model)
        self.intrinsics = self._recording.intrinsics
        self._kept: list[tuple[np.ndarray, np.ndarray, FrameTruth]] = []
        if options.prerendered:
            for index in tqdm(range(len(self._recording)), desc='rendering', unit='picture', mininterval=1.0):
                self._kept.append(_packed(*self._recording.frame(index)))

    def __len__(self) -> int:
        return len(self._recording)

    def __call__(self, index: int) -> tuple[RgbdFrame, FrameTruth]:
        """Picture `index` with its truth."""
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
