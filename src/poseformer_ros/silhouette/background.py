"""What has stood still for a while, to tell furniture that was there before from the person who touches it."""

import cv2
import numpy as np

from poseformer_ros.silhouette.components import NOISE_PER_SQUARE_METRE

LEARNED_IMAGES = 15       # in which a pixel's depth must agree before it counts as background; half a second
FORGOTTEN_IMAGES = 45     # of disagreement that a long known pixel outlives
MARGIN_M = 0.03             # by which depth may differ, before noise
LEARNING_SHARE = 0.1        # of a new depth in the remembered one
MOVED_SHARE = 0.3           # of the background that disagrees at once when the camera moved
KEPT_OFF = 2                # pixels around people in which nothing is learned


class Background:
    """Depth of the still room in a reduced image; empty, and of no effect, while the camera moves."""

    def __init__(self) -> None:
        self._depth = np.zeros((0, 0), np.float32)
        self._seen = np.zeros((0, 0), np.int16)      # images in agreement

    def __call__(self, depth: np.ndarray) -> np.ndarray:
        """(h, w) bool: pixels of an image (h, w) in metres that show what has stood still."""
        if depth.shape != self._depth.shape:
            self._depth, self._seen = np.full(depth.shape, np.nan, np.float32), np.zeros(depth.shape, np.int16)
        return self._agrees(depth) & (self._seen >= LEARNED_IMAGES)

    def learn(self, depth: np.ndarray, people: list[tuple[tuple[slice, slice], np.ndarray]]) -> None:
        """Take in an image, but not where people, (window, mask) each, are: who stands still stays a person."""
        free = np.isfinite(depth) & ~_around(people, depth.shape)
        agrees = self._agrees(depth)
        known = free & (self._seen >= LEARNED_IMAGES)
        if np.count_nonzero(known & ~agrees) > MOVED_SHARE * max(1, int(np.count_nonzero(known))):
            self._seen[:] = 0
        same, other = free & agrees, free & ~agrees
        self._depth[same] += LEARNING_SHARE * (depth[same] - self._depth[same])
        self._seen[same] = np.minimum(self._seen[same] + 1, FORGOTTEN_IMAGES)
        self._seen[other] -= 1
        new = other & (self._seen <= 0)
        self._depth[new], self._seen[new] = depth[new], 1

    def _agrees(self, depth: np.ndarray) -> np.ndarray:
        with np.errstate(invalid='ignore'):
            return np.abs(depth - self._depth) < MARGIN_M + NOISE_PER_SQUARE_METRE * depth * depth


def _around(people: list[tuple[tuple[slice, slice], np.ndarray]], shape: tuple[int, int]) -> np.ndarray:
    occupied = np.zeros(shape, np.uint8)
    for window, mask in people:
        occupied[window] |= mask
    return cv2.dilate(occupied, np.ones((2 * KEPT_OFF + 1,) * 2, np.uint8)) > 0
