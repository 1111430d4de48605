"""What a depth camera does to exact depth: one function per effect, each depth (H, W) metres to a new depth.

A noise model is a tuple of such effects with their numbers bound (`functools.partial`); NaN means no reading.
"""

from collections.abc import Callable
from functools import partial

import numpy as np

Effect = Callable[[np.ndarray, np.random.Generator], np.ndarray]

# Kinect v1: Nguyen, Izadi and Lovell, 3DIMPVT 2012, eq. 2, surfaces turned 10 to 60 degrees:
# sigma_z = 0.0012 + 0.0019 (z - 0.4)^2, metres.
KINECT_V1_AXIAL_M = 0.0012
KINECT_V1_AXIAL_PER_M = 0.0019
KINECT_V1_AXIAL_FROM_M = 0.4
# A reading is lost where the depth steps by more than this within one pixel; a body against a wall.
STEP_M = 0.10


def kinect_v1_axial_sigma(depth: np.ndarray) -> np.ndarray:
    """Standard deviation in metres of a Kinect v1 reading at a depth in metres (Nguyen et al. 2012, eq. 2)."""
    return KINECT_V1_AXIAL_M + KINECT_V1_AXIAL_PER_M * (depth - KINECT_V1_AXIAL_FROM_M) ** 2


def axial(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise along the optical axis that grows with the square of depth."""
    noise = rng.standard_normal(depth.shape, dtype=np.float32)
    return (depth + noise * kinect_v1_axial_sigma(depth)).astype(np.float32)


def border_dropout(depth: np.ndarray, rng: np.random.Generator, share: float = 0.5) -> np.ndarray:
    """Readings lost at a share of the pixels on either side of a step in depth."""
    with np.errstate(invalid='ignore'):
        down, right = np.abs(np.diff(depth, axis=0)) > STEP_M, np.abs(np.diff(depth, axis=1)) > STEP_M
    border = np.zeros(depth.shape, bool)
    border[1:] |= down
    border[:-1] |= down
    border[:, 1:] |= right
    border[:, :-1] |= right
    border[border] = rng.random(int(border.sum())) < share
    return np.where(border, np.float32(np.nan), depth)


def random_dropout(depth: np.ndarray, rng: np.random.Generator, share: float = 0.01) -> np.ndarray:
    """Readings lost anywhere, each pixel by itself."""
    return np.where(rng.random(depth.shape, dtype=np.float32) < share, np.float32(np.nan), depth)


SIMPLE: tuple[Effect, ...] = (axial, partial(border_dropout, share=0.5), partial(random_dropout, share=0.01))


def add_noise(depth: np.ndarray, rng: np.random.Generator, effects: tuple[Effect, ...] = SIMPLE) -> np.ndarray:
    """Depth (H, W) float32 metres after every effect in turn; the same generator state gives the same picture."""
    for effect in effects:
        depth = effect(depth, rng)
    return depth
