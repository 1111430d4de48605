"""The image that the detectors see: one person at a fixed size, and the way back to the full image."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.silhouette.person import Silhouette

MARGIN_PX = 8       # black around the person, so that a detector's neighbourhood fits
HALF = 127          # half of white: where a resized mask still counts as the person


@dataclass(frozen=True)
class Canvas:
    """A person's box at a fixed size with a black margin.

    mask: (h, w) uint8, 255 on the person.
    image: (h, w) uint8, what the detectors see: the mask, or the grey image where the mask is set, smoothed.
    left, top: column and row in the full image where the box begins, pixel edges, not centres.
    scale: (x, y) pixels of the full image per pixel of the canvas.
    """

    mask: np.ndarray
    image: np.ndarray
    left: int
    top: int
    scale: tuple[float, float]

    def in_image(self, points: np.ndarray) -> np.ndarray:
        """Canvas points (n, 2), columns and rows, in the full image."""
        return (points - MARGIN_PX + 0.5) * self.scale + (self.left - 0.5, self.top - 0.5)

    @property
    def pixel(self) -> float:
        """Pixels of the full image per pixel of the canvas, the mean of both directions."""
        return 0.5 * (self.scale[0] + self.scale[1])


def canvas(person: Silhouette, side: int, grey: bool = False, smoothing: float = 0.0) -> Canvas:
    """Bring the longer side of the mask's box to `side` pixels, margin included; the mask must not be empty.

    smoothing: sigma in canvas pixels of the Gaussian that takes the steps off the silhouette's edge; 0 leaves them.
    """
    ys, xs = np.flatnonzero(person.mask.any(axis=1)), np.flatnonzero(person.mask.any(axis=0))
    window = slice(ys[0], ys[-1] + 1), slice(xs[0], xs[-1] + 1)
    height, width = ys[-1] + 1 - ys[0], xs[-1] + 1 - xs[0]
    ratio = (side - 2 * MARGIN_PX) / max(height, width)
    size = max(1, round(width * ratio)), max(1, round(height * ratio))
    white = np.where(person.mask[window], np.uint8(255), np.uint8(0))
    mask = np.where(_resized(white, size) > HALF, np.uint8(255), np.uint8(0))
    if not mask.any():
        rows, columns = np.nonzero(white)       # too thin for averages: whatever a pixel falls into
        mask[rows * size[1] // height, columns * size[0] // width] = 255
    image = mask
    if grey:
        image = np.where(mask > 0, _resized(cv2.cvtColor(person.color[window], cv2.COLOR_BGR2GRAY), size), np.uint8(0))
    image = _framed(image)
    if smoothing > 0:
        image = cv2.GaussianBlur(image, (0, 0), smoothing)
    return Canvas(_framed(mask), image, person.roi.x + int(xs[0]), person.roi.y + int(ys[0]),
                  (width / size[0], height / size[1]))


def _resized(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    smaller = size[0] < image.shape[1]
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)


def _framed(image: np.ndarray) -> np.ndarray:
    return cv2.copyMakeBorder(image, MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX, cv2.BORDER_CONSTANT, value=0)
