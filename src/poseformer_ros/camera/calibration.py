"""What a camera says of itself in CameraInfo, as image_pipeline reads it: K and D of the raw image, P of the rectified one.

All of them are of the full image; region of interest and binning are taken off here (image_geometry, PinholeCameraModel).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput

# Coefficients that each model of sensor_msgs may have.
MODELS = {'plumb_bob': (4, 5), 'rational_polynomial': (8, 12, 14), 'equidistant': (4,)}
# Focal length over image width. 0.1 is a field of view of 157 degrees without distortion, 20 one of 3.
WIDEST, NARROWEST = 0.1, 20.0
FARTHEST_CENTRE = 1.0       # of the optical axis from the image's middle, as a share of the image's size


@dataclass(frozen=True)
class Calibration:
    """A CameraInfo in plain numbers.

    name: of the topic, for errors. width, height: of the full image. k: K (3, 3) row by row. d: distortion. p: P (3, 4) row
    by row. binning: full pixels in one of the image, across and down; 0 means 1. roi: x, y, width, height in full pixels; all 0
    is everything.
    """

    name: str
    width: int
    height: int
    model: str
    k: tuple[float, ...]
    d: tuple[float, ...]
    p: tuple[float, ...]
    binning: tuple[int, int] = (0, 0)
    roi: tuple[int, int, int, int] = (0, 0, 0, 0)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the image as it is sent."""
        across, down = self._binning
        width, height = self.roi[2:] if self.roi[2] and self.roi[3] else (self.width, self.height)
        return width // across, height // down

    @property
    def reduction(self) -> str:
        """Binning and region in words, empty where there are none."""
        said = [f'binning {self.binning[0]} x {self.binning[1]}'] if self._binning != (1, 1) else []
        if any(self.roi):
            said.append('region {2} x {3} at ({0}, {1})'.format(*self.roi))
        return ' and '.join(said)

    @property
    def distorted(self) -> bool:
        """Whether D says that lines are bent."""
        return any(self.d)

    def raw(self) -> Intrinsics:
        """Of the raw image, distortion aside: K. Raises BadInput for numbers that no camera has."""
        if not all(np.isfinite(self.d)):
            raise BadInput(f'{self.name}: D is {[float(f"{c:.4g}") for c in self.d]}; calibrate the camera again')
        return self._pinhole('K', self.k[0], self.k[4], self.k[2], self.k[5])

    def rectified(self) -> Intrinsics:
        """Of the rectified image: P; or K where a driver leaves P empty. Raises BadInput for numbers that no camera has.

        K is checked in any case: where it is zero, the camera is not calibrated (CameraInfo.msg).
        """
        raw = self.raw()
        if not self.p[0] and not self.p[5]:
            return raw
        return self._pinhole('P', self.p[0], self.p[5], self.p[2], self.p[6])

    @property
    def _binning(self) -> tuple[int, int]:
        return self.binning[0] or 1, self.binning[1] or 1

    def _pinhole(self, matrix: str, fx: float, fy: float, cx: float, cy: float) -> Intrinsics:
        self._check(matrix, fx, fy, cx, cy)
        across, down = self._binning
        return Intrinsics(*self.size, fx / across, fy / down, (cx - self.roi[0]) / across, (cy - self.roi[1]) / down)

    def _check(self, matrix: str, fx: float, fy: float, cx: float, cy: float) -> None:
        if not (self.width > 0 and self.height > 0):
            raise BadInput(f'{self.name}: says an image of {self.width} x {self.height} pixels; the driver sends no calibration')
        if not np.isfinite([fx, fy, cx, cy]).all():
            raise BadInput(f'{self.name}: {matrix} has focal lengths ({fx:g}, {fy:g}) and centre ({cx:g}, {cy:g}): '
                           'not finite; calibrate the camera again')
        if not (fx > 0 and fy > 0):
            raise BadInput(f'{self.name}: {matrix} has focal lengths ({fx:g}, {fy:g}): the camera is not calibrated; '
                           'calibrate it or give its intrinsics to the driver')
        longer = max(self.width, self.height)
        for focal in (fx, fy):
            if not WIDEST < focal / longer < NARROWEST:
                angle = np.degrees(2 * np.arctan(longer / (2 * focal)))
                raise BadInput(f'{self.name}: {matrix} has focal lengths ({fx:g}, {fy:g}) for {self.width} x {self.height} pixels, '
                               f'a view of {angle:.3g} degrees: K is in pixels, not millimetres; give the driver the calibration '
                               'of this image')
        if abs(cx / self.width - 0.5) > FARTHEST_CENTRE or abs(cy / self.height - 0.5) > FARTHEST_CENTRE:
            raise BadInput(f'{self.name}: {matrix} has its centre at ({cx:g}, {cy:g}), far outside {self.width} x {self.height} '
                           'pixels; give the driver the calibration of this image')


def calibration_of(info: Any, name: str) -> Calibration:
    """A CameraInfo, whoever has read it, in plain numbers, unchecked. name: of its topic, for errors."""
    roi = info.roi
    return Calibration(name, info.width, info.height, info.distortion_model, tuple(map(float, info.k)), tuple(map(float, info.d)),
                       tuple(map(float, info.p)), (info.binning_x, info.binning_y),
                       (roi.x_offset, roi.y_offset, roi.width, roi.height))
