"""What a depth camera does to exact depth: one function per effect, and whole cameras made of them.

Depth is (H, W) float32 metres, NaN where there is no reading. What is published stands in `camera/depth_noise.py`; what is
ours is said here. Random numbers that an image needs by the hundred thousand come from a tape of normal numbers, entered
at a random place: a quarter of the time of drawing them anew, and the same for the same seed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import cv2
import numpy as np

from poseformer_ros.camera.depth_noise import (
    KINECT_V1_BASELINE_M,
    KINECT_V1_DISPARITY_STEP_PER_M,
    KINECT_V2_LATERAL_M,
    kinect_v1_axial_sigma,
    kinect_v1_depth_step,
    kinect_v1_lateral_sigma,
    kinect_v2_axial_sigma,
)
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput

Effect = Callable[[np.ndarray, np.random.Generator], np.ndarray]

# A reading is lost where the depth steps by more than this within one pixel; a body against a wall.
STEP_M = 0.10
KINECT_V1_RANGE_M = (0.4, 8.0)
TIME_OF_FLIGHT_RANGE_M = (0.5, 6.0)
GRAZING_RAD = np.radians(82.0)      # no reading of surfaces turned farther away
# Ours, of a strength that looks like the images of Sarbolandi, Lefloch and Kolb (CVIU 2015, figures 10 to 13):
FLYING_STEP_M = 0.08        # depth step beside which a pixel sees both surfaces
FLYING_SHARE = 0.7          # of these pixels that give a reading between the two; the camera drops the others
MULTIPATH_SHARE = 0.25      # of a corner's depth behind its surroundings that is added to it
MULTIPATH_MOST_M = 0.03
MULTIPATH_WINDOW_PX = 33
STEREO_BASELINE_M = 0.050   # RealSense D435
STEREO_SUBPIXEL = 0.08      # standard deviation of disparity in pixels (Intel, Tuning D400 cameras for best performance, 2019)
STEREO_STEP = 1.0 / 32.0    # of disparity, in pixels
STEREO_WINDOW_PX = 5        # in which errors are alike and near edges grow; ours
STEREO_RANGE_M = (0.3, 10.0)
LIT_RADIUS = 0.96           # of the image's half diagonal, beyond which the light is too weak
TAPE_LENGTH = 1 << 20
TAPE_SEED = 20121010


def add_noise(depth: np.ndarray, rng: np.random.Generator, effects: tuple[Effect, ...] | None = None) -> np.ndarray:
    """Depth (H, W) float32 metres after every effect in turn; the same generator state gives the same image."""
    for effect in SIMPLE if effects is None else effects:
        depth = effect(depth, rng)
    return depth


def axial(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise along the optical axis that grows with the square of depth."""
    noise = rng.standard_normal(depth.shape, dtype=np.float32)
    return (depth + noise * kinect_v1_axial_sigma(depth)).astype(np.float32)


def border_dropout(depth: np.ndarray, rng: np.random.Generator, share: float = 0.5) -> np.ndarray:
    """Readings lost at a share of the pixels on either side of a step in depth."""
    border = _beside_step(depth, STEP_M)
    border[border] = rng.random(int(border.sum())) < share
    return np.where(border, np.float32(np.nan), depth)


def random_dropout(depth: np.ndarray, rng: np.random.Generator, share: float = 0.01) -> np.ndarray:
    """Readings lost anywhere, each pixel by itself."""
    return np.where(rng.random(depth.shape, dtype=np.float32) < share, np.float32(np.nan), depth)


SIMPLE: tuple[Effect, ...] = (axial, partial(border_dropout, share=0.5), partial(random_dropout, share=0.01))


@dataclass(frozen=True)
class NoiseModel:
    """A depth camera's errors: `kind` of NOISE_KINDS, and `strength` that its standard deviations are multiplied by."""

    kind: str = 'clean'
    strength: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in NOISE_KINDS:
            raise BadInput(f'noise: kind {self.kind!r} is not known; choose one of {", ".join(NOISE_KINDS)}')
        if not 0.0 <= self.strength <= 5.0:
            raise BadInput(f'noise: strength {self.strength} is outside [0, 5]; choose a value inside')

    @property
    def name(self) -> str:
        """Kind, with the strength where it is not 1."""
        return self.kind if self.strength == 1.0 else f'{self.kind}_x{self.strength:g}'

    def __call__(self, depth: np.ndarray, intrinsics: Intrinsics, rng: np.random.Generator) -> np.ndarray:
        """Exact depth to what the camera would read."""
        return NOISE_KINDS[self.kind](depth, intrinsics, rng, self.strength)


def clean(depth: np.ndarray, intrinsics: Intrinsics, rng: np.random.Generator, strength: float) -> np.ndarray:
    """No error at all."""
    return depth


def kinect_v1(depth: np.ndarray, intrinsics: Intrinsics, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Structured light: shadow of the projector, ragged borders, axial noise, steps of disparity, range.

    The published axial noise was measured on readings that came in steps, so the steps' own variance is taken out of it.
    """
    angle = surface_angle(depth, intrinsics)
    lost = projector_shadow(depth, intrinsics, KINECT_V1_BASELINE_M) | (angle > GRAZING_RAD)
    seen = _jittered(depth, strength * float(kinect_v1_lateral_sigma(0.0)), rng)
    sigma2 = kinect_v1_axial_sigma(seen, angle) ** 2 - kinect_v1_depth_step(seen) ** 2 / 12.0
    seen = seen + strength * _normals(seen.shape, rng) * np.sqrt(np.maximum(sigma2, 0.0))
    seen = disparity_steps(seen)
    lost |= ~((seen > KINECT_V1_RANGE_M[0]) & (seen < KINECT_V1_RANGE_M[1]))
    seen[lost] = np.nan
    return seen


def time_of_flight(depth: np.ndarray, intrinsics: Intrinsics, rng: np.random.Generator,
                   strength: float = 1.0) -> np.ndarray:
    """Time of flight: multipath in corners, flying pixels, axial noise, dark image corners, range."""
    angle = surface_angle(depth, intrinsics)
    seen = depth + strength * multipath(depth)
    seen = flying_pixels(seen, intrinsics, rng)
    seen = seen + strength * _normals(seen.shape, rng) * kinect_v2_axial_sigma(seen, angle)
    lost = (angle > GRAZING_RAD) | ~((seen > TIME_OF_FLIGHT_RANGE_M[0]) & (seen < TIME_OF_FLIGHT_RANGE_M[1]))
    seen[lost | _unlit(intrinsics)] = np.nan
    return seen


def stereo(depth: np.ndarray, intrinsics: Intrinsics, rng: np.random.Generator, strength: float = 1.0) -> np.ndarray:
    """Active stereo: errors of disparity that neighbours share, near surfaces grown by half a window, shadows beside them.

    Depth is the left camera's; the right one stands where a Kinect's projector does, so what it does not see has the same shape.
    """
    lost = projector_shadow(depth, intrinsics, STEREO_BASELINE_M)
    grown = cv2.erode(np.where(np.isnan(depth), np.float32(np.inf), depth), np.ones((STEREO_WINDOW_PX,) * 2, np.uint8))
    size = (-(-depth.shape[1] // STEREO_WINDOW_PX), -(-depth.shape[0] // STEREO_WINDOW_PX))
    error = cv2.resize(_normals(size[::-1], rng), depth.shape[::-1], interpolation=cv2.INTER_NEAREST)
    focal = np.float32(intrinsics.fx * STEREO_BASELINE_M)
    with np.errstate(divide='ignore'):
        disparity = focal / grown + np.float32(strength * STEREO_SUBPIXEL) * error
        seen = focal / (np.rint(disparity / STEREO_STEP) * np.float32(STEREO_STEP))
    lost |= np.isnan(depth) | ~((seen > STEREO_RANGE_M[0]) & (seen < STEREO_RANGE_M[1]))
    return np.where(lost, np.float32(np.nan), seen).astype(np.float32)


NOISE_KINDS = {'clean': clean, 'kinect_v1': kinect_v1, 'time_of_flight': time_of_flight, 'stereo': stereo}


def surface_angle(depth: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """Angle (H, W) float32 in radians between a surface's normal and the ray to it, from every second pixel; 0 if unknown."""
    z = depth[::2, ::2]
    across, down = np.zeros_like(z), np.zeros_like(z)
    across[:, 1:-1] = (z[:, 2:] - z[:, :-2]) * np.float32(0.25)      # metres per pixel of the full image
    down[1:-1] = (z[2:] - z[:-2]) * np.float32(0.25)
    u, v, ray2 = _half_rays(intrinsics)
    # The normal of a surface z(u, v) seen by a pinhole is (-fx dz/du, -fy dz/dv, z + (u - cx) dz/du + (v - cy) dz/dv);
    # times the ray ((u - cx) / fx, (v - cy) / fy, 1) it is z.
    normal2 = (np.float32(intrinsics.fx) * across) ** 2 + (np.float32(intrinsics.fy) * down) ** 2
    normal2 += (z + u * across + v * down) ** 2
    angle = np.arccos(np.minimum(z / np.sqrt(normal2 * ray2), np.float32(1.0)))
    angle[_beside_step(z, FLYING_STEP_M) | np.isnan(angle)] = 0.0     # between two surfaces there is no angle
    return cv2.resize(angle, (depth.shape[1], depth.shape[0]), interpolation=cv2.INTER_NEAREST)


@lru_cache(maxsize=8)
def _half_rays(intrinsics: Intrinsics) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixels from the principal point, columns (w) and rows (h, 1), and the ray's squared length, every second pixel."""
    u = np.arange(0, intrinsics.width, 2, dtype=np.float32) - np.float32(intrinsics.cx)
    v = np.arange(0, intrinsics.height, 2, dtype=np.float32)[:, None] - np.float32(intrinsics.cy)
    return u, v, 1 + (u / np.float32(intrinsics.fx)) ** 2 + (v / np.float32(intrinsics.fy)) ** 2


def projector_shadow(depth: np.ndarray, intrinsics: Intrinsics, baseline_m: float) -> np.ndarray:
    """(H, W) bool: places that a projector `baseline_m` to the camera's right cannot light for something before them.

    In a row the projector sees pixel u at u - fx b / z; where a pixel to the right lies farther left, it is before.
    """
    seen_at = np.arange(depth.shape[1], dtype=np.float32) - np.float32(intrinsics.fx * baseline_m) / depth
    seen_at[np.isnan(seen_at)] = np.inf
    first = np.minimum.accumulate(seen_at[:, ::-1], axis=1)[:, ::-1]
    return seen_at > first + np.float32(0.5)


def disparity_steps(depth: np.ndarray) -> np.ndarray:
    """Depth in whole numbers of disparity (Khoshelham and Elberink 2012)."""
    step = np.float32(KINECT_V1_DISPARITY_STEP_PER_M)
    with np.errstate(divide='ignore', invalid='ignore'):
        return (1.0 / (np.rint(1.0 / (depth * step)) * step)).astype(np.float32)


def multipath(depth: np.ndarray) -> np.ndarray:
    """Metres (H, W) that light which came by way of the surroundings adds: positive in hollow corners.

    A corner is deeper than the mean of what is around it, up to a hand's breadth; a body before a wall is no corner.
    """
    small = cv2.resize(np.nan_to_num(depth), None, fx=0.125, fy=0.125, interpolation=cv2.INTER_NEAREST)
    window = max(3, MULTIPATH_WINDOW_PX // 8)
    hollow = small - cv2.blur(small, (window, window))
    bias = np.where(np.abs(hollow) < STEP_M, np.clip(MULTIPATH_SHARE * hollow, 0.0, MULTIPATH_MOST_M), 0.0)
    return cv2.resize(bias.astype(np.float32), (depth.shape[1], depth.shape[0]), interpolation=cv2.INTER_LINEAR)


def flying_pixels(depth: np.ndarray, intrinsics: Intrinsics, rng: np.random.Generator) -> np.ndarray:
    """Pixels on a border read somewhere between both surfaces, or nothing."""
    border = np.flatnonzero(_beside_step(depth, FLYING_STEP_M).ravel())
    row, column = np.divmod(border, depth.shape[1])
    around = depth[np.clip(row + np.array([[0], [0], [1], [-1]]), 0, depth.shape[0] - 1),
                   np.clip(column + np.array([[1], [-1], [0], [0]]), 0, depth.shape[1] - 1)]
    away = np.nan_to_num(around - depth.ravel()[border])
    away = np.take_along_axis(away, np.abs(away).argmax(axis=0)[None], axis=0)[0]     # across the step, not along it
    share = rng.random(len(border), dtype=np.float32)
    # What a pixel gathers of the neighbour's surface: its own blur and the published lateral noise.
    spread = np.minimum(1.0, 0.5 + KINECT_V2_LATERAL_M * intrinsics.fx / depth.ravel()[border])
    mixed = depth.ravel()[border] + share * spread * away
    mixed[rng.random(len(border)) > FLYING_SHARE] = np.nan
    result = depth.copy()
    result.ravel()[border] = mixed
    return result


def _beside_step(depth: np.ndarray, step: float) -> np.ndarray:
    with np.errstate(invalid='ignore'):
        down, right = np.abs(np.diff(depth, axis=0)) > step, np.abs(np.diff(depth, axis=1)) > step
    border = np.zeros(depth.shape, bool)
    border[1:] |= down
    border[:-1] |= down
    border[:, 1:] |= right
    border[:, :-1] |= right
    return border


def _jittered(depth: np.ndarray, sigma_px: float, rng: np.random.Generator) -> np.ndarray:
    """Each pixel takes the reading of one nearby; it shows only at borders, so only pixels near them are moved."""
    near = cv2.dilate(_beside_step(depth, FLYING_STEP_M).view(np.uint8), np.ones((5, 5), np.uint8))
    pixel = np.flatnonzero(near.ravel())
    row, column = np.divmod(pixel, depth.shape[1])
    moved = np.rint(rng.standard_normal((2, len(pixel)), dtype=np.float32) * sigma_px).astype(np.intp)
    result = depth.copy()
    result.ravel()[pixel] = depth[np.clip(row + moved[0], 0, depth.shape[0] - 1),
                                  np.clip(column + moved[1], 0, depth.shape[1] - 1)]
    return result


@lru_cache(maxsize=8)
def _unlit(intrinsics: Intrinsics) -> np.ndarray:
    x = np.arange(intrinsics.width) - 0.5 * (intrinsics.width - 1)
    y = np.arange(intrinsics.height) - 0.5 * (intrinsics.height - 1)
    return np.hypot(x, y[:, None]) > LIT_RADIUS * 0.5 * np.hypot(intrinsics.width, intrinsics.height)


@lru_cache(maxsize=1)
def _tape() -> np.ndarray:
    return np.random.default_rng(TAPE_SEED).standard_normal(TAPE_LENGTH, dtype=np.float32)


def _normals(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Standard normal numbers (H, W) from a random place of the tape."""
    size = shape[0] * shape[1]
    if size > TAPE_LENGTH // 2:
        return rng.standard_normal(shape, dtype=np.float32)
    start = int(rng.integers(0, TAPE_LENGTH - size))
    return _tape()[start:start + size].reshape(shape)
