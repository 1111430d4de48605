"""Sets of an exercise by a studio person, as joints with the errors of a fit: truth without rendering."""

import numpy as np

from poseformer_ros.assessment.movement import Movement
from poseformer_ros.body.model import BodyModel
from poseformer_ros.evaluation.assessment.acted_joints import true_movement, with_errors
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_clip import MotionClip
from poseformer_ros.synthesis.motion.motion_style import sample_style

RATE_HZ = 15.0


def acted_clip(exercise: str, person: int, model: BodyModel, faults: tuple[str, ...] = (), repetitions: int = 3) -> MotionClip:
    """A set by a person, from standing to standing."""
    return make_motion(exercise, sample_style(person), person, repetitions=repetitions, rate_hz=RATE_HZ, faults=faults, model=model)


def acted_movement(clip: MotionClip, model: BodyModel, seed: int = 0, noise: bool = True) -> Movement:
    """What a fit would say of it."""
    truth = true_movement(clip, model)
    return with_errors(truth, seed) if noise else truth


def true_edges(clip: MotionClip) -> np.ndarray:
    """(N, 2) start and end of each repetition, seconds."""
    frames = [np.flatnonzero(clip.repetition == number) for number in range(1, clip.repetition.max() + 1)]
    return np.array([(of[0], of[-1] + 1) for of in frames]) / clip.rate_hz
