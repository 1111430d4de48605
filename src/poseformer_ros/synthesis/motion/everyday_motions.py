"""What people do who do no exercise: they hold one posture after another, or go from one to the next, turning as they go."""

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody
from poseformer_ros.geometry.rotations import part_way, rotation_matrices, rotation_vectors
from poseformer_ros.synthesis.motion.everyday_poses import draw_pose
from poseformer_ros.synthesis.motion.limb_ik import Y, forward, turn
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.motion_style import MotionStyle
from poseformer_ros.synthesis.motion.repetitions import ease

MOVING_ABOUT = 'moving_about'
SECONDS = 120.0             # of a clip
HELD_S, CHANGED_S = (4.0, 20.0), (0.4, 1.2)     # a posture is held so long; the way to the next takes so long
MOVED_S, PAUSED_S = (0.35, 1.6), (0.0, 0.8)     # the same of people who move about
AGAIN_SHARE, AGAIN = 0.3, (2, 5)                # of the postures, between which people go to and fro, and how often
TURN_RAD = 0.5              # standard deviation of each change of where people face who move about
LOWEST_JOINT_M = 0.02       # of a joint above the floor: the ball of a foot
# A moment of an exercise is no exercise; nor is sitting, standing about, or whatever recorded people did for a moment.
HELD_KINDS = {'exercise': 0.5, 'recorded': 0.2, 'standing': 0.15, 'sitting': 0.1, 'bending': 0.05}
# Without what might add up to one: moments of exercises, bending and squatting.
MOVED_KINDS = {'recorded': 0.7, 'sitting': 0.15, 'with_frame': 0.1, 'kneeling': 0.05}


def holding_still(body: ShapedBody, style: MotionStyle, rng: np.random.Generator, rate_hz: float) -> MotionClip:
    """Somebody, or a photograph, in one posture after another: rest, whatever the posture."""
    poses, times_s = [], [0.0]
    while times_s[-1] < SECONDS:
        poses += 2 * [_pose(HELD_KINDS, body, style, rng)]
        times_s += [times_s[-1] + rng.uniform(*HELD_S)]
        times_s += [times_s[-1] + rng.uniform(*CHANGED_S)]
    return _clip(np.stack(poses), np.array(times_s[:-1]), np.zeros(len(poses)), REST, body, style, rate_hz)


def moving_about(body: ShapedBody, style: MotionStyle, rng: np.random.Generator, rate_hz: float) -> MotionClip:
    """Somebody who goes from one everyday pose to the next, or to and fro between two, and turns."""
    poses, times_s = [], [0.0]
    while times_s[-1] < SECONDS:
        some = [_pose(MOVED_KINDS, body, style, rng) for _ in range(2)]
        for pose in some * (int(rng.integers(*AGAIN)) if rng.random() < AGAIN_SHARE else 1):
            poses += 2 * [pose]
            times_s += [times_s[-1] + rng.uniform(*PAUSED_S)]
            times_s += [times_s[-1] + rng.uniform(*MOVED_S)]
    turned = np.cumsum(rng.normal(0, TURN_RAD, len(poses)) * (rng.random(len(poses)) < 0.5))
    return _clip(np.stack(poses), np.array(times_s[:-1]), turned, MOVING_ABOUT, body, style, rate_hz)


def _pose(kinds: dict[str, float], body: ShapedBody, style: MotionStyle, rng: np.random.Generator) -> np.ndarray:
    return draw_pose(str(rng.choice(list(kinds), p=list(kinds.values()))), body, style, False, rng).pose


def _clip(poses: np.ndarray, times_s: np.ndarray, turned_rad: np.ndarray, label: str, body: ShapedBody,
          style: MotionStyle, rate_hz: float) -> MotionClip:
    """Poses (K, 24, 3) at their times (K,), facing turned by angles (K,), and the ways between them; lowest joints on the floor."""
    at = np.arange(round(times_s[-1] * rate_hz)) / rate_hz
    before = np.clip(np.searchsorted(times_s, at, side='right') - 1, 0, len(poses) - 2)
    share = ease((at - times_s[before]) / np.maximum(times_s[before + 1] - times_s[before], 1e-6))
    start, end = rotation_matrices(poses[before]), rotation_matrices(poses[before + 1])
    local = part_way(start, end, share[:, None])
    turned = turned_rad[before] + share * (turned_rad[before + 1] - turned_rad[before])
    local[:, 0] = turn(Y, turned) @ local[:, 0]
    joints = forward(body.joints, local, np.zeros((len(at), 3)) + body.joints[0])[1]
    translations = np.zeros((len(at), 3))
    translations[:, 1] = LOWEST_JOINT_M - joints[:, :, 1].min(axis=1)
    return MotionClip(poses=rotation_vectors(local), translations=translations, betas=np.asarray(style.betas, np.float64),
                      rate_hz=rate_hz, exercise=label, labels=np.full(len(at), label), repetition=np.zeros(len(at), int),
                      phase=np.full(len(at), np.nan))

