"""Posture and joints of the capsule figure: body frame x to the person's left, y up, z forward, origin on the floor."""

from dataclasses import dataclass, field, replace

import numpy as np

from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

# Lengths as shares of standing height: Drillis and Contini (1966), as given by Winter, Biomechanics, 4th ed., fig. 4.1.
ANKLE_HEIGHT = 0.039
KNEE_HEIGHT = 0.285
HIP_HEIGHT = 0.530
UPPER_ARM = 0.186
FOREARM = 0.146
HAND = 0.108
FOOT = 0.152
# The rest follows the places of SMPL's joints in its mean body (standing height 1.73 m).
HIP_HALF_DISTANCE = 0.050
SHOULDER_HALF_DISTANCE = 0.112
COLLARBONE_HALF_DISTANCE = 0.045
SPINE_HEIGHTS = {'pelvis': 0.555, 'lower_spine': 0.615, 'spine_centre': 0.690, 'upper_spine': 0.735,
                 'left_collarbone': 0.800, 'right_collarbone': 0.800, 'left_shoulder': 0.803, 'right_shoulder': 0.803,
                 'neck': 0.845, 'head': 0.890}
HAND_JOINT = 0.45       # of the hand's length from the wrist: the knuckles, as SMPL's hand joint
SIDES = (('left', 1.0), ('right', -1.0))


@dataclass(frozen=True)
class ArmPose:
    """Angles of one arm in radians; all zero is an arm that hangs straight down.

    abduction: sideways, pi/2 is level, pi is straight up.
    flexion: forwards.
    elbow: bend; `elbow_plane` says where to: 0 forwards, pi/2 towards the body's middle, pi backwards.
    """

    abduction: float = np.radians(9.0)
    flexion: float = 0.0
    elbow: float = np.radians(8.0)
    elbow_plane: float = 0.0


HANGING = ArmPose()
SIDEWAYS = ArmPose(abduction=np.radians(90.0), elbow=0.0)
RAISED = ArmPose(abduction=np.radians(165.0), elbow=np.radians(5.0))
BEHIND_BACK = ArmPose(np.radians(8.0), np.radians(-15.0), np.radians(105.0), np.radians(115.0))


@dataclass(frozen=True)
class FigurePose:
    """Posture of the whole figure; angles in radians.

    left, right: the person's own arms.
    lean_side: of the trunk, to the person's left; lean_forward: of the trunk; rotation: of the trunk, to the left.
    squat: 0 standing to 1 with the thighs nearly level.
    stance: sideways angle of each leg.
    """

    left: ArmPose = field(default=HANGING)
    right: ArmPose = field(default=HANGING)
    lean_side: float = 0.0
    lean_forward: float = 0.0
    rotation: float = 0.0
    squat: float = 0.0
    stance: float = np.radians(5.0)


STANDING = FigurePose()
POSES = {
    'standing': STANDING,
    'left_arm_raised': replace(STANDING, left=RAISED),
    'right_arm_raised': replace(STANDING, right=RAISED),
    'both_raised': replace(STANDING, left=RAISED, right=RAISED),
    'arms_sideways': replace(STANDING, left=SIDEWAYS, right=SIDEWAYS),
    'squat': replace(STANDING, squat=0.8),
    'lean_side': replace(STANDING, lean_side=np.radians(20.0)),
    'rotation': replace(STANDING, rotation=np.radians(35.0)),
    'left_forearm_hidden': replace(STANDING, left=BEHIND_BACK),
    'right_forearm_hidden': replace(STANDING, right=BEHIND_BACK),
}


def motion(time_s: float) -> FigurePose:
    """Posture at a time: left, right and both arms sideways and up, squat, trunk lean, rotation; four seconds each."""
    move, phase = int(time_s // 4.0) % 6, (time_s % 4.0) / 4.0
    amount = 0.5 - 0.5 * np.cos(2.0 * np.pi * phase)
    swing = np.sin(2.0 * np.pi * phase)
    lifted = ArmPose(HANGING.abduction + amount * (RAISED.abduction - HANGING.abduction), 0.0, HANGING.elbow, 0.0)
    moves = (replace(STANDING, left=lifted), replace(STANDING, right=lifted),
             replace(STANDING, left=lifted, right=lifted), replace(STANDING, squat=0.8 * amount),
             replace(STANDING, lean_side=np.radians(20.0) * swing),
             replace(STANDING, rotation=np.radians(30.0) * swing))
    return moves[move]


def turn(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """Rotation (3, 3) about x, then z, then y, in radians."""
    (cx, cy, cz), (sx, sy, sz) = np.cos([x, y, z]), np.sin([x, y, z])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return about_y @ about_z @ about_x


@dataclass(frozen=True)
class FigureJoints:
    """Places of the figure's joints and what its drawing needs beside them; metres, body frame.

    positions: (24, 3) in SMPL order.
    chest: (3, 3) rotation of the chest; columns are its left, up and forward.
    pelvis: (3, 3) rotation of the pelvis.
    toes: (2, 3) and finger_tips: (2, 3), left and right.
    """

    positions: np.ndarray
    chest: np.ndarray
    pelvis: np.ndarray
    toes: np.ndarray
    finger_tips: np.ndarray


def figure_joints(pose: FigurePose, height: float = 1.70) -> FigureJoints:
    """Forward kinematics of a figure of a standing height in metres."""
    joints = np.zeros((JOINT_COUNT, 3))
    toes = _legs(pose, joints)
    chest = _trunk(pose, joints)
    tips = np.array([_arm(arm, name, side, chest, joints) for arm, (name, side) in zip((pose.left, pose.right), SIDES)])
    return FigureJoints(joints * height, chest, np.eye(3), toes * height, tips * height)


def _legs(pose: FigurePose, joints: np.ndarray) -> np.ndarray:
    """Legs from the planted ankles up to the hips; returns the toes' tips."""
    shank_tilt, thigh_tilt = np.radians(28.0) * pose.squat, np.radians(75.0) * pose.squat
    shank = KNEE_HEIGHT - ANKLE_HEIGHT
    thigh = HIP_HEIGHT - KNEE_HEIGHT
    toes = []
    for name, side in SIDES:
        leg = turn(z=side * pose.stance)
        ankle_x = side * HIP_HALF_DISTANCE + side * np.sin(pose.stance) * (shank + thigh)
        ankle = np.array([ankle_x, ANKLE_HEIGHT, 0.0])
        knee = ankle + leg @ np.array([0.0, shank * np.cos(shank_tilt), shank * np.sin(shank_tilt)])
        hip = knee + leg @ np.array([0.0, thigh * np.cos(thigh_tilt), -thigh * np.sin(thigh_tilt)])
        joints[[JOINT[f'{name}_{j}'] for j in ('ankle', 'knee', 'hip')]] = ankle, knee, hip
        joints[JOINT[f'{name}_heel']] = ankle + [side * 0.01, -0.022, 0.07]
        toes.append(ankle + [side * 0.02, -0.018, FOOT * 0.75 - 0.02])
    return np.array(toes)


def _trunk(pose: FigurePose, joints: np.ndarray) -> np.ndarray:
    """Spine, head and shoulders: the bend grows in three equal steps from pelvis to upper spine."""
    hips = joints[[JOINT['left_hip'], JOINT['right_hip']]].mean(axis=0)
    base = hips + [0.0, SPINE_HEIGHTS['pelvis'] - HIP_HEIGHT, 0.0]
    angles = np.array([pose.lean_forward + np.radians(30.0) * pose.squat, pose.rotation, -pose.lean_side])
    at, below, bent = base, 'pelvis', np.eye(3)
    joints[JOINT['pelvis']] = base
    for step, name in enumerate(('lower_spine', 'spine_centre', 'upper_spine'), start=1):
        bent = turn(*(angles * step / 3.0))
        at = at + bent @ np.array([0.0, SPINE_HEIGHTS[name] - SPINE_HEIGHTS[below], 0.0])
        joints[JOINT[name]], below = at, name
    sideways = {'shoulder': SHOULDER_HALF_DISTANCE, 'collarbone': COLLARBONE_HALF_DISTANCE}
    for name in ('neck', 'head', 'left_collarbone', 'right_collarbone', 'left_shoulder', 'right_shoulder'):
        side = {'l': 1.0, 'r': -1.0}.get(name[0], 0.0) * sideways.get(name.split('_')[-1], 0.0)
        joints[JOINT[name]] = at + bent @ np.array([side, SPINE_HEIGHTS[name] - SPINE_HEIGHTS['upper_spine'], 0.0])
    return bent


def _arm(arm: ArmPose, name: str, side: float, chest: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """One arm from its shoulder outwards; returns the finger tip."""
    upper = chest @ turn(z=side * arm.abduction) @ turn(x=-arm.flexion)
    bend = np.array([-side * np.sin(arm.elbow_plane) * np.sin(arm.elbow), -np.cos(arm.elbow),
                     np.cos(arm.elbow_plane) * np.sin(arm.elbow)])
    forearm = upper @ bend
    elbow = joints[JOINT[f'{name}_shoulder']] + upper @ np.array([0.0, -UPPER_ARM, 0.0])
    wrist = elbow + FOREARM * forearm
    joints[JOINT[f'{name}_elbow']], joints[JOINT[f'{name}_wrist']] = elbow, wrist
    joints[JOINT[f'{name}_hand']] = wrist + HAND * HAND_JOINT * forearm
    return wrist + HAND * forearm
