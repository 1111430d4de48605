"""UTKinect-Action3D's ten actions (Xia, Chen and Aggarwal, CVPRW 2012)."""

import numpy as np

from poseformer_ros.synthesis.motion.exercises_mri import cycles_done, walking_size
from poseformer_ros.synthesis.motion.movement_parts import DEG, blend, gait, keyed, leg_length
from poseformer_ros.synthesis.motion.posture import Posture, Puppet
from poseformer_ros.synthesis.motion.repetitions import Course, ease

SEAT_SHARE = 0.56       # hip joint's height when seated, as a share of leg length: a chair of about 0.42 m


def sitting(posture: Posture, course: Course, person: Puppet) -> None:
    """Sit down on a chair behind, and stand up again: the trunk goes forward until the seat carries."""
    down = np.clip(course.reach / max(course.reach.max(), 1e-9), 0.0, 1.0)
    leg, thigh = leg_length(person), np.linalg.norm(person.bone('left_hip', 'left_knee'))
    lean = keyed(down, ((0.0, 0.0), (0.62, 1.0), (1.0, 0.12)))
    posture.pelvis_shift[:, 1] -= (1 - SEAT_SHARE) * leg * down
    posture.pelvis_shift[:, 2] -= 0.92 * thigh * keyed(down, ((0.0, 0.0), (0.75, 0.9), (1.0, 1.0)))
    posture.balance *= 1 - ease((down - 0.1) / 0.6)
    posture.pelvis_turn[:, 0] += 30 * DEG * lean
    posture.spine[:, 0] += 16 * DEG * lean + 4 * DEG * down
    posture.head[:, 0] -= 24 * DEG * lean
    blend(posture.arm_lift, 34 * DEG, down)
    blend(posture.arm_plane, 68 * DEG, down)
    blend(posture.elbow, 62 * DEG, down)
    blend(posture.forearm, 55 * DEG, down)


def pick_up(posture: Posture, course: Course, person: Puppet) -> None:
    """Bend knees and trunk and take something from the floor before the feet with one hand."""
    down, hand = course.reach, 0 if course.side[0] > 0 else 1
    thigh = np.linalg.norm(person.bone('left_hip', 'left_knee'))
    posture.pelvis_shift[:, 1] -= 0.62 * thigh * down
    posture.pelvis_turn[:, 0] += 36 * DEG * down
    posture.spine[:, 0] += 30 * DEG * down
    posture.spine[:, 2] += (8 if hand == 0 else -8) * DEG * down
    posture.head[:, 0] -= 22 * DEG * down
    blend(posture.arm_lift[:, hand], 72 * DEG, np.clip(down, 0, 1))
    blend(posture.arm_plane[:, hand], 84 * DEG, np.clip(down, 0, 1))
    blend(posture.elbow[:, hand], 10 * DEG, np.clip(down, 0, 1))
    other = 1 - hand
    blend(posture.arm_lift[:, other], 52 * DEG, np.clip(down, 0, 1))
    blend(posture.arm_plane[:, other], 60 * DEG, np.clip(down, 0, 1))
    blend(posture.elbow[:, other], 55 * DEG, np.clip(down, 0, 1))


def carry(posture: Posture, course: Course, person: Puppet) -> None:
    """Walk with something held before the belly in both hands."""
    count = int(course.repetition.max())
    gait(posture, cycles_done(course), count, 0.85 * walking_size(course), person, arm_swing=0.0)
    blend(posture.arm_lift, 24 * DEG, course.ready)
    blend(posture.arm_plane, 76 * DEG, course.ready)
    blend(posture.elbow, 74 * DEG, course.ready)
    blend(posture.arm_roll, 14 * DEG, course.ready)
    posture.spine[:, 0] -= 3 * DEG * course.ready


def throw(posture: Posture, course: Course, person: Puppet) -> None:
    """Overarm throw with one hand: the arm goes back beside the head, then quickly forwards and down."""
    hand, side = (0, 1.0) if course.side[0] > 0 else (1, -1.0)
    back = keyed(course.turn, ((0.0, 0.0), (0.42, 1.0), (0.60, 0.0), (1.0, 0.0)))
    ahead = keyed(course.turn, ((0.0, 0.0), (0.42, 0.0), (0.62, 1.0), (0.70, 1.0), (1.0, 0.0)))
    lift = keyed(course.turn, ((0.0, 0.0), (0.40, 1.0), (0.55, 1.0), (0.72, 0.5), (1.0, 0.0)))
    blend(posture.arm_lift[:, hand], 98 * DEG, lift)
    blend(posture.arm_plane[:, hand], 5 * DEG, back)
    blend(posture.arm_plane[:, hand], 86 * DEG, ahead)
    blend(posture.arm_roll[:, hand], -84 * DEG, back)
    blend(posture.elbow[:, hand], 100 * DEG, back)
    posture.spine[:, 1] += side * (24 * DEG * back - 22 * DEG * ahead)
    posture.pelvis_turn[:, 1] += side * (10 * DEG * back - 10 * DEG * ahead)
    posture.spine[:, 0] += -5 * DEG * back + 14 * DEG * ahead
    posture.head[:, 1] -= side * (28 * DEG * back - 26 * DEG * ahead)


def push(posture: Posture, course: Course, person: Puppet) -> None:
    """Both hands before the chest, pushed forwards until the elbows are straight."""
    _hands_before_chest(posture, course.ready, course.limbs)
    posture.spine[:, 0] += 8 * DEG * course.reach


def pull(posture: Posture, course: Course, person: Puppet) -> None:
    """Both arms stretched forwards, pulled to the chest."""
    _hands_before_chest(posture, course.ready, 1 - course.limbs)
    posture.spine[:, 0] -= 7 * DEG * course.reach


def _hands_before_chest(posture: Posture, ready: np.ndarray, out: np.ndarray) -> None:
    """Hands before the chest, stretched out by a share (T, 2)."""
    blend(posture.arm_lift, 38 * DEG + 44 * DEG * out, ready)
    blend(posture.arm_plane, 62 * DEG + 22 * DEG * out, ready)
    blend(posture.elbow, 118 * DEG - 108 * DEG * out, ready)
    blend(posture.arm_roll, 5 * DEG, ready)
    blend(posture.forearm, 70 * DEG, ready)
    blend(posture.wrist, -38 * DEG, ready)


def wave_hands(posture: Posture, course: Course, person: Puppet) -> None:
    """Both hands up beside the head, forearms swinging out and in; a repetition is one wave."""
    wave = np.sin(2 * np.pi * course.turn)[:, None] * course.limbs
    blend(posture.arm_lift, 82 * DEG, course.ready)
    blend(posture.arm_plane, 16 * DEG, course.ready)
    blend(posture.arm_roll, -86 * DEG, course.ready)
    blend(posture.elbow, 88 * DEG, course.ready)
    posture.elbow += 30 * DEG * wave
    posture.arm_lift -= 5 * DEG * wave


def clap_hands(posture: Posture, course: Course, person: Puppet) -> None:
    """Hands meet before the chest and part; a repetition is one clap."""
    apart = 0.5 - 0.5 * np.cos(2 * np.pi * course.turn)
    shoulders = person.bone('pelvis', 'left_shoulder')
    for index, side in ((0, 1.0), (1, -1.0)):
        posture.hand_place[:, index, 0] = side * (0.035 + 0.17 * apart * course.limbs[:, index])
        posture.hand_place[:, index, 1] = shoulders[1] - 0.13
        posture.hand_place[:, index, 2] = 0.34
        posture.elbow_out[:, index] = [side * 0.8, -1.0, -0.2]
        blend(posture.hand_held[:, index], 1.0, course.ready)
    blend(posture.forearm, 0.0, course.ready)
    blend(posture.wrist, -8 * DEG, course.ready)
