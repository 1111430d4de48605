"""Depth images brought from the depth camera into the colour camera, pixel on pixel."""

import math

import cv2
import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput

CRACK_DEPTH_RATIO = 0.05    # both sides of a crack lie on one surface when their depths differ by less than this share


class DepthRegistration:
    """Depth of the colour camera's pixels, from a depth camera beside it: X_color = rotation X_depth + translation.

    Stateless between images; the rays and the scratch images are made once.
    """

    def __init__(self, depth_intrinsics: Intrinsics, color_intrinsics: Intrinsics, rotation: np.ndarray,
                 translation: np.ndarray) -> None:
        """rotation (3, 3), translation (3,) in metres, from the depth to the colour camera. Raises BadInput."""
        rotation, translation = np.asarray(rotation, float), np.asarray(translation, float)
        _check_extrinsics(rotation, translation)
        self._depth_size = (depth_intrinsics.width, depth_intrinsics.height)
        self._color = color_intrinsics
        self._zoom = _magnification(depth_intrinsics, color_intrinsics)
        fine = depth_intrinsics.resized(self._zoom * depth_intrinsics.width, self._zoom * depth_intrinsics.height)
        rays = fine.deproject_image(np.ones((fine.height, fine.width))).reshape(-1, 3) @ rotation.T
        to_pixels = color_intrinsics.matrix
        # Homogeneous pixel = ray * depth + shift, with the camera matrix already in both.
        self._rays = np.ascontiguousarray((rays @ to_pixels.T).T, np.float32)
        self._shift = (to_pixels @ translation).astype(np.float32)
        self._work = np.empty_like(self._rays)

    def __call__(self, depth: np.ndarray) -> np.ndarray:
        """Register one image.

        depth: (h, w) float32 metres of the depth camera, NaN where unknown.
        Returns (H, W) float32 metres along the colour camera's axis, NaN where unknown: the nearest surface wins,
        cracks one pixel wide are closed, holes are kept. Raises BadInput for an image of another size.
        """
        if depth.shape != self._depth_size[::-1]:
            raise BadInput(f'depth: image of {depth.shape[1]} x {depth.shape[0]} pixels, wanted '
                           f'{self._depth_size[0]} x {self._depth_size[1]}; its camera_info is not of this image')
        width, height = self._color.width, self._color.height
        z, target = self._project(depth)
        registered = np.full(width * height + 1, np.nan, np.float32)    # the last element takes what falls outside
        registered[target] = z
        _let_nearest_win(registered, target, z)
        registered[-1] = np.nan
        image = registered[:-1].reshape(height, width)
        _close_cracks(image)
        return image

    def _project(self, depth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Depth in the colour camera (n,) and the flat index of the colour pixel (n,); H * W when outside."""
        if self._zoom > 1:
            depth = cv2.resize(depth, None, fx=self._zoom, fy=self._zoom, interpolation=cv2.INTER_NEAREST)
        width, height = self._color.width, self._color.height
        x, y, z = np.multiply(self._rays, depth.reshape(1, -1), out=self._work)
        x += self._shift[0]
        y += self._shift[1]
        z += self._shift[2]
        with np.errstate(divide='ignore', invalid='ignore'):
            np.rint(np.divide(x, z, out=x), out=x)
            np.rint(np.divide(y, z, out=y), out=y)
        inside = (x >= 0) & (x < width) & (y >= 0) & (y < height) & (z > 0)
        y *= width
        y += x
        np.copyto(y, width * height, where=~inside)
        return z, y.astype(np.intp)


def _check_extrinsics(rotation: np.ndarray, translation: np.ndarray) -> None:
    if rotation.shape != (3, 3) or not np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-3):
        raise BadInput('extrinsics: the rotation from depth to colour is not a (3, 3) rotation matrix; calibrate again')
    if translation.shape != (3,) or not np.isfinite(translation).all():
        raise BadInput('extrinsics: the translation from depth to colour is not three metres; calibrate again')


def _magnification(depth: Intrinsics, color: Intrinsics) -> int:
    """How many colour pixels one depth pixel covers along a side; two are left to the closing of cracks."""
    ratio = max(color.fx / depth.fx, color.fy / depth.fy)
    return 1 if ratio < 2.0 else math.ceil(ratio / 2.0)


def _let_nearest_win(registered: np.ndarray, target: np.ndarray, z: np.ndarray) -> None:
    """Where several points fell on one pixel, write again those that were overwritten by a farther one."""
    lost = np.flatnonzero(z < registered[target])
    lost = lost[np.argsort(-z[lost])]
    registered[target[lost]] = z[lost]


def _close_cracks(depth: np.ndarray) -> None:
    """Fill, in place, unknown pixels between two neighbours of one surface, beside or above and below them."""
    flat = depth.reshape(-1)
    for step in (1, depth.shape[1], 1):     # twice beside: where two cracks cross, the first fill makes the neighbours
        unknown = np.isnan(depth)
        unknown[:, (0, -1)] = False     # a row's end is no neighbour of the next row's beginning
        unknown = unknown.reshape(-1)
        known = ~np.isnan(flat)
        crack = np.flatnonzero(unknown[step:-step] & known[:-2 * step] & known[2 * step:]) + step
        one, other = flat[crack - step], flat[crack + step]
        same = np.abs(one - other) < CRACK_DEPTH_RATIO * np.minimum(one, other)
        flat[crack[same]] = 0.5 * (one + other)[same]
