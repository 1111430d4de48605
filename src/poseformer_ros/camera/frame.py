"""One synchronized image pair."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics

REDUCED_WIDTH = 160         # columns of the reduced image; an arm at 4.5 m is still two pixels wide


@dataclass(frozen=True)
class RgbdFrame:
    """Colour and depth of one moment, pixel on pixel.

    color: (H, W, 3) uint8, BGR.
    depth: (H, W) float32, metres along the optical axis, NaN where unknown.
    intrinsics: of both images.
    """

    color: np.ndarray
    depth: np.ndarray
    intrinsics: Intrinsics

    @cached_property
    def reduced(self) -> tuple[np.ndarray, Intrinsics, int]:
        """Depth of every step-th pixel, NaN where it is no distance; its intrinsics; the step. Made once, for whoever needs it."""
        return self.reduced_by(reduction(self.depth.shape[1]))

    def reduced_by(self, step: int) -> tuple[np.ndarray, Intrinsics, int]:
        """The same with any step."""
        start = step // 2
        small = self.depth[start::step, start::step].copy()
        small[~((small > 0) & (small < np.inf))] = np.nan
        of = self.intrinsics
        return small, Intrinsics(small.shape[1], small.shape[0], of.fx / step, of.fy / step, (of.cx - start) / step,
                                 (of.cy - start) / step), step


def reduction(width: int) -> int:
    """Step between the pixels of an image so wide that its reduced image takes."""
    return max(1, round(width / REDUCED_WIDTH))
