"""The surface pulled to the silhouette's depth points, point to plane, visible side only (Chen and Medioni 1992)."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.fitting.fit_options import FitOptions
from poseformer_ros.body.fitting.jacobian import ANCESTORS, PosedBody
from poseformer_ros.body.fitting.quadratic import POSE, SHAPE, TRANSLATION, UNKNOWNS, Quadratic
from poseformer_ros.body.fitting.terms import robust_weights
from poseformer_ros.body.mesh import vertex_normals
from poseformer_ros.body.model import BodyModel
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT_COUNT

FACING = 0.3            # cosine between surface normal and the way to the camera: grazing depth is noise
REACH_M = 0.10          # a depth point further than this from the surface is of something else
CELL_M = 0.02           # cells in which a surface point and a depth point are of the same ray, at the body's distance
STRIDE = 3              # of 6,890 vertices every third: 2 cm apart, as fine as the cells

_CARRIES = ANCESTORS.astype(np.float64)     # column a marks the joints that joint a carries, itself included


@dataclass(frozen=True)
class DepthTarget:
    """Pairs of a surface vertex and a depth point.

    points: (N, 3) metres. normals: (N, 3) unit, of the posed surface there.
    template: (N, 3), shapes: (N, 3, 10), weights: (N, 24) of the vertices, as in the body model.
    unpaired: number of depth points that found no vertex.
    """

    points: np.ndarray
    normals: np.ndarray
    template: np.ndarray
    shapes: np.ndarray
    weights: np.ndarray
    unpaired: int


def depth_points(person: Silhouette, count: int) -> np.ndarray:
    """At most `count` points (N, 3) in metres, spread evenly over the mask's pixels with depth."""
    rows, columns = np.nonzero(person.mask & np.isfinite(person.depth) & (person.depth > 0))
    if len(rows) == 0:
        return np.zeros((0, 3))
    # Steps of the golden ratio through the list: even over the body, without a grid's rhythm.
    order = (np.arange(min(count, len(rows))) * 0.6180339887498949 % 1.0 * len(rows)).astype(int)
    pixels = np.stack([columns[order], rows[order]], axis=1).astype(np.float64)
    return person.intrinsics.deproject(pixels, person.depth[rows[order], columns[order]].astype(np.float64))


class Surface:
    """The model's surface for pairing: vertices thinned, with their normals in the rest pose."""

    def __init__(self, model: BodyModel) -> None:
        kept = np.arange(0, len(model.v_template), STRIDE)
        self._template, self._shapes = model.v_template[kept], model.shapedirs[kept]
        self._weights = model.weights[kept]
        # By coordinate and in single precision, which NumPy is quickest with.
        self._weights_by_joint = np.ascontiguousarray(self._weights.T, np.float32)
        self._template_rows = np.ascontiguousarray(self._template.T, np.float32)
        self._shape_rows = np.ascontiguousarray(self._shapes.transpose(1, 0, 2), np.float32)
        self._normal_rows = np.ascontiguousarray(vertex_normals(model.v_template, model.f)[kept].T, np.float32)

    def pair(self, body: PosedBody, betas: np.ndarray, points: np.ndarray) -> DepthTarget:
        """Each depth point (N, 3) with the visible vertex on its ray, where one is near."""
        shifts = body.joints - (body.rotations @ body.rest[..., None])[..., 0]
        transforms = np.concatenate([body.rotations.reshape(JOINT_COUNT, 9), shifts], axis=1).astype(np.float32)
        blended = transforms.T @ self._weights_by_joint
        turns = blended[:9].reshape(3, 3, -1)
        rest = self._template_rows + self._shape_rows @ betas.astype(np.float32)
        vertices = (np.einsum('ijv,jv->iv', turns, rest) + blended[9:]).T
        normals = np.einsum('ijv,jv->iv', turns, self._normal_rows).T
        normals = normals / np.linalg.norm(normals, axis=1, keepdims=True)
        towards = -np.sum(normals * vertices, axis=1) / np.linalg.norm(vertices, axis=1)
        front = np.flatnonzero((towards > FACING) & (vertices[:, 2] > CELL_M))
        nearest = _on_rays(vertices[front], points)
        known = nearest >= 0
        at = front[nearest[known]]
        near = np.linalg.norm(vertices[at] - points[known], axis=1) < REACH_M
        at = at[near]
        return DepthTarget(points[known][near], normals[at].astype(np.float64), self._template[at], self._shapes[at],
                           self._weights[at], len(points) - len(at))


def depth_term(model: BodyModel, body: PosedBody, betas: np.ndarray, target: DepthTarget, options: FitOptions) -> Quadratic:
    """Distances of depth points from the surface's planes, with Geman and McClure's loss; points without a pair count as
    far away, so that values of different pairings can be compared."""
    sigma = options.depth_sigma
    gate = options.depth_gate / sigma
    residuals, jacobian = surface_rows(model, body, betas, target)
    values, weights = robust_weights((residuals / sigma) ** 2, gate)
    weights /= sigma ** 2
    rows = jacobian * np.sqrt(weights)[:, None]
    value = 0.5 * (float(values.sum()) + target.unpaired * gate ** 2)
    return Quadratic(value, jacobian.T @ (weights * residuals), rows.T @ rows)


def surface_rows(model: BodyModel, body: PosedBody, betas: np.ndarray, target: DepthTarget) -> tuple[np.ndarray, np.ndarray]:
    """Signed distances (N,) in metres of surface from depth points along the normals, and their derivative (N, 85)."""
    carried = _carried(body, betas, target)
    normals = np.ascontiguousarray(target.normals.T)[:, :, None]
    residuals = _distances(carried, target)
    # Turning joint a moves all that it carries, about itself: the torque of the normals there.
    arms = carried @ _CARRIES - (target.weights @ _CARRIES) * body.joints.T[:, None, :]
    torques = (arms[1] * normals[2] - arms[2] * normals[1], arms[2] * normals[0] - arms[0] * normals[2],
               arms[0] * normals[1] - arms[1] * normals[0])
    jacobian = np.empty((len(residuals), UNKNOWNS))
    by_joint = jacobian[:, POSE].reshape(len(residuals), JOINT_COUNT, 3)     # a view
    for component in range(3):
        axes = body.axes[:, :, component]
        by_joint[:, :, component] = torques[0] * axes[:, 0] + torques[1] * axes[:, 1] + torques[2] * axes[:, 2]
    # The normals carried back to the rest pose.
    turned = np.einsum('nj,cnj->nc', target.weights, target.normals @ np.ascontiguousarray(body.rotations.transpose(2, 1, 0)))
    joint_part = body.joint_shape - body.rotations @ model.joint_shapedirs
    jacobian[:, SHAPE] = (turned[:, None, :] @ target.shapes)[:, 0]
    jacobian[:, SHAPE] += np.sum((target.weights @ np.ascontiguousarray(joint_part.transpose(1, 0, 2))) * normals, axis=0)
    jacobian[:, TRANSLATION] = target.normals
    return residuals, jacobian


def surface_residual(body: PosedBody, betas: np.ndarray, target: DepthTarget | None) -> float:
    """Root mean square distance in metres of the surface from the depth points; NaN without any."""
    if target is None or len(target.points) == 0:
        return np.nan
    return float(np.sqrt(np.mean(_distances(_carried(body, betas, target), target) ** 2)))


def _carried(body: PosedBody, betas: np.ndarray, target: DepthTarget) -> np.ndarray:
    """Where each joint alone would carry each vertex, by its weight: (3, N, 24), coordinates first."""
    rest = target.template + target.shapes @ betas
    shifts = body.joints - (body.rotations @ body.rest[..., None])[..., 0]
    return target.weights * (rest @ np.ascontiguousarray(body.rotations.transpose(1, 2, 0)) + shifts.T[:, None, :])


def _distances(carried: np.ndarray, target: DepthTarget) -> np.ndarray:
    return np.sum((carried.sum(axis=2).T - target.points) * target.normals, axis=1)


def _on_rays(vertices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """For each point (N, 3) the nearest-to-camera vertex of (V, 3) in its cell of rays or one beside it; -1 for none."""
    if len(vertices) == 0 or len(points) == 0:
        return np.full(len(points), -1)
    scale = np.median(points[:, 2]) / CELL_M        # cells per unit of x / z
    cells = np.floor(vertices[:, :2] / vertices[:, 2:] * scale).astype(int)
    wanted = np.floor(points[:, :2] / points[:, 2:] * scale).astype(int)
    low = np.minimum(cells.min(axis=0), wanted.min(axis=0)) - 1
    width, height = np.maximum(cells.max(axis=0), wanted.max(axis=0)) - low + 2
    picture = np.full((height, width), -1)
    order = np.argsort(-vertices[:, 2])     # the nearest is written last and stays
    picture[cells[order, 1] - low[1], cells[order, 0] - low[0]] = order
    column, row = (wanted - low).T
    found = picture[row, column]
    for down, right in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        found = np.where(found >= 0, found, picture[row + down, column + right])
    return found
