"""What a rendered scene can show; apart from the rendering, so that the graph can be read without it."""

from dataclasses import dataclass

from poseformer_ros.options import check, option
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.rendering.cameras import SENSORS
from poseformer_ros.synthesis.rendering.sensor_noise import NOISE_KINDS
from poseformer_ros.synthesis.sessions import SESSIONS

# What a person may do before the rendered camera.
SHOWN = (*EXERCISES, *SESSIONS)


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
    duration_s: float = option(30.0, 0.5, 600.0, 'length of the recording, at most that of the exercise; then it begins again',
                            unit='s', live=False)
    prerendered: bool = option(True, live=False,
                               text='render everything before the first image; otherwise as fast as this machine can')
    seed: int = option(0, 0, 2**31 - 1, 'of this performance, clothes and noise', live=False)

    def __post_init__(self) -> None:
        check(self)
