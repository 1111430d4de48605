"""KIMORE's five exercises for low back pain (Capecci et al., IEEE TNSRE 2019, section III), as postures over a course.

Each function turns a standing posture into the exercise's, frame by frame.
"""

import numpy as np

from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.movement_parts import DEG, blend, squat
from poseformer_ros.synthesis.motion.posture import Posture, Puppet
from poseformer_ros.synthesis.motion.repetitions import Course

BAR_ROLL, BAR_PRONATION = 25 * DEG, 35 * DEG    # both hands round a bar, backs of the hands up
MOST_LIFT = 1.10                                # of the usual range; an arm does not go further back
SQUAT_LEAN = 29 * DEG                           # of the trunk in a full squat
BAR_SPREAD = 14 * DEG                           # of straight arms whose hands are wider apart than the shoulders


def hold_bar(posture: Posture, course: Course, lift: np.ndarray | float, elbow: float = 6 * DEG) -> None:
    """Straight arms before the body with a bar in both hands, lifted (T, 2) or by one angle in the sagittal plane."""
    ahead, aside = np.cos(BAR_SPREAD) * np.sin(lift), np.sin(BAR_SPREAD)
    blend(posture.arm_lift, np.arccos(np.cos(BAR_SPREAD) * np.cos(lift)), course.ready)
    blend(posture.arm_plane, np.arctan2(ahead, aside), course.ready)
    blend(posture.arm_roll, BAR_ROLL, course.ready)
    blend(posture.forearm, BAR_PRONATION, course.ready)
    blend(posture.elbow, elbow, course.ready)


def lifting_of_the_arms(posture: Posture, course: Course, person: Puppet) -> None:
    """Es1: a bar in both hands, straight arms from before the thighs to above the head and back."""
    rest, top = 14 * DEG, 156 * DEG
    hold_bar(posture, course, rest + (top - rest) * np.minimum(course.limbs, MOST_LIFT))
    posture.spine[:, 0] -= 7 * DEG * course.reach
    posture.head[:, 0] -= 5 * DEG * course.reach


def lateral_tilt(posture: Posture, course: Course, person: Puppet) -> None:
    """Es2: arms with the bar above the head, trunk bent in the frontal plane to one side, back, then the other."""
    hold_bar(posture, course, 158 * DEG, elbow=10 * DEG)
    posture.spine[:, 0] -= 4 * DEG * course.ready
    bent = course.side * course.reach
    posture.spine[:, 2] += 28 * DEG * bent
    posture.pelvis_turn[:, 2] -= 3 * DEG * bent
    posture.head[:, 2] += 4 * DEG * bent
    posture.arm_lift += 6 * DEG * bent[:, None] * np.array([-1.0, 1.0])
    posture.weight += 0.10 * bent


def trunk_rotation(posture: Posture, course: Course, person: Puppet) -> None:
    """Es3: straight arms level before the chest, trunk turned to one side, back, then the other; feet stay."""
    hold_bar(posture, course, 86 * DEG)
    turned = course.side * course.reach
    posture.pelvis_turn[:, 1] += 27 * DEG * turned
    posture.spine[:, 1] += 29 * DEG * turned
    posture.head[:, 1] += 6 * DEG * turned
    # The arm on the far side reaches across the chest and bends a little, as the bar stays square to the chest.
    away = np.maximum(course.limbs * turned[:, None] / np.maximum(course.reach, 1e-9)[:, None] * [-1.0, 1.0], 0.0)
    posture.arm_plane += 8 * DEG * away
    posture.elbow += 14 * DEG * away


def pelvis_rotation(posture: Posture, course: Course, person: Puppet) -> None:
    """Es4: hands on the hips, the pelvis circles over still feet, first one way round, then the other."""
    blend(posture.balance, 0.0, course.ready)
    size = course.reach
    aside, ahead = np.sin(course.circle_rad) * size, np.cos(course.circle_rad) * size
    posture.pelvis_shift[:, 0] += 0.095 * aside
    posture.pelvis_shift[:, 2] += 0.080 * ahead
    posture.pelvis_turn[:, 0] -= 9 * DEG * ahead
    posture.pelvis_turn[:, 2] -= 4 * DEG * aside
    posture.spine[:, 0] += 3 * DEG * size - 2 * DEG * ahead
    posture.spine[:, 2] -= 6 * DEG * aside
    posture.head[:, 0] += 8 * DEG * ahead
    posture.head[:, 2] += 7 * DEG * aside
    hands_on_hips(posture, course.ready, person)


def hands_on_hips(posture: Posture, share: np.ndarray, person: Puppet) -> None:
    """Hands at the sides of the pelvis, elbows out; share (T,) from hanging arms."""
    for index, side, name in ((0, 1.0, 'left'), (1, -1.0, 'right')):
        waist = _waist(person, name)
        posture.hand_place[:, index] = waist
        posture.elbow_out[:, index] = [side, 0.1, -0.75]
        blend(posture.hand_held[:, index], 1.0, share)
    blend(posture.forearm, 20 * DEG, share)
    blend(posture.wrist, 25 * DEG, share)


def _waist(person: Puppet, name: str) -> np.ndarray:
    """Where the wrist is when the hand lies on the hip (3,), from the pelvis joint: beside the widest skin there."""
    near = np.isin(person.body.model.part, [JOINT['pelvis'], JOINT['lower_spine']])
    skin = person.body.vertices[near] - person.rest[0]
    level = skin[np.abs(skin[:, 1] - 0.04) < 0.04]
    side = 1.0 if name == 'left' else -1.0
    return np.array([side * (np.abs(level[:, 0]).max() + 0.055), 0.045, -0.01])


def squatting(posture: Posture, course: Course, person: Puppet) -> None:
    """Es5: straight arms level before the chest with the bar; knees bend, trunk stays as upright as it can."""
    hold_bar(posture, course, 86 * DEG)
    posture.arm_lift += (SQUAT_LEAN * course.reach)[:, None]       # the bar stays level while the trunk leans
    squat(posture, course.reach, SQUAT_LEAN, person)
