"""The body as lines with a thickness, each of one part: measured on the free body, so that no radius is made up."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import SHAPE_COUNT, default_body_path, load_body_model
from poseformer_ros.keypoints.body_parts import LIP_CLASS
from poseformer_ros.skeleton.joints import BONES, JOINT, JOINT_COUNT

# The part that the surface around each joint shows. As in sports clothes without sleeves and with short trousers: so an arm
# stays one part from shoulder to finger tips, and thighs and shins are told apart.
_CLASS_OF_JOINT = {
    'pelvis': 'pants', 'left_hip': 'pants', 'right_hip': 'pants', 'left_knee': 'left_leg', 'right_knee': 'right_leg',
    'left_ankle': 'left_shoe', 'right_ankle': 'right_shoe', 'left_heel': 'left_shoe', 'right_heel': 'right_shoe',
    'lower_spine': 'upper_clothes', 'spine_centre': 'upper_clothes', 'upper_spine': 'upper_clothes',
    'left_collarbone': 'upper_clothes', 'right_collarbone': 'upper_clothes', 'neck': 'face', 'head': 'face',
    'left_shoulder': 'left_arm', 'right_shoulder': 'right_arm', 'left_elbow': 'left_arm', 'right_elbow': 'right_arm',
    'left_wrist': 'left_arm', 'right_wrist': 'right_arm', 'left_hand': 'left_arm', 'right_hand': 'right_arm',
}
JOINT_CLASS = np.zeros(JOINT_COUNT, np.uint8)       # (24,) class of the surface that a joint moves most
for _name, _class in _CLASS_OF_JOINT.items():
    JOINT_CLASS[JOINT[_name]] = LIP_CLASS[_class]

# Both ends of each line, as shares of joints. Shares beyond one go on along the bone, as far as the free body's surface does:
# from the neck over the head to the crown, from the wrist to the finger tips, from the ankle to the toes.
_CROWN, _FINGERS, _TOES = 2.5, 1.9, 1.4
_CHEST_TOP = 0.85      # of the way from hip to collarbone and from upper spine to neck: above is the neck's surface
_LINES = [
    ({'pelvis': 1.0}, {'left_hip': 1.0}), ({'pelvis': 1.0}, {'right_hip': 1.0}), ({'pelvis': 1.0}, {'lower_spine': 1.0}),
    ({'lower_spine': 1.0}, {'spine_centre': 1.0}), ({'spine_centre': 1.0}, {'upper_spine': 1.0}),
    ({'upper_spine': 1.0}, {'upper_spine': 1.0 - _CHEST_TOP, 'neck': _CHEST_TOP}), ({'neck': 1.0}, {'head': 1.0}),
    ({'head': 1.0}, {'neck': 1.0 - _CROWN, 'head': _CROWN}),
]
for _side in ('left_', 'right_'):
    # The first line is the flank: a trunk is wider than deep.
    _LINES += [
        ({_side + 'hip': 1.0}, {_side + 'hip': 1.0 - _CHEST_TOP, _side + 'collarbone': _CHEST_TOP}),
        ({_side + 'collarbone': 1.0}, {_side + 'shoulder': 1.0}),
        ({_side + 'hip': 1.0}, {_side + 'knee': 1.0}),
        ({_side + 'knee': 1.0}, {_side + 'ankle': 1.0}),
        ({_side + 'ankle': 1.0}, {_side + 'ankle': 1.0 - _TOES, _side + 'heel': _TOES}),
        ({_side + 'shoulder': 1.0}, {_side + 'elbow': 1.0}),
        ({_side + 'elbow': 1.0}, {_side + 'wrist': 1.0}),
        ({_side + 'wrist': 1.0}, {_side + 'wrist': 1.0 - _FINGERS, _side + 'hand': _FINGERS}),
    ]
BONE_ENDS = np.array(BONES).T
PLACES = 24     # along a line, where its surface may change from one part to another, twice at most
ROUNDS = 4      # of giving the surface to the lines and measuring the lines' radii


@dataclass(frozen=True)
class BoneLines:
    """Lines through a body.

    start, end: (L, 24) shares of the joints; a line begins at `start @ joints`.
    radius: (L, 2) metres at the two ends, on the mean free body.
    part: (L, PLACES) uint8 class of the surface along the line.
    bones: (23,) metres, length of each of BONES on the mean free body.
    """

    start: np.ndarray
    end: np.ndarray
    radius: np.ndarray
    part: np.ndarray
    bones: np.ndarray


@lru_cache(maxsize=1)
def bone_lines() -> BoneLines:
    """Lines whose radii and parts are those of the mean free body's surface that lies nearest to each."""
    model = load_body_model(default_body_path())
    body = shaped_body(model, np.zeros(SHAPE_COUNT))
    start, end = (np.array([_shares(line[which]) for line in _LINES]) for which in (0, 1))
    along, distance = along_and_away(body.vertices.astype(np.float64), start @ body.joints, end @ body.joints)
    every = np.arange(len(along))
    radius = np.zeros((len(start), 2))
    for _ in range(ROUNDS):
        nearest = np.argmin(off_surface(along, distance, radius), axis=1)
        radius = np.array([_end_radii(along[nearest == line, line], distance[nearest == line, line])
                           for line in range(len(start))])
    nearest = np.argmin(off_surface(along, distance, radius), axis=1)
    votes = np.zeros((len(start), PLACES, JOINT_CLASS.max() + 1))
    np.add.at(votes, (nearest, places_along(along[every, nearest]), JOINT_CLASS[model.part]), 1.0)
    return BoneLines(start, end, radius, np.array([_up_to_three_parts(line) for line in votes]), bone_lengths(body.joints))


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    """(23,) metres; NaN where an end is missing."""
    return np.linalg.norm(joints[BONE_ENDS[0]] - joints[BONE_ENDS[1]], axis=1)


def along_and_away(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of points (n, 3) and lines from (L, 3) to (L, 3): how far along each the nearest place lies, 0 to 1, and its distance.

    Both (n, L). Of a line with a missing end NaN.
    """
    way = end - start
    length = np.maximum(np.sum(way ** 2, axis=1), 1e-12).astype(points.dtype)       # keeps NaN
    from_start = points @ way.T - np.sum(start * way, axis=1)
    along = np.clip(from_start / length, 0.0, 1.0)
    square = np.sum(points ** 2, axis=1)[:, None] + np.sum(start ** 2, axis=1) - 2.0 * (points @ start.T)
    square += along * (along * length - 2.0 * from_start)
    return along, np.sqrt(np.maximum(square, 0.0))


def off_surface(along: np.ndarray, distance: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Distance (n, L) in metres from the surface of each line's cone, inside or outside; radius (L, 2)."""
    return np.abs(distance - radius[:, 0] - along * (radius[:, 1] - radius[:, 0]))


def places_along(along: np.ndarray) -> np.ndarray:
    """Number of the place (...) for how far along a line a point lies, 0 to 1."""
    return np.minimum((along * PLACES).astype(int), PLACES - 1)


def _end_radii(along: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Radii (2,) at both ends of the cone that goes best with the surface's distances."""
    return np.linalg.lstsq(np.stack([1.0 - along, along], axis=1), distance, rcond=None)[0]


def _up_to_three_parts(votes: np.ndarray) -> np.ndarray:
    """The classes (PLACES,) along a line that most votes (PLACES, classes) go with, of those that change twice at most."""
    before = np.concatenate([np.zeros((1, votes.shape[1])), np.cumsum(votes, axis=0)])
    between = before[None] - before[:, None]        # votes of the places from a to b
    score, part = between.max(axis=2), between.argmax(axis=2)
    total = score[0][:, None] + score + score[:, -1][None]
    total[np.tril_indices(len(total), -1)] = -np.inf        # the second change comes after the first
    first, second = np.unravel_index(np.argmax(total), total.shape)
    place = np.arange(PLACES)
    return np.select([place < first, place < second], [part[0, first], part[first, second]], part[second, -1]).astype(np.uint8)


def _shares(of: dict[str, float]) -> np.ndarray:
    row = np.zeros(JOINT_COUNT)
    for name, share in of.items():
        row[JOINT[name]] = share
    return row
