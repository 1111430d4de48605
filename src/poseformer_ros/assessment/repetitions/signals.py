"""What an exercise's repetitions are read from: one number a moment, from joints in the room (y up)."""

from collections.abc import Callable

import numpy as np

from poseformer_ros.assessment.joint_angles import UP, joint_angles
from poseformer_ros.geometry.vectors import cross, unit
from poseformer_ros.skeleton.joints import JOINT

STANDING = 61   # moments, some seconds, over which feet that stand are where they are
LEAP_DEG = 45.0     # of a turn from one moment to the next, more than people do in a fifteenth of a second
BACK_WITHIN = 90    # moments, three seconds of a Kinect, in which what leapt leaps back
AT_REST = 5.0   # percent of the leg's length: the pelvis of who stands is no further from the middle

Signal = Callable[[np.ndarray], np.ndarray]


def angle_signal(*names: str, weights: tuple[float, ...] | None = None) -> Signal:
    """The mean of angles in degrees, or their weighted sum."""
    shares = weights or (1.0 / len(names),) * len(names)

    def of(joints: np.ndarray) -> np.ndarray:
        angles = joint_angles(joints)
        return np.degrees(sum(share * angles[name] for share, name in zip(shares, names)))
    return of


def shoulders_turn(joints: np.ndarray) -> np.ndarray:
    """Turn of the shoulders in the room, degrees, positive to the left, without jumps."""
    angles = joint_angles(joints)
    return without_leaps(np.degrees(unwrapped(angles['pelvis_turn'] + angles['trunk_turn'])))


def without_leaps(turn_deg: np.ndarray) -> np.ndarray:
    """A turn (T,) that goes straight from where it leaps to where it leaps back: a sensor in front that misplaces the hidden
    shoulder of who stands sideways is wrong until then."""
    steps = np.diff(turn_deg)
    leaps = np.flatnonzero(np.abs(steps) > LEAP_DEG)
    result, index = turn_deg.copy(), 0
    while index + 1 < len(leaps):
        first, last = leaps[index], leaps[index + 1]
        back = last - first <= BACK_WITHIN and steps[first] * steps[last] < 0
        if back:
            result[first:last + 2] = np.linspace(turn_deg[first], turn_deg[last + 1], last + 2 - first)
        index += 2 if back else 1
    return result


def pelvis_place(joints: np.ndarray) -> np.ndarray:
    """Middle of the hips over the middle of the ankles, as `over_ankles`."""
    return over_ankles(joints, 'hip', usual_left(joints), leg_lengths(joints))


def circling_pelvis(joints: np.ndarray) -> np.ndarray:
    """`pelvis_place` while the feet stand: over the median of the ankles around each moment, whose errors are as large as some
    circles."""
    steady = joints.copy()
    for ankle in (JOINT['left_ankle'], JOINT['right_ankle']):
        padded = np.pad(joints[:, ankle], ((STANDING // 2, STANDING // 2), (0, 0)), mode='edge')
        steady[:, ankle] = np.nanmedian(np.lib.stride_tricks.sliding_window_view(padded, STANDING, axis=0), axis=-1)
    return pelvis_place(steady)


def over_ankles(joints: np.ndarray, pair: str, left: np.ndarray, leg_m: np.ndarray) -> np.ndarray:
    """Middle of a pair of joints over the middle of the ankles, complex (..., T): real to the person's left, imaginary ahead;
    percent of the leg's length. left, leg_m: `usual_left` and `leg_lengths` of them."""
    way, ahead = _middle(joints, pair) - _middle(joints, 'ankle'), cross(left, UP)
    return 100.0 * (np.sum(way * left, axis=-1) + 1j * np.sum(way * ahead, axis=-1)) / leg_m


def usual_left(joints: np.ndarray) -> np.ndarray:
    """(..., 1, 3) level unit vector to the person's left, one for all moments: by hips and shoulders, for the hips alone are so
    near each other that an error of a centimetre turns them by four degrees, and every step ahead into one to the side."""
    across = sum(_at(joints, f'left_{pair}') - _at(joints, f'right_{pair}') for pair in ('hip', 'shoulder'))
    return unit(usual(across * [1.0, 0.0, 1.0], axis=-2))


def pelvis_left(joints: np.ndarray) -> np.ndarray:
    """How far the pelvis is to the person's left of the middle between the ankles, percent of the leg's length; a step to the other
    side counts as rest."""
    return np.maximum(pelvis_place(joints).real, -AT_REST)


def pelvis_right(joints: np.ndarray) -> np.ndarray:
    """The same to the right."""
    return np.maximum(-pelvis_place(joints).real, -AT_REST)


def lesser_knee(joints: np.ndarray) -> np.ndarray:
    """Bend of the straighter knee in degrees: a step bends one knee, a lunge both."""
    angles = joint_angles(joints)
    return np.degrees(np.minimum(angles['left_knee'], angles['right_knee']))


def squat_depth(joints: np.ndarray) -> np.ndarray:
    """How much nearer bent knees bring hip and ankle, percent of the leg's length, from the mean bend of both knees."""
    return depth_of_knees(joint_angles(joints))


def depth_of_knees(angles: dict[str, np.ndarray]) -> np.ndarray:
    """The same from `joint_angles`."""
    return 100.0 * (1.0 - np.cos((angles['left_knee'] + angles['right_knee']) / 4))


def pelvis_drop(joints: np.ndarray) -> np.ndarray:
    """How much lower over the floor the middle of the hips is than a straight leg is long, percent of the leg's length: a squat
    without its knees, which a sensor in front sees badly behind hands and thighs."""
    return 100.0 * (1.0 - _middle(joints, 'hip')[:, 1] / leg_length(joints))


def upper_body_left(joints: np.ndarray) -> np.ndarray:
    """Tilt of the upper body to the left, degrees: the mean of the trunk's lean and of the line between the elbows, which is far
    longer than the trunk's shift to a side and follows it."""
    across = _at(joints, 'left_elbow') - _at(joints, 'right_elbow')
    elbows = -np.arctan2(across @ UP, np.sum(across * usual_left(joints), axis=1))
    return np.degrees(elbows + joint_angles(joints)['trunk_left']) / 2.0


def leg_length(joints: np.ndarray) -> float:
    """Thigh and shank of joints (T, 24, 3), the median over time and sides, metres."""
    return float(leg_lengths(joints)[0])


def leg_lengths(joints: np.ndarray) -> np.ndarray:
    """The same (..., 1) of joints (..., T, 24, 3)."""
    lengths = [np.linalg.norm(_at(joints, f'{side}_hip') - _at(joints, f'{side}_knee'), axis=-1)
               + np.linalg.norm(_at(joints, f'{side}_knee') - _at(joints, f'{side}_ankle'), axis=-1) for side in ('left', 'right')]
    return usual(np.concatenate(lengths, axis=-1))


def unwrapped(angle: np.ndarray) -> np.ndarray:
    """An angle (T,) in radians without jumps of whole turns, across moments where it is unknown."""
    result, known = angle.copy(), np.isfinite(angle)
    result[known] = np.unwrap(angle[known])
    return result


def continuous_degrees(angle: np.ndarray) -> np.ndarray:
    """The same of an angle in degrees."""
    return np.degrees(unwrapped(np.radians(angle)))


def _at(joints: np.ndarray, name: str) -> np.ndarray:
    return joints[..., JOINT[name], :]


def _middle(joints: np.ndarray, name: str) -> np.ndarray:
    return (_at(joints, f'left_{name}') + _at(joints, f'right_{name}')) / 2


def usual(values: np.ndarray, axis: int = -1) -> np.ndarray:
    """Median over time, which stays as an axis of one: a person keeps lengths, and during these exercises the heading."""
    count = values.shape[axis]
    if count == 1:
        return values       # of a live image; the median would take longer than everything else
    # Of two, both sides of a live image, the mean is the same and sooner there.
    return (np.nanmean if count == 2 else np.nanmedian)(values, axis=axis, keepdims=True)


SIGNALS: dict[str, Signal] = {
    'shoulders': angle_signal('left_shoulder', 'right_shoulder'),
    'left_shoulder': angle_signal('left_shoulder'), 'right_shoulder': angle_signal('right_shoulder'),
    'elbows': angle_signal('left_elbow', 'right_elbow'),
    'knees': angle_signal('left_knee', 'right_knee'), 'lesser_knee': lesser_knee,
    'trunk_left': angle_signal('trunk_left'), 'upper_body_left': upper_body_left,
    'shoulders_turn': shoulders_turn, 'circling_pelvis': circling_pelvis,
    'pelvis_left': pelvis_left, 'pelvis_right': pelvis_right, 'squat_depth': squat_depth, 'pelvis_drop': pelvis_drop,
}
