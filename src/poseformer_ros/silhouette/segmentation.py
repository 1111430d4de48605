"""What a segmentation method is asked and what it answers."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.silhouette.person import Floor, Roi


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


class Segmentation(Protocol):
    """One way to find a person in an image."""

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """The followed person, or None when nobody is there."""

    def reset(self) -> None:
        """Forget what was learned from earlier images."""
