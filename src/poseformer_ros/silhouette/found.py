"""The person that a segmentation method found."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.person.answers import PersonAnswers
from poseformer_ros.silhouette.person import Roi


@dataclass(frozen=True)
class Found:
    """The followed person.

    roi: window of the full image. mask: (roi.height, roi.width) bool, not empty.
    track_id: the person's number, from 1. cut: whether the person reaches the border of what the camera sees.
    doubt: 0 to 1, that somebody else's limbs or place are taken for the person's.
    answers: the person network's of this person, the square in the full image; None where it was not asked.
    rim: (roi.height, roi.width) bool, pixels of the mask whose depth is not the person's; None for none.
    """

    roi: Roi
    mask: np.ndarray
    track_id: int
    cut: bool
    doubt: float = 0.0
    answers: PersonAnswers | None = None
    rim: np.ndarray | None = None
