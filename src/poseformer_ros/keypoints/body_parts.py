"""Body parts of one person: their classes, and a fixed number of points along each part's contour (paper, equation 13)."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.silhouette.person import Roi, Silhouette

# The classes of the Look Into Person data set (Gong et al., CVPR 2017), in its order; left and right are the person's own.
LIP_CLASSES = (
    'background', 'hat', 'hair', 'glove', 'sunglasses', 'upper_clothes', 'dress', 'coat', 'socks', 'pants', 'jumpsuits', 'scarf',
    'skirt', 'face', 'left_arm', 'right_arm', 'left_leg', 'right_leg', 'left_shoe', 'right_shoe',
)
LIP_CLASS = {name: index for index, name in enumerate(LIP_CLASSES)}
# RGB; the person's left side is warm and the right side is cold.
LIP_COLORS = np.array([
    (0, 0, 0), (120, 40, 20), (90, 60, 30), (150, 150, 0), (30, 30, 30), (60, 150, 60), (0, 110, 90), (20, 80, 30), (200, 200, 220),
    (120, 90, 160), (80, 140, 120), (170, 200, 60), (160, 60, 140), (245, 200, 160), (230, 90, 40), (40, 120, 220), (250, 180, 60),
    (90, 190, 240), (180, 40, 60), (30, 60, 150),
], np.uint8)
# Parts that geometry alone tells apart; clothes and what is worn on the head it cannot know.
FOUND_PARTS = tuple(LIP_CLASS[name] for name in ('hair', 'upper_clothes', 'pants', 'face', 'left_arm', 'right_arm', 'left_leg',
                                                 'right_leg', 'left_shoe', 'right_shoe'))


@dataclass(frozen=True)
class BodyParts:
    """Parts of one person.

    labels: (h, w) uint8 class of each pixel of the silhouette's crop, numbers as in LIP_CLASSES; 0 outside the person and where
        the part is not known.
    part_ids: (P,) uint8, the classes that were found, rising.
    contours: (P, N, 2) float32, columns and rows in the full image: N points at equal steps along the outer contour of the
        part's largest piece, clockwise as seen, beginning above its centroid. Never NaN.
    roi: the crop in the full image.
    track_id: the person's number; 0 when nobody is there.
    """

    labels: np.ndarray
    part_ids: np.ndarray
    contours: np.ndarray
    roi: Roi
    track_id: int


def no_parts(points: int) -> BodyParts:
    """Nobody is there."""
    return BodyParts(np.zeros((0, 0), np.uint8), np.zeros(0, np.uint8), np.zeros((0, points, 2), np.float32), Roi(0, 0, 0, 0), 0)


def outlined(person: Silhouette, labels: np.ndarray, points: int, smallest: int) -> BodyParts:
    """The parts of a label image (h, w) with their contours.

    points: along each contour. smallest: pixels; a smaller part is not found.
    """
    sizes = np.bincount(labels.ravel(), minlength=len(LIP_CLASSES))
    ids = 1 + np.flatnonzero(sizes[1:] >= max(1, smallest))
    contours = np.zeros((len(ids), points, 2), np.float32)
    for index, part in enumerate(ids):
        contours[index] = resampled(largest_outline(labels == part), points) + (person.roi.x, person.roi.y)
    return BodyParts(labels, ids.astype(np.uint8), contours, person.roi, person.track_id)


def part_mask(parts: BodyParts, part_id: int) -> np.ndarray:
    """Pixels (h, w) bool of one class in the crop."""
    return parts.labels == part_id


def largest_outline(mask: np.ndarray) -> np.ndarray:
    """Outer contour (n, 2) of the largest piece of a mask (h, w), columns and rows; the mask must not be empty."""
    contours, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return max(contours, key=lambda contour: (cv2.contourArea(contour), len(contour)))[:, 0].astype(np.float64)


def resampled(outline: np.ndarray, points: int) -> np.ndarray:
    """`points` points (points, 2) at equal steps along a closed outline (n, 2), clockwise as seen, from above its centroid."""
    if cv2.contourArea(outline.astype(np.float32), oriented=True) < 0:      # rows grow downwards: positive is clockwise as seen
        outline = outline[::-1]
    columns, rows = (outline - outline.mean(axis=0)).T
    start = int(np.argmin(np.abs(np.arctan2(columns, -rows))))
    closed = np.concatenate([outline[start:], outline[:start + 1]])
    steps = closed[1:] - closed[:-1]
    length = np.zeros(len(closed))
    np.cumsum(np.hypot(steps[:, 0], steps[:, 1]), out=length[1:])
    at = np.arange(points) * (length[-1] / points)
    return np.stack([np.interp(at, length, closed[:, 0]), np.interp(at, length, closed[:, 1])], axis=1)


def label_colors(labels: np.ndarray) -> np.ndarray:
    """Labels (h, w) as an image (h, w, 3) uint8 BGR in LIP_COLORS."""
    return LIP_COLORS[:, ::-1][labels]
