"""A person's mask at full resolution, from the reduced one: thin at the feet, trimmed of flying pixels."""

import cv2
import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.components import NOISE_PER_SQUARE_METRE, Reduced
from poseformer_ros.silhouette.person import Floor, Roi

SOLE_MARGIN_M = 0.015       # of a foot's lowest part that is given up together with the floor
FEET_ZONE_M = 0.25          # height below which the floor is looked for once more around the feet
SURFACE_M = 0.10            # depth by which a pixel may differ from the body beside it, before noise
FLYING_STEP_M = 0.03       # a border pixel this much behind the body within two pixels is a mixture with what is behind
FLYING_NOISE = 5.0          # standard deviations of the body's own depth noise that are added to it
AROUND = np.ones((5, 5), np.uint8)
LARGEST_HOLE = 0.02         # of the mask's pixels that an unknown hole inside it may have and be filled


def refine(depth: np.ndarray, intrinsics: Intrinsics, picture: Reduced, mask: np.ndarray) -> tuple[Roi, np.ndarray]:
    """Carry a reduced mask to full resolution.

    depth: (H, W) float32 metres, full. picture, mask: reduced, mask (h, w) bool.
    Returns the window that was worked in, and the mask in it (roi.height, roi.width) bool.
    """
    roi = _window(mask, picture.step, depth.shape)
    z = depth[roi.slices]
    near, far = _depth_range(picture, mask, roi)
    # The comparisons are false where a depth is unknown.
    inside = (z > near) & (z < far)
    if picture.floor is not None:
        inside &= ~_floor_pixels(z, intrinsics.crop(roi.x, roi.y, roi.width, roi.height), picture.floor, inside)
    inside = _without_flying(z, inside)
    inside = _main_part(inside)
    return roi, _with_holes(z, inside)


def _window(mask: np.ndarray, step: int, shape: tuple[int, int]) -> Roi:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    left, top = max(0, (columns[0] - 2) * step), max(0, (rows[0] - 2) * step)
    right, bottom = min(shape[1], (columns[-1] + 3) * step), min(shape[0], (rows[-1] + 3) * step)
    return Roi(int(left), int(top), int(right - left), int(bottom - top))


def _depth_range(picture: Reduced, mask: np.ndarray, roi: Roi) -> tuple[np.ndarray, np.ndarray]:
    """Nearest and farthest depth (h, w) allowed in a window: the body's own, carried one reduced pixel outwards."""
    step = picture.step
    last_row, last_column = -(-(roi.y + roi.height) // step), -(-(roi.x + roi.width) // step)
    part = slice(roi.y // step, last_row), slice(roi.x // step, last_column)
    known, z = mask[part], picture.depth[part]
    around = np.ones((3, 3), np.uint8)
    near = cv2.erode(np.where(known, z, np.float32(1e3)), around)
    far = cv2.dilate(np.where(known, z, np.float32(0.0)), around)
    slack = np.float32(SURFACE_M) + NOISE_PER_SQUARE_METRE * far ** 2
    near, far = near - slack, far + np.where(far > 0, slack, 0)
    return _enlarged(near, step, roi), _enlarged(far, step, roi)


def _enlarged(small: np.ndarray, step: int, roi: Roi) -> np.ndarray:
    big = cv2.resize(small, None, fx=step, fy=step, interpolation=cv2.INTER_NEAREST)
    big = big[:roi.height, :roi.width]
    short = roi.height - big.shape[0], roi.width - big.shape[1]
    return np.pad(big, ((0, short[0]), (0, short[1])), mode='edge') if max(short) > 0 else big


def _floor_pixels(z: np.ndarray, intrinsics: Intrinsics, floor: Floor, person: np.ndarray) -> np.ndarray:
    """(h, w) bool: floor pixels of a window, its level corrected by the floor seen around the feet."""
    normal = floor.normal.astype(np.float32)
    across = ((np.arange(z.shape[1]) - intrinsics.cx) / intrinsics.fx).astype(np.float32) * normal[0] + normal[2]
    down = ((np.arange(z.shape[0]) - intrinsics.cy) / intrinsics.fy).astype(np.float32) * normal[1]
    height = z * (across[None, :] + down[:, None]) + np.float32(floor.offset)
    margin = np.float32(SOLE_MARGIN_M) + NOISE_PER_SQUARE_METRE / 2 * np.float32(abs(floor.offset)) * z
    with np.errstate(invalid='ignore'):
        bare = np.abs(height) < 3 * margin
        bare &= ~person
    if np.count_nonzero(bare) > 100:
        height -= np.clip(np.median(height[bare]), -SOLE_MARGIN_M, SOLE_MARGIN_M)
    with np.errstate(invalid='ignore'):
        return height < margin


def _without_flying(z: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Drop pixels at the border that lie clearly behind the body within three pixels: mixtures with what is behind."""
    nearest = cv2.erode(np.where(inside, z, np.float32(1e3)), np.ones((7, 7), np.uint8))
    core = cv2.erode(inside.astype(np.uint8), AROUND, borderType=cv2.BORDER_CONSTANT, borderValue=1)
    limit = FLYING_STEP_M + FLYING_NOISE * _noise(z, inside)
    with np.errstate(invalid='ignore'):
        return inside & ~((z > nearest + limit) & (core == 0))


def _noise(z: np.ndarray, inside: np.ndarray) -> float:
    """Standard deviation in metres of the depth between neighbours of the body, from every other row."""
    step = np.abs(z[::2, 1:] - z[::2, :-1])[inside[::2, 1:] & inside[::2, :-1]]
    return float(np.median(step)) / (0.6745 * np.sqrt(2.0)) if len(step) else 0.0


def _main_part(inside: np.ndarray) -> np.ndarray:
    """Opened and closed by one pixel (equation 6), then the largest connected component (equation 5)."""
    kernel = np.ones((3, 3), np.uint8)
    smooth = cv2.morphologyEx(inside.astype(np.uint8), cv2.MORPH_OPEN, kernel)
    smooth = cv2.morphologyEx(smooth, cv2.MORPH_CLOSE, kernel)
    return largest_component(smooth)


def largest_component(mask: np.ndarray) -> np.ndarray:
    """The largest connected part (paper, equation 5) of a (h, w) mask as bool."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count < 2:
        return np.zeros(mask.shape, bool)
    return labels == 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))


def _with_holes(z: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Add small enclosed places without depth, such as dark cloth; a hole with depth behind it stays."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~inside).astype(np.uint8), connectivity=4)
    if count < 3:
        return inside
    x, y, w, h, size = stats.T
    enclosed = (x > 0) & (y > 0) & (x + w < inside.shape[1]) & (y + h < inside.shape[0])
    small = enclosed & (size < LARGEST_HOLE * np.count_nonzero(inside))
    small[0] = False
    holes = small[labels]
    unknown = np.bincount(labels[np.isnan(z) & holes], minlength=count)
    return inside | (small & (unknown > 0.5 * size))[labels]
