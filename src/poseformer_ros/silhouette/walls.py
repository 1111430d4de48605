"""Large upright planes: walls that a person near them would else hang together with."""

import numpy as np

from poseformer_ros.silhouette.components import NOISE_PER_SQUARE_METRE, Reduced

SMALLEST_WALL_M2 = 2.0      # a plane larger than anybody's front
WALL_MARGIN_M = 0.03        # of a wall's own unevenness
MOST_WALLS = 3
HYPOTHESES = 60
COUNTED_POINTS = 800


def on_walls(image: Reduced, allowed: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(h, w) bool: pixels on walls, found among the allowed ones by RANSAC over two points and the upright."""
    wall = np.zeros(allowed.shape, bool)
    if image.floor is None:
        return wall
    rows, columns = np.nonzero(allowed)
    every = max(1, len(rows) // COUNTED_POINTS)
    rows, columns = rows[::every], columns[::every]
    points, area = image.points[rows, columns], image.pixel_area[rows, columns] * every
    tolerance = WALL_MARGIN_M + NOISE_PER_SQUARE_METRE * points[:, 2] ** 2
    for _ in range(MOST_WALLS):
        if len(points) < 50 or area.sum() < SMALLEST_WALL_M2:
            break
        normals, offsets = _hypotheses(points, image.up, random)
        on = np.abs(points @ normals.T + offsets) < tolerance[:, None]
        best = int(np.argmax(area @ on))
        if area @ on[:, best] < SMALLEST_WALL_M2:
            break
        normal, offset = _fitted(points[on[:, best]], image.up)
        distance = np.abs(image.points @ normal + offset)
        with np.errstate(invalid='ignore'):
            wall |= distance < WALL_MARGIN_M + NOISE_PER_SQUARE_METRE / 2 * image.depth ** 2
        rest = ~on[:, best]
        points, area, tolerance = points[rest], area[rest], tolerance[rest]
    return wall


def _hypotheses(points: np.ndarray, up: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    one, other = points[random.integers(0, len(points), (2, HYPOTHESES))]
    normals = np.cross(other - one, up).astype(np.float32)
    length = np.linalg.norm(normals, axis=1)
    normals /= np.maximum(length, 1e-6)[:, None]
    offsets = -np.einsum('ij,ij->i', normals, one)
    offsets[length < 1e-3] = np.inf     # two points above each other: no plane
    return normals, offsets


def _fitted(points: np.ndarray, up: np.ndarray) -> tuple[np.ndarray, np.float32]:
    """Least-squares upright plane of a wall's points."""
    centre = points.mean(0)
    flat = points - centre
    flat = flat - np.outer(flat @ up, up)
    _, axes = np.linalg.eigh(flat.T @ flat)
    # The smallest spread is along the upright, which was taken out; the wall's normal is the next.
    normal = axes[:, 1].astype(np.float32)
    return normal, np.float32(-normal @ centre)
