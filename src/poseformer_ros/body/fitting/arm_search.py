"""An arm sought anew among all the ways it may point, where depth points lie off the body.

A solver that goes downhill cannot bring an arm from the trunk's side to where a detector never saw it. So each direction of
upper arm and forearm is rated as two rods: by the depth points they explain, by what of them would be seen and is not, and by
the joints measured. The best is a start for the solver.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.jacobian import PosedBody
from poseformer_ros.body.fitting.quadratic import POSE
from poseformer_ros.body.fitting.start import shortest_turn
from poseformer_ros.body.fitting.terms import JointTarget
from poseformer_ros.geometry.rotations import rotation_matrices
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, PARENT

DIRECTIONS = 80             # over the sphere: neighbours are 25 degrees apart, within the solver's reach
ARM_RADIUS_M = 0.04         # upper arm and forearm without clothes: 0.035 to 0.05 (ANSUR 2012, circumferences)
POINT_SIGMA_M = 0.04        # of a surface point about a rod: directions are coarse
POINT_GATE = 3.0            # standard deviations, beyond which a point belongs to something else
JOINT_GATE = 3.0
SEEN_MARGIN_M = 0.08        # a rod this far before the depth there would be seen
BEHIND_M = 0.12             # and this far behind it is hidden, or within the trunk
NOT_SEEN_COST, BEHIND_COST = 6.0, 1.0   # of -log p for each place on a rod
MOST_FLEXION = np.cos(2.6)  # elbow, 150 degrees (Norkin and White)
ALONG_UPPER, ALONG_FOREARM = (0.5, 0.9), (0.4, 0.8, 1.2)   # looked at there, as shares of the bone; the last is in the hand
HAND_BEYOND = 1.3           # the forearm's rod reaches over the hand


@dataclass(frozen=True)
class Arm:
    """Joints of one side, and the pose's rows that turn them."""

    shoulder: int
    elbow: int
    wrist: int
    hand: int

    @property
    def parts(self) -> tuple[int, ...]:
        """The joints that move the arm's surface."""
        return self.shoulder, self.elbow, self.wrist, self.hand

    @property
    def turning(self) -> np.ndarray:
        """The pose's rows (12,) of shoulder, elbow, wrist and hand."""
        return (3 * np.array(self.parts)[:, None] + np.arange(3)).ravel()


ARMS = {side: Arm(*(JOINT[f'{side}_{name}'] for name in ('shoulder', 'elbow', 'wrist', 'hand'))) for side in ('left', 'right')}


def _sphere(count: int) -> np.ndarray:
    """Even directions (count, 3), on a spiral by the golden angle."""
    height = 1.0 - 2.0 * (np.arange(count) + 0.5) / count
    angle = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    ring = np.sqrt(1.0 - height ** 2)
    return np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1)


_WAYS = _sphere(DIRECTIONS)
_BENT_TOO_FAR = _WAYS @ _WAYS.T < MOST_FLEXION


def sought_arm(arm: Arm, unknowns: np.ndarray, body: PosedBody, points: np.ndarray, person: Silhouette,
               joints: JointTarget) -> np.ndarray:
    """Unknowns (85,) with one arm turned the way that explains depth and joints best.

    unknowns: (85,) of the body. points: (N, 3) metres, depth points that neither trunk, legs, head nor the other arm explain.
    """
    upper, fore = (np.linalg.norm(body.rest[a] - body.rest[b]) for a, b in ((arm.elbow, arm.shoulder), (arm.wrist, arm.elbow)))
    shoulder = body.joints[arm.shoulder]
    elbows = shoulder + upper * _WAYS
    cost = np.where(_BENT_TOO_FAR, np.inf, _point_cost(shoulder, elbows, upper, HAND_BEYOND * fore, points))
    for share in ALONG_UPPER:
        cost += _sight_cost(shoulder + share * upper * _WAYS, person)[:, None]
    cost += _joint_cost(elbows, arm.elbow, joints)[:, None]
    for share in ALONG_FOREARM:
        cost += _sight_cost(elbows[:, None] + share * fore * _WAYS, person)
    cost += _joint_cost(elbows[:, None] + fore * _WAYS, arm.wrist, joints)
    best = np.unravel_index(np.argmin(cost), cost.shape)
    return _turned(unknowns, body, arm, _WAYS[best[0]], _WAYS[best[1]])


def arm_sight_cost(arm: Arm, joints: np.ndarray, person: Silhouette) -> float:
    """-log p of what of an arm would be seen and is not, or lies within the body; joints (24, 3) metres."""
    shoulder, elbow, wrist, hand = joints[list(arm.parts)]
    places = [shoulder + share * (elbow - shoulder) for share in ALONG_UPPER]
    places += [elbow + share * (wrist - elbow) for share in ALONG_FOREARM[:-1]] + [hand]
    return float(_sight_cost(np.stack(places), person).sum())


def _point_cost(shoulder: np.ndarray, elbows: np.ndarray, upper: np.floating, fore: np.floating, points: np.ndarray) -> np.ndarray:
    """(U, F): -log p of the points (N, 3) for each way of upper arm and forearm."""
    ways = _WAYS.astype(np.float32)
    to_upper = _rod_square((points - shoulder).astype(np.float32)[None], ways, upper)[0]       # (N, U)
    to_fore = _rod_square((points - elbows[:, None]).astype(np.float32), ways, fore)            # (U, N, F)
    away = np.sqrt(np.minimum(to_fore, to_upper.T[:, :, None]))
    share = (away - ARM_RADIUS_M) / POINT_SIGMA_M
    return 0.5 * np.minimum(share * share, POINT_GATE ** 2).sum(axis=1).astype(np.float64)


def _rod_square(points: np.ndarray, ways: np.ndarray, length: np.floating) -> np.ndarray:
    """Squared distances (U, N, W) of points (U, N, 3) from rods out of the origin in ways (W, 3)."""
    along = points @ ways.T
    at = np.clip(along, 0.0, length)
    return np.maximum(np.sum(points * points, axis=2)[:, :, None] + at * (at - 2.0 * along), 0.0)


def _sight_cost(places: np.ndarray, person: Silhouette) -> np.ndarray:
    """(...): cost of places (..., 3) on an arm that would be seen and are not, or that lie within the body or behind it."""
    height, width = person.mask.shape
    depth = np.maximum(places[..., 2], 0.1)
    camera = person.intrinsics
    column = np.rint(camera.fx * places[..., 0] / depth + camera.cx).astype(int)
    row = np.rint(camera.fy * places[..., 1] / depth + camera.cy).astype(int)
    inside = (column >= 0) & (column < width) & (row >= 0) & (row < height)
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    surface = person.depth[row, column]
    person_there = inside & person.mask[row, column]
    in_image = ((column + person.roi.x > 0) & (column + person.roi.x < person.image_size[0] - 1)
                & (row + person.roi.y > 0) & (row + person.roi.y < person.image_size[1] - 1))
    with np.errstate(invalid='ignore'):
        hidden = inside & ~person_there & (surface < depth - SEEN_MARGIN_M)     # something else stands before it
        before = person_there & (depth - ARM_RADIUS_M < surface - SEEN_MARGIN_M)
        behind = person_there & (depth > surface + BEHIND_M)
    missing = before | (~person_there & ~hidden & in_image)
    return NOT_SEEN_COST * missing + BEHIND_COST * behind


def _joint_cost(places: np.ndarray, joint: int, joints: JointTarget) -> np.ndarray:
    """(...): -log p of a joint at places (..., 3), by what was measured."""
    away = (places - joints.positions[joint]) @ joints.whitening[joint].T
    return 0.5 * np.minimum(np.sum(away * away, axis=-1), JOINT_GATE ** 2)


def _turned(unknowns: np.ndarray, body: PosedBody, arm: Arm, upper: np.ndarray, fore: np.ndarray) -> np.ndarray:
    """Unknowns (85,) with upper arm and forearm turned to ways (3,) in the camera's frame, wrist and hand straight."""
    found = unknowns.copy()
    pose = found[POSE].reshape(JOINT_COUNT, 3)
    parent = body.rotations[PARENT[arm.shoulder]]
    pose[arm.shoulder] = shortest_turn(body.rest[arm.elbow] - body.rest[arm.shoulder], parent.T @ upper)
    turned = parent @ rotation_matrices(pose[arm.shoulder])
    pose[arm.elbow] = shortest_turn(body.rest[arm.wrist] - body.rest[arm.elbow], turned.T @ fore)
    pose[[arm.wrist, arm.hand]] = 0.0
    return found
