"""Recorded motion on the body: bone directions are kept, the body's own bones are used, standing feet stand still."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.assessment.joint_angles import joint_angles
from poseformer_ros.body.kinematics import rest_joints, shaped_body
from poseformer_ros.body.model import SHAPE_COUNT, BodyModel, default_body_path, load_body_model
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.geometry.vectors import unit
from poseformer_ros.options import check, option
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.synthesis.motion.foot_contact import contacts, planted, spans
from poseformer_ros.synthesis.motion.limb_ik import X, Y, Z, align, forward, middle_joint, turn, within_reach
from poseformer_ros.synthesis.motion.motion_clip import MotionClip
from poseformer_ros.synthesis.motion.motion_style import BETA_LIMIT
from poseformer_ros.synthesis.motion.posture import HANGING_COLLAR_RAD, HEEL_TO_BALL, RHYTHM_FROM_RAD, RHYTHM_SHARE, SIDES, SPINE
from poseformer_ros.synthesis.motion.track_cleaning import cleaned, standing_frames, upright

# Bones whose lengths choose the body's shape; others are defined too differently from source to source.
MEASURED = tuple((f'{side}_{a}', f'{side}_{b}') for side in ('left', 'right')
                 for a, b in (('hip', 'knee'), ('knee', 'ankle'), ('shoulder', 'elbow'), ('elbow', 'wrist')))
SHAPE_STIFFNESS = 0.012     # metres of bone that one unit of shape is worth
COMPARED = tuple(f'{side}_{joint}' for side in ('left', 'right')
                 for joint in ('hip', 'knee', 'ankle', 'shoulder', 'elbow', 'wrist'))
TRUNK_CORNERS = ('left_hip', 'right_hip', 'left_shoulder', 'right_shoulder')
STRAIGHT_PULL = 0.15        # weight of the usual hinge against the seen one, as a sine of the bend
SQUEEZE_ROUNDS = 6


@dataclass(frozen=True)
class RetargetOptions:
    """How a recording is brought onto the body."""

    rate_hz: float = option(30.0, 5.0, 120.0, 'frames a second of the clip', unit='Hz')
    smooth_s: float = option(0.0, 0.0, 0.5, 'deviation of the smoothing before; 0.07 suits Kinect', unit='s')
    contact_speed_m_s: float = option(0.30, 0.05, 2.0, 'a foot slower than this may be standing', unit='m/s')
    contact_height_m: float = option(0.06, 0.01, 0.5, 'and one this little above its usual lowest place', unit='m')
    by_hips: bool = option(False, text="place the pelvis by the hips alone, for a source with the body's own joints")
    level: bool = option(False, text='take out the tilt of a sensor, as the standing body shows it')

    def __post_init__(self) -> None:
        check(self)


MOCAP = RetargetOptions()
KINECT = RetargetOptions(smooth_s=0.07, contact_speed_m_s=0.5, contact_height_m=0.15, level=True)


@dataclass(frozen=True)
class RetargetReport:
    """How well a clip follows its recording.

    joint_error_m: joint to (T,) metres between the clip's joint and the recording's, scaled to the body's legs.
    slide_m: furthest that the ball of a foot strays on the floor within one stand.
    contact_share: part of the time that each foot stands, (left, right).
    scale: the clip's size over the recording's.
    """

    joint_error_m: dict[str, np.ndarray]
    slide_m: float
    contact_share: tuple[float, float]
    scale: float

    @property
    def mean_error_m(self) -> float:
        """Mean over joints and frames."""
        return float(np.mean(list(self.joint_error_m.values())))


def retarget(track: JointTrack, options: RetargetOptions = MOCAP, betas: np.ndarray | None = None,
             model: BodyModel | None = None) -> tuple[MotionClip, RetargetReport]:
    """A recording as a clip of the body, and how well it fits.

    Args:
        track: the recorded joints.
        options: `MOCAP` for motion capture, `KINECT` for noisy Kinect joints.
        betas: (10,) the body; chosen by the recorded limbs when left out.
        model: the free body when left out.
    Raises BadInput where a joint was never seen.
    """
    model = model or load_body_model(default_body_path())
    track = cleaned(track, options.smooth_s, options.rate_hz)
    if options.level:
        track = upright(track)
    betas = matching_shape(model, track) if betas is None else np.asarray(betas, np.float64)
    body = shaped_body(model, betas)
    rest = body.joints
    sole = float(body.vertices[:, 1].min())
    seen, scale = _in_room(track, rest, sole)
    local = np.broadcast_to(np.eye(3), (len(track), JOINT_COUNT, 3, 3)).copy()
    chest = _trunk(track, seen, local)
    _arms(seen, rest, chest, local)
    balls, feet, standing = _feet(track, seen, rest, options)
    pelvis = _legs(seen, TRUNK_CORNERS[:2] if options.by_hips else TRUNK_CORNERS, rest, sole, balls, feet, local)
    poses = rotation_vectors(local)
    joints = forward(rest, rotation_matrices(poses), pelvis)[1]
    clip = MotionClip(poses=poses, translations=pelvis - rest[0], betas=betas,
                      rate_hz=options.rate_hz, exercise=track.name, labels=np.full(len(track), track.name),
                      repetition=np.ones(len(track), int), phase=np.arange(len(track)) / len(track),
                      angles=joint_angles(joints))
    errors = {name: np.linalg.norm(joints[:, JOINT[name]] - seen[name], axis=1) for name in COMPARED}
    return clip, RetargetReport(errors, _slide(joints, standing), tuple(s.mean() for s in standing), scale)


def on_another_body(clip: MotionClip, betas: np.ndarray, model: BodyModel | None = None
                    ) -> tuple[MotionClip, RetargetReport]:
    """The same motion by a body of another shape (10,), with its truth; feet that stood stand, as in `retarget`."""
    model = model or load_body_model(default_body_path())
    body = shaped_body(model, clip.betas)
    joints = forward(body.joints, rotation_matrices(clip.poses), clip.translations + body.joints[0])[1]
    track = JointTrack({name: joints[:, index] for name, index in JOINT.items()}, clip.rate_hz, clip.exercise,
                       {name: body.joints[index] for name, index in JOINT.items()})
    moved, report = retarget(track, RetargetOptions(rate_hz=clip.rate_hz, by_hips=True), betas, model)
    return replace(clip, poses=moved.poses, translations=moved.translations, betas=moved.betas,
                   angles=moved.angles), report


def matching_shape(model: BodyModel, track: JointTrack) -> np.ndarray:
    """Shape (10,) whose limbs are nearest to the recorded ones, held near the mean body and within two deviations."""
    wanted = np.array([np.median(np.linalg.norm(track.joints[a] - track.joints[b], axis=1)) for a, b in MEASURED])
    betas = np.zeros(SHAPE_COUNT)
    for _ in range(SQUEEZE_ROUNDS):
        now = _bone_lengths(model, betas)
        slopes = np.stack([_bone_lengths(model, betas + 0.1 * unit_shape) - now for unit_shape in np.eye(SHAPE_COUNT)],
                          axis=1) / 0.1
        rows = np.vstack([slopes, SHAPE_STIFFNESS * np.eye(SHAPE_COUNT)])
        wrong = np.concatenate([wanted - now + slopes @ betas, np.zeros(SHAPE_COUNT)])
        betas = np.clip(np.linalg.lstsq(rows, wrong, rcond=None)[0], -BETA_LIMIT, BETA_LIMIT)
    return betas


def _bone_lengths(model: BodyModel, betas: np.ndarray) -> np.ndarray:
    joints = rest_joints(model, betas)
    return np.array([np.linalg.norm(joints[JOINT[a]] - joints[JOINT[b]]) for a, b in MEASURED])


def _in_room(track: JointTrack, rest: np.ndarray, sole: float) -> tuple[dict[str, np.ndarray], float]:
    """The recorded joints scaled to the body's legs, over the room's origin, standing ankles as high as the body's."""
    def leg(places: dict[str, np.ndarray], side: str) -> float:
        return sum(float(np.median(np.linalg.norm(places[f'{side}_{a}'] - places[f'{side}_{b}'], axis=-1)))
                   for a, b in (('hip', 'knee'), ('knee', 'ankle')))
    own = {name: rest[JOINT[name]] for name in COMPARED}
    scale = sum(leg(own, s) for s, *_ in SIDES) / sum(leg(track.joints, s) for s, *_ in SIDES)
    ankles = np.minimum(track.joints['left_ankle'][:, 1], track.joints['right_ankle'][:, 1])
    middle = np.median(track.joints['pelvis'], axis=0)
    origin = np.array([middle[0], np.percentile(ankles, 20), middle[2]])
    above = [0.0, float(np.mean(rest[[JOINT['left_ankle'], JOINT['right_ankle']], 1])) - sole, 0.0]
    return {name: scale * (places - origin) + above for name, places in track.joints.items()}, scale


def _trunk(track: JointTrack, seen: dict[str, np.ndarray], local: np.ndarray) -> np.ndarray:
    """Pelvis, spine, neck and head; returns the chest's rotations (T, 3, 3) in the room."""
    hips, shoulders = _middle(seen, 'hip'), _middle(seen, 'shoulder')
    standing = standing_frames(track)
    own = track.rest

    def rotations(joint: str, line: np.ndarray, rest_line: np.ndarray | None) -> np.ndarray:
        across = seen[f'left_{joint}'] - seen[f'right_{joint}']
        upright_line = rest_line if rest_line is not None else _standing_line(line, across, standing)
        return align(upright_line, X, line, across)

    pelvis = rotations('hip', seen['spine_centre'] - hips, own['spine_centre'] - _middle(own, 'hip') if own else None)
    chest = rotations('shoulder', shoulders - seen['spine_centre'],
                      _middle(own, 'shoulder') - own['spine_centre'] if own else None)
    local[:, 0] = pelvis
    share = rotation_matrices(rotation_vectors(_inverse(pelvis) @ chest) / len(SPINE))
    for name in SPINE:
        local[:, JOINT[name]] = share
    if 'head' in seen:
        line = (_inverse(chest) @ (seen['head'] - seen['neck'])[..., None])[..., 0]
        upright_line = own['head'] - own['neck'] if own else np.median(unit(line[standing]), axis=0)
        nod = rotation_vectors(_shortest(upright_line, line))
        for name in ('neck', 'head'):
            local[:, JOINT[name]] = rotation_matrices(nod / 2)
    return chest


def _middle(places: dict[str, np.ndarray], joint: str) -> np.ndarray:
    return (places[f'left_{joint}'] + places[f'right_{joint}']) / 2


def _standing_line(line: np.ndarray, across: np.ndarray, standing: np.ndarray) -> np.ndarray:
    """A line of the trunk (T, 3) as it is when the person stands and faces +z: what counts as straight."""
    yaw = np.arctan2(-across[:, 2], across[:, 0])
    faced = (turn(Y, -yaw) @ unit(line)[..., None])[..., 0]
    return np.median(faced[standing], axis=0) * [0.0, 1.0, 1.0]


def _arms(seen: dict[str, np.ndarray], rest: np.ndarray, chest: np.ndarray, local: np.ndarray) -> None:
    for name, _, side in SIDES:
        collar, shoulder, elbow = (JOINT[f'{name}_{joint}'] for joint in ('collarbone', 'shoulder', 'elbow'))
        upper = _inverse(chest) @ unit(seen[f'{name}_elbow'] - seen[f'{name}_shoulder'])[..., None]
        lower = _inverse(chest) @ unit(seen[f'{name}_wrist'] - seen[f'{name}_elbow'])[..., None]
        upper, lower = upper[..., 0], lower[..., 0]
        lift = np.arccos(np.clip(-upper[:, 1], -1.0, 1.0))
        blade = HANGING_COLLAR_RAD + RHYTHM_SHARE * np.maximum(lift - RHYTHM_FROM_RAD, 0.0)
        local[:, collar] = turn(Z, side * blade)
        bend = lower - np.sum(lower * upper, axis=1, keepdims=True) * upper + STRAIGHT_PULL * _usual_bend(upper)
        to_elbow, to_wrist = (rest[JOINT[f'{name}_{b}']] - rest[JOINT[f'{name}_{a}']]
                              for a, b in (('shoulder', 'elbow'), ('elbow', 'wrist')))
        turned = align(to_elbow, Z, upper, bend)
        local[:, shoulder] = _inverse(local[:, collar]) @ turned
        local[:, elbow] = _shortest(to_wrist, (_inverse(turned) @ lower[..., None])[..., 0])


def _usual_bend(upper: np.ndarray) -> np.ndarray:
    """Where a nearly straight elbow bends to (T, 3), in the chest's frame: lifted with the arm from forwards."""
    lift = np.arccos(np.clip(-upper[:, 1], -1.0, 1.0))
    axis = np.stack([-upper[:, 2], np.zeros(len(upper)), upper[:, 0]], axis=1)
    return turn(axis / np.maximum(np.linalg.norm(axis, axis=1, keepdims=True), 1e-6), lift) @ Z


def _feet(track: JointTrack, seen: dict[str, np.ndarray], rest: np.ndarray, options: RetargetOptions
          ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Balls of the feet (T, 2, 3) with y = 0 on the floor, feet's rotations (T, 2, 3, 3), standing (2, T)."""
    balls, feet, standing, rate_hz = [], [], [], options.rate_hz
    for name, _, _ in SIDES:
        to_ball = rest[JOINT[f'{name}_heel']] - rest[JOINT[f'{name}_ankle']]
        way = seen[f'{name}_heel'] - seen[f'{name}_ankle']
        yaw = np.arctan2(way[:, 0], way[:, 2])
        pitch = np.arctan2(-way[:, 1], np.hypot(way[:, 0], way[:, 2]))
        ball = seen[f'{name}_heel'].copy()
        stands = contacts(ball, rate_hz, options.contact_speed_m_s, options.contact_height_m)
        still = stands if stands.any() else np.ones(len(ball), bool)
        ball[:, 1] -= np.median(ball[still, 1])
        pitch = np.clip(pitch - _flat_pitch(track, name, pitch[still]), -0.6, 1.1)
        yaw, pitch = _steady(np.unwrap(yaw), stands, rate_hz), _steady(pitch, np.zeros_like(stands), rate_hz)
        pitch = np.where(np.abs(pitch) < 0.12, pitch * (pitch / 0.12) ** 2, pitch)      # a flat foot lies flat
        yaw -= np.arctan2(to_ball[0], to_ball[2])
        foot = turn(Y, yaw) @ turn(X, pitch)
        held = planted(ball, stands, rate_hz)
        held[:, 1] += HEEL_TO_BALL * np.linalg.norm(to_ball) * np.sin(np.maximum(-pitch, 0.0))
        balls.append(held)
        feet.append(foot)
        standing.append(stands)
    return np.stack(balls, axis=1), np.stack(feet, axis=1), np.array(standing)


def _flat_pitch(track: JointTrack, name: str, standing_pitch: np.ndarray) -> float:
    """How far the line from ankle to ball slopes down in a flat foot: from the rest pose, or as it mostly stands."""
    if track.rest is None:
        return float(np.median(standing_pitch))
    way = track.rest[f'{name}_heel'] - track.rest[f'{name}_ankle']
    return float(np.arctan2(-way[1], np.hypot(way[0], way[2])))


def _legs(seen: dict[str, np.ndarray], corners: tuple[str, ...], rest: np.ndarray, sole: float, balls: np.ndarray,
          feet: np.ndarray, local: np.ndarray) -> np.ndarray:
    """Legs between the recorded hips and the planted feet; returns the pelvis' place (T, 3)."""
    # Sources place hips and shoulders differently within the trunk, so the trunk's middle is what is matched.
    joints = forward(rest, local, np.zeros((len(local), 3)))[1]
    pelvis = sum(seen[name] - joints[:, JOINT[name]] for name in corners) / len(corners)
    ankles, hips, lengths = [], [], []
    for name, index, _ in SIDES:
        to_ball = rest[JOINT[f'{name}_heel']] - rest[JOINT[f'{name}_ankle']]
        ankle = balls[:, index] + [0, rest[JOINT[f'{name}_heel'], 1] - sole, 0] - feet[:, index] @ to_ball
        ankles.append(ankle)
        hips.append(local[:, 0] @ (rest[JOINT[f'{name}_hip']] - rest[0]))
        lengths.append(tuple(float(np.linalg.norm(rest[JOINT[f'{name}_{b}']] - rest[JOINT[f'{name}_{a}']]))
                             for a, b in (('hip', 'knee'), ('knee', 'ankle'))))
    for ankle, hip_offset, length in zip(ankles, hips, lengths):
        pelvis[:, 1] = np.minimum(pelvis[:, 1], _highest(pelvis, hip_offset, ankle, sum(length)))
    for (name, index, _), ankle, hip_offset, (thigh, shank) in zip(SIDES, ankles, hips, lengths):
        hip, knee, foot, ball = (JOINT[f'{name}_{joint}'] for joint in ('hip', 'knee', 'ankle', 'heel'))
        root = pelvis + hip_offset
        end = within_reach(root, ankle, thigh + shank)
        ahead = local[:, 0] @ Z * 0.5 + feet[:, index] @ Z * 0.5
        line = unit(seen[f'{name}_ankle'] - seen[f'{name}_hip'])
        out = seen[f'{name}_knee'] - seen[f'{name}_hip']
        pole = (out - np.sum(out * line, axis=1, keepdims=True) * line) / thigh + STRAIGHT_PULL * ahead
        at = middle_joint(root, end, (thigh, shank), pole)
        square = pole - np.sum(pole * unit(end - root), axis=1, keepdims=True) * unit(end - root)
        thigh_turn = align(rest[knee] - rest[hip], -Z, at - root, -square)
        shank_turn = align(rest[foot] - rest[knee], -Z, end - at, -square)
        local[:, hip] = _inverse(local[:, 0]) @ thigh_turn
        local[:, knee] = _inverse(thigh_turn) @ shank_turn
        local[:, foot] = _inverse(shank_turn) @ feet[:, index]
        toes = np.arctan2(-feet[:, index, 1, 2], np.hypot(feet[:, index, 0, 2], feet[:, index, 2, 2]))
        local[:, ball] = turn(X, -np.clip(toes, 0.0, 0.8))
    return pelvis


def _highest(pelvis: np.ndarray, hip: np.ndarray, ankle: np.ndarray, length: float) -> np.ndarray:
    aside = (pelvis + hip - ankle)[:, [0, 2]]
    return ankle[:, 1] + np.sqrt(np.maximum((0.999 * length) ** 2 - np.sum(aside ** 2, axis=1), 1e-4)) - hip[:, 1]


def _steady(angle: np.ndarray, stands: np.ndarray, rate_hz: float) -> np.ndarray:
    """An angle (T,) smoothed lightly; within a stand it keeps its median."""
    half = max(1, round(0.08 * rate_hz))
    padded = np.pad(angle, half, mode='edge')
    angle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 2 * half + 1), axis=-1)
    return planted(np.stack([angle, np.zeros_like(angle), angle], axis=1), stands, rate_hz)[:, 0]


def _slide(joints: np.ndarray, standing: np.ndarray) -> float:
    furthest = 0.0
    for index, (name, _, _) in enumerate(SIDES):
        ball = joints[:, JOINT[f'{name}_heel']][:, [0, 2]]
        for first, last in spans(standing[index]):
            stand = ball[first:last]
            furthest = max(furthest, float(np.linalg.norm(stand - stand.mean(axis=0), axis=1).max()))
    return furthest


def _shortest(rest: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Shortest rotations (T, 3, 3) from a direction (3,) to others (T, 3)."""
    a, b = unit(rest), unit(wanted)
    axis = np.cross(a, b)
    sine, cosine = np.linalg.norm(axis, axis=-1), b @ a
    return rotation_matrices(axis / np.maximum(sine, 1e-9)[:, None] * np.arctan2(sine, cosine)[:, None])


def _inverse(rotations: np.ndarray) -> np.ndarray:
    return np.swapaxes(rotations, -1, -2)
