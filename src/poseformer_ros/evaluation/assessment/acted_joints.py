"""Sets as a fit would tell them, without rendering: true joints with the errors that fits of rendered sets have."""

from collections.abc import Iterator

import numpy as np
from tqdm import tqdm

from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.measures import REST_S
from poseformer_ros.assessment.movement import Movement, movement_of_joints
from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel, default_body_path, load_body_model
from poseformer_ros.evaluation.assessment.judged_sets import KnownSet
from poseformer_ros.evaluation.assessment.set_recipe import SetPlan, recording_of
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.limb_ik import forward
from poseformer_ros.synthesis.motion.motion_clip import MotionClip

# Of fits to twenty rendered sets of studio/assessment_dev.yaml, and six of them again with the outline, which makes them a tenth
# smaller: errors per axis in metres, those that change by joint, and their likeness at 15 Hz.
SCATTERS_M = {'hip': 0.0035, 'shoulder': 0.0035, 'knee': 0.004, 'ankle': 0.0055, 'heel': 0.0065, 'elbow': 0.0065, 'wrist': 0.008,
              'hand': 0.01}
TRUNK_SCATTER_M, BIAS_M, LIKENESS = 0.0026, 0.006, 0.64
SCATTER_M = np.array([SCATTERS_M.get(name.partition('_')[2], TRUNK_SCATTER_M) for name in JOINT])
FOLLOWED = 0.5      # share of what a shoulder rises by beyond what its arm needs: a depth camera in front sees its top edge on


def true_movement(clip: MotionClip, model: BodyModel) -> Movement:
    """The clip's joints."""
    body = shaped_body(model, clip.betas)
    joints = forward(body.joints, rotation_matrices(clip.poses), clip.translations + body.joints[0])[1]
    return movement_of_joints(np.arange(len(clip)) / clip.rate_hz, joints)


def with_errors(movement: Movement, seed: int) -> Movement:
    """The movement with a fit's errors: a part that stays, one that changes from image to image, and shoulders that are pulled up
    less than they are."""
    rng = np.random.default_rng(seed)
    fresh = SCATTER_M[:, None] * rng.normal(0, 1.0, movement.joints.shape)
    errors = [fresh[0]]
    for new in fresh[1:]:
        errors.append(LIKENESS * errors[-1] + np.sqrt(1 - LIKENESS ** 2) * new)
    joints = movement.joints + np.array(errors) + rng.normal(0, BIAS_M, movement.joints.shape[1:])
    for side in ('left', 'right'):
        joints[:, JOINT[f'{side}_shoulder']] -= (1.0 - FOLLOWED) * _pulled_up(movement, side)
    return movement_of_joints(movement.stamps_s, joints)


def _pulled_up(movement: Movement, side: str) -> np.ndarray:
    """(T, 3) metres by which a shoulder is higher than its arm needs, and than when the set began."""
    hike = body_series(movement.joints)[f'{side}_shoulder_hike']
    hike = hike - np.median(hike[movement.stamps_s <= movement.stamps_s[0] + REST_S])
    trunk = movement.at('neck') - (movement.at('left_hip') + movement.at('right_hip')) / 2
    return (hike / 100.0)[:, None] * trunk


def acted_sets(plans: list[SetPlan]) -> Iterator[KnownSet]:
    """Each set of a recipe at its rate."""
    model = load_body_model(default_body_path())
    for plan in tqdm(plans, desc='sets', unit='set'):
        clip = recording_of(plan, model).clip
        at = np.arange(0, len(clip) / clip.rate_hz, 1 / plan.rate_hz)
        frames = np.minimum(np.rint(at * clip.rate_hz).astype(int), len(clip) - 1)
        truth = true_movement(clip, model)[frames]
        yield KnownSet(plan, with_errors(truth, plan.seed), truth.joints, clip.repetition[frames])
