"""Sets as a fit would tell them, without rendering: true joints with the errors that fits of rendered sets have."""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from poseformer_ros.assessment.movement import Movement, movement_of_joints
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.assessment.judged_sets import KnownSet
from poseformer_ros.evaluation.assessment.set_recipe import SetPlan, recording_of
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.synthesis.motion.limb_ik import forward
from poseformer_ros.synthesis.motion.motion_clip import MotionClip

# Of fits to eight rendered sets of studio/assessment_dev.yaml: errors per axis in metres, and their likeness at 15 Hz.
SCATTER_M, BIAS_M, LIKENESS = 0.006, 0.007, 0.67


def true_movement(clip: MotionClip, model: BodyModel) -> Movement:
    """The clip's joints."""
    body = shaped_body(model, clip.betas)
    joints = forward(body.joints, rotation_matrices(clip.poses), clip.translations + body.joints[0])[1]
    return movement_of_joints(np.arange(len(clip)) / clip.rate_hz, joints)


def with_errors(movement: Movement, seed: int) -> Movement:
    """The movement with a fit's errors: a part that stays, and one that changes from image to image."""
    rng = np.random.default_rng(seed)
    fresh = rng.normal(0, SCATTER_M, movement.joints.shape)
    errors = [fresh[0]]
    for new in fresh[1:]:
        errors.append(LIKENESS * errors[-1] + np.sqrt(1 - LIKENESS ** 2) * new)
    joints = movement.joints + np.array(errors) + rng.normal(0, BIAS_M, movement.joints.shape[1:])
    return movement_of_joints(movement.stamps_s, joints)


def acted_sets(plans: list[SetPlan]) -> Iterator[KnownSet]:
    """Each set of a recipe at its rate."""
    model = load_body_model(default_body_path())
    for plan in tqdm(plans, desc='sets', unit='set'):
        clip = recording_of(plan, model).clip
        at = np.arange(0, len(clip) / clip.rate_hz, 1 / plan.rate_hz)
        frames = np.minimum(np.rint(at * clip.rate_hz).astype(int), len(clip) - 1)
        truth = true_movement(clip, model)[frames]
        yield KnownSet(plan, with_errors(truth, plan.seed), truth.joints, clip.repetition[frames])
