"""Shares with what is known of them."""

import numpy as np

NORMAL_95 = 1.959964        # two-sided 95 % of the normal distribution


def wilson(right: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, JASA 1927); 0 to 1 for no samples."""
    if count == 0:
        return 0.0, 1.0
    share, z2 = right / count, NORMAL_95 ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = NORMAL_95 / (1 + z2 / count) * np.sqrt(share * (1 - share) / count + z2 / (4 * count ** 2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))
