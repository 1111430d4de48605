"""A pinhole camera without distortion, in the optical frame: x right, y down, z forward."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput


@dataclass(frozen=True)
class Intrinsics:
    """Pinhole parameters in pixels; the centre of the top left pixel is (0, 0)."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float

    def __post_init__(self) -> None:
        if not (self.fx > 0 and self.fy > 0):
            raise BadInput(f'intrinsics: focal lengths ({self.fx}, {self.fy}) must be positive; calibrate the camera')

    @property
    def matrix(self) -> np.ndarray:
        """K (3, 3)."""
        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])

    def crop(self, x: int, y: int, width: int, height: int) -> 'Intrinsics':
        """Intrinsics of the window whose top left pixel is (x, y)."""
        return Intrinsics(width, height, self.fx, self.fy, self.cx - x, self.cy - y)

    def resized(self, width: int, height: int) -> 'Intrinsics':
        """Intrinsics of the same image at another size; pixel centres, not corners, are whole numbers."""
        sx, sy = width / self.width, height / self.height
        return Intrinsics(width, height, self.fx * sx, self.fy * sy,
                          (self.cx + 0.5) * sx - 0.5, (self.cy + 0.5) * sy - 0.5)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) in metres to pixels (..., 2); NaN stays NaN."""
        z = points[..., 2]
        return np.stack([self.fx * points[..., 0] / z + self.cx, self.fy * points[..., 1] / z + self.cy], axis=-1)

    def deproject(self, pixels: np.ndarray, depth: np.ndarray | float) -> np.ndarray:
        """Pixels (..., 2) with depth (...) in metres along z to points (..., 3) in metres."""
        x = (pixels[..., 0] - self.cx) / self.fx * depth
        y = (pixels[..., 1] - self.cy) / self.fy * depth
        return np.stack([x, y, depth], axis=-1)

    def deproject_image(self, depth: np.ndarray) -> np.ndarray:
        """A depth image (height, width) in metres to points (height, width, 3)."""
        points = np.empty((*depth.shape, 3), depth.dtype)
        np.multiply(depth, ((np.arange(self.width) - self.cx) / self.fx).astype(depth.dtype), out=points[..., 0])
        np.multiply(depth, ((np.arange(self.height) - self.cy) / self.fy).astype(depth.dtype)[:, None], out=points[..., 1])
        points[..., 2] = depth
        return points
