"""Colour with half the chroma both ways (YUV 4:2:0 in two planes), which cv_bridge does not read."""

import cv2
import numpy as np

from poseformer_ros.errors import BadInput

CONVERSIONS = {'nv12': cv2.COLOR_YUV2BGR_NV12, 'nv21': cv2.COLOR_YUV2BGR_NV21}


def bgr_from_half_chroma(data: np.ndarray, encoding: str, width: int, height: int, step: int) -> np.ndarray:
    """A plane of luma and, below it, one of interleaved chroma at half the height, to (H, W, 3) uint8 BGR.

    data: (n,) uint8, rows of `step` bytes. encoding: of CONVERSIONS. Raises BadInput when sizes are odd or bytes too few.
    """
    rows = height * 3 // 2
    if width % 2 or height % 2 or step < width or len(data) < rows * step:
        raise BadInput(f'{len(data)} bytes with step {step} are no {encoding} image of {width} x {height}; '
                       'the driver sends broken images')
    planes = np.ascontiguousarray(data[:rows * step].reshape(rows, step)[:, :width])
    return cv2.cvtColor(planes, CONVERSIONS[encoding])
