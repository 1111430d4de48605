"""The floor plane from a depth image by RANSAC (paper, equations 14-16), kept and refined from image to image."""

import math
from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.components import CAMERA_UP, NOISE_PER_SQUARE_METRE, middle
from poseformer_ros.silhouette.person import Floor

IMAGE_POINTS = 3500       # points looked at per image
SCORED_POINTS = 1500        # points that each RANSAC hypothesis is counted on
HYPOTHESES = 250            # finds a floor that fills a quarter of the image with probability above 0.97
TRIED = 12                  # of them, the best ones, until one fits: a table that scores most has the room below it
LOWEST_CAMERA_M, HIGHEST_CAMERA_M = 0.2, 4.0
SMALLEST_SHARE = 0.03       # of the known points that must lie on a floor
SMALLEST_SPREAD_M = 0.12    # standard deviation of the floor's points along its narrow side
MOST_BELOW = 0.25           # points under a plane, as a share of those on it, above which it is a table, not the floor
STEEP_ROWS = 2              # rows of looked-at points between a point and the one below it that its slope is taken from
STILL_SHARE = 0.9           # of the usual number of points on the plane, from which the camera has not moved
KEEP_SHARE = 0.5            # of the usual number of points on the plane, below which the floor is searched anew
SEARCH_EVERY = 15           # images between two searches beside the kept plane, against being stuck on a wrong one
BETTER_BY = 1.3             # times as many points that another plane needs to replace the kept one
HELD_IMAGES = 30          # images that an unseen floor is remembered for


@dataclass(frozen=True)
class FloorOptions:
    """What can be set of the floor; each field becomes a ROS parameter `floor.<name>`."""

    tolerance_m: float = option(0.02, 0.005, 0.1, 'distance from the plane up to which a point belongs to the floor',
                                unit='m')
    largest_tilt_rad: float = option(0.8, 0.1, 1.2, 'how far the camera may be tilted or rolled from level', unit='rad')
    response: float = option(0.5, 0.05, 1.0, 'share of a new measurement in the kept plane; less is smoother but lags')

    def __post_init__(self) -> None:
        check(self)


class FloorFinder:
    """Follows the floor through the images of one camera; deterministic."""

    def __init__(self, options: FloorOptions = FloorOptions()) -> None:
        self._options = options
        self.reset()

    def reset(self) -> None:
        """Forget the floor and start the random numbers again."""
        self._random = np.random.default_rng(0)
        self._floor: Floor | None = None
        self._support = 0.0     # usual share of the points that lie on the floor
        self._unseen = 0        # images since the floor was last seen
        self._images = 0

    def state(self) -> list[float]:
        """The plane (4) that `resume` takes; empty while there is none."""
        return [] if self._floor is None else [*self._floor.normal.tolist(), self._floor.offset]

    def resume(self, plane: list[float]) -> None:
        """Go on from a plane known before; one that the next image does not bear out is searched anew."""
        if plane:
            self._floor = Floor(np.array(plane[:3]), plane[3])

    def __call__(self, depth: np.ndarray, intrinsics: Intrinsics) -> Floor | None:
        """Find the floor.

        depth: (h, w) float32 metres, NaN where unknown; a reduced image will do.
        intrinsics: of `depth`.
        Returns the plane in the optical frame, or None while no floor has been seen.
        """
        points, ways = _sample(depth, intrinsics)
        self._images += 1
        kept = self._followed(points, ways)
        if kept is None or self._images % SEARCH_EVERY == 0:
            kept = self._better(kept, self._search(points, ways), points)
        self._remember(kept, points)
        return self._floor

    def _followed(self, points: np.ndarray, ways: np.ndarray) -> Floor | None:
        """The kept plane moved to this image's points; None when they do not bear it out."""
        if self._floor is None:
            return None
        still = self._settled(points, ways, self._floor, (0.6,))
        if still is not None and self._share(points, still) > STILL_SHARE * self._support:
            return still
        # Half the points lead to where the last fit begins.
        plane = self._settled(points[::2], ways[::2], self._floor, (4.0, 1.5))
        plane = None if plane is None else self._settled(points, ways, plane, (0.6,))
        return None if plane is None or self._share(points, plane) < KEEP_SHARE * self._support else plane

    def _search(self, points: np.ndarray, ways: np.ndarray) -> Floor | None:
        """RANSAC: the plane, level enough, with most points on it and few below it (equations 14-16)."""
        if len(points) < 100:
            return None
        corners = points[self._random.integers(0, len(points), (HYPOTHESES, 3))].astype(float)
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals *= np.sign(normals @ CAMERA_UP)[:, None]
        length = np.linalg.norm(normals, axis=1)
        normals = normals / np.maximum(length, 1e-9)[:, None]
        offsets = -np.einsum('ij,ij->i', normals, corners[:, 0])
        possible = ((length > 1e-4) & (normals @ CAMERA_UP > math.cos(self._options.largest_tilt_rad))
                    & (offsets > LOWEST_CAMERA_M) & (offsets < HIGHEST_CAMERA_M))
        normals, offsets = normals[possible], offsets[possible]
        if not len(normals):
            return None
        counted = points[::max(1, len(points) // SCORED_POINTS)]
        height = counted @ normals.T.astype(np.float32) + offsets.astype(np.float32)
        tolerance = self._tolerance(counted, height, offsets)
        score = (np.abs(height) < tolerance).sum(0) - 2.0 * (height < -2.0 * tolerance).sum(0)
        for index in np.argsort(-score, kind='stable')[:TRIED]:
            plane = self._settled(points, ways, Floor(normals[index], float(offsets[index])), (1.5, 1.0, 0.6))
            if plane is not None:
                return plane
        return None

    def _settled(self, points: np.ndarray, ways: np.ndarray, plane: Floor, widenings: tuple[float, ...]) -> Floor | None:
        """The plane fitted to what lies ever nearer to it; None when that makes no floor."""
        for widening in widenings:
            fitted = self._fit(points, ways, plane, widening)
            if fitted is None:
                return None
            plane = fitted
        return plane

    def _fit(self, points: np.ndarray, ways: np.ndarray, plane: Floor, widening: float) -> Floor | None:
        """Total least squares of the points near a plane; None when they do not make a floor."""
        height = points @ plane.normal.astype(np.float32) + np.float32(plane.offset)
        tolerance = widening * self._tolerance(points, height, plane.offset)
        on = np.flatnonzero(np.abs(height) < tolerance)
        near = points[on[~_steep(ways[on], plane)]].astype(float)
        if len(near) < max(50, SMALLEST_SHARE * len(points)):
            return None
        if (height < -2.0 * tolerance).sum() > MOST_BELOW * len(near):
            return None
        near = near[_typical(near, plane)]
        # A point's weight falls with its noise, or the far and coarse part of the floor would tilt the plane.
        weight = 1.0 / (self._options.tolerance_m + NOISE_PER_SQUARE_METRE * near[:, 2] ** 2)
        centre = weight @ near / weight.sum()
        spread, axes = np.linalg.eigh(((near - centre) * (weight / weight.sum())[:, None]).T @ (near - centre))
        normal = axes[:, 0] * np.sign(axes[:, 0] @ CAMERA_UP)
        offset = float(-normal @ centre)
        level = normal @ CAMERA_UP > math.cos(self._options.largest_tilt_rad)
        if not level or not LOWEST_CAMERA_M < offset < HIGHEST_CAMERA_M or spread[1] < SMALLEST_SPREAD_M ** 2:
            return None
        return Floor(normal, offset)

    def _tolerance(self, points: np.ndarray, height: np.ndarray, offset: np.ndarray | float) -> np.ndarray:
        """How far a floor point may seem off the plane: depth noise reaches it by the slant of the ray."""
        z = points[:, 2] if height.ndim == 1 else points[:, 2:3]
        return (self._options.tolerance_m + NOISE_PER_SQUARE_METRE * z * np.abs(np.float32(offset))).astype(np.float32)

    def _share(self, points: np.ndarray, plane: Floor) -> float:
        height = points @ plane.normal.astype(np.float32) + np.float32(plane.offset)
        return float((np.abs(height) < self._tolerance(points, height, plane.offset)).mean())

    def _better(self, kept: Floor | None, found: Floor | None, points: np.ndarray) -> Floor | None:
        if kept is None or found is None:
            return found if kept is None else kept
        return found if self._share(points, found) > BETTER_BY * self._share(points, kept) else kept

    def _remember(self, seen: Floor | None, points: np.ndarray) -> None:
        if seen is None:
            self._unseen += 1
            if self._unseen > HELD_IMAGES:
                self._floor, self._support = None, 0.0
            return
        share = self._share(points, seen)
        if self._floor is None or not _close(self._floor, seen):
            self._floor, self._support = seen, share
        else:
            self._floor = _blend(self._floor, seen, self._options.response)
            self._support += 0.1 * (share - self._support)
        self._unseen = 0


def _sample(depth: np.ndarray, intrinsics: Intrinsics) -> tuple[np.ndarray, np.ndarray]:
    """About IMAGE_POINTS points (n, 3) float32 on a regular grid, and the way (n, 3) from each to one below it."""
    step = max(1, round(math.sqrt(depth.size / IMAGE_POINTS)))
    rows, columns = np.arange(0, depth.shape[0], step), np.arange(0, depth.shape[1], step)
    z = depth[::step, ::step]
    x = z * ((columns - intrinsics.cx) / intrinsics.fx).astype(np.float32)
    y = z * ((rows - intrinsics.cy) / intrinsics.fy).astype(np.float32)[:, None]
    points = np.stack([x, y, z], axis=-1)
    below = np.concatenate([points[STEEP_ROWS:], np.full_like(points[:STEEP_ROWS], np.nan)])
    known = np.isfinite(z)
    return points[known], (below - points)[known]


def _steep(ways: np.ndarray, plane: Floor) -> np.ndarray:
    """(n,) bool: the way to the point below leads down, not along the floor: the foot of a wall or a leg."""
    down = ways @ plane.normal.astype(np.float32)
    return down * down > 0.5 * np.einsum('ij,ij->i', ways, ways)


def _typical(near: np.ndarray, plane: Floor) -> np.ndarray:
    """(n,) bool: points no farther from the middle of the residuals than is usual; a wall's foot is."""
    height = plane.height(near)
    residual = np.abs(height - middle(height))
    return residual <= 3.0 * middle(residual) + 0.005


def _close(one: Floor, other: Floor) -> bool:
    """Whether two planes are one floor seen twice, not a jump: within 6 degrees and 15 cm."""
    return float(one.normal @ other.normal) > math.cos(math.radians(6)) and abs(one.offset - other.offset) < 0.15


def _blend(kept: Floor, seen: Floor, share: float) -> Floor:
    normal = kept.normal + share * (seen.normal - kept.normal)
    return Floor(normal / np.linalg.norm(normal), kept.offset + share * (seen.offset - kept.offset))
