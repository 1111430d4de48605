"""What is measured of a body at each moment, by name: joint angles in degrees and places as shares of the body's own size.

Axes after ISB: forwards, up and to the person's own side, from pelvis and trunk. Turns of a limb about its own length cannot be
read from joints and are left out; the plane of an arm's elevation is unknown near the trunk's own line, as in ISB's Y-X-Y.
"""

import numpy as np

from poseformer_ros.assessment.joint_angles import UP, joint_angles
from poseformer_ros.assessment.repetitions.signals import depth_of_knees, leg_lengths, over_ankles, usual, usual_left
from poseformer_ros.geometry.vectors import cross, unit
from poseformer_ros.skeleton.joints import JOINT

SIDES = (('left', 1.0), ('right', -1.0))
LEAST_SAGITTAL = 0.35           # of an arm's length; a more sideways one has no flexion
LEAST_ELEVATION_DEG = 20.0      # of an arm that has a plane of elevation
# A shoulder rises with its arm from 30 degrees of elevation on, after the setting phase (Inman et al., J. Bone and Joint Surgery
# 1944); by how much, percent of the trunk for each degree, is of rendered people.
SETTING_DEG, RISE_PER_DEG = 30.0, 0.066
LEAN_PER_DEPTH = 0.7            # degrees of the trunk's lean that each percent of a squat's depth needs, of rendered people
DEGREE, PERCENT = 'deg', '%'
# Joints that each series rests on; a side's are named with it.
_TRUNK = ('left_hip', 'right_hip', 'neck')
_PELVIS = ('left_hip', 'right_hip')
_BOTH_SHOULDERS = ('left_shoulder', 'right_shoulder')


def _both(*joints: str) -> tuple[str, ...]:
    return tuple(f'{side}_{joint}' for joint in joints for side in ('left', 'right'))


RESTS_ON: dict[str, tuple[str, ...]] = {
    'trunk_forward': _TRUNK, 'trunk_left': _TRUNK, 'trunk_turn': _PELVIS + _BOTH_SHOULDERS, 'pelvis_turn': _PELVIS,
    'shoulders_turn': _BOTH_SHOULDERS, 'pelvis_left': _both('hip', 'ankle'), 'pelvis_ahead': _both('hip', 'ankle'),
    'squat_depth': _both('hip', 'knee', 'ankle'),
    'trunk_beyond_squat': (*_TRUNK, *_both('knee', 'ankle')), 'elbows_apart': _both('elbow', 'shoulder'),
    'shoulders_left': _both('shoulder', 'ankle'), 'shoulders_ahead': _both('shoulder', 'ankle'),
    'hands_apart': _both('hand'), 'shoulders_apart': (*_PELVIS, *_BOTH_SHOULDERS), 'hips_apart': _PELVIS,
    'knees_apart': _both('knee'), 'ankles_apart': _both('ankle'), 'torso_area': (*_PELVIS, *_BOTH_SHOULDERS),
    'head_left': (*_PELVIS, 'head'),
}
UNITS = dict.fromkeys(('pelvis_left', 'pelvis_ahead', 'squat_depth', 'elbows_apart', 'shoulders_left', 'shoulders_ahead',
                       'torso_area', 'hands_apart', 'shoulders_apart', 'hips_apart', 'knees_apart', 'ankles_apart',
                       'head_left'), PERCENT)
for _side, _ in SIDES:
    RESTS_ON |= {f'{_side}_shoulder': (*_TRUNK, f'{_side}_shoulder', f'{_side}_elbow'),
                 f'{_side}_shoulder_flexion': (*_TRUNK, f'{_side}_shoulder', f'{_side}_elbow'),
                 f'{_side}_shoulder_plane': (*_TRUNK, f'{_side}_shoulder', f'{_side}_elbow'),
                 f'{_side}_elbow': (f'{_side}_shoulder', f'{_side}_elbow', f'{_side}_wrist'),
                 f'{_side}_hip': (*_TRUNK, f'{_side}_knee'),
                 f'{_side}_hip_abduction': (*_PELVIS, f'{_side}_knee'),
                 f'{_side}_knee': (f'{_side}_hip', f'{_side}_knee', f'{_side}_ankle'),
                 f'{_side}_knee_inward': (*_PELVIS, f'{_side}_knee', f'{_side}_ankle'),
                 f'{_side}_shoulder_rise': (*_TRUNK, f'{_side}_shoulder'),
                 f'{_side}_shoulder_hike': (*_TRUNK, f'{_side}_shoulder', f'{_side}_elbow'),
                 f'{_side}_wrist_height': (f'{_side}_wrist', f'{_side}_shoulder'),
                 f'{_side}_hand_to_shoulder': (f'{_side}_hand', f'{_side}_shoulder')}
    UNITS |= dict.fromkeys((f'{_side}_shoulder_rise', f'{_side}_shoulder_hike', f'{_side}_wrist_height',
                            f'{_side}_hand_to_shoulder'), PERCENT)
NAMES = tuple(RESTS_ON)
TURNS = ('pelvis_turn', 'shoulders_turn', 'trunk_turn')      # angles that may go beyond half a turn


def unit_of(name: str) -> str:
    """Unit of a series."""
    return UNITS.get(name, DEGREE)


def body_series(joints: np.ndarray) -> dict[str, np.ndarray]:
    """Every series of NAMES (..., T) from joints (..., T, 24, 3) in the room, each of the leading ones by itself.

    As `joint_angles`, in degrees, and further: `shoulders_turn` in the room; `<side>_shoulder_flexion`: the arm forwards in the
    trunk's sagittal plane; `<side>_shoulder_plane`: 0 sideways, 90 ahead; `<side>_hip_abduction`; `<side>_knee_inward`: the knee
    from the line hip to ankle, in the pelvis' frontal plane; `<side>_shoulder_rise`: the shoulder above the neck along the trunk,
    percent of the trunk's length; `<side>_shoulder_hike`: the same beyond what the arm's elevation brings; `trunk_beyond_squat`:
    lean beyond what a squat of this depth needs; `pelvis_left`, `pelvis_ahead`, and the same of `shoulders`: over the middle
    between the ankles, percent of the leg; `head_left`: over the middle of the hips, percent of the trunk's length;
    `elbows_apart`: across the pelvis, percent of the shoulders' distance.

    Of KIMORE's control factors: `hands_apart`, `knees_apart`, `ankles_apart`, `<side>_hand_to_shoulder`: distances, percent of the
    trunk's length; `shoulders_apart`, `hips_apart`: across the heading that the pelvis has on the whole, so that a turn shortens
    them; `torso_area`: between shoulders and hips as seen from there, percent of the trunk's length squared; `<side>_wrist_height`:
    above the shoulder.
    """
    def at(name: str) -> np.ndarray:
        return joints[..., JOINT[name], :]

    angles = joint_angles(joints)
    series = {name: np.degrees(values) for name, values in angles.items()}
    series['shoulders_turn'] = np.degrees(angles['pelvis_turn'] + angles['trunk_turn'])
    left = unit((at('left_hip') - at('right_hip')) * [1.0, 0.0, 1.0])
    trunk = at('neck') - (at('left_hip') + at('right_hip')) / 2
    along = unit(trunk)
    chest_left = unit(at('left_shoulder') - at('right_shoulder'))
    chest_ahead = unit(cross(chest_left, along))
    always_left, leg = usual_left(joints), leg_lengths(joints)
    place, shoulders = (over_ankles(joints, pair, always_left, leg) for pair in ('hip', 'shoulder'))
    series |= {'pelvis_left': place.real, 'pelvis_ahead': place.imag, 'squat_depth': depth_of_knees(angles),
               'shoulders_left': shoulders.real, 'shoulders_ahead': shoulders.imag}
    series['trunk_beyond_squat'] = series['trunk_forward'] - LEAN_PER_DEPTH * series['squat_depth']
    trunk_m = usual(np.linalg.norm(trunk, axis=-1))
    breadth = usual(np.linalg.norm(at('left_shoulder') - at('right_shoulder'), axis=-1))
    series['elbows_apart'] = 100.0 * _dot(at('left_elbow') - at('right_elbow'), left) / breadth
    across = {name: at(f'left_{name}') - at(f'right_{name}') for name in ('hand', 'knee', 'ankle', 'shoulder', 'hip')}
    series |= {f'{name}s_apart': 100.0 * np.linalg.norm(across[name], axis=-1) / trunk_m for name in ('hand', 'knee', 'ankle')}
    series |= {f'{name}s_apart': 100.0 * _dot(across[name], always_left) / trunk_m for name in ('shoulder', 'hip')}
    series['head_left'] = 100.0 * _dot(at('head') - (at('left_hip') + at('right_hip')) / 2, always_left) / trunk_m
    series['torso_area'] = (series['shoulders_apart'] + series['hips_apart']) / 2 * (trunk @ UP) / trunk_m
    for side, sign in SIDES:
        arm, thigh = unit(at(f'{side}_elbow') - at(f'{side}_shoulder')), at(f'{side}_knee') - at(f'{side}_hip')
        outward = sign * _dot(arm, chest_left)
        ahead_part, down_part = _dot(arm, chest_ahead), -_dot(arm, along)
        series[f'{side}_shoulder_flexion'] = np.where(np.hypot(ahead_part, down_part) > LEAST_SAGITTAL,
                                                      np.degrees(np.arctan2(ahead_part, down_part)), np.nan)
        plane = np.degrees(np.arctan2(_dot(arm, chest_ahead), outward))
        lifted = np.abs(series[f'{side}_shoulder'] - 90.0) < 90.0 - LEAST_ELEVATION_DEG
        series[f'{side}_shoulder_plane'] = np.where(lifted, plane, np.nan)
        series[f'{side}_hip_abduction'] = np.degrees(np.arctan2(sign * _dot(thigh, left), -thigh @ UP))
        line = at(f'{side}_ankle') - at(f'{side}_hip')
        share = _dot(thigh, line) / _dot(line, line)
        series[f'{side}_knee_inward'] = np.degrees(np.arctan(-2.0 * sign * _dot(thigh - share[..., None] * line, left) / (leg / 2)))
        series[f'{side}_shoulder_rise'] = 100.0 * _dot(at(f'{side}_shoulder') - at('neck'), along) / trunk_m
        lifted_deg = np.maximum(series[f'{side}_shoulder'] - SETTING_DEG, 0.0)
        series[f'{side}_shoulder_hike'] = series[f'{side}_shoulder_rise'] - RISE_PER_DEG * lifted_deg
        series[f'{side}_wrist_height'] = 100.0 * (at(f'{side}_wrist') - at(f'{side}_shoulder')) @ UP / trunk_m
        series[f'{side}_hand_to_shoulder'] = 100.0 * np.linalg.norm(at(f'{side}_hand') - at(f'{side}_shoulder'), axis=-1) / trunk_m
    return {name: series[name] for name in NAMES}


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.sum(a * b, axis=-1)
