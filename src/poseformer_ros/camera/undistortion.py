"""Raw images made straight: tables from each pixel of the undistorted image into the raw one, for the models of sensor_msgs."""

import cv2
import numpy as np

from poseformer_ros.camera.calibration import MODELS, Calibration
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput

LEAST_SEEN = 0.3        # of the straight image's pixels, which the raw one must hold; a wrong D leaves less
BEYOND = -2             # an image coordinate that no pixel has; remap fills it


class Undistortion:
    """Tables of one calibration. The straight image keeps the raw one's size, K and optical axis: distances stay as they are.

    Neither R nor P are used: rectifying a stereo pair would turn the axis that depth is measured along.
    """

    def __init__(self, calibration: Calibration) -> None:
        """Raises BadInput for an unknown model, and for coefficients that leave hardly an image."""
        self.intrinsics = calibration.raw()
        x, y = _tables(calibration, self.intrinsics)
        width, height = calibration.size
        # Coefficients beyond their field of view fold the image back; floats too large for the integer tables would wrap.
        seen = (x > -1) & (x < width) & (y > -1) & (y < height)
        if seen.mean() < LEAST_SEEN:
            raise BadInput(f'{calibration.name}: distortion {[float(f"{c:.3g}") for c in calibration.d]} ({calibration.model}) '
                           f'leaves {100 * seen.mean():.0f} % of the image; calibrate the camera again')
        x, y = np.where(seen, x, BEYOND).astype(np.float32), np.where(seen, y, BEYOND).astype(np.float32)
        self._smooth = cv2.convertMaps(x, y, cv2.CV_16SC2)
        self._nearest = cv2.convertMaps(x, y, cv2.CV_16SC2, nninterpolation=True)[0]

    def color(self, image: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8, interpolated; black beyond the raw image."""
        return cv2.remap(image, *self._smooth, cv2.INTER_LINEAR)

    def depth(self, image: np.ndarray) -> np.ndarray:
        """(H, W) float32 metres; the nearest pixel's, so that no distance between two surfaces is made up; NaN beyond."""
        return cv2.remap(image, self._nearest, None, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT, borderValue=np.nan)


def _tables(calibration: Calibration, straight: Intrinsics) -> tuple[np.ndarray, np.ndarray]:
    # Drivers that know no name for it mean OpenCV's first model.
    model = calibration.model or 'plumb_bob'
    if model not in MODELS:
        raise BadInput(f'{calibration.name}: distortion model {model!r}, wanted {", ".join(MODELS)}; use the rectified topics')
    if len(calibration.d) not in MODELS[model]:
        raise BadInput(f'{calibration.name}: {len(calibration.d)} coefficients of {model}, wanted '
                       f'{" or ".join(map(str, MODELS[model]))}; calibrate the camera again')
    k, d = straight.matrix, np.array(calibration.d, float)
    if model == 'equidistant':
        return cv2.fisheye.initUndistortRectifyMap(k, d, np.eye(3), k, calibration.size, cv2.CV_32FC1)
    return cv2.initUndistortRectifyMap(k, d, None, k, calibration.size, cv2.CV_32FC1)
