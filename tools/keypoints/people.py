"""Rendered people that no benchmark and no learned table has seen, for the figures of docs/keypoints.md."""

from collections.abc import Iterator

from poseformer_ros.body.model import BodyModel
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import FrameTruth, RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.cameras import RigOptions
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

EXERCISES = ('kimore_es1', 'kimore_es2', 'kimore_es3', 'kimore_es4', 'kimore_es5')
FIRST_PERSON = 92_000
VIEWS_RAD = (0.0, 0.3, -0.25)
DISTANCE_M = 3.0


def recordings(model: BodyModel, noise: str, rate_hz: float, seconds: float, rounds: int = 1) -> Iterator[RenderedRecording]:
    """Each exercise by another person in another room, `rounds` times."""
    for number in range(rounds * len(EXERCISES)):
        person, exercise = FIRST_PERSON + number, EXERCISES[number % len(EXERCISES)]
        rig = RigOptions(view_rad=VIEWS_RAD[number % len(VIEWS_RAD)], distance_m=DISTANCE_M)
        plan = RecordingPlan(exercise, motion(exercise, person, person, model), rig=rig, noise=NoiseModel(noise),
                             rate_hz=rate_hz, seconds=seconds, start_s=2.0, room=number, seed=person)
        yield RenderedRecording(plan, model)


def images(recording: RenderedRecording) -> Iterator[tuple[RgbdFrame, FrameTruth]]:
    """All image pairs with their truth."""
    for index in range(len(recording)):
        yield recording.frame(index)
