"""Points of each detector as a vector of fixed length that knows no order, place or scale.

Coordinates are taken from the silhouette's centroid, along the room's vertical where the floor is known, in units of the
square root of its area. The area hardly changes when an arm goes up or the knees bend, while the box around the person does;
so a raised hand stays a point far above, and a bent knee a point low and wide, instead of stretching everything else.
Where the points lie tells exercises apart, so most values are shares of the points in cells of a coarse grid; each point is
shared between the four nearest cells, so that a small move or one point more changes little.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.keypoints.layout import FEATURE_COUNT, GRID_COLUMNS, GRID_ROWS, STATISTICS
from poseformer_ros.keypoints.points import KeypointSet, no_features
from poseformer_ros.silhouette.person import Floor, Silhouette

# Half sides of the grid in square roots of the area. A person of height h stands in 0.17 h^2 to 0.20 h^2 of area, so that the
# outermost cells' centres lie at 0.62 h above and below the centroid, and at 0.56 h to each side: hands raised or spread.
REACH_X, REACH_Y = 1.8, 1.8
CELLS = GRID_ROWS * GRID_COLUMNS


@dataclass(frozen=True)
class BodyFrame:
    """Where coordinates of a silhouette are taken from.

    centre: (2,) centroid of the mask, pixels of the full image.
    unit: square root of the mask's area, pixels.
    axes: (2, 2) rows: to the right and down, as the room has it.
    """

    centre: np.ndarray
    unit: float
    axes: np.ndarray

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Points (n, 2) of the full image in body units."""
        return (points - self.centre) @ self.axes.T / self.unit


def body_frame(person: Silhouette) -> BodyFrame:
    """The frame of a silhouette; its mask must not be empty."""
    moments = cv2.moments(person.mask.view(np.uint8), binaryImage=True)
    area = moments['m00']
    centre = np.array([moments['m10'] / area + person.roi.x, moments['m01'] / area + person.roi.y])
    return BodyFrame(centre, float(np.sqrt(area)), upright(person.floor))


def upright(floor: Floor | None) -> np.ndarray:
    """(2, 2) rows: the image directions that are horizontal and straight down; the image's own without a floor."""
    if floor is None:
        return np.eye(2)
    down = -floor.normal[:2]
    length = np.linalg.norm(down)
    if length < 1e-6:
        return np.eye(2)        # the camera looks straight down: no direction is down
    down = down / length
    return np.array([[down[1], -down[0]], down])


def features(sets: tuple[KeypointSet, ...], frame: BodyFrame) -> np.ndarray:
    """(9, FEATURE_COUNT) float32, row by `Detector`, named by `layout.feature_names`; NaN for sets without a point."""
    rows = no_features()
    for points in sets:
        if len(points):
            places = frame(np.stack([points.x, points.y], axis=1).astype(np.float64))
            rows[points.detector] = describe(places, points.response.astype(np.float64))
    return rows


def describe(places: np.ndarray, response: np.ndarray) -> np.ndarray:
    """FEATURE_COUNT values of points (n, 2) in body units with their responses (n,); n is at least one."""
    values = np.empty(FEATURE_COUNT)
    mean = places.mean(axis=0)
    away = places - mean
    total = response.sum()
    values[0] = np.log1p(len(places))
    values[1:3] = mean
    values[3:5] = response @ places / total if total > 0 else mean
    values[5:8] = np.mean(away[:, 0] ** 2), np.mean(away[:, 0] * away[:, 1]), np.mean(away[:, 1] ** 2)
    values[len(STATISTICS):] = occupancy(places)
    return values


def occupancy(places: np.ndarray) -> np.ndarray:
    """Share of the points (n, 2) in each cell (GRID_ROWS * GRID_COLUMNS,), row by row from the top left.

    A point gives to the four cells whose centres surround it, by distance; beyond the grid it counts at its edge.
    """
    column, right = _between(places[:, 0], REACH_X, GRID_COLUMNS)
    row, below = _between(places[:, 1], REACH_Y, GRID_ROWS)
    corner = row * GRID_COLUMNS + column
    cells = np.concatenate([corner, corner + 1, corner + GRID_COLUMNS, corner + GRID_COLUMNS + 1])
    weights = np.concatenate([(1 - below) * (1 - right), (1 - below) * right, below * (1 - right), below * right])
    return np.bincount(cells, weights, CELLS) / len(places)


def _between(values: np.ndarray, reach: float, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Number of the cell whose centre lies before each value, and how far it is on the way to the next centre."""
    at = np.clip((values + reach) / (2 * reach) * count - 0.5, 0.0, count - 1.0)
    cell = np.minimum(at.astype(int), count - 2)
    return cell, at - cell
