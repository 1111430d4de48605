"""End and branch points of a silhouette's skeleton (Zhang and Suen, Commun. ACM 1984)."""

import cv2
import numpy as np

# The eight neighbours in the order of walking around, (column, row).
AROUND = ((0, -1), (1, -1), (1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1))


def skeleton(mask: np.ndarray) -> np.ndarray:
    """Thin a mask (h, w) uint8, 0 or 255, to lines of one pixel; its border must be empty."""
    return cv2.ximgproc.thinning(mask, thinningType=cv2.ximgproc.THINNING_ZHANGSUEN)


def end_points(lines: np.ndarray) -> np.ndarray:
    """Columns and rows (n, 2) where a line of the skeleton (h, w) ends."""
    points, crossings = _crossing_numbers(lines)
    return points[crossings == 1].astype(np.float64)


def branch_points(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows (n, 2) where three or more lines of the skeleton (h, w) meet, and how many (n,).

    Neighbouring branch pixels are one junction, at their mean.
    """
    points, crossings = _crossing_numbers(lines)
    points, crossings = points[crossings >= 3], crossings[crossings >= 3]
    if len(points) == 0:
        return np.zeros((0, 2)), np.zeros(0)
    marked = np.zeros(lines.shape, np.uint8)
    marked[points[:, 1], points[:, 0]] = 1
    count, labels, _, centres = cv2.connectedComponentsWithStats(marked, connectivity=8)
    arms = np.zeros(count)
    np.maximum.at(arms, labels[points[:, 1], points[:, 0]], crossings)
    return centres[1:], arms[1:]


def _crossing_numbers(lines: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels of the skeleton (n, 2) and their crossing number (n,): runs of set pixels met on the way around."""
    rows, columns = np.nonzero(lines[1:-1, 1:-1])
    rows, columns = rows + 1, columns + 1
    ring = np.stack([lines[rows + down, columns + right] > 0 for right, down in AROUND], axis=1)
    crossings = np.count_nonzero(~ring & np.roll(ring, -1, axis=1), axis=1)
    return np.stack([columns, rows], axis=1), crossings
