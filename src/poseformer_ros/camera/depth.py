"""Depth images in the station's one form: float32 metres along the optical axis, NaN where unknown."""

import numpy as np

# The largest value of a 16-bit image: sensors write it where they are saturated.
SATURATED_MM = np.iinfo(np.uint16).max


def metres_from_millimetres(raw: np.ndarray) -> np.ndarray:
    """(H, W) uint16 millimetres, 0 or saturated where unknown (REP 118), to float32 metres with NaN."""
    depth = raw.astype(np.float32)
    depth *= np.float32(0.001)
    depth[(raw == 0) | (raw == SATURATED_MM)] = np.nan
    return depth


def metres_from_float(raw: np.ndarray) -> np.ndarray:
    """(H, W) float32 metres; infinite, zero and negative values become NaN."""
    depth = raw.astype(np.float32)
    depth[~((raw > 0) & (raw < np.inf))] = np.nan
    return depth


def millimetres_from_metres(depth: np.ndarray) -> np.ndarray:
    """(H, W) float32 metres with NaN to uint16 millimetres with 0; the way back of `metres_from_millimetres`."""
    millimetres = np.nan_to_num(depth * np.float32(1000.0), nan=0.0)
    return np.rint(np.clip(millimetres, 0, SATURATED_MM - 1)).astype(np.uint16)
