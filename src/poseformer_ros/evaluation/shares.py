"""Shares with what is known of them."""

import numpy as np

QUALITY_BINS = 10
NORMAL_95 = 1.959964        # two-sided 95 % of the normal distribution


def wilson(right: int, count: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson, JASA 1927); 0 to 1 for no samples."""
    if count == 0:
        return 0.0, 1.0
    share, z2 = right / count, NORMAL_95 ** 2
    middle = (share + z2 / (2 * count)) / (1 + z2 / count)
    half = NORMAL_95 / (1 + z2 / count) * np.sqrt(share * (1 - share) / count + z2 / (4 * count ** 2))
    return max(0.0, float(middle - half)), min(1.0, float(middle + half))


def reliability(quality: np.ndarray, right: np.ndarray) -> list[tuple[float, float, int]]:
    """Mean quality, share that is right and number of fits in each bin that holds any.

    quality: (N,) as stated, in [0, 1]. right: (N,) bool.
    """
    bins = np.minimum((quality * QUALITY_BINS).astype(int), QUALITY_BINS - 1)
    return [(float(quality[bins == b].mean()), float(right[bins == b].mean()), int((bins == b).sum()))
            for b in range(QUALITY_BINS) if (bins == b).any()]
