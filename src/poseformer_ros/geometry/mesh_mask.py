"""The pixels that a closed mesh covers."""

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics


def mesh_mask(vertices: np.ndarray, faces: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Pixels (height, width) bool whose centre's ray meets a closed mesh.

    vertices: (V, 3) metres, optical frame. faces: (F, 3), counter-clockwise seen from outside. intrinsics: of the image or
    crop; its width and height are the mask's. A face that touches the camera's plane is left out.
    """
    mask = np.zeros((intrinsics.height, intrinsics.width), bool)
    corners = _facing(vertices, faces, intrinsics)
    low = np.maximum(np.ceil(corners.min(axis=1)), 0.0)
    high = np.minimum(np.floor(corners.max(axis=1)), [intrinsics.width - 1, intrinsics.height - 1])
    size = (high - low + 1.0).astype(int)
    reached = (size > 0).all(axis=1)
    corners, low, size = corners[reached], low[reached].astype(int), size[reached]
    # Every pixel of every face's box, in one list.
    count = size[:, 0] * size[:, 1]
    face = np.repeat(np.arange(len(count)), count)
    place = np.arange(len(face)) - np.repeat(np.cumsum(count) - count, count)
    row, column = np.divmod(place, size[face, 0])
    row, column = row + low[face, 1], column + low[face, 0]
    inside = np.ones(len(face), bool)
    for a, b in ((0, 1), (1, 2), (2, 0)):
        start, way = corners[:, a], corners[:, b] - corners[:, a]
        # Cross product of the edge with the way to the pixel, positive on the inner side.
        offset = way[:, 1] * start[:, 0] - way[:, 0] * start[:, 1]
        inside &= way[face, 0] * row - way[face, 1] * column + offset[face] >= 0.0
    mask[row[inside], column[inside]] = True
    return mask


def _facing(vertices: np.ndarray, faces: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Corners (N, 3, 2) in pixels of the faces that look to the camera: a closed mesh covers no pixel beyond theirs."""
    depth = vertices[:, 2]
    pixels = intrinsics.project(np.where(depth[:, None] > 0.0, vertices, np.nan))
    corners = pixels[faces]
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return corners[ax * by - ay * bx > 0.0]     # rows grow downwards, so counter-clockwise turns round; NaN is left out
