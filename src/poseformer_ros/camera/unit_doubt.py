"""Whether a depth image can be in metres at all."""

import math

import numpy as np

NEAREST_MEDIAN_M, FARTHEST_MEDIAN_M = 0.3, 12.0     # of an image of a room
LEAST_LIKELY_M = 0.8                                # a median from here to ten times that is a room's, whatever the unit
FEWEST_KNOWN = 0.02                                 # of the pixels with depth, below which nothing can be told


def unit_doubt(depth: np.ndarray) -> str:
    """What is wrong with the unit of a depth image (h, w) that should be in metres, for people; empty when nothing is."""
    known = depth[np.isfinite(depth)]
    if len(known) < FEWEST_KNOWN * depth.size:
        return ''
    middle = float(np.median(known))
    if NEAREST_MEDIAN_M < middle < FARTHEST_MEDIAN_M:
        return ''
    factor = 10.0 ** -math.floor(math.log10(middle / LEAST_LIKELY_M))
    return (f'the median depth is {middle:.2g} m: wrong unit? 16UC1 is read as millimetres, 32FC1 as metres; if the room is '
            f'{middle * factor:.2g} m deep, set input.depth_scale to {factor:g}')
