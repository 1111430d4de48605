"""The surface pulled to the silhouette's depth points, point to plane, visible side only (Chen and Medioni 1992), and its rim to
the silhouette's outline."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import ANCESTORS, PosedBody
from poseformer_ros.body.fitting.limb_search import LIMBS
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS, Quadratic
from poseformer_ros.body.fitting.surface.outline import Outline, outline_pairs
from poseformer_ros.body.fitting.surface.point_parts import LEAST_CHANCE
from poseformer_ros.body.fitting.terms import robust_weights
from poseformer_ros.body.model import SHAPE_COUNT, BodyModel
from poseformer_ros.geometry.mesh import vertex_normals
from poseformer_ros.silhouette.person import Roi, Silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

FACING = 0.3            # cosine between surface normal and the way to the camera: grazing depth is noise
REACH_M = 0.10          # a depth point further than this from the surface is of something else
CELL_M = 0.02           # cells in which a surface point and a depth point are of the same ray, at the body's distance
# Pixels lie evenly of which column times the first plus row times the second has a fraction below some share (inverse powers of the
# plastic number; Roberts 2018, "The unreasonable effectiveness of quasirandom sequences").
EVEN = (0.7548776662466927, 0.5698402909980532)
MEAN_PX, STEP_M = 3, 0.03   # of a depth image with its noise; a pixel this far from the mean of those around it is at a step
STRIDE = 3              # of 6,890 vertices every third: 2 cm apart, as fine as the cells

# Their points lie on what they rest on, a hip or a thigh, within the clothes' thickness, and would be pulled before it.
HANDS = [JOINT[f'{side}_{part}'] for side in ('left', 'right') for part in ('wrist', 'hand')]

_CARRIED_BY = np.ascontiguousarray(ANCESTORS.T)     # row a marks the joints that joint a carries, itself included


@dataclass(frozen=True)
class DepthTarget:
    """Pairs of a surface vertex and a depth point, then of one and the outline; all arrays of one kind of float, which the term is
    computed in.

    points: (N, 3) metres. normals: (N, 3) unit, of the posed surface there, or across the view, out of the outline.
    template: (N, 3), shapes: (N, 3, 10), weights: (N, 24) of the vertices, as in the body model.
    unpaired: number of depth points that found no vertex, as a share of those that were to be chosen.
    of_outline: how many pairs, the last ones, are of the outline.
    """

    points: np.ndarray
    normals: np.ndarray
    template: np.ndarray
    shapes: np.ndarray
    weights: np.ndarray
    unpaired: float
    of_outline: int = 0


def depth_points(person: Silhouette, count: int) -> np.ndarray:
    """At most about `count` points (N, 3) in metres, spread evenly over the mask's pixels with depth, and so are the first of them.

    A pixel that was chosen in one image is chosen in the next: other points of the same surface would make a still body tremble.
    """
    known = person.mask & (person.depth > 0)      # NaN is not
    pixels = np.count_nonzero(known)
    if pixels == 0:
        return np.zeros((0, 3))
    rank = _even_rank(person.roi)
    rows, columns = np.divmod(np.flatnonzero(known & (rank < count / pixels)), known.shape[1])
    order = np.argsort(rank[rows, columns])
    rows, columns = rows[order], columns[order]
    return person.intrinsics.deproject(np.stack([columns, rows], axis=1).astype(np.float64),
                                       _mean_depth(person.depth, known, rows, columns).astype(np.float64))


def _even_rank(roi: Roi) -> np.ndarray:
    """(H, W) from 0 to 1 of an image's pixels within a window; those below any share lie evenly."""
    column = EVEN[0] * np.arange(roi.x, roi.x + roi.width) % 1.0
    row = EVEN[1] * np.arange(roi.y, roi.y + roi.height) % 1.0
    both = column + row[:, None]
    return both - (both >= 1.0)


def _mean_depth(depth: np.ndarray, known: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """(N,) metres at known pixels: the mean over MEAN_PX x MEAN_PX known ones, which has less of the sensor's noise; at steps as
    read."""
    total, count = (cv2.boxFilter(values, -1, (MEAN_PX, MEAN_PX), normalize=False, borderType=cv2.BORDER_CONSTANT)[rows, columns]
                    for values in (np.where(known, depth, np.float32(0.0)), known.view(np.uint8)))
    read = depth[rows, columns]
    mean = total / count.astype(np.float32)
    return np.where(np.abs(mean - read) < STEP_M, mean, read)


class Surface:
    """The model's surface for pairing: vertices thinned, with their normals in the rest pose."""

    def __init__(self, model: BodyModel, clothes: np.ndarray = np.zeros(JOINT_COUNT)) -> None:
        """clothes: (24,) metres that the surface lies outside the body, by the part of each joint."""
        kept = np.arange(0, len(model.v_template), STRIDE)
        limb = np.zeros(JOINT_COUNT, int)       # 0: trunk and head
        for number, one in enumerate(LIMBS, 1):
            limb[list(one.parts)] = number
        limb = limb[model.part[kept]]
        kept, limb = kept[np.argsort(limb, kind='stable')], np.sort(limb)
        firsts = np.searchsorted(limb[::2], np.arange(len(LIMBS) + 2))
        self._of_limb = [slice(first, last) for first, last in zip(firsts, firsts[1:])]
        normals = vertex_normals(model.v_template, model.f)
        dressed = model.v_template + (model.weights @ clothes)[:, None] * normals
        # Single precision is a micrometre here, and twice as quick.
        self._template, self._shapes, self._weights = (array[kept].astype(np.float32) for array in (
            dressed, model.shapedirs, model.weights))
        # By coordinate, which NumPy is quickest with.
        self._weights_by_joint, self._template_rows = (np.ascontiguousarray(array.T) for array in (self._weights, self._template))
        self._shape_rows = np.ascontiguousarray(self._shapes.transpose(1, 0, 2))
        self._normal_rows = np.ascontiguousarray(normals[kept].T, np.float32)
        self._part = model.part[kept]
        self._of_hand = np.isin(self._part, HANDS)

    def pair(self, body: PosedBody, betas: np.ndarray, points: np.ndarray, count: int, chances: np.ndarray | None = None,
             outline: Outline | None = None) -> DepthTarget:
        """Depth points (N, 3), each with the visible vertex on its ray, where one is near and may be of the same part; of the pairs
        `count`, from every part of the body alike: a forearm turns by few points, a chest needs few of its many.

        chances: (24, N) of `part_chances`; None where nothing tells the points' parts. outline: of the same silhouette, of which
        every pixel is paired that the surface ends near to.
        """
        vertices, turns = self._posed(body, betas)
        normals = np.einsum('ijv,jv->iv', turns, self._normal_rows).T
        normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        towards = -np.sum(normals * vertices, axis=1) / np.linalg.norm(vertices, axis=1)
        front = np.flatnonzero((towards > FACING) & (vertices[:, 2] > CELL_M))
        nearest = _on_rays(vertices[front], points)
        known = np.flatnonzero(nearest >= 0)
        at = front[nearest[known]]
        near = np.linalg.norm(vertices[at] - points[known], axis=1) < REACH_M
        if chances is not None:
            near &= chances[self._part[at], known] > LEAST_CHANCE
        unpaired = min(count, len(points)) * (1.0 - near.sum() / max(len(points), 1))
        near &= ~self._of_hand[at]
        at, paired = at[near], points[known][near]
        chosen = _alike(self._part[at])[:count]
        at, wanted, normals_at = at[chosen], paired[chosen].astype(np.float32), normals[at[chosen]]
        rim = np.zeros(0, int)
        if outline is not None:
            rim, outer, across = outline_pairs(outline, vertices, normals, towards, self._part)
            at, wanted, normals_at = np.append(at, rim), np.concatenate([wanted, outer]), np.concatenate([normals_at, across])
        return DepthTarget(wanted, normals_at, self._template[at], self._shapes[at], self._weights[at], unpaired, len(rim))

    def distances(self, body: PosedBody, betas: np.ndarray, points: np.ndarray) -> np.ndarray:
        """(N, 5) metres from points (N, 3) to the nearest vertex of trunk and head, and of each of LIMBS; to a centimetre."""
        vertices = self._posed(body, betas)[0][::2]
        points = points.astype(np.float32)
        # One product gives |v|^2 - 2 v p; rows of vertices, of which NumPy is quickest to find the least.
        rows = np.column_stack([vertices, np.sum(vertices * vertices, axis=1)])
        columns = np.vstack([-2.0 * points.T, np.ones(len(points), np.float32)])
        nearest = np.stack([(rows[of_limb] @ columns).min(axis=0) for of_limb in self._of_limb], axis=1)
        return np.sqrt(np.maximum(nearest + np.sum(points * points, axis=1)[:, None], 0.0))

    def _posed(self, body: PosedBody, betas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Vertices (V, 3), and the turn of each (3, 3, V) out of the rest pose."""
        shifts = body.joints - (body.rotations @ body.rest[..., None])[..., 0]
        transforms = np.concatenate([body.rotations.reshape(JOINT_COUNT, 9), shifts], axis=1).astype(np.float32)
        blended = transforms.T @ self._weights_by_joint
        turns = blended[:9].reshape(3, 3, -1)
        rest = self._template_rows + self._shape_rows @ betas.astype(np.float32)
        return (np.einsum('ijv,jv->iv', turns, rest) + blended[9:]).T, turns


def depth_term(model: BodyModel, body: PosedBody, betas: np.ndarray, target: DepthTarget, options: FitOptions) -> Quadratic:
    """Distances of depth points from the surface's planes, and of its rim from the outline, with Geman and McClure's loss; depth
    points without a pair count as far away, so that values of different pairings can be compared."""
    gate = options.depth_gate_m / options.depth_sigma_m
    sigma = np.full(len(target.points), options.depth_sigma_m, target.points.dtype)
    sigma[len(sigma) - target.of_outline:] = options.outline_sigma_m
    residuals, jacobian = surface_rows(model, body, betas, target)
    values, weights = robust_weights((residuals / sigma) ** 2, gate)
    scale = np.sqrt(weights) / sigma
    jacobian *= scale[:, None]
    residuals *= scale
    value = 0.5 * (float(values.sum()) + target.unpaired * gate ** 2)
    return Quadratic(value, jacobian.T @ residuals, jacobian.T @ jacobian)


def surface_rows(model: BodyModel, body: PosedBody, betas: np.ndarray, target: DepthTarget) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances (N,) in metres of surface from depth points along the normals, and their derivative (N, 85)."""
    kind, count = target.points.dtype, len(target.points)
    carried = _carried(body, betas, target)
    weights, normals = np.ascontiguousarray(target.weights.T), np.ascontiguousarray(target.normals.T)
    residuals = _distances(carried, target)
    jacobian = np.empty((UNKNOWNS, count), kind)
    # Turning joint a moves all that it carries, about itself: the torque of the normals there.
    x, y, z = ((_CARRIED_BY.astype(kind) @ carried.reshape(JOINT_COUNT, -1)).reshape(JOINT_COUNT, 3, count)
               - (_CARRIED_BY.astype(kind) @ weights)[:, None] * body.joints.astype(kind)[:, :, None]).transpose(1, 0, 2)
    torques = np.stack([y * normals[2] - z * normals[1], z * normals[0] - x * normals[2], x * normals[1] - y * normals[0]], axis=1)
    np.matmul(body.axes.transpose(0, 2, 1).astype(kind), torques, out=jacobian[POSE].reshape(JOINT_COUNT, 3, count))
    # The normals carried back to the rest pose, and what shape does to the joints.
    shares = (weights[:, None] * normals).reshape(3 * JOINT_COUNT, count)
    turned = body.rotations.reshape(-1, 3).T.astype(kind) @ shares
    joint_part = (body.joint_shape - body.rotations @ model.joint_shapedirs).reshape(-1, SHAPE_COUNT)
    jacobian[SHAPE] = (turned.T[:, None, :] @ target.shapes)[:, 0].T
    jacobian[SHAPE] += joint_part.T.astype(kind) @ shares
    jacobian[TRANSLATION] = normals
    return residuals, jacobian.T


def surface_residual(body: PosedBody, betas: np.ndarray, target: DepthTarget | None) -> float:
    """Root mean square distance in metres of the surface from the depth points; NaN without any."""
    if target is None or len(target.points) == target.of_outline:
        return np.nan
    to_points = _distances(_carried(body, betas, target), target)[:len(target.points) - target.of_outline]
    return float(np.sqrt(np.mean(to_points ** 2)))


def _carried(body: PosedBody, betas: np.ndarray, target: DepthTarget) -> np.ndarray:
    """Where each joint alone would carry each vertex, by its weight: (24, 3, N)."""
    kind = target.points.dtype
    rest = target.template + target.shapes @ betas.astype(kind)
    shifts = (body.joints - (body.rotations @ body.rest[..., None])[..., 0]).astype(kind)
    placed = body.rotations.reshape(-1, 3).astype(kind) @ rest.T
    return (placed.reshape(JOINT_COUNT, 3, -1) + shifts[:, :, None]) * target.weights.T[:, None]


def _distances(carried: np.ndarray, target: DepthTarget) -> np.ndarray:
    return np.sum((carried.sum(axis=0).T - target.points) * target.normals, axis=1)


def _alike(part: np.ndarray) -> np.ndarray:
    """Places (N,) in an order that takes one of each part in turn."""
    order = np.argsort(part, kind='stable')
    first = np.searchsorted(part[order], np.arange(JOINT_COUNT))
    turn = np.arange(len(part)) - first[part[order]]
    return order[np.argsort(turn, kind='stable')]


def _on_rays(vertices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """For each point (N, 3) the nearest-to-camera vertex of (V, 3) in its cell of rays or one beside it; -1 for none."""
    if len(vertices) == 0 or len(points) == 0:
        return np.full(len(points), -1)
    count = len(vertices)
    x, y, z = np.concatenate([vertices, points]).T
    scale = np.median(points[:, 2]) / CELL_M        # cells per unit of x / z
    column, row = (np.floor(along / z * scale).astype(int) for along in (x, y))
    width = np.ptp(column) + 3                      # a cell wider on either side
    cell = (row - row.min() + 1) * width + column - column.min() + 1
    image = np.full((np.ptp(row) + 3) * width, -1)
    order = np.argsort(-z[:count])                  # the nearest is written last and stays
    image[cell[:count][order]] = order
    wanted = cell[count:]
    found = image[wanted]
    for beside in (1, -1, width, -width):
        lacking = np.flatnonzero(found < 0)
        found[lacking] = image[wanted[lacking] + beside]
    return found
