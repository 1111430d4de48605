"""A person's mask at full resolution, from the reduced one: thin at the feet, with a rim whose depth is not the person's."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.components import NOISE_PER_SQUARE_METRE, Reduced, middle, window_of
from poseformer_ros.silhouette.person import Floor, Roi

SOLE_MARGIN_M = 0.015       # of a foot's lowest part that is given up together with the floor, at most and before noise
SOLE_M, FLOOR_SPREADS = 0.008, 2.5      # the same where the floor beside it is seen: thickness, standard deviations of the floor
TO_SIGMA = 0.6745           # median absolute deviation of a normal variable of standard deviation 1
FOOT_M = 0.10               # height of a foot's back
FOOT_STEPS = 4              # reduced pixels that it reaches beyond the ankle; 0.1 m at 3 m
SURFACE_M = 0.10            # depth by which a pixel may differ from the body beside it, before noise
FLYING_STEP_M = 0.03        # a border pixel this much behind the body beside it is a mixture with what is behind
FLYING_NOISE = 5.0          # standard deviations of the body's own depth noise that are added to it
NEIGHBOURS_KNOWN = 5        # of eight, around a single unknown pixel
ONE_SURFACE_M = 0.06        # neighbours that differ by less are one surface
SQUARE = np.ones((3, 3), np.uint8)
AROUND = np.ones((5, 5), np.uint8)
REACH = np.ones((7, 7), np.uint8)
OUTSIDE_M = np.float32(1e3)     # stands for no body where the nearest is looked for
BLENDED_M = 0.06            # off both surfaces: a reading of neither
BLENDING_SHARE = 0.7        # of a rim's readings that are blended, from which the whole rim is the person's
SMALLEST_PART = 0.04        # of the mask's pixels in one piece of it
LARGEST_HOLE = 0.02         # of the mask's pixels that an unknown hole inside it may have and be filled


@dataclass(frozen=True)
class FineMask:
    """A person's pixels.

    roi: window of the full image. mask: (roi.height, roi.width) bool. rim: likewise, pixels of the mask along its border whose
    depth is blended with that of what is behind, or unknown.
    """

    roi: Roi
    mask: np.ndarray
    rim: np.ndarray


def refine(depth: np.ndarray, intrinsics: Intrinsics, image: Reduced, mask: np.ndarray) -> FineMask:
    """Carry a reduced mask to full resolution.

    depth: (H, W) float32 metres, full. image, mask: reduced, mask (h, w) bool.
    """
    mask = _with_feet(image, mask)
    roi = _window(mask, image.step, depth.shape)
    z = _mended(depth[roi.slices])
    near, far = _depth_range(image, mask, roi)
    # The comparisons are false where a depth is unknown.
    inside = (z > near) & (z < far)
    if image.floor is not None:
        inside &= ~_floor_pixels(z, intrinsics.crop(roi.x, roi.y, roi.width, roi.height), image.floor, inside)
    inside = _without_flying(z, inside)
    inside = _with_holes(z, _parts(inside, 3 * image.step))
    rim = _rim(z, inside)
    return FineMask(roi, inside | rim, rim)


def _mended(z: np.ndarray) -> np.ndarray:
    """Depth in which a single unknown pixel takes the middle of its neighbours, where they are one surface.

    A sensor's shadow and blind areas have too few known neighbours and stay unknown.
    """
    known = ~np.isnan(z)
    nearest = cv2.erode(np.where(known, z, OUTSIDE_M), SQUARE)
    farthest = cv2.dilate(np.where(known, z, np.float32(0.0)), SQUARE)
    neighbours = cv2.boxFilter(known.astype(np.float32), -1, (3, 3), normalize=False)
    single = ~known & (neighbours > NEIGHBOURS_KNOWN - 0.5) & (farthest - nearest < ONE_SURFACE_M)
    return np.where(single, (nearest + farthest) / 2, z)


def _with_feet(image: Reduced, mask: np.ndarray) -> np.ndarray:
    """Grow a mask along the floor by a foot's length, over what is too low to be told from the floor elsewhere, and no step in
    depth away."""
    if image.floor is None:
        return mask
    margin = SOLE_MARGIN_M + NOISE_PER_SQUARE_METRE / 2 * np.float32(abs(image.floor.offset)) * image.depth
    with np.errstate(invalid='ignore'):
        low = (image.height > margin) & (image.height < FOOT_M)
        foot = mask & low
        for _ in range(FOOT_STEPS):
            nearest = cv2.erode(np.where(foot, image.depth, OUTSIDE_M), SQUARE)
            farthest = cv2.dilate(np.where(foot, image.depth, np.float32(0.0)), SQUARE)
            foot = low & (image.depth > nearest - SURFACE_M) & (image.depth < farthest + SURFACE_M)
    return mask | foot


def _window(mask: np.ndarray, step: int, shape: tuple[int, int]) -> Roi:
    rows, columns = window_of(mask)
    left, top = max(0, (columns.start - 2) * step), max(0, (rows.start - 2) * step)
    right, bottom = min(shape[1], (columns.stop + 2) * step), min(shape[0], (rows.stop + 2) * step)
    return Roi(left, top, right - left, bottom - top)


def _depth_range(image: Reduced, mask: np.ndarray, roi: Roi) -> tuple[np.ndarray, np.ndarray]:
    """Nearest and farthest depth (h, w) allowed in a window: the body's own, carried one reduced pixel outwards."""
    step = image.step
    last_row, last_column = -(-(roi.y + roi.height) // step), -(-(roi.x + roi.width) // step)
    part = slice(roi.y // step, last_row), slice(roi.x // step, last_column)
    known, z = mask[part], image.depth[part]
    near = cv2.erode(np.where(known, z, OUTSIDE_M), SQUARE)
    far = cv2.dilate(np.where(known, z, np.float32(0.0)), SQUARE)
    slack = np.float32(SURFACE_M) + NOISE_PER_SQUARE_METRE * far ** 2
    near, far = near - slack, far + np.where(far > 0, slack, 0)
    return _enlarged(near, step, roi), _enlarged(far, step, roi)


def _enlarged(small: np.ndarray, step: int, roi: Roi) -> np.ndarray:
    big = cv2.resize(small, None, fx=step, fy=step, interpolation=cv2.INTER_NEAREST)
    big = big[:roi.height, :roi.width]
    short = roi.height - big.shape[0], roi.width - big.shape[1]
    return np.pad(big, ((0, short[0]), (0, short[1])), mode='edge') if max(short) > 0 else big


def _floor_pixels(z: np.ndarray, intrinsics: Intrinsics, floor: Floor, person: np.ndarray) -> np.ndarray:
    """(h, w) bool: floor pixels of a window, by the level and the spread of the floor that is seen around the feet.

    Heights are means of a pixel and its neighbours: toes are no thicker than the noise of one reading.
    """
    normal = floor.normal.astype(np.float32)
    across = ((np.arange(z.shape[1]) - intrinsics.cx) / intrinsics.fx).astype(np.float32) * normal[0] + normal[2]
    down = ((np.arange(z.shape[0]) - intrinsics.cy) / intrinsics.fy).astype(np.float32) * normal[1]
    height = z * (across[None, :] + down[:, None]) + np.float32(floor.offset)
    margin = np.float32(SOLE_MARGIN_M) + NOISE_PER_SQUARE_METRE / 2 * np.float32(abs(floor.offset)) * z
    with np.errstate(invalid='ignore'):
        bare = (np.abs(height) < 3 * margin) & ~person
    height = _smoothed(height)
    if np.count_nonzero(bare) > 100:
        height -= np.clip(middle(height[bare]), -SOLE_MARGIN_M, SOLE_MARGIN_M)
        spread = middle(np.abs(height[bare])) / TO_SIGMA
        margin = np.minimum(margin, np.float32(SOLE_M + FLOOR_SPREADS * spread))
    with np.errstate(invalid='ignore'):
        return height < margin


def _smoothed(height: np.ndarray) -> np.ndarray:
    """Heights (h, w) as means of three by three, NaN where unknown; what is far above the floor counts as `FOOT_M`."""
    known = ~np.isnan(height)
    near = np.where(known, np.clip(height, -FOOT_M, FOOT_M), np.float32(0.0))
    with np.errstate(divide='ignore', invalid='ignore'):
        mean = cv2.blur(near, (3, 3)) / cv2.blur(known.astype(np.float32), (3, 3))
    return np.where(known, mean, np.float32(np.nan))


def _without_flying(z: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """Drop pixels that mix the body with what is behind it: narrow gaps, and a rim clearly behind the body beside it.

    The body beside the rim is its farthest pixel within three that is not at the border itself, so that limbs that point
    at the camera, and what they hide a part of, stay; of a limb too thin for that, the nearest pixel.
    """
    body = np.where(inside, z, OUTSIDE_M)
    nearest = cv2.erode(body, AROUND)
    both_sides = cv2.dilate(nearest, AROUND)
    inside = inside & (body <= both_sides + SURFACE_M + NOISE_PER_SQUARE_METRE * both_sides ** 2)
    core = cv2.erode(inside.astype(np.uint8), AROUND, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    farthest = cv2.dilate(np.where(core, z, np.float32(0.0)), REACH)
    limit = FLYING_STEP_M + FLYING_NOISE * _noise(z, inside)
    return inside & (core | (body <= np.where(farthest > 0, farthest, nearest) + limit))


def _rim(z: np.ndarray, inside: np.ndarray) -> np.ndarray:
    """(h, w) bool: the pixels next to the body that are the person's still.

    A camera of time of flight reads a mixture in the outermost pixel of a body: of such a camera the whole rim is the person's.
    Others read one surface or the other, ragged by their noise, and shadow beside it: of these, what is near to the body.
    """
    grown = cv2.dilate(inside.astype(np.uint8), SQUARE) > 0
    known = ~np.isnan(z)
    body = cv2.erode(np.where(inside & known, z, OUTSIDE_M), SQUARE)
    rim = grown & ~inside & ~((z < body - SURFACE_M) & (body < OUTSIDE_M))      # not what stands before the body
    behind = cv2.dilate(np.where(known & ~grown, z, np.float32(0.0)), AROUND)
    telling = rim & known & (behind - body > 3 * BLENDED_M)
    blended = telling & (z > body + BLENDED_M) & (z < behind - BLENDED_M)
    if np.count_nonzero(blended) > BLENDING_SHARE * np.count_nonzero(telling):
        return rim
    halfway = np.where(behind > 0, (body + behind) / 2, OUTSIDE_M)
    return rim & (z < np.minimum(body + SURFACE_M, halfway))


def _noise(z: np.ndarray, inside: np.ndarray) -> float:
    """Standard deviation in metres of the depth between neighbours of the body, from every other row."""
    step = np.abs(z[::2, 1:] - z[::2, :-1])[inside[::2, 1:] & inside[::2, :-1]]
    return float(middle(step)) / (TO_SIGMA * np.sqrt(2.0)) if len(step) else 0.0


def _parts(inside: np.ndarray, seam: int) -> np.ndarray:
    """A person's connected parts (equation 5), of which things before the person leave more than one, opened and closed by one
    pixel (equation 6).

    Parts count as connected up to `seam` pixels apart: shadow and mixed pixels along the body's inner edges are unknown.
    """
    pixels = inside.astype(np.uint8)
    smooth = cv2.morphologyEx(cv2.morphologyEx(pixels, cv2.MORPH_OPEN, SQUARE), cv2.MORPH_CLOSE, SQUARE) > 0
    count, part = cv2.connectedComponents(cv2.dilate(pixels, np.ones((seam | 1, seam | 1), np.uint8)), connectivity=8)
    if count > 2:
        size = np.bincount(part[inside], minlength=count)
        smooth &= (size >= SMALLEST_PART * size.sum())[part]
    return smooth & (part > 0)


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
