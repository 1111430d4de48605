"""Body parts without weights: each pixel with depth belongs to the bone whose surface lies nearest in space."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.keypoints.body_parts import LIP_CLASS
from poseformer_ros.keypoints.bone_lines import along_and_away, bone_lengths, bone_lines, off_surface, places_along
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT

# From the crown down to the hairline, as a share of the head from crown to chin. Our choice: depth does not show hair, and no
# truth here holds it.
HAIR_SHARE = 0.2
GAP_SHARE = 0.05        # of the crop's height: holes in the depth up to this wide are filled from their rim
FEWEST_BONES = 3        # fewer measured bones do not tell how large the person is


@dataclass(frozen=True)
class GeometryPartsOptions:
    """What can be set of the method `geometry`; each field becomes a ROS parameter `geometry.<name>`."""

    pixels: int = option(2000, 200, 100000, "about this many of the person's pixels are looked at, in a grid; the others take "
                         "their neighbour's label")
    reach_m: float = option(0.25, 0.02, 1.0, 'a pixel further than this from the surface of every known bone is of no part',
                            unit='m')

    def __post_init__(self) -> None:
        check(self)


class GeometryParts:
    """Labels by the nearest bone. Stateless."""

    def __init__(self, options: GeometryPartsOptions = GeometryPartsOptions()) -> None:
        self._options = options
        self._lines = bone_lines()

    def __call__(self, person: Silhouette, joints: np.ndarray) -> np.ndarray:
        """Labels (h, w) uint8 of LIP_CLASSES; 0 outside the mask and where no known bone is near.

        joints: (24, 3) metres, optical frame, NaN where missing.
        """
        step = max(1, round(np.sqrt(np.count_nonzero(person.mask) / self._options.pixels)))
        known = np.zeros(person.mask.shape, bool)
        known[step // 2::step, step // 2::step] = True
        known &= person.mask & (person.depth > 0)       # NaN compares false
        rows, columns = np.nonzero(known)
        scale = self._scale(joints)
        if len(rows) == 0 or not np.isfinite(scale):
            return np.zeros(person.mask.shape, np.uint8)
        points = person.intrinsics.deproject(np.stack([columns, rows], axis=1), person.depth[rows, columns].astype(np.float64))
        found = self._nearest(points, joints, scale)
        found[self._hair(points, joints, found)] = LIP_CLASS['hair']
        return spread(found, known, person.mask, max(2.0 * step, GAP_SHARE * len(person.mask)))

    def _scale(self, joints: np.ndarray) -> float:
        """Size of the person over that of the mean free body; NaN where too little is known."""
        lengths = bone_lengths(joints)
        measured = np.isfinite(lengths)
        if measured.sum() < FEWEST_BONES:
            return np.nan
        return float(lengths[measured].sum() / self._lines.bones[measured].sum())

    def _nearest(self, points: np.ndarray, joints: np.ndarray, scale: float) -> np.ndarray:
        """Class (n,) uint8 of points (n, 3)."""
        lines, middle = self._lines, points.mean(axis=0)
        joints = joints - middle        # small numbers keep their digits
        ends = [_ends(shares, joints).astype(np.float32) for shares in (lines.start, lines.end)]
        along, distance = along_and_away((points - middle).astype(np.float32), *ends)
        away = off_surface(along, distance, scale * lines.radius)
        away[np.isnan(away)] = np.inf
        every, nearest = np.arange(len(points)), np.argmin(away, axis=1)
        part = lines.part[nearest, places_along(along[every, nearest])]
        return np.where(away[every, nearest] <= self._options.reach_m, part, np.uint8(0))

    def _hair(self, points: np.ndarray, joints: np.ndarray, found: np.ndarray) -> np.ndarray:
        """Pixels (n,) bool of the head above the hairline; the whole head of a person who turns the back."""
        head = found == LIP_CLASS['face']
        up = joints[JOINT['head']] - joints[JOINT['neck']]
        if not head.any() or np.isnan(up).any():
            return np.zeros(len(points), bool)
        if turns_back(joints):
            return head & ((points - joints[JOINT['head']]) @ up > 0.0)
        height = points @ (up / np.linalg.norm(up))
        crown, chin = height[head].max(), height[head].min()
        return head & (height > crown - HAIR_SHARE * (crown - chin))


def _ends(shares: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """Ends (L, 3) of lines; NaN only where a joint that a line needs is missing."""
    missing = ~np.isfinite(joints).all(axis=1)
    ends = shares @ np.where(missing[:, None], 0.0, joints)
    ends[(shares[:, missing] != 0).any(axis=1)] = np.nan
    return ends


def turns_back(joints: np.ndarray) -> bool:
    """Whether the left shoulder or hip stands on the image's left side; a missing joint compares false."""
    across = sum(joints[JOINT['left_' + name], 0] - joints[JOINT['right_' + name], 0] for name in ('shoulder', 'hip'))
    return bool(across < 0.0)


def spread(found: np.ndarray, known: np.ndarray, mask: np.ndarray, reach: float) -> np.ndarray:
    """Labels (h, w): each pixel of the mask takes the label of the nearest pixel that has one, at most `reach` pixels away."""
    labels = np.zeros(mask.shape, np.uint8)
    labels[known] = found
    if not found.any():
        return labels
    distance, nearest = cv2.distanceTransformWithLabels((labels == 0).view(np.uint8), cv2.DIST_L2, 3,
                                                        labelType=cv2.DIST_LABEL_PIXEL)
    of_source = np.zeros(nearest.max() + 1, np.uint8)
    of_source[nearest[labels > 0]] = labels[labels > 0]
    return np.where(mask & (distance <= reach), of_source[nearest], np.uint8(0))
