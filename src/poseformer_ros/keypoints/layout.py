"""The detectors, and names and order of the values that describe each one's points."""

from enum import IntEnum

GRID_ROWS, GRID_COLUMNS = 6, 4
STATISTICS = ('log_count', 'mean_x', 'mean_y', 'strong_x', 'strong_y', 'variance_x', 'covariance_xy', 'variance_y')
FEATURE_NAMES = STATISTICS + tuple(f'share_{row}_{column}' for row in range(GRID_ROWS) for column in range(GRID_COLUMNS))
FEATURE_COUNT = len(FEATURE_NAMES)


class Detector(IntEnum):
    """Who found the points; the same numbers as in `KeypointSet.msg`."""

    CONTOUR = 0
    HARRIS = 1
    SHI_TOMASI = 2
    ORB = 3
    BRISK = 4
    SIFT = 5
    AKAZE = 6
    SKELETON_END = 7
    SKELETON_BRANCH = 8


def feature_names(detector: Detector) -> tuple[str, ...]:
    """Names of a detector's values, such as 'harris.mean_x': the same statistics in the same order for each."""
    return tuple(f'{detector.name.lower()}.{name}' for name in FEATURE_NAMES)
