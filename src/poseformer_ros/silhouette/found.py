"""The person that a segmentation method found."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.silhouette.person import Roi


@dataclass(frozen=True)
class Found:
    """The followed person.

    roi: window of the full image. mask: (roi.height, roi.width) bool, not empty.
    track_id: the person's number, from 1. cut: whether the person reaches the border of what the camera sees.
    """

    roi: Roi
    mask: np.ndarray
    track_id: int
    cut: bool
