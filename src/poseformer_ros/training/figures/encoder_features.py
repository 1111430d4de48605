"""What the exercise model that ships keeps of a set, in numbers that a clinical score may follow."""

from functools import cache

import numpy as np

from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.real_motion.retargeted import CLASS_OF, brought_onto
from poseformer_ros.recognition.model_file import ExerciseModel, load_exercise_model
from poseformer_ros.recognition.shipped_model import default_model_path
from poseformer_ros.recognition.streaming import StreamingEncoder
from poseformer_ros.recordings.labelled.labelled_motion import LabelledMotion
from poseformer_ros.synthesis.motion.motion_clip import MotionClip
from poseformer_ros.training.exercise.motions import BODY_FROM_ROOM, at_rate, room_joints

LEAST_FRAMES = 5        # in marked repetitions; with fewer the whole recording counts


def encoder_features(motion: LabelledMotion) -> np.ndarray:
    """(F,): mean and deviation, over the marked repetitions, of what each layer's attention keeps of a frame.

    The skeleton is brought onto the body first, as the model reads the joints of a fitted body; NaN where that fails.
    """
    model, body = _shipped()
    try:
        clip = brought_onto(motion, CLASS_OF['kimore'], body).clip
    except BadInput:
        return np.full(2 * model.facts.size.rings * model.facts.size.width, np.nan)
    clip = at_rate(clip, 0.0, (len(clip) - 1) / clip.rate_hz, model.facts.rate_hz)
    kept, inside = kept_of(model, body_values(clip, body)), clip.repetition > 0
    kept = kept[inside] if inside.sum() >= LEAST_FRAMES else kept
    return np.concatenate([kept.mean(axis=0), kept.std(axis=0)])


@cache
def _shipped() -> tuple[ExerciseModel, BodyModel]:
    return load_exercise_model(default_model_path()), load_body_model(default_body_path())


def body_values(clip: MotionClip, body: BodyModel) -> np.ndarray:
    """(T, 73) what the model reads of a body: height of the pelvis, and joints from there, in fusion's axes."""
    joints = room_joints(clip, body) @ BODY_FROM_ROOM.T
    return np.concatenate([joints[:, 0, 2:], (joints - joints[:, :1]).reshape(len(joints), -1)], axis=1).astype(np.float32)


def kept_of(model: ExerciseModel, values: np.ndarray) -> np.ndarray:
    """(T, layers x width): each frame's values in the attention of every layer, frame by frame as in a running station."""
    encoder, present, kept = StreamingEncoder(model), np.ones((1, len(model.facts.parts)), np.float32), []
    for row in values:
        encoder.step(row[None], present)
        kept.append(encoder.newest.ravel().copy())
    return np.array(kept)
