"""One synchronized image pair."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics


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
