"""A depth image made ready for a network (paper, equations 14-20)."""

import cv2
import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.components import above_floor, lift
from poseformer_ros.silhouette.person import Floor

CLAHE_CLIP, CLAHE_TILES = 2.0, (8, 8)                               # the paper names none; OpenCV's documented example
BILATERAL_DIAMETER, BILATERAL_RANGE, BILATERAL_SPACE = 9, 75.0, 75.0    # likewise
HIGHEST_M = 2.7                                                     # above the floor; ceilings are no part of a person


def prepare_depth(depth: np.ndarray, intrinsics: Intrinsics, floor: Floor | None,
                  size: tuple[int, int]) -> np.ndarray:
    """Floor removed, normalised, contrast equalised, smoothed.

    depth: (H, W) float32 metres, NaN where unknown. floor: None leaves equations 14-16 out. size: (width, height).
    Returns (height, width, 3) uint8: 0 where unknown or floor, else 1 (near) to 255 (far).
    """
    kept = above_floor(lift(depth, intrinsics, 1, floor), HIGHEST_M)
    grey = cv2.createCLAHE(CLAHE_CLIP, CLAHE_TILES).apply(normalised(depth, kept))
    grey[~kept] = 0     # the equalisation lifts it
    image = cv2.bilateralFilter(np.repeat(grey[:, :, None], 3, axis=2), BILATERAL_DIAMETER, BILATERAL_RANGE,
                                BILATERAL_SPACE)
    return cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)


def normalised(depth: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Min-max normalisation of the kept pixels (equation 17) to 1..255 uint8; 0 elsewhere."""
    image = np.zeros(depth.shape, np.uint8)
    if kept.any():
        near, far = float(depth[kept].min()), float(depth[kept].max())
        image[kept] = np.rint(1.0 + 254.0 * (depth[kept] - near) / max(far - near, 1e-6))
    return image
