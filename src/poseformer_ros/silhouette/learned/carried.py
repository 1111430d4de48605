"""Somebody known, cut out of what the body touches now: by where it was in the last image."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.silhouette.candidates import Candidate
from poseformer_ros.silhouette.components import Reduced, middle
from poseformer_ros.silhouette.learned.proposals import FEWEST_PIXELS, SMALLEST_AREA_M2, cut_out

STEP_M = 0.2                # that a limb moves between two images, across the line of sight and along it
SAME_BODY = 0.6             # of the pixels where somebody was that a candidate covers, which is the same one
OTHERS_SHARE = 0.15         # of those, of somebody else's, that a candidate of one body covers at most
GROWN_SHARE, GROWN_M2 = 1.4, 0.1   # of the former area, and more; a larger candidate has something hanging on


@dataclass(frozen=True)
class LastSeen:
    """mask: (h, w) bool, of somebody in a reduced image. others: (h, w) bool, of everybody else. depth: (h, w) metres, of that
    image. area_m2: of the mask.
    """

    mask: np.ndarray
    others: np.ndarray
    depth: np.ndarray
    area_m2: float


def apart_from(image: Reduced, allowed: np.ndarray, found: list[Candidate], last: LastSeen) -> list[Candidate]:
    """The candidates, among them somebody known as one of their own.

    Unless one of them is where the body was, about as large and nobody else as well, that one is cut out of them.
    allowed: (h, w) bool.
    """
    where = _where_it_was(image, last) & allowed
    core = where & last.mask
    if np.count_nonzero(core) < FEWEST_PIXELS or any(_is_same(candidate, core, image, last) for candidate in found):
        return found
    others = [_without(candidate, where, image) for candidate in found]
    return [cut_out(image, where), *(other for other in others if other is not None)]


def _where_it_was(image: Reduced, last: LastSeen) -> np.ndarray:
    """(h, w) bool: no farther from the former body than a limb moves, and nearer to it than to anybody else."""
    reach = max(1, round(STEP_M * image.intrinsics.fx / float(middle(last.depth[last.mask]))))
    around = np.ones((2 * reach + 1,) * 2, np.uint8)
    nearest = cv2.erode(np.where(last.mask, last.depth, np.float32(np.inf)), around)
    farthest = cv2.dilate(np.where(last.mask, last.depth, np.float32(-np.inf)), around)
    with np.errstate(invalid='ignore'):
        near = (image.depth > nearest - STEP_M) & (image.depth < farthest + STEP_M)
    return near & (_distance_px(last.mask) <= _distance_px(last.others)) if last.others.any() else near


def _distance_px(mask: np.ndarray) -> np.ndarray:
    """(h, w) pixels to the nearest of a mask."""
    return cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, 3)


def _is_same(candidate: Candidate, core: np.ndarray, image: Reduced, last: LastSeen) -> bool:
    others = last.others[candidate.window] & candidate.mask
    area = float(image.pixel_area[candidate.window][candidate.mask].sum())
    return bool(np.count_nonzero(core[candidate.window] & candidate.mask) > SAME_BODY * np.count_nonzero(core)
                and np.count_nonzero(others) < OTHERS_SHARE * np.count_nonzero(core)
                and area < GROWN_SHARE * last.area_m2 + GROWN_M2)


def _without(candidate: Candidate, known: np.ndarray, image: Reduced) -> Candidate | None:
    """What is left of a candidate; None where too little is."""
    left = candidate.mask & ~known[candidate.window]
    if np.count_nonzero(left) == np.count_nonzero(candidate.mask):
        return candidate
    if np.count_nonzero(left) < FEWEST_PIXELS or image.pixel_area[candidate.window][left].sum() < SMALLEST_AREA_M2:
        return None
    mask = np.zeros_like(known)
    mask[candidate.window] = left
    return cut_out(image, mask)
