"""A posture in a physiotherapist's terms, frame by frame, and the poses of the body that take it.

Room frame: y up, floor y = 0, the unturned person faces +z with the left at +x. Angles in radians, lengths in metres.
Fields for limbs are (T, 2), left and right, and mean the same on either side.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.assessment.balance import HEAD, LIMBS, TRUNK_PLACE, TRUNK_SHARE, centre_of_mass
from poseformer_ros.body.kinematics import ShapedBody
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.geometry.vectors import unit
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.synthesis.motion.limb_ik import X, Y, Z, align, forward, middle_joint, turn, within_reach
from poseformer_ros.synthesis.motion.motion_style import MotionStyle

SIDES = (('left', 0, 1.0), ('right', 1, -1.0))
SPINE = ('lower_spine', 'spine_centre', 'upper_spine')
# Collarbone and shoulder blade take about a third of the arm's lift, beginning at 30 degrees (Inman 1944).
RHYTHM_FROM_RAD = np.radians(30.0)
RHYTHM_SHARE = 0.18         # of the lift beyond; the model's shoulder joint lies inside the blade, so less than a third
HANGING_COLLAR_RAD = np.radians(-8.0)
HEEL_TO_BALL = 1.35         # heel's rim to the ball of the foot, in units of ankle to ball
BALANCE_ROUNDS = 4
# The trunk from SMPL's pelvis joint, which lies above the hips: the whole comes out 1.5 % of stature too high. The frozen
# benchmarks' motions are balanced so.
BALANCED_BY = (*LIMBS, (TRUNK_SHARE, JOINT['pelvis'], JOINT['neck'], TRUNK_PLACE), HEAD)
BALANCE_POINT = 0.40        # of the way from ankle to ball of the foot, where the centre of mass stands over
HEIGHT_BLEND_M = 0.003      # over which the lower of two legs takes over the pelvis' height


@dataclass
class Posture:
    """What each part does. Zero everywhere is standing straight with straight hanging arms.

    pelvis_shift: (T, 3) from where the pelvis is in standing; sideways and forwards only as far as `balance` leaves it.
    pelvis_turn: (T, 3) forward tilt, turn to the left, list to the left (the left hip drops).
    spine: (T, 3) of the whole spine against the pelvis: flexion, turn to the left, bend to the left.
    head: (T, 3) of the head against the trunk, the same.
    collar: (T, 2) lift of the collarbone beside what the arm's own lift brings.
    arm_lift: (T, 2) of the upper arm from hanging; pi / 2 is level, pi overhead.
    arm_plane: (T, 2) where it is lifted: 0 sideways, pi / 2 forwards.
    arm_roll: (T, 2) inward roll of the upper arm about its length.
    elbow: (T, 2) bend.
    forearm: (T, 2) palm turned down (pronation) from thumb forward.
    wrist: (T, 2) bend of the hand towards its palm.
    hand_place: (T, 2, 3) where the wrist is, in the pelvis' frame from the pelvis joint; used with `hand_held`.
    hand_held: (T, 2) share, 0 to 1, by which `hand_place` decides over the arm's angles.
    elbow_out: (T, 2, 3) where the elbow of a placed hand points, in the pelvis' frame.
    ball: (T, 2, 3) place of the ball of the foot in the room; y is its height above that of a flat foot.
    foot_pitch: (T, 2) heel lifted; negative is the toes lifted.
    foot_yaw: (T, 2) toes outward.
    foot_tilt: (T, 2) foot turned outward with a leg that is lifted sideways.
    knee_out: (T, 2) knee outward of the foot's direction; negative is inward.
    weight: (T,) share of the weight over the left foot.
    balance: (T,) share by which the pelvis is moved so that the centre of mass stands over the feet.
    heading: (T,) turn of the whole person to the left.
    """

    pelvis_shift: np.ndarray
    pelvis_turn: np.ndarray
    spine: np.ndarray
    head: np.ndarray
    collar: np.ndarray
    arm_lift: np.ndarray
    arm_plane: np.ndarray
    arm_roll: np.ndarray
    elbow: np.ndarray
    forearm: np.ndarray
    wrist: np.ndarray
    hand_place: np.ndarray
    hand_held: np.ndarray
    elbow_out: np.ndarray
    ball: np.ndarray
    foot_pitch: np.ndarray
    foot_yaw: np.ndarray
    foot_tilt: np.ndarray
    knee_out: np.ndarray
    weight: np.ndarray
    balance: np.ndarray
    heading: np.ndarray
    knee_slack: float


def standing(count: int, body: ShapedBody, style: MotionStyle) -> Posture:
    """A person standing at the room's origin in his own manner, for so many frames."""
    both, three = np.zeros((count, 2)), np.zeros((count, 3))
    hips = body.joints[JOINT['left_hip'], 0] - body.joints[JOINT['right_hip'], 0]
    ball = np.zeros((count, 2, 3))
    ball[:, 0, 0], ball[:, 1, 0] = style.stance * hips / 2, -style.stance * hips / 2
    elbow_out = np.zeros((count, 2, 3))
    elbow_out[:, 0], elbow_out[:, 1] = [1.0, 0.0, -0.6], [-1.0, 0.0, -0.6]
    posture = Posture(
        pelvis_shift=three.copy(), pelvis_turn=three.copy(), spine=three.copy(), head=three.copy(),
        collar=both.copy(), arm_lift=both + style.arm_spread, arm_plane=both + np.radians(10.0),
        arm_roll=both + np.radians(12.0), elbow=both + style.elbow_slack, forearm=both + np.radians(15.0),
        wrist=both + np.radians(6.0), hand_place=np.zeros((count, 2, 3)), hand_held=both.copy(), elbow_out=elbow_out,
        ball=ball, foot_pitch=both.copy(), foot_yaw=both + style.toe_out, foot_tilt=both.copy(),
        knee_out=both.copy(), weight=np.full(count, 0.5), balance=np.ones(count),
        heading=np.zeros(count), knee_slack=style.knee_slack)
    posture.spine[:, 0] += style.stoop
    posture.head[:, 0] += style.head_forward - style.stoop
    posture.collar += np.array([style.shoulder_level, -style.shoulder_level]) / 2
    return posture


@dataclass(frozen=True)
class Puppet:
    """A body's measures that the poses need; `ankle_height` of a flat foot above the floor."""

    body: ShapedBody
    floor: float

    @property
    def rest(self) -> np.ndarray:
        """(24, 3) joints of the rest pose, metres."""
        return self.body.joints

    def bone(self, upper: str, lower: str) -> np.ndarray:
        """(3,) from one joint to another in the rest pose."""
        return self.rest[JOINT[lower]] - self.rest[JOINT[upper]]


def puppet(body: ShapedBody) -> Puppet:
    """Measures of a body; its sole is the lowest vertex of the rest pose."""
    return Puppet(body, float(body.vertices[:, 1].min()))


def body_poses(posture: Posture, person: Puppet) -> tuple[np.ndarray, np.ndarray]:
    """Poses (T, 24, 3) rotation vectors and translations (T, 3) in metres, as in `MotionClip`."""
    count = len(posture.weight)
    local = np.broadcast_to(np.eye(3), (count, JOINT_COUNT, 3, 3)).copy()
    _trunk(posture, local)
    over = _support(posture, person)
    _arms(posture, person, local)
    balanced = over.copy()
    for _ in range(BALANCE_ROUNDS):
        _, joints = forward(person.rest, local, _legs(posture, person, balanced, local))
        balanced += (over - centre_of_mass(joints, BALANCED_BY)) * [1.0, 0.0, 1.0]
    free = over + balanced[0] - over[0] + posture.pelvis_shift
    pelvis = _legs(posture, person, free + posture.balance[:, None] * (balanced - free), local)
    turned = turn(Y, posture.heading)
    local[:, 0] = turned @ local[:, 0]
    pelvis = (turned @ pelvis[..., None])[..., 0]
    return rotation_vectors(local), pelvis - person.rest[0]


def _bend(angles: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) of flexion, turn to the left and bend to the left (T, 3)."""
    flexion, turned, bent = angles.T
    return turn(X, flexion) @ turn(Z, -bent) @ turn(Y, turned)


def _trunk(posture: Posture, local: np.ndarray) -> None:
    tilt, turned, listed = posture.pelvis_turn.T
    local[:, 0] = turn(Y, turned) @ turn(Z, -listed) @ turn(X, tilt)
    for name in SPINE:
        local[:, JOINT[name]] = _bend(posture.spine / len(SPINE))
    for name in ('neck', 'head'):
        local[:, JOINT[name]] = _bend(posture.head / 2)


def _feet(posture: Posture, person: Puppet) -> tuple[np.ndarray, np.ndarray]:
    """Rotations (T, 2, 3, 3) of the feet and places (T, 2, 3) of the ankles."""
    rotations, ankles = [], []
    for name, index, side in SIDES:
        to_ball = person.bone(f'{name}_ankle', f'{name}_heel')
        place = posture.ball[:, index] + [0, person.rest[JOINT[f'{name}_heel'], 1] - person.floor, 0]
        pitch = posture.foot_pitch[:, index]
        place[:, 1] += HEEL_TO_BALL * np.linalg.norm(to_ball) * np.sin(np.maximum(-pitch, 0.0))     # rolls on the heel
        foot = (turn(Z, side * posture.foot_tilt[:, index]) @ turn(Y, side * posture.foot_yaw[:, index])
                @ turn(X, pitch))
        rotations.append(foot)
        ankles.append(place - foot @ to_ball)
    return np.stack(rotations, axis=1), np.stack(ankles, axis=1)


def _support(posture: Posture, person: Puppet) -> np.ndarray:
    """Where on the floor (T, 3) the centre of mass belongs."""
    _, ankles = _feet(posture, person)
    under = ankles + BALANCE_POINT * (posture.ball - ankles)
    share = np.stack([posture.weight, 1.0 - posture.weight], axis=1)[..., None]
    return np.sum(share * under, axis=1) * [1.0, 0.0, 1.0]


def _legs(posture: Posture, person: Puppet, over: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Legs from a pelvis above `over` (T, 3) to the feet; returns the pelvis' place (T, 3)."""
    feet, ankles = _feet(posture, person)
    hips = np.stack([local[:, 0] @ person.bone('pelvis', f'{name}_hip') for name, _, _ in SIDES], axis=1)
    pelvis = over * [1.0, 0.0, 1.0]
    pelvis[:, 1] = _height(posture, person, pelvis, hips, ankles) + posture.pelvis_shift[:, 1]
    for name, index, side in SIDES:
        hip, knee, ankle, ball = (JOINT[f'{name}_{joint}'] for joint in ('hip', 'knee', 'ankle', 'heel'))
        thigh, shank = person.bone(f'{name}_hip', f'{name}_knee'), person.bone(f'{name}_knee', f'{name}_ankle')
        pole = turn(Y, side * (posture.foot_yaw[:, index] + posture.knee_out[:, index])) @ Z
        root, end = pelvis + hips[:, index], ankles[:, index]
        end = within_reach(root, end, np.linalg.norm(thigh) + np.linalg.norm(shank))
        at = middle_joint(root, end, (np.linalg.norm(thigh), np.linalg.norm(shank)), pole)
        # A straight leg has no bend to tell its frame by, so the pole does; thigh and shank bend away from it.
        bend = -_square(pole, end - root)
        thigh_turn, shank_turn = align(thigh, -Z, at - root, bend), align(shank, -Z, end - at, bend)
        local[:, hip] = _inverse(local[:, 0]) @ thigh_turn
        local[:, knee] = _inverse(thigh_turn) @ shank_turn
        local[:, ankle] = _inverse(shank_turn) @ feet[:, index]
        local[:, ball] = turn(X, -np.maximum(posture.foot_pitch[:, index], 0.0))
    return pelvis


def _square(pole: np.ndarray, line: np.ndarray) -> np.ndarray:
    """The pole seen square to the leg's line, so that thigh and shank share one hinge."""
    along = unit(line)
    return pole - np.sum(pole * along, axis=-1, keepdims=True) * along


def _height(posture: Posture, person: Puppet, pelvis: np.ndarray, hips: np.ndarray, ankles: np.ndarray) -> np.ndarray:
    """The highest pelvis (T,) from which both legs reach their feet with their usual bend."""
    heights = []
    for name, index, _ in SIDES:
        thigh, shank = (np.linalg.norm(person.bone(f'{name}_{a}', f'{name}_{b}'))
                        for a, b in (('hip', 'knee'), ('knee', 'ankle')))
        reach = np.sqrt(thigh ** 2 + shank ** 2 + 2 * thigh * shank * np.cos(posture.knee_slack))
        aside = (pelvis + hips[:, index] - ankles[:, index])[:, [0, 2]]
        rise = np.sqrt(np.maximum(reach ** 2 - np.sum(aside ** 2, axis=1), 1e-4))
        heights.append(ankles[:, index, 1] + rise - hips[:, index, 1])
    left, right = heights
    return -HEIGHT_BLEND_M * np.logaddexp(-left / HEIGHT_BLEND_M, -right / HEIGHT_BLEND_M)


def _arms(posture: Posture, person: Puppet, local: np.ndarray) -> None:
    chest = local[:, JOINT['lower_spine']] @ local[:, JOINT['spine_centre']] @ local[:, JOINT['upper_spine']]
    for name, index, side in SIDES:
        collar, shoulder, elbow, wrist = (
            JOINT[f'{name}_{joint}'] for joint in ('collarbone', 'shoulder', 'elbow', 'wrist'))
        lift, plane = posture.arm_lift[:, index], posture.arm_plane[:, index]
        blade = HANGING_COLLAR_RAD + RHYTHM_SHARE * _softly_above(lift - RHYTHM_FROM_RAD)
        local[:, collar] = (turn(Y, -side * 0.5 * RHYTHM_SHARE * lift * np.sin(plane))
                            @ turn(Z, side * (blade + posture.collar[:, index])))
        upper, lower = person.bone(f'{name}_shoulder', f'{name}_elbow'), person.bone(f'{name}_elbow', f'{name}_wrist')
        shoulder_turn = _hanging_turn(side, lift, plane, posture.arm_roll[:, index])
        bend = posture.elbow[:, index]
        held = posture.hand_held[:, index]
        if held.any():
            place = _chest_point(person, local, name)
            target = _inverse(chest) @ (posture.hand_place[:, index] - _chest_root(person, local))[..., None]
            pole = (_inverse(chest) @ posture.elbow_out[:, index][..., None])[..., 0]
            end = target[..., 0]
            at = middle_joint(place, end, (np.linalg.norm(upper), np.linalg.norm(lower)), pole)
            placed = align(upper, Z, at - place, -pole)
            bend_placed = np.arccos(np.clip(np.sum(unit(at - place) * unit(end - at), axis=-1), -1.0, 1.0))
            shoulder_turn = _between(shoulder_turn, placed, held)
            bend = bend + held * (bend_placed - bend)
        local[:, shoulder] = _inverse(local[:, collar]) @ shoulder_turn
        palm = posture.forearm[:, index] / 2        # half in the forearm, half at the wrist, as the skin turns
        local[:, elbow] = turn(Y, -side * bend) @ turn(X, palm)
        local[:, wrist] = turn(X, palm) @ turn(Z, -side * posture.wrist[:, index])


def _hanging_turn(side: float, lift: np.ndarray, plane: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Upper arm against the chest: hung down from the T-pose, rolled about its length, lifted in its plane."""
    axis = np.stack([-np.sin(plane), np.zeros_like(plane), side * np.cos(plane)], axis=-1)
    return turn(axis, lift) @ turn(Y, -side * roll) @ turn(Z, np.full_like(lift, -side * np.pi / 2))


def _chest_root(person: Puppet, local: np.ndarray) -> np.ndarray:
    """Place (T, 3) of the upper spine joint in the pelvis' frame, from the pelvis joint."""
    lower, centre = local[:, JOINT['lower_spine']], local[:, JOINT['spine_centre']]
    return (person.bone('pelvis', 'lower_spine') + lower @ person.bone('lower_spine', 'spine_centre')
            + lower @ centre @ person.bone('spine_centre', 'upper_spine'))


def _chest_point(person: Puppet, local: np.ndarray, name: str) -> np.ndarray:
    """Place (T, 3) of a shoulder in the chest's frame, from the upper spine joint."""
    return (person.bone('upper_spine', f'{name}_collarbone')
            + local[:, JOINT[f'{name}_collarbone']] @ person.bone(f'{name}_collarbone', f'{name}_shoulder'))


def _between(first: np.ndarray, second: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Rotations (T, 3, 3) a share (T,) of the shortest way from the first to the second."""
    return first @ rotation_matrices(share[:, None] * rotation_vectors(_inverse(first) @ second))


def _softly_above(x: np.ndarray, width: float = 0.15) -> np.ndarray:
    """The positive part of x (softplus)."""
    return width * np.logaddexp(0.0, x / width)


def _inverse(rotations: np.ndarray) -> np.ndarray:
    return np.swapaxes(rotations, -1, -2)
