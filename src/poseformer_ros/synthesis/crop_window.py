"""The square window of a camera's image that a crop is."""

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.synthesis.person_views import View

CROP_PX = 128
MARGIN = 1.4                    # of a crop's side to the longer side of the person's box
LEAST_SIDE_M, MOST_SIDE_M = 0.6, 3.4
LEAST_BOX_PX = 8

Box = tuple[float, float, float, float]     # left, top, right, bottom in pixels


def box_in_image(pixels: np.ndarray, sensor: Intrinsics) -> Box | None:
    """The box around pixels (V, 2), as far as it is in the image; None when next to nothing is."""
    left, top = np.maximum(pixels.min(axis=0), 0.0)
    right, bottom = np.minimum(pixels.max(axis=0), [sensor.width, sensor.height])
    return (left, top, right, bottom) if right - left > LEAST_BOX_PX and bottom - top > LEAST_BOX_PX else None


def crop_window(box: Box, depth_m: float, sensor: Intrinsics) -> Intrinsics:
    """A square of CROP_PX pixels around a box of the image; it may reach beyond the image."""
    left, top, right, bottom = box
    metre_px = sensor.fx / depth_m
    side = float(np.clip(MARGIN * max(right - left, bottom - top), LEAST_SIDE_M * metre_px, MOST_SIDE_M * metre_px))
    scale = CROP_PX / side
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    return Intrinsics(CROP_PX, CROP_PX, sensor.fx * scale, sensor.fy * scale, (sensor.cx + 0.5 - x) * scale - 0.5,
                      (sensor.cy + 0.5 - y) * scale - 0.5)


def inside_image(window: Intrinsics, sensor: Intrinsics) -> np.ndarray:
    """(CROP_PX, CROP_PX) bool: pixels of the window that are in the camera's image."""
    at = np.arange(CROP_PX)
    u = (at - window.cx) / window.fx * sensor.fx + sensor.cx
    v = (at - window.cy) / window.fy * sensor.fy + sensor.cy
    return ((v > -0.5) & (v < sensor.height - 0.5))[:, None] & ((u > -0.5) & (u < sensor.width - 0.5))[None, :]


def height_over_floor(depth: np.ndarray, window: Intrinsics, view: View) -> np.ndarray:
    """Metres over the floor of each pixel of a depth image (H, W)."""
    return view.pose.floor.height(window.deproject_image(depth.astype(np.float64)))
