"""Feature sequences of motions that nobody rendered: the body's joints as a station would find them, with its errors acted.

Rendering an hour of motion takes a night, its joints a second; so a recogniser that looks at the body alone sees far more ways of
doing an exercise. What perception makes of joints is varied widely, for a model must not learn one perception's errors.
"""

from pathlib import Path

import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.geometry.rotations import about_z, rotation_matrices
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence, save_feature_sequence
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR
from poseformer_ros.synthesis.motion.limb_ik import forward
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.studio_recipe import SequencePlan, recording_plan
from poseformer_ros.training.exercise.recordings import without_pauses

PARTS = ('mesh/height', 'mesh/joints')
# From the room (y up, the person faces z and the camera) to the body frame of fusion: away from the camera, left, up.
BODY_FROM_ROOM = np.array([[0.0, 0.0, -1.0], [-1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
VIEW_RAD = 0.5              # standard deviation of where people face, from the camera
SIZE = (0.62, 1.12)         # of the body: a child's to a tall man's
TILT_RAD = 0.03             # standard deviation of a wrong floor
OFFSET_M = 0.015            # standard deviation of each coordinate, throughout a sequence
NOISE_M = (0.004, 0.02)     # of each coordinate, from image to image
MEMORY_S = (0.1, 1.0)       # of that noise
# Ends of limbs are found less well.
UNSURE = np.ones(JOINT_COUNT)
UNSURE[[JOINT[f'{side}_{joint}'] for side in ('left', 'right') for joint in ('elbow', 'knee')]] = 1.5
UNSURE[[JOINT[f'{side}_{joint}'] for side in ('left', 'right') for joint in ('wrist', 'ankle', 'heel')]] = 2.0
UNSURE[[JOINT[f'{side}_hand'] for side in ('left', 'right')]] = 2.5
LIMBS = [[JOINT[f'{side}_{joint}'] for joint in limb] for side in ('left', 'right')
         for limb in (('elbow', 'wrist', 'hand'), ('knee', 'ankle', 'heel'))]
LOST_LIMB_PER_S, LOST_LIMB_M, LOST_LIMB_S = 0.04, 0.15, (0.2, 1.5)     # a limb is found somewhere else for a while
SWAPPED_PER_S, SWAPPED_S = 0.004, (0.1, 0.5)                           # left is taken for right
STILL_SHARE, STILL_S = 0.15, (4.0, 12.0)    # of sequences, that begin with somebody, or a photograph, who does not move at all


def write_motion_features(plan: SequencePlan, model: BodyModel, path: Path) -> None:
    """The features of a recipe's sequence without rendering it; the file appears only when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix('.part.npz')
    recording = recording_plan(plan, model)
    rng = np.random.default_rng((plan.seed, 0x307))
    facts = {'name': plan.name, 'person': recording.person, 'layout': FUSED.version, 'joints': 'of the motion'}
    clip = _begun_still(at_rate(recording.clip, recording.start_s, plan.seconds, plan.rate_hz), rng)
    save_feature_sequence(partial, motion_features(clip, model, rng, facts))
    partial.rename(path)


def motion_features(clip: MotionClip, model: BodyModel, rng: np.random.Generator, facts: dict[str, str]) -> FeatureSequence:
    """A clip's features in PARTS, everything else missing."""
    joints = found_joints(clip, model, rng)
    values, present = np.zeros((len(clip), FUSED.size), np.float32), np.zeros((len(clip), len(FUSED.names)), bool)
    for part, found in zip(PARTS, (joints[:, :1, 2], (joints - joints[:, :1]).reshape(len(clip), -1))):
        values[:, FUSED.part(part)], present[:, FUSED.names.index(part)] = found, True
    stamps_s = np.arange(len(clip)) / clip.rate_hz
    return FeatureSequence(values, present, *without_pauses(clip.labels, clip.repetition), stamps_s, facts)


def room_joints(clip: MotionClip, model: BodyModel) -> np.ndarray:
    """(T, 24, 3) metres in the room of the clip."""
    body = shaped_body(model, clip.betas)
    return forward(body.joints, rotation_matrices(clip.poses), clip.translations + body.joints[0])[1]


def found_joints(clip: MotionClip, model: BodyModel, rng: np.random.Generator) -> np.ndarray:
    """(T, 24, 3) metres above the floor in the axes of fusion's body frame, as a station might find them."""
    room = room_joints(clip, model)
    tilt = rotation_matrices(np.append(rng.normal(0, TILT_RAD, 2), 0.0))
    joints = rng.uniform(*SIZE) * room @ (tilt @ about_z(float(rng.normal(0, VIEW_RAD))) @ BODY_FROM_ROOM).T
    joints = joints + (rng.normal(0, OFFSET_M, (JOINT_COUNT, 3)) + _noise(len(joints), clip.rate_hz, rng)) * UNSURE[:, None]
    for limb in LIMBS:
        lost = _spells(len(joints), clip.rate_hz, LOST_LIMB_PER_S, LOST_LIMB_S, rng)
        along = np.linspace(0.5, 1.0, len(limb))[:, None]
        joints[:, limb] += lost[:, None, None] * along * rng.normal(0, LOST_LIMB_M, 3)
    swapped = _spells(len(joints), clip.rate_hz, SWAPPED_PER_S, SWAPPED_S, rng) > 0
    joints[swapped] = joints[swapped][:, list(MIRROR)]
    return joints


def _noise(count: int, rate_hz: float, rng: np.random.Generator) -> np.ndarray:
    """(T, 24, 3) metres: what wanders from image to image and forgets itself."""
    kept = np.exp(-1.0 / (rate_hz * rng.uniform(*MEMORY_S)))
    fresh = rng.normal(0, rng.uniform(*NOISE_M) * np.sqrt(1 - kept ** 2), (count, JOINT_COUNT, 3))
    for index in range(1, count):
        fresh[index] += kept * fresh[index - 1]
    return fresh


def _spells(count: int, rate_hz: float, per_s: float, lasting_s: tuple[float, float], rng: np.random.Generator) -> np.ndarray:
    """(T,) 1 in spells that begin so often and last so long, else 0."""
    there = np.zeros(count)
    for begin in np.flatnonzero(rng.random(count) < per_s / rate_hz):
        there[begin:begin + round(rng.uniform(*lasting_s) * rate_hz)] = 1.0
    return there


def at_rate(clip: MotionClip, start_s: float, seconds: float, rate_hz: float) -> MotionClip:
    """So many seconds of a clip at another rate, moment by moment."""
    at = start_s + np.arange(round(seconds * rate_hz)) / rate_hz
    index = np.rint(at * clip.rate_hz).astype(int)
    return chosen_moments(clip, index[index < len(clip)], rate_hz)


def _begun_still(clip: MotionClip, rng: np.random.Generator) -> MotionClip:
    """The clip after a while of standing still in one of its postures, which is rest whatever the posture."""
    if rng.random() >= STILL_SHARE:
        return clip
    count, held = round(rng.uniform(*STILL_S) * clip.rate_hz), int(rng.integers(len(clip)))
    begun = chosen_moments(clip, np.concatenate([np.full(count, held), np.arange(len(clip))]), clip.rate_hz)
    begun.labels[:count], begun.repetition[:count] = REST, 0
    return begun


def chosen_moments(clip: MotionClip, index: np.ndarray, rate_hz: float) -> MotionClip:
    """A clip of some frames of another, index (T,), at a rate of its own."""
    return MotionClip(poses=clip.poses[index], translations=clip.translations[index], betas=clip.betas, rate_hz=rate_hz,
                      exercise=clip.exercise, labels=clip.labels[index].copy(), repetition=clip.repetition[index].copy(),
                      phase=clip.phase[index])
