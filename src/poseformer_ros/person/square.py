"""The square that the person network looks at, and what it is given of it; the same functions for training and station."""

from dataclasses import dataclass

import cv2
import numpy as np

INPUT_PX = 96
CHANNELS = 4                # relative depth, known, mask, size
SIDE_OF_BOX = 1.2           # of the square to the longer side of the mask's box
LEAST_SIDE_M, MOST_SIDE_M = 0.6, 2.8
DEPTH_CLIP = 1.5            # half sides before and behind the middle that depth is told apart


@dataclass(frozen=True)
class Square:
    """A square window of an image, perhaps turned, and the depth in its middle.

    centre: (2,) column and row in the image. side_px: of the square in the image. angle_rad: by which it is turned.
    depth_m: middle depth of the candidate. half_m: half the side in metres at that depth, the unit of what the network answers.
    """

    centre: np.ndarray
    side_px: float
    depth_m: float
    half_m: float
    angle_rad: float = 0.0

    @property
    def to_image(self) -> np.ndarray:
        """(2, 3) affine map from the network's pixels (column, row) to the image's."""
        return self.grid_to_image(INPUT_PX)

    def grid_to_image(self, pixels: int) -> np.ndarray:
        """The same of a grid of so many pixels over the square, such as the network's parts."""
        scale = self.side_px / pixels
        c, s = scale * np.cos(self.angle_rad), scale * np.sin(self.angle_rad)
        middle = (pixels - 1) / 2
        turn = np.array([[c, -s], [s, c]])
        return np.column_stack([turn, self.centre - turn @ [middle, middle]])


def square_around(mask: np.ndarray, depth: np.ndarray, focal_px: float) -> Square | None:
    """The square around a candidate.

    mask: (H, W) bool. depth: (H, W) float32 metres, NaN where unknown. focal_px: focal length in pixels.
    None where no depth is known under the mask.
    """
    known = depth[mask]
    known = known[np.isfinite(known)]
    if not len(known):
        return None
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    middle = float(np.median(known))
    metre_px = focal_px / middle
    longer = max(rows[-1] - rows[0], columns[-1] - columns[0]) + 1.0
    side = float(np.clip(SIDE_OF_BOX * longer, LEAST_SIDE_M * metre_px, MOST_SIDE_M * metre_px))
    centre = np.array([(columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2])
    return Square(centre, side, middle, side / 2 / metre_px)


def network_input(depth: np.ndarray, mask: np.ndarray, square: Square, mask_square: Square | None = None) -> np.ndarray:
    """(CHANNELS, INPUT_PX, INPUT_PX) float32 of a square.

    depth: (H, W) float32 metres, NaN where unknown. mask: (H, W) bool, the candidate's pixels.
    mask_square: the same square in the mask's pixels where the mask is of another size.
    Channels: depth from the middle in half sides, clipped, and farthest where unknown; 1 where depth is known; the mask; half
    the side in metres.
    """
    z = resampled(depth, square, np.nan)
    known = np.isfinite(z)
    relative = np.where(known, np.clip((z - square.depth_m) / square.half_m, -DEPTH_CLIP, DEPTH_CLIP), DEPTH_CLIP)
    inside = resampled(mask.view(np.uint8), mask_square or square, 0)
    return np.stack([relative, known, inside, np.full(z.shape, square.half_m)]).astype(np.float32)


def resampled(image: np.ndarray, square: Square, outside: float) -> np.ndarray:
    """(INPUT_PX, INPUT_PX) of an image (H, W), nearest pixel; `outside` where the square reaches beyond it."""
    return cv2.warpAffine(image, square.to_image, (INPUT_PX, INPUT_PX), flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_CONSTANT, borderValue=outside)


def to_square(pixels: np.ndarray, square: Square) -> np.ndarray:
    """Image pixels (..., 2) in the square's coordinates: -1 to 1 from edge to edge."""
    c, s = np.cos(square.angle_rad), np.sin(square.angle_rad)
    return (pixels - square.centre) @ np.array([[c, -s], [s, c]]) / (square.side_px / 2)


def from_square(places: np.ndarray, square: Square) -> np.ndarray:
    """The inverse of `to_square`."""
    c, s = np.cos(square.angle_rad), np.sin(square.angle_rad)
    return places * (square.side_px / 2) @ np.array([[c, s], [-s, c]]) + square.centre
