"""Poses of people as they are, beside the exercises: standing about, sitting, kneeling, lying, bending, walking with a frame.

A pose is (24, 3) rotation vectors as in `MotionClip`, the person facing +z; where the person is in the room is for the scene.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from poseformer_ros.body.fitting.pose_prior import PRIOR_JOINTS, default_prior_path, load_pose_prior
from poseformer_ros.body.kinematics import ShapedBody
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR
from poseformer_ros.synthesis.motion.exercise_library import EXERCISES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import MotionStyle
from poseformer_ros.synthesis.motion.posture import Posture, body_poses, puppet, standing
from poseformer_ros.synthesis.rendering.cameras import about_x, about_y, about_z

CMU_POSES_FILE = Path(__file__).parents[1] / 'data' / 'cmu_poses.npz'       # made by tools/motions/make_cmu_poses.py
DISTURBED_SHARE = 0.4           # of the poses, in which every joint is turned a little more
DISTURBANCE_RAD = 0.12
FAULTY_SHARE = 0.4              # of the exercises
LEGS = [JOINT[f'{side}_{joint}'] for side in ('left', 'right') for joint in ('hip', 'knee', 'ankle', 'heel')]
ABOVE_LEGS = [joint for joint in range(1, JOINT_COUNT) if joint not in LEGS]


@dataclass(frozen=True)
class EverydayPose:
    """kind: name in KINDS. pose: (24, 3). lies: whether the trunk is level, so that it is laid onto something."""

    kind: str
    pose: np.ndarray
    lies: bool = False


def draw_pose(kind: str, body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> EverydayPose:
    """One pose of a kind in KINDS; `test` chooses the recordings that training never sees."""
    pose, lies = KINDS[kind](body, style, test, rng)
    if rng.random() < DISTURBED_SHARE:
        more = rotation_matrices(rng.normal(0, DISTURBANCE_RAD, (JOINT_COUNT - 1, 3)))
        pose[1:] = rotation_vectors(rotation_matrices(pose[1:]) @ more)
    return EverydayPose(kind, pose, lies)


def _exercise(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """A moment of one repetition of any exercise, often with a fault."""
    name = str(rng.choice(list(EXERCISES)))
    faults = EXERCISES[name].faults
    chosen = (str(rng.choice(faults)),) if faults and rng.random() < FAULTY_SHARE else ()
    clip = make_motion(name, style, int(rng.integers(2**31)), repetitions=max(1, 2 * EXERCISES[name].circles), rate_hz=5.0,
                       faults=chosen, model=body.model)
    return clip.poses[rng.integers(len(clip))].copy(), False


def _recorded(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """A pose that somebody took before a motion capture system, or its mirror image."""
    pool = _recorded_poses(test)
    pose = pool[rng.integers(len(pool))].astype(float)
    pose[0] = rotation_vectors(about_y(-_heading(pose[0])) @ rotation_matrices(pose[0]))
    return (mirrored(pose) if rng.random() < 0.5 else pose), False


def _probable(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """A draw from the mixture that the fit holds for probable."""
    means, factors, weights = _prior()
    component = rng.choice(len(weights), p=weights)
    pose = np.zeros((JOINT_COUNT, 3))
    pose[list(PRIOR_JOINTS)] = (means[component] + 0.8 * factors[component] @ rng.standard_normal(means.shape[1])).reshape(-1, 3)
    return pose, False


def _standing(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Standing about: hands anywhere on or near the body, or hanging; weight on one leg; head turned."""
    posture = _stance(body, style, rng)
    _hold_hands(posture, body, rng)
    return body_poses(posture, puppet(body))[0][0], False


def _bending(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Bending forwards or aside, down to the floor, with more or less bent knees."""
    posture, depth = _stance(body, style, rng), rng.random()
    posture.spine[:, 0] += depth * rng.uniform(0.4, 1.3)
    posture.spine[:, 2] += rng.normal(0, 0.25)
    posture.pelvis_turn[:, 0] += depth * rng.uniform(0.1, 1.1)
    posture.pelvis_shift[:, 1] -= depth * rng.uniform(0.0, 0.45) * _leg(body)
    posture.arm_lift += rng.uniform(0.0, 1.4, (1, 2))
    posture.arm_plane += rng.uniform(0.6, 1.6)
    return body_poses(posture, puppet(body))[0][0], False


def _crouching(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Squatting down, up to sitting on the heels; arms as in some other pose."""
    posture, depth = _stance(body, style, rng), rng.uniform(0.3, 1.0)
    posture.pelvis_shift[:, 1] -= 0.68 * depth * _leg(body)
    posture.spine[:, 0] += rng.uniform(0.0, 0.6)
    posture.pelvis_turn[:, 0] += depth * rng.uniform(0.0, 0.6)
    posture.foot_pitch += rng.uniform(0.0, 0.6) * depth
    pose = body_poses(posture, puppet(body))[0][0]
    return (_with_arms_of(pose, _donor(body, style, test, rng)) if rng.random() < 0.6 else pose), False


def _sitting(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Sitting: thighs about level, shanks down, ahead or crossed; the upper body as in some other pose."""
    pose = np.zeros((JOINT_COUNT, 3))
    lean = rng.normal(0.0, 0.25)
    for side, sign in (('left', 1.0), ('right', -1.0)):
        apart = rng.uniform(-0.05, 0.5) * sign
        pose[JOINT[f'{side}_hip']] = rotation_vectors(about_y(apart) @ about_x(-np.pi / 2 + lean + rng.normal(0, 0.15)))
        pose[JOINT[f'{side}_knee']] = [rng.uniform(0.2, 2.0) if rng.random() < 0.4 else rng.normal(1.5, 0.2), 0, 0]
        pose[JOINT[f'{side}_ankle']] = [rng.normal(0.0, 0.2), 0, 0]
    pose[0, 0] = -lean
    _as_above_legs(pose, _donor(body, style, test, rng))
    if rng.random() < 0.6:
        _rest_arms(pose, rng)
    return pose, False


def _kneeling(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """On one knee, both knees, or sitting on the heels; the upper body as in some other pose."""
    pose = np.zeros((JOINT_COUNT, 3))
    sit = rng.uniform(0.0, 1.3)
    one_up = rng.integers(3)
    for index, side in enumerate(('left', 'right')):
        hip, knee = -rng.uniform(0.0, 0.3) - 0.7 * sit, 1.5 + 0.7 * sit
        if one_up == index:
            hip, knee = -rng.uniform(1.2, 1.9), rng.uniform(1.2, 1.8)
        pose[JOINT[f'{side}_hip']], pose[JOINT[f'{side}_knee']] = [hip, 0, rng.normal(0, 0.1)], [knee, 0, 0]
        pose[JOINT[f'{side}_ankle']] = [0.9 if one_up != index else 0.0, 0, 0]
    _as_above_legs(pose, _donor(body, style, test, rng))
    return pose, False


def _on_all_fours(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """On hands and knees."""
    pose = np.zeros((JOINT_COUNT, 3))
    pose[0, 0] = np.pi / 2 + rng.normal(0, 0.15)
    for side, sign in (('left', 1.0), ('right', -1.0)):
        pose[JOINT[f'{side}_hip']] = [-np.pi / 2 + rng.normal(0, 0.25), 0, 0]
        pose[JOINT[f'{side}_knee']] = [np.pi / 2 + rng.normal(0, 0.2), 0, 0]
        pose[JOINT[f'{side}_ankle']] = [0.9, 0, 0]
        pose[JOINT[f'{side}_shoulder']] = [0, -sign * (np.pi / 2 + rng.normal(0, 0.25)), 0]
    pose[JOINT['neck'], 0] = -rng.uniform(0.0, 0.7)
    return pose, False


def _lying(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """On the back, the belly or a side; knees straight or drawn up, one leg perhaps lifted."""
    pose = np.zeros((JOINT_COUNT, 3))
    drawn = rng.choice([0.0, rng.uniform(0.2, 1.3)])
    for side in ('left', 'right'):
        lift = drawn * rng.uniform(0.6, 1.2)
        pose[JOINT[f'{side}_hip']] = [-lift, 0, rng.normal(0, 0.12)]
        pose[JOINT[f'{side}_knee']] = [rng.uniform(0.5, 2.0) * lift if rng.random() < 0.8 else 0.0, 0, 0]
        pose[JOINT[f'{side}_ankle']] = [rng.uniform(0.0, 0.5), 0, 0]
    _as_above_legs(pose, _donor(body, style, test, rng))
    pose[[JOINT[n] for n in ('lower_spine', 'spine_centre', 'upper_spine')]] *= 0.4
    if rng.random() < 0.6:
        _rest_arms(pose, rng)
    rolled = rng.choice([0.0, np.pi, np.pi / 2, -np.pi / 2], p=[0.55, 0.15, 0.15, 0.15]) + rng.normal(0, 0.1)
    pose[0] = rotation_vectors(about_x(-np.pi / 2) @ about_y(rolled))
    return pose, True


def _with_frame(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
    """Walking behind a frame: both hands ahead of the hips, one foot before the other, a little bent."""
    posture = _stance(body, style, rng)
    posture.spine[:, 0] += rng.uniform(0.0, 0.5)
    posture.ball[:, 0, 2] += rng.uniform(-0.3, 0.3)
    scale = _leg(body)
    for index, side in enumerate((1.0, -1.0)):
        posture.hand_held[:, index] = 1.0
        place = np.array([side * rng.uniform(0.22, 0.3), rng.uniform(-0.05, 0.2), rng.uniform(0.2, 0.5)])
        posture.hand_place[:, index] = place * scale
    return body_poses(posture, puppet(body))[0][0], False


KINDS = {'exercise': _exercise, 'recorded': _recorded, 'probable': _probable, 'standing': _standing, 'bending': _bending,
         'crouching': _crouching, 'sitting': _sitting, 'kneeling': _kneeling, 'on_all_fours': _on_all_fours, 'lying': _lying,
         'with_frame': _with_frame}

# Where a hand may be held, from the pelvis joint, in lengths of the leg: (left hand's x, y, z), for the right mirrored; scatter.
HAND_PLACES = {
    'hip': ((0.20, 0.12, 0.02), 0.03), 'pocket': ((0.23, -0.08, 0.05), 0.03), 'belly': ((0.03, 0.12, 0.22), 0.06),
    'crossed': ((-0.12, 0.38, 0.20), 0.05), 'behind': ((0.05, 0.02, -0.20), 0.05), 'chest': ((0.08, 0.40, 0.25), 0.08),
    'head': ((0.10, 0.85, 0.03), 0.07), 'face': ((0.05, 0.68, 0.20), 0.06), 'ahead': ((0.15, 0.35, 0.55), 0.15),
    'aside': ((0.75, 0.45, 0.10), 0.15), 'hanging': ((0.27, -0.2, 0.03), 0.06), 'up': ((0.2, 1.05, 0.1), 0.15),
}


def _stance(body: ShapedBody, style: MotionStyle, rng: np.random.Generator) -> Posture:
    posture = standing(1, body, style)
    posture.weight[:] = rng.uniform(0.1, 0.9)
    posture.head += rng.normal(0, [0.25, 0.5, 0.15])
    posture.spine += rng.normal(0, [0.1, 0.2, 0.08])
    posture.ball[:, :, [0, 2]] *= rng.uniform(0.6, 1.6)
    posture.ball[:, 0, 2] += rng.normal(0, 0.1)
    posture.foot_yaw += rng.normal(0, 0.2, (1, 2))
    return posture


def _hold_hands(posture: Posture, body: ShapedBody, rng: np.random.Generator) -> None:
    both = str(rng.choice(list(HAND_PLACES)))
    for index, side in enumerate((1.0, -1.0)):
        name = both if rng.random() < 0.6 else str(rng.choice(list(HAND_PLACES)))
        place, scatter = HAND_PLACES[name]
        posture.hand_held[:, index] = rng.random() < 0.85
        posture.hand_place[:, index] = (place + rng.normal(0, scatter, 3)) * np.array([side, 1.0, 1.0]) * _leg(body)


def _leg(body: ShapedBody) -> float:
    """Metres from hip to ankle of the left leg."""
    return float(np.linalg.norm(body.joints[JOINT['left_hip']] - body.joints[JOINT['left_ankle']]))


def _donor(body: ShapedBody, style: MotionStyle, test: bool, rng: np.random.Generator) -> np.ndarray:
    return (_recorded if rng.random() < 0.6 else _standing)(body, style, test, rng)[0]


def _as_above_legs(pose: np.ndarray, donor: np.ndarray) -> None:
    pose[ABOVE_LEGS] = donor[ABOVE_LEGS]


def _with_arms_of(pose: np.ndarray, donor: np.ndarray) -> np.ndarray:
    arms = [joint for joint in range(JOINT['left_collarbone'], JOINT_COUNT) if joint != JOINT['head']]
    pose[arms] = donor[arms]
    return pose


def _rest_arms(pose: np.ndarray, rng: np.random.Generator) -> None:
    """Arms beside the trunk, forearms on the lap, the armrests or the couch."""
    for side, sign in (('left', 1.0), ('right', -1.0)):
        down, ahead = rng.uniform(0.9, 1.45), rng.uniform(-0.2, 0.7)
        pose[JOINT[f'{side}_shoulder']] = rotation_vectors(about_x(-ahead) @ about_z(-sign * down))
        pose[JOINT[f'{side}_elbow']] = rotation_vectors(about_y(-sign * rng.uniform(0.0, 1.7)))


def mirrored(pose: np.ndarray) -> np.ndarray:
    """A pose (24, 3) with left and right exchanged."""
    return pose[list(MIRROR)] * [1.0, -1.0, -1.0]


def _heading(pelvis: np.ndarray) -> float:
    forward = rotation_matrices(pelvis)[:, 2]
    return float(np.arctan2(forward[0], forward[2]))


@lru_cache(maxsize=2)
def _recorded_poses(test: bool) -> np.ndarray:
    with np.load(CMU_POSES_FILE, allow_pickle=False) as archive:
        return archive['poses'][archive['test'] == test]


@lru_cache(maxsize=1)
def _prior() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means, factors of the covariances, and weights of the prior without its broadest component."""
    prior = load_pose_prior(default_prior_path())
    narrow = slice(0, len(prior.means) - 1)
    factors = np.linalg.cholesky(np.linalg.inv(prior.precisions[narrow]))
    return prior.means[narrow], factors, np.full(len(factors), 1.0 / len(factors))
