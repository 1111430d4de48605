"""Sets of an exercise by a studio person, as joints with the errors of a fit: truth without rendering."""

import numpy as np

from poseformer_ros.assessment.movement import Movement, movement_of_joints
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.limb_ik import forward
from poseformer_ros.synthesis.motion.motion_clip import MotionClip
from poseformer_ros.synthesis.motion.motion_style import sample_style

RATE_HZ = 15.0
# Of fits to eight rendered sets against their truth: errors per axis and their likeness from one image to the next.
SCATTER_M, BIAS_M, LIKENESS = 0.006, 0.007, 0.67


def acted_clip(exercise: str, person: int, model: BodyModel, faults: tuple[str, ...] = (), repetitions: int = 3) -> MotionClip:
    """A set by a person, from standing to standing."""
    return make_motion(exercise, sample_style(person), person, repetitions=repetitions, rate_hz=RATE_HZ, faults=faults, model=model)


def acted_movement(clip: MotionClip, model: BodyModel, seed: int = 0, noise: bool = True) -> Movement:
    """What a fit would say of it."""
    body = shaped_body(model, clip.betas)
    joints = forward(body.joints, rotation_matrices(clip.poses), clip.translations + body.joints[0])[1]
    stamps = np.arange(len(clip)) / clip.rate_hz
    if not noise:
        return movement_of_joints(stamps, joints)
    rng = np.random.default_rng(seed)
    fresh = rng.normal(0, SCATTER_M, joints.shape)
    errors = [fresh[0]]
    for new in fresh[1:]:
        errors.append(LIKENESS * errors[-1] + np.sqrt(1 - LIKENESS ** 2) * new)
    return movement_of_joints(stamps, joints + np.array(errors) + rng.normal(0, BIAS_M, joints.shape[1:]))


def true_edges(clip: MotionClip) -> np.ndarray:
    """(N, 2) start and end of each repetition, seconds."""
    frames = [np.flatnonzero(clip.repetition == number) for number in range(1, clip.repetition.max() + 1)]
    return np.array([(of[0], of[-1] + 1) for of in frames]) / clip.rate_hz
