"""A limb sought anew among all the ways it may point, where joints or depth points contradict the body.

A solver that goes downhill cannot bring an arm from the trunk's side, or a raised leg from the floor, to where a detector never saw
it. So each direction of upper and lower limb is rated as two rods: by the depth points they explain, by what of them would be seen
and is not, and by the joints measured. The best is a start for the solver.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.jacobian import PosedBody
from poseformer_ros.body.fitting.quadratic import POSE
from poseformer_ros.body.fitting.start import shortest_turn
from poseformer_ros.body.fitting.terms import JointTarget
from poseformer_ros.geometry.rotations import rotation_matrices, rotation_vectors
from poseformer_ros.geometry.vectors import cross
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, PARENT

DIRECTIONS = 80             # over the sphere: neighbours are 25 degrees apart, within the solver's reach
POINT_SIGMA_M = 0.04        # of a surface point about a rod: directions are coarse
POINT_GATE = 3.0            # standard deviations, beyond which a point belongs to something else
JOINT_GATE = 3.0
SEEN_MARGIN_M = 0.08        # a rod this far before the depth there would be seen
BEHIND_M = 0.12             # and this far behind it is hidden, or within the trunk
# Of -log p for each place on a rod: that would be seen and is not; behind the body; beyond the crop, where something may hide it.
NOT_SEEN_COST, BEHIND_COST, UNTOLD_COST = 6.0, 1.0, 3.0
HOPELESS_COST = 8.0         # an upper limb that costs so much more than another one alone is not looked at with a lower one
MOST_FLEXION = np.cos(2.6)  # elbow and knee, 150 degrees (Norkin and White)
AGAINST_HINGE = -0.2        # sine of flexion, about the knee's axis: a knee does not bend forwards
BENT = 0.2                  # sine of flexion from which the plane of a limb is known
ALONG_UPPER, ALONG_LOWER = (0.5, 0.9), (0.4, 0.8, 1.2)   # looked at there, as shares of the bone; the last is in the hand or foot
BEYOND = 1.3                # the lower rod reaches over the hand, or the heel


@dataclass(frozen=True)
class Limb:
    """Joints of a limb, from the trunk outwards.

    hinge: (3,) axis in the rest pose about which it bends. turns_freely: whether it may bend about any other axis too.
    radius_m: of upper and lower part without clothes (ANSUR 2012, circumferences).
    """

    parts: tuple[int, int, int, int]
    hinge: np.ndarray
    turns_freely: bool
    radius_m: float

    @property
    def turning(self) -> np.ndarray:
        """The pose's rows (12,) of its joints."""
        return (3 * np.array(self.parts)[:, None] + np.arange(3)).ravel()


def _limb(side: str, names: tuple[str, ...], hinge: tuple[float, ...], turns_freely: bool, radius_m: float) -> Limb:
    first, second, third, fourth = (JOINT[f'{side}_{name}'] for name in names)
    return Limb((first, second, third, fourth), np.array(hinge), turns_freely, radius_m)


_ARM, _LEG = ('shoulder', 'elbow', 'wrist', 'hand'), ('hip', 'knee', 'ankle', 'heel')
LIMBS = (_limb('left', _ARM, (0.0, -1.0, 0.0), True, 0.04), _limb('right', _ARM, (0.0, 1.0, 0.0), True, 0.04),
         _limb('left', _LEG, (1.0, 0.0, 0.0), False, 0.065), _limb('right', _LEG, (1.0, 0.0, 0.0), False, 0.065))

_PARTS, _RADII_M = np.array([limb.parts for limb in LIMBS]), np.array([limb.radius_m for limb in LIMBS])


def _sphere(count: int) -> np.ndarray:
    """Even directions (count, 3), on a spiral by the golden angle."""
    height = 1.0 - 2.0 * (np.arange(count) + 0.5) / count
    angle = np.arange(count) * np.pi * (3.0 - np.sqrt(5.0))
    ring = np.sqrt(1.0 - height ** 2)
    return np.stack([ring * np.cos(angle), height, ring * np.sin(angle)], axis=1)


_WAYS = _sphere(DIRECTIONS)


@dataclass(frozen=True)
class LimbWay:
    """Where a limb points: unit vectors (3,) of its upper and lower part in the camera's frame; gain: of -log p, over the way it
    pointed before."""

    upper: np.ndarray
    lower: np.ndarray
    gain: float


def sought_limb(limb: Limb, body: PosedBody, points: np.ndarray, person: Silhouette, joints: JointTarget) -> LimbWay:
    """The way of a limb that explains depth and joints best.

    points: (N, 3) metres, depth points that nothing else of the body explains.
    """
    root, middle, end, _ = limb.parts
    upper, lower = (float(np.linalg.norm(body.rest[a] - body.rest[b])) for a, b in ((middle, root), (end, middle)))
    start = body.joints[root]
    upper_ways = np.vstack([_WAYS, _told_ways(joints, root, middle), _way(body.joints[middle] - start)])
    lower_ways = np.vstack([_WAYS, _told_ways(joints, middle, end), _way(body.joints[end] - body.joints[middle])])
    alone = _joint_cost(start + upper * upper_ways, middle, joints)
    for share in ALONG_UPPER:
        alone += _sight_cost(start + share * upper * upper_ways, limb.radius_m, person)
    likely = alone <= alone.min() + HOPELESS_COST
    likely[-1] = True
    upper_ways, middles = upper_ways[likely], start + upper * upper_ways[likely]
    cost = alone[likely, None] + _point_cost(limb, start, upper, upper_ways, middles, BEYOND * lower, lower_ways, points)
    for share in ALONG_LOWER:
        cost += _sight_cost(middles[:, None] + share * lower * lower_ways, limb.radius_m, person)
    cost += _joint_cost(middles[:, None] + lower * lower_ways, end, joints)
    now = cost[-1, -1]
    cost[_impossible(limb, body, upper_ways, lower_ways)] = np.inf
    best = np.unravel_index(np.argmin(cost), cost.shape)
    return LimbWay(upper_ways[best[0]], lower_ways[best[1]], float(now - cost[best]))


def turned(limb: Limb, way: LimbWay, unknowns: np.ndarray, body: PosedBody) -> np.ndarray:
    """Unknowns (85,) with a limb turned that way, bent about its hinge; hand or foot straight."""
    root, middle, end, tip = limb.parts
    upper, lower = way.upper, way.lower
    found = unknowns.copy()
    pose = found[POSE].reshape(JOINT_COUNT, 3)
    parent = body.rotations[PARENT[root]]
    bone = body.rest[middle] - body.rest[root]
    axis = cross(upper, lower)
    turn = rotation_matrices(shortest_turn(bone, parent.T @ upper))
    if np.linalg.norm(axis) > BENT:
        turn = _frame(parent.T @ upper, parent.T @ axis) @ _frame(bone, limb.hinge).T
    pose[root] = rotation_vectors(turn)
    pose[middle] = shortest_turn(body.rest[end] - body.rest[middle], (parent @ turn).T @ lower)
    pose[[end, tip]] = 0.0
    return found


def sight_costs(joints: np.ndarray, person: Silhouette) -> np.ndarray:
    """(4,) of LIMBS: -log p of what of a limb would be seen and is not, or lies within the body; joints (24, 3) metres."""
    root, middle, end, tip = joints[_PARTS.T]
    places = [root + share * (middle - root) for share in ALONG_UPPER]
    places += [middle + share * (end - middle) for share in ALONG_LOWER[:-1]] + [tip]
    return _sight_cost(np.stack(places), _RADII_M, person).sum(axis=0)


def _way(bone: np.ndarray) -> np.ndarray:
    return (bone / max(float(np.linalg.norm(bone)), 1e-6))[None]


def _told_ways(joints: JointTarget, near: int, far: int) -> np.ndarray:
    """(0 or 1, 3): the measured direction of a bone."""
    if not (joints.measured[near] and joints.measured[far]):
        return np.zeros((0, 3))
    return _way(joints.positions[far] - joints.positions[near])


def _impossible(limb: Limb, body: PosedBody, upper_ways: np.ndarray, lower_ways: np.ndarray) -> np.ndarray:
    """(U, L) bool: ways in which no limb of this kind bends."""
    bent = upper_ways @ lower_ways.T < MOST_FLEXION
    if limb.turns_freely:
        return bent
    root, middle, _, _ = limb.parts
    parent = body.rotations[PARENT[root]]
    bone = _way(body.rest[middle] - body.rest[root])[0]
    hinges = _carried(limb.hinge, bone, upper_ways @ parent) @ parent.T
    flexion = cross(hinges, upper_ways) @ lower_ways.T
    return bent | (flexion < AGAINST_HINGE)


def _carried(vector: np.ndarray, start: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """(N, 3): a vector (3,) carried along by the shortest turns of a unit vector (3,) to others (N, 3)."""
    axes, cosines = cross(start, ends), ends @ start
    share = (axes @ vector) / np.maximum(1.0 + cosines, 1e-6)
    return cosines[:, None] * vector + cross(axes, vector) + share[:, None] * axes


def _point_cost(limb: Limb, start: np.ndarray, upper: float, upper_ways: np.ndarray, middles: np.ndarray, lower: float,
                lower_ways: np.ndarray, points: np.ndarray) -> np.ndarray:
    """(U, L): -log p of the points (N, 3) for each way of upper and lower limb."""
    to_upper = _rod_square((points - start).astype(np.float32)[None], upper_ways.astype(np.float32), upper)[0]       # (N, U)
    to_lower = _rod_square((points - middles[:, None]).astype(np.float32), lower_ways.astype(np.float32), lower)     # (U, N, L)
    away = np.sqrt(np.minimum(to_lower, to_upper.T[:, :, None]))
    share = (away - limb.radius_m) / POINT_SIGMA_M
    return 0.5 * np.minimum(share * share, POINT_GATE ** 2).sum(axis=1).astype(np.float64)


def _rod_square(points: np.ndarray, ways: np.ndarray, length: float) -> np.ndarray:
    """Squared distances (U, N, W) of points (U, N, 3) from rods out of the origin in ways (W, 3)."""
    along = points @ ways.T
    at = np.clip(along, 0.0, np.float32(length))
    return np.maximum(np.sum(points * points, axis=2)[:, :, None] + at * (at - 2.0 * along), 0.0)


def _sight_cost(places: np.ndarray, radius_m: float | np.ndarray, person: Silhouette) -> np.ndarray:
    """(...): cost of places (..., 3) on a limb that would be seen and are not, or that lie within the body or behind it."""
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
        before = person_there & (depth - radius_m < surface - SEEN_MARGIN_M)
        behind = person_there & (depth > surface + BEHIND_M)
    missing = before | (inside & ~person_there & ~hidden & in_image)
    untold = ~inside & in_image
    return NOT_SEEN_COST * missing + BEHIND_COST * behind + UNTOLD_COST * untold


def _joint_cost(places: np.ndarray, joint: int, joints: JointTarget) -> np.ndarray:
    """(...): -log p of a joint at places (..., 3), by what was measured."""
    away = (places - joints.positions[joint]) @ joints.whitening[joint].T
    return 0.5 * np.minimum(np.sum(away * away, axis=-1), JOINT_GATE ** 2)


def _frame(along: np.ndarray, beside: np.ndarray) -> np.ndarray:
    """(3, 3) rotation whose first column points along, its second as nearly beside as it can."""
    first = along / np.linalg.norm(along)
    second = beside - (beside @ first) * first
    second /= np.linalg.norm(second)
    return np.column_stack([first, second, cross(first, second)])
