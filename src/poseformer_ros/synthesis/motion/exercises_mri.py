"""The movements of mRI (An, Li and Ogras, NeurIPS 2022): ten that MARS has too, free stretching and walking.

What each looks like was read off MARS' recordings (An and Ogras, TECS 2021): arms lifted sideways, then bent at the
elbow; lunges from a split or wide stance that stays; arm and leg of one side lifted sideways.
"""

import numpy as np

from poseformer_ros.synthesis.motion.movement_parts import DEG, blend, gait, goal_post_arms, leg_length, level_arms, squat, step
from poseformer_ros.synthesis.motion.posture import Posture, Puppet
from poseformer_ros.synthesis.motion.repetitions import Course, ease

LEFT, RIGHT = 0, 1
CLEARANCE_M = 0.012     # of the foot on its way
HIP_RISE_M = 0.030      # of the lifted leg's hip as the pelvis lists over the other


def upper_limb_extension(posture: Posture, course: Course, person: Puppet, arms: tuple[int, ...]) -> None:
    """Arms lifted sideways to level and, there, forearms bent up and stretched again."""
    for arm in arms:
        reach = course.limbs[:, arm]
        lifted, bent = ease(reach / 0.62), ease((reach - 0.55) / 0.45)
        blend(posture.arm_lift[:, arm], 90 * DEG * np.maximum(reach, 1.0), lifted)
        blend(posture.arm_plane[:, arm], 6 * DEG, lifted)
        blend(posture.arm_roll[:, arm], -62 * DEG, lifted)
        blend(posture.elbow[:, arm], 8 * DEG, lifted * (1 - bent))
        blend(posture.elbow[:, arm], 88 * DEG, bent)
        posture.weight += (0.06 if arm == RIGHT else -0.06) * lifted


def front_lunge(posture: Posture, course: Course, person: Puppet, leg: int) -> None:
    """One foot well ahead, forearms up; both knees bend and the body sinks straight down."""
    ahead = 0.80 * leg_length(person)
    other = 1 - leg
    step(posture, leg, np.array([0.0, 0.0, ahead]), course.ready)
    goal_post_arms(posture, course.ready)
    depth = course.reach
    posture.foot_pitch[:, other] += 26 * DEG * course.ready + 24 * DEG * depth
    posture.foot_yaw[:, other] -= 6 * DEG * course.ready
    posture.pelvis_shift[:, 1] -= (0.02 * course.ready + 0.29 * depth) * leg_length(person)
    posture.weight += (0.10 if leg == LEFT else -0.10) * course.ready
    posture.spine[:, 0] += 3 * DEG * depth


def mri_squat(posture: Posture, course: Course, person: Puppet) -> None:
    """Squat with the upper arms level and the forearms up."""
    goal_post_arms(posture, course.ready)
    squat(posture, 1.05 * course.reach, 32 * DEG, person)


def side_lunge(posture: Posture, course: Course, person: Puppet, leg: int) -> None:
    """A wide stance, arms level sideways; one knee bends and the body goes over to it."""
    side = 1.0 if leg == LEFT else -1.0
    step(posture, leg, np.array([side * 0.72 * leg_length(person), 0.0, 0.0]), course.ready)
    level_arms(posture, course.ready)
    depth = course.reach
    posture.weight += side * 0.32 * depth
    posture.pelvis_shift[:, 1] -= 0.05 * leg_length(person) * depth
    posture.pelvis_turn[:, 0] += 14 * DEG * depth
    posture.spine[:, 0] += 6 * DEG * depth
    posture.spine[:, 2] -= side * 6 * DEG * depth
    posture.head[:, 0] -= 12 * DEG * depth
    posture.foot_yaw += (10 * DEG * course.ready)[:, None]


def limb_extension(posture: Posture, course: Course, person: Puppet, leg: int) -> None:
    """Arm and leg of one side lifted sideways at once, standing on the other leg."""
    side = 1.0 if leg == LEFT else -1.0
    reach = course.limbs[:, leg]
    early = ease(course.reach / 0.3)        # weight goes over before the foot leaves the floor
    lifted = 40 * DEG * reach * ease((course.reach - 0.08) / 0.30)
    length = leg_length(person)
    posture.weight -= side * 0.47 * early
    under = np.abs(posture.ball[:, leg, 0]) * ease(lifted / (12 * DEG))     # the hips are over the other foot now
    posture.ball[:, leg, 0] += side * (length * np.sin(lifted) - under)
    posture.ball[:, leg, 1] += length * (1 - np.cos(lifted)) + HIP_RISE_M * ease(lifted / (12 * DEG))
    posture.ball[:, leg, 1] += CLEARANCE_M * ease((course.reach - 0.04) / 0.14)
    posture.foot_tilt[:, leg] += lifted
    posture.pelvis_turn[:, 2] -= side * 10 * DEG * reach
    posture.spine[:, 2] -= side * 3 * DEG * reach
    blend(posture.arm_lift[:, leg], 96 * DEG, reach)
    blend(posture.arm_plane[:, leg], 4 * DEG, reach)
    blend(posture.forearm[:, leg], 55 * DEG, reach)
    blend(posture.elbow[:, leg], 6 * DEG, reach)
    other = 1 - leg
    posture.arm_lift[:, other] += 14 * DEG * reach


def stretching(posture: Posture, course: Course, person: Puppet) -> None:
    """Free stretching: in turn both arms up, a side bend, a forward bend, arms back and chest open."""
    kind = np.maximum(course.repetition - 1, 0) % 4
    up, bend, toes, chest = (course.reach * (kind == k) for k in range(4))
    blend(posture.arm_lift, 165 * DEG, np.clip(up, 0, 1))
    blend(posture.arm_plane, 30 * DEG, np.clip(up + chest, 0, 1))
    posture.spine[:, 0] -= 8 * DEG * up
    near = 1 if course.side[0] > 0 else 0
    blend(posture.arm_lift[:, near], 150 * DEG, np.clip(bend, 0, 1))
    blend(posture.arm_plane[:, near], 10 * DEG, np.clip(bend, 0, 1))
    posture.spine[:, 2] += course.side * 26 * DEG * bend
    posture.spine[:, 0] += 52 * DEG * toes
    posture.pelvis_turn[:, 0] += 42 * DEG * toes
    blend(posture.arm_lift, 88 * DEG, np.clip(toes, 0, 1))
    blend(posture.arm_plane, 84 * DEG, np.clip(toes, 0, 1))
    posture.head[:, 0] += 10 * DEG * toes
    blend(posture.arm_lift, 62 * DEG, np.clip(chest, 0, 1))
    posture.arm_plane -= (62 * DEG * chest)[:, None]
    blend(posture.arm_roll, -30 * DEG, np.clip(chest, 0, 1))
    posture.spine[:, 0] -= 11 * DEG * chest
    posture.head[:, 0] -= 10 * DEG * (up + chest)


def walking(posture: Posture, course: Course, person: Puppet) -> None:
    """Walk in a straight line; a repetition is one gait cycle."""
    count = int(course.repetition.max())
    gait(posture, cycles_done(course), count, walking_size(course), person)


def cycles_done(course: Course) -> np.ndarray:
    """Gait cycles (T,) behind the person: 0 before the first, their number after the last."""
    begun = np.maximum.accumulate(course.repetition)
    after = (begun == begun.max()) & ~course.active
    return np.where(after, begun, np.where(course.active, course.repetition - 1 + course.turn, 0.0))


def walking_size(course: Course) -> float:
    """The middle size of the repetitions, as a stride's length stays through a walk."""
    return float(np.max(course.reach))
