"""Parts that several exercises share: arm postures, steps and gait."""

import numpy as np

from poseformer_ros.synthesis.motion.posture import Posture, Puppet
from poseformer_ros.synthesis.motion.repetitions import ease

DEG = np.pi / 180.0
STEP_LIFT_M = 0.06
STRIDE_PER_LEG = 1.20       # stride as a share of leg length at a comfortable pace
SWING_SHARE = 0.40          # of the gait cycle (Perry, Gait Analysis, 1992)
# Gait cycle of one foot, from its lift-off: (share of the cycle, heel lifted in degrees).
FOOT_ROLL = ((0.0, 32.0), (0.10, 38.0), (0.38, -16.0), (0.48, 0.0), (0.80, 2.0), (1.0, 32.0))


def blend(value: np.ndarray, wanted: np.ndarray | float, share: np.ndarray) -> None:
    """Move `value` (T, ...) towards what is wanted by a share (T,) or of value's own shape, in place."""
    share = share.reshape(share.shape + (1,) * (value.ndim - share.ndim))
    value += share * (wanted - value)


def keyed(at: np.ndarray, keys: tuple[tuple[float, float], ...]) -> np.ndarray:
    """Values (T,) that pass smoothly from key to key; keys are (place, value), places rising."""
    places, values = np.array(keys).T
    result = np.full(np.shape(at), values[0])
    for i in range(len(places) - 1):
        result = result + (values[i + 1] - values[i]) * ease((at - places[i]) / (places[i + 1] - places[i]))
    return result


def swing_arm(posture: Posture, index: int, ahead: np.ndarray, aside: np.ndarray | float, share: np.ndarray) -> None:
    """Swing one arm by small angles forwards and sideways from hanging."""
    lift, plane = np.hypot(ahead, aside), np.arctan2(ahead, aside)
    blend(posture.arm_lift[:, index], lift, share)
    blend(posture.arm_plane[:, index], plane, share)


def goal_post_arms(posture: Posture, share: np.ndarray) -> None:
    """Upper arms sideways and nearly level, forearms up."""
    blend(posture.arm_lift, 68 * DEG, share)
    blend(posture.arm_plane, 24 * DEG, share)
    blend(posture.arm_roll, -80 * DEG, share)
    blend(posture.elbow, 112 * DEG, share)


def level_arms(posture: Posture, share: np.ndarray) -> None:
    """Straight arms sideways at shoulder height, palms down."""
    blend(posture.arm_lift, 88 * DEG, share)
    blend(posture.arm_plane, 4 * DEG, share)
    blend(posture.arm_roll, 0.0, share)
    blend(posture.forearm, 60 * DEG, share)
    blend(posture.elbow, 6 * DEG, share)


def step(posture: Posture, index: int, way: np.ndarray, share: np.ndarray) -> None:
    """Put one foot elsewhere: `way` (3,) metres in the room, share (T,) of it done."""
    flight = 4 * share * (1 - share)
    posture.ball[:, index] += ease((share - 0.06) / 0.88)[:, None] * way
    posture.ball[:, index, 1] += STEP_LIFT_M * flight
    posture.foot_pitch[:, index] += 14 * DEG * flight
    posture.weight += (0.38 if index == 1 else -0.38) * flight


def squat(posture: Posture, depth: np.ndarray, lean: float, person: Puppet) -> None:
    """Lower the body over both feet; depth (T,) 1 is a knee bend of about 95 degrees, `lean` the trunk's then."""
    thigh = np.linalg.norm(person.bone('left_hip', 'left_knee'))
    posture.pelvis_shift[:, 1] -= 0.74 * thigh * depth
    posture.pelvis_turn[:, 0] += 0.6 * lean * depth
    posture.spine[:, 0] += 0.4 * lean * depth
    posture.head[:, 0] -= 0.7 * lean * depth
    posture.knee_out += 6 * DEG * depth[:, None]


def leg_length(person: Puppet) -> float:
    """Hip to ankle of the left leg in metres."""
    return float(np.linalg.norm(person.bone('left_hip', 'left_knee'))
                 + np.linalg.norm(person.bone('left_knee', 'left_ankle')))


def gait(posture: Posture, cycles: np.ndarray, count: int, size: float, person: Puppet, arm_swing: float = 1.0) -> None:
    """Walk straight ahead through the room's origin: `count` cycles, of which `cycles` (T,) from 0 to count are done.

    The first and the last step are half ones, so that the person begins and ends with the feet together.
    """
    stride = STRIDE_PER_LEG * leg_length(person) * size
    moving = ease(cycles / 0.35) * (1 - ease((cycles - count + 0.35) / 0.35))
    for index, lag in ((0, 0.0), (1, 0.5)):
        done = np.zeros_like(cycles)
        for k in range(count):
            half = 0.5 if (index == 0 and k == 0) or (index == 1 and k == count - 1) else 1.0
            swing = np.clip((cycles - k - lag) / SWING_SHARE, 0.0, 1.0)
            done += half * ease((swing - 0.06) / 0.92)      # the foot leaves the floor before it goes ahead
            flight = 16 * (swing * (1 - swing)) ** 2
            posture.ball[:, index, 1] += half * 0.05 * flight
        posture.ball[:, index, 2] += stride * (done - (count - 0.5) / 2)
        own = cycles - lag
        rolled = keyed(np.mod(own, 1.0), FOOT_ROLL) * DEG
        first = ease((own + 0.2) / 0.2)     # no roll before the foot's first lift-off nor after its last step
        last = 1 - ease((own - (count - 1) - 0.45) / 0.1)
        posture.foot_pitch[:, index] += size * first * last * rolled
    progress = posture.ball[:, :, 2].mean(axis=1)
    posture.balance[:] = 1 - ease(cycles / 0.2) * (1 - ease((cycles - count + 0.2) / 0.2))
    even = stride * (count - 0.5) * (_eased_run(cycles / count, 0.5 / count) - 0.5)
    posture.pelvis_shift[:, 2] += even - progress
    phase = 2 * np.pi * (cycles - 0.2)      # 0 in the left foot's mid swing
    posture.pelvis_shift[:, 0] -= 0.022 * moving * np.cos(phase)
    posture.pelvis_shift[:, 1] -= 0.020 * moving
    posture.pelvis_turn[:, 1] += 5 * DEG * moving * np.sin(phase)
    posture.spine[:, 1] -= 9 * DEG * moving * np.sin(phase)
    posture.spine[:, 0] += 2 * DEG * moving
    posture.pelvis_turn[:, 2] += 3 * DEG * moving * np.cos(phase)
    posture.spine[:, 2] -= 3 * DEG * moving * np.cos(phase)
    for index, side in ((0, 1.0), (1, -1.0)):
        ahead = (3 + 17 * arm_swing * side * -np.sin(phase)) * DEG
        swing_arm(posture, index, ahead * size, 10 * DEG, moving * min(arm_swing, 1.0))
        posture.elbow[:, index] += moving * arm_swing * (4 + 8 * side * -np.sin(phase)) * DEG


def _eased_run(share: np.ndarray, ramp: float) -> np.ndarray:
    """From 0 to 1 at even speed but for a gentle start and stop, each over `ramp` of the way's time."""
    grid = np.linspace(0.0, 1.0, 512)
    speed = ease(grid / ramp) * (1 - ease((grid - 1 + ramp) / ramp))
    way = np.concatenate([[0.0], np.cumsum((speed[1:] + speed[:-1]) / 2)])
    return np.interp(share, grid, way / way[-1])
