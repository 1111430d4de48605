"""What people do between exercises: they stand, shift their weight, look about, fidget with a hand, hold the bar low."""

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.exercises import living
from poseformer_ros.synthesis.motion.exercises_kimore import hands_on_hips, hold_bar
from poseformer_ros.synthesis.motion.motion_clip import REST, MotionClip
from poseformer_ros.synthesis.motion.motion_style import MotionStyle
from poseformer_ros.synthesis.motion.movement_parts import DEG, blend
from poseformer_ros.synthesis.motion.posture import Posture, Puppet, body_poses, puppet, standing
from poseformer_ros.synthesis.motion.repetitions import Course, ease

RAMP_S = (0.5, 1.0)     # into a gesture and out of it
MOST_GESTURES = 2


def resting(body: ShapedBody, style: MotionStyle, seconds: float, rng: np.random.Generator, rate_hz: float) -> MotionClip:
    """So many seconds of rest by a body; it begins and ends in the person's usual standing."""
    at = np.arange(round(seconds * rate_hz)) / rate_hz
    person, posture = puppet(body), standing(len(at), body, style)
    for _ in range(int(rng.integers(0, MOST_GESTURES + 1))):
        gesture = GESTURES[int(rng.integers(len(GESTURES)))]
        gesture(posture, _window(at, rng), person, rng)
    living(posture, at, style, rng)
    poses, translations = body_poses(posture, person)
    return MotionClip(poses=poses, translations=translations, betas=np.asarray(style.betas, np.float64), rate_hz=rate_hz,
                      exercise=REST, labels=np.full(len(at), REST), repetition=np.zeros(len(at), int),
                      phase=np.full(len(at), np.nan))


def _window(at: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Share (T,) of a gesture: from 0 to 1 and back to 0 inside the clip."""
    ramp = rng.uniform(*RAMP_S)
    begin = rng.uniform(0.0, max(at[-1] - 2 * ramp, 0.1))
    end = rng.uniform(begin + ramp, max(at[-1] - ramp, begin + ramp + 0.1))
    return ease((at - begin) / ramp) * (1.0 - ease((at - end) / ramp))


def _shift_weight(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    side = rng.choice([-1.0, 1.0])
    posture.weight += side * rng.uniform(0.15, 0.35) * share
    posture.pelvis_turn[:, 2] -= side * 4 * DEG * share
    posture.spine[:, 2] += side * 4 * DEG * share


def _look_about(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    turned = rng.choice([-1.0, 1.0]) * rng.uniform(15, 50) * DEG
    posture.head[:, 1] += turned * share
    posture.spine[:, 1] += 0.2 * turned * share
    posture.head[:, 0] += rng.uniform(-5, 20) * DEG * share


def _look_down(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    posture.spine[:, 0] += rng.uniform(4, 14) * DEG * share
    posture.head[:, 0] += rng.uniform(10, 30) * DEG * share


def _hand_to_head(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    index, side = (0, 1.0) if rng.random() < 0.5 else (1, -1.0)
    head = person.rest[JOINT['head']] - person.rest[0]
    posture.hand_place[:, index] = head + [side * rng.uniform(0.04, 0.10), rng.uniform(-0.04, 0.08), rng.uniform(0.08, 0.14)]
    posture.elbow_out[:, index] = [side, -0.6, 0.4]
    blend(posture.hand_held[:, index], 1.0, share)


def _hands_before_belly(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    height, ahead = rng.uniform(0.0, 0.16), rng.uniform(0.17, 0.22)
    for index, side in ((0, 1.0), (1, -1.0)):
        posture.hand_place[:, index] = [side * rng.uniform(0.04, 0.09), height, ahead]
        blend(posture.hand_held[:, index], 1.0, share)


def _hands_at_hips(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    hands_on_hips(posture, share, person)


def _hold_bar_low(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    hold_bar(posture, _held(share), rng.uniform(12, 22) * DEG, elbow=rng.uniform(4, 20) * DEG)


def _swing_arms(posture: Posture, share: np.ndarray, person: Puppet, rng: np.random.Generator) -> None:
    turns = np.cumsum(np.full(len(share), rng.uniform(0.15, 0.35)))
    posture.arm_lift += (10 * DEG * share * np.sin(turns) ** 2)[:, None]
    posture.spine[:, 1] += 5 * DEG * share * np.sin(turns)


def _held(share: np.ndarray) -> Course:
    """A course of which only `ready` says anything."""
    none = np.zeros_like(share)
    return Course(none, share, none, np.zeros((len(share), 2)), none, none, np.zeros(len(share), bool),
                  np.zeros(len(share), int), none)


GESTURES = (_shift_weight, _look_about, _look_down, _hand_to_head, _hands_before_belly, _hands_at_hips, _hold_bar_low, _swing_arms)
