"""Pixels of the 24 joints to metric 3-D through robust depth under each.

The depth read is that of the body's SURFACE, as in the paper ("z read from depth"). A joint's centre lies deeper, by
about half the limb's thickness (3 to 12 cm); nothing is added here for it. The body model's fit (equation 24) corrects
it.
"""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.camera.depth_noise import kinect_v1_axial_sigma
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState, Skeleton, no_skeleton

SPINE = [JOINT[name] for name in ('pelvis', 'lower_spine', 'spine_centre', 'upper_spine', 'neck')]
# The nearest readings under a joint are taken for the body part there: the quarter of them that is nearer than this
# quantile is enough to tell a limb from what lies behind it, and too many to be stray pixels.
FRONT_QUANTILE = 0.25
OCCLUDED_TRUST = 0.3    # share of confidence left when the depth under a joint is a guess


@dataclass(frozen=True)
class LiftOptions:
    """How depth is read under a joint."""

    window: float = option(0.022, 0.005, 0.1, 'half width of the window in which depth is read, by body height')
    layer_m: float = option(0.06, 0.01, 0.3, 'readings this close to the front ones are of the same body part', unit='m')
    least_share: float = option(0.06, 0.01, 1.0, 'a joint with a smaller share of valid depth in its window is missing')
    full_share: float = option(0.35, 0.01, 1.0, 'share of valid depth in the window that gives full confidence')
    covered_m: float = option(0.08, 0.02, 0.5, 'a spine joint nearer than the line of the trunk by this much is covered',
                              unit='m')
    pixel_sigma: float = option(0.015, 0.0, 0.1, 'standard deviation of a joint in the image, by body height')

    def __post_init__(self) -> None:
        check(self)


def lift(points: np.ndarray, state: np.ndarray, body_height_px: float, person: Silhouette,
         options: LiftOptions = LiftOptions()) -> Skeleton:
    """Read depth under each point and place it in space.

    Args:
        points: (24, 2) column and row in the crop, NaN where not found.
        state: (24,) of JointState, what the image says of each point.
        body_height_px: the person's height in the image.
        person: the silhouette that the points were found in.

    Returns a Skeleton; a point without depth of the person under it is MISSING with NaN. Covariance: depth noise along
    the ray (Nguyen et al. 2012 and the spread of the readings) and pixel uncertainty across it.
    """
    depth, spread, share = _front_depth(points, max(2, round(options.window * body_height_px)), person, options.layer_m)
    found = (state != JointState.MISSING) & np.isfinite(points[:, 0]) & (share >= options.least_share)
    trust = np.clip(share / options.full_share, 0.0, 1.0) * options.layer_m / (options.layer_m + spread)
    confidence = np.where(found, trust, 0.0)
    depth, covered = _uncover_spine(points, np.where(found, depth, np.nan), options.covered_m)
    positions = person.intrinsics.deproject(points, depth)
    sigma = np.hypot(kinect_v1_axial_sigma(depth), np.where(covered, options.covered_m, spread))
    pixels = np.where(found[:, None], points + [person.roi.x, person.roi.y], np.nan)
    return replace(no_skeleton(), positions=np.where(found[:, None], positions, np.nan), pixels=pixels,
                   covariance=_covariance(points, depth, sigma, options.pixel_sigma * body_height_px, person),
                   confidence=np.where(covered, OCCLUDED_TRUST * confidence, confidence),
                   state=_state(state, found, covered), track_id=person.track_id, doubt=person.doubt)


def _state(state: np.ndarray, found: np.ndarray, covered: np.ndarray) -> np.ndarray:
    return np.where(found, np.where(covered, JointState.OCCLUDED, state), JointState.MISSING).astype(np.uint8)


def _front_depth(points: np.ndarray, half: int, person: Silhouette, layer: float) -> tuple[np.ndarray, ...]:
    """Depth (24,) and spread (24,) in metres of the front layer in each point's window, and its share of the window."""
    height, width = person.mask.shape
    step = np.arange(-half, half + 1)
    column, row = np.nan_to_num(np.rint(points), nan=-10 * half).astype(int).T
    rows, columns = (row[:, None] + step)[:, :, None], (column[:, None] + step)[:, None, :]
    inside = (rows >= 0) & (rows < height) & (columns >= 0) & (columns < width)
    at = np.clip(rows, 0, height - 1), np.clip(columns, 0, width - 1)
    readings = person.depth[at].astype(np.float64)
    usable = inside & person.mask[at] & (readings > 0)      # NaN compares false
    readings = np.sort(np.where(usable, readings, np.nan).reshape(JOINT_COUNT, -1), axis=1)     # NaN last
    count = usable.reshape(JOINT_COUNT, -1).sum(axis=1)
    joint = np.arange(JOINT_COUNT)
    front = readings[joint, (FRONT_QUANTILE * np.maximum(count - 1, 0)).astype(int)]
    with np.errstate(invalid='ignore'):
        first = (readings < (front - layer)[:, None]).sum(axis=1)
        kept = (np.abs(readings - front[:, None]) <= layer).sum(axis=1)
    at_quantile = [readings[joint, np.minimum(first + (q * np.maximum(kept - 1, 0)).astype(int), readings.shape[1] - 1)]
                   for q in (0.16, 0.5, 0.84)]      # the middle two thirds: one standard deviation to either side
    return at_quantile[1], 0.5 * (at_quantile[2] - at_quantile[0]), kept / readings.shape[1]


def _uncover_spine(points: np.ndarray, depth: np.ndarray, covered_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Put spine joints that something nearer covers onto the line through the others (Theil and Sen's slope)."""
    covered = np.zeros(JOINT_COUNT, bool)
    seen = [joint for joint in SPINE if np.isfinite(depth[joint])]
    if len(seen) < 4:
        return depth, covered
    row, z = points[seen, 1], depth[seen]
    first, second = np.triu_indices(len(seen), 1)
    slope = np.median((z[second] - z[first]) / np.where(row[second] == row[first], np.nan, row[second] - row[first]))
    line = slope * row + np.median(z - slope * row)
    hidden = np.array(seen)[z < line - covered_m]
    depth, covered[hidden] = depth.copy(), True
    depth[hidden] = line[z < line - covered_m]
    return depth, covered


def _covariance(points: np.ndarray, depth: np.ndarray, sigma_z: np.ndarray, sigma_px: float,
                person: Silhouette) -> np.ndarray:
    """(24, 3, 3) square metres: sigma_z along the ray and sigma_px across it."""
    rays = person.intrinsics.deproject(points, np.ones(JOINT_COUNT))
    across = np.diag([(sigma_px / person.intrinsics.fx) ** 2, (sigma_px / person.intrinsics.fy) ** 2, 0.0])
    return (sigma_z ** 2)[:, None, None] * rays[:, :, None] * rays[:, None, :] + (depth ** 2)[:, None, None] * across
