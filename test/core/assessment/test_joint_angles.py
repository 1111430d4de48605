"""Angles of a body made of straight lines: one joint is turned by a known angle at a time."""

import numpy as np
import pytest

from poseformer_ros.assessment.joint_angles import joint_angles
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

# Metres, y up, facing +z; the person's left is +x.
STANDING = {'pelvis': (0, 1.0, 0), 'neck': (0, 1.5, 0), 'head': (0, 1.65, 0)}
for side, x in (('left', 1), ('right', -1)):
    STANDING |= {f'{side}_{joint}': (x * across, up, 0) for joint, across, up in
                 (('hip', 0.1, 1.0), ('knee', 0.1, 0.55), ('ankle', 0.1, 0.1), ('heel', 0.1, 0.02), ('collarbone', 0.05, 1.45),
                  ('shoulder', 0.2, 1.5), ('elbow', 0.2, 1.2), ('wrist', 0.2, 0.95), ('hand', 0.2, 0.85))}
LEG = ('knee', 'ankle', 'heel')
ARM = ('elbow', 'wrist', 'hand')
ANGLE = np.radians(50.0)


def standing() -> np.ndarray:
    """(1, 24, 3) metres; joints of the spine stay at the pelvis, no angle uses them."""
    joints = np.tile(np.array(STANDING['pelvis'], float), (JOINT_COUNT, 1))
    for name, place in STANDING.items():
        joints[JOINT[name]] = place
    return joints[None]


def turned(joints: np.ndarray, names: list[str], centre: str, axis: tuple[float, float, float], angle: float) -> np.ndarray:
    """Joints turned about an axis through another one."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    rotation = np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross
    out, middle = joints.copy(), joints[:, JOINT[centre]]
    for name in names:
        out[:, JOINT[name]] = (joints[:, JOINT[name]] - middle) @ rotation.T + middle
    return out


def found(joints: np.ndarray) -> dict[str, float]:
    return {name: float(angle[0]) for name, angle in joint_angles(joints).items()}


def test_standing_straight_is_zero_everywhere():
    assert all(angle == pytest.approx(0.0, abs=1e-9) for angle in found(standing()).values())


@pytest.mark.parametrize(('name', 'moved', 'centre', 'axis'), [
    ('left_knee', ['left_ankle', 'left_heel'], 'left_knee', (1, 0, 0)),
    ('right_knee', ['right_ankle', 'right_heel'], 'right_knee', (1, 0, 0)),
    ('left_hip', [f'left_{joint}' for joint in LEG], 'left_hip', (-1, 0, 0)),
    ('right_shoulder', [f'right_{joint}' for joint in ARM], 'right_shoulder', (0, 0, -1)),
    ('left_elbow', ['left_wrist', 'left_hand'], 'left_elbow', (-1, 0, 0)),
])
def test_one_joint_turned_is_that_angle_and_no_other(name, moved, centre, axis):
    angles = found(turned(standing(), moved, centre, axis, ANGLE))
    assert angles.pop(name) == pytest.approx(ANGLE)
    assert all(angle == pytest.approx(0.0, abs=1e-9) for angle in angles.values())


UPPER_BODY = ['neck', 'head', *(f'{side}_{joint}' for side in ('left', 'right') for joint in ('collarbone', 'shoulder', *ARM))]


@pytest.mark.parametrize(('name', 'axis'), [('trunk_forward', (1, 0, 0)), ('trunk_left', (0, 0, -1)), ('trunk_turn', (0, 1, 0))])
def test_the_trunk_leans_and_turns_in_the_persons_own_planes(name, axis):
    """Also when the whole person has turned: the planes are the person's and not the room's."""
    leaning = turned(standing(), UPPER_BODY, 'pelvis', axis, 0.4)
    for turn in (0.0, 1.1):
        angles = found(turned(leaning, list(JOINT), 'pelvis', (0, 1, 0), turn))
        assert angles[name] == pytest.approx(0.4) and angles['pelvis_turn'] == pytest.approx(turn)
        others = {'trunk_forward', 'trunk_left', 'trunk_turn'} - {name}
        assert all(angles[other] == pytest.approx(0.0, abs=1e-9) for other in others)
