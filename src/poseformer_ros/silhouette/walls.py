"""Large planes that a person would else hang together with: upright ones, walls; any where the floor is not known."""

import cv2
import numpy as np

from poseformer_ros.silhouette.components import NOISE_PER_SQUARE_METRE, Reduced

SMALLEST_WALL_M2 = 2.0      # a plane larger than anybody's front
SMALLEST_PART_M2 = 0.5      # of a wall in one piece; less is where its plane cuts through something, or through somebody
FARTHEST_WALL_M = 15.0      # what is seen further away is a saturated pixel, with the area of a house
WALL_MARGIN_M = 0.03        # of a wall's own unevenness
MOST_WALLS = 3
MOST_PLANES = 5             # where the floor is not known: walls, floor, ceiling
HYPOTHESES = 60
COUNTED_POINTS = 800


def on_walls(image: Reduced, allowed: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """(h, w) bool: pixels on walls, found among the allowed ones by RANSAC over two points and the upright.

    Without a floor what is upright is not known, and a person hangs together with the floor too: there planes of any slant count.
    """
    wall = np.zeros(allowed.shape, bool)
    upright = image.up if image.floor is not None else None
    rows, columns = np.nonzero(allowed & (image.depth < FARTHEST_WALL_M))
    every = max(1, len(rows) // COUNTED_POINTS)
    rows, columns = rows[::every], columns[::every]
    points, area = image.points[rows, columns], image.pixel_area[rows, columns] * every
    tolerance = WALL_MARGIN_M + NOISE_PER_SQUARE_METRE * points[:, 2] ** 2
    for _ in range(MOST_PLANES if upright is None else MOST_WALLS):
        if len(points) < 50 or area.sum() < SMALLEST_WALL_M2:
            break
        normals, offsets = _hypotheses(points, upright, random)
        on = np.abs(points @ normals.T + offsets) < tolerance[:, None]
        best = int(np.argmax(area @ on))
        if area @ on[:, best] < SMALLEST_WALL_M2:
            break
        normal, offset = _fitted(points[on[:, best]], upright)
        distance = np.abs(image.points @ normal + offset)
        with np.errstate(invalid='ignore'):
            near = distance < WALL_MARGIN_M + NOISE_PER_SQUARE_METRE / 2 * image.depth ** 2
        wall |= _large_parts(near & (image.depth < FARTHEST_WALL_M), image.pixel_area)
        rest = ~on[:, best]
        points, area, tolerance = points[rest], area[rest], tolerance[rest]
    return wall


def _large_parts(mask: np.ndarray, pixel_area: np.ndarray) -> np.ndarray:
    """The mask (h, w) without its pieces that are smaller than a wall's."""
    _, label = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    area = np.bincount(label.ravel(), np.where(mask, pixel_area, 0.0).ravel())
    return mask & (area >= SMALLEST_PART_M2)[label]


def _hypotheses(points: np.ndarray, up: np.ndarray | None, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    one, other, *third = points[random.integers(0, len(points), (3 if up is None else 2, HYPOTHESES))]
    normals = np.cross(other - one, third[0] - one if up is None else up).astype(np.float32)
    length = np.linalg.norm(normals, axis=1)
    normals /= np.maximum(length, 1e-6)[:, None]
    offsets = -np.einsum('ij,ij->i', normals, one)
    offsets[length < 1e-3] = np.inf     # points above each other, or in line: no plane
    return normals, offsets


def _fitted(points: np.ndarray, up: np.ndarray | None) -> tuple[np.ndarray, np.float32]:
    """Least-squares plane of a wall's points, upright where `up` is known."""
    centre = points.mean(0)
    flat = points - centre
    if up is not None:
        flat = flat - np.outer(flat @ up, up)
    _, axes = np.linalg.eigh(flat.T @ flat)
    # The smallest spread is along the upright, which was taken out; the wall's normal is the next.
    normal = axes[:, 0 if up is None else 1].astype(np.float32)
    return normal, np.float32(-normal @ centre)
