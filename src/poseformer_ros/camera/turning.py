"""Images of a camera that is mounted on its side or upside down, turned so that people stand upright in them."""

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics

QUARTER_DEG = 90


def turned(frame: RgbdFrame, degrees: int) -> RgbdFrame:
    """The pair turned counter-clockwise by 0, 90, 180 or 270 degrees, with the intrinsics of the turned images."""
    quarters = degrees // QUARTER_DEG
    camera = frame.intrinsics
    for _ in range(quarters):
        # A pixel (u, v) goes to (v, width - 1 - u).
        camera = Intrinsics(camera.height, camera.width, camera.fy, camera.fx, camera.cy, camera.width - 1 - camera.cx)
    if not quarters:
        return frame
    return RgbdFrame(np.ascontiguousarray(np.rot90(frame.color, quarters)), np.ascontiguousarray(np.rot90(frame.depth, quarters)),
                     camera)


def turned_axes(degrees: int) -> np.ndarray:
    """(3, 3) rotation whose columns are the turned camera's axes in the mounted camera's optical frame."""
    quarter = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    return np.linalg.matrix_power(quarter, degrees // QUARTER_DEG)
