"""Points that detectors find on one person."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.keypoints.layout import FEATURE_COUNT, Detector


@dataclass(frozen=True)
class KeypointSet:
    """Points of one detector, as parallel arrays (n,) float32.

    x, y: column and row in the full image, pixels.
    size: diameter of the meaningful neighbourhood in pixels of the full image; 0 where the detector has none.
    angle: radians in (-pi, pi], counter-clockwise in the image as seen; NaN where the detector has none.
    response: strength in the detector's own measure (`docs/keypoints.md`).
    """

    detector: Detector
    x: np.ndarray
    y: np.ndarray
    size: np.ndarray
    angle: np.ndarray
    response: np.ndarray

    def __len__(self) -> int:
        return len(self.x)


@dataclass(frozen=True)
class Keypoints:
    """All detectors' points on one person.

    sets: one for each detector that is switched on, in the order of `Detector`, empty when nobody is there; none where the image
        was left out (`keypoints.rate_hz`).
    features: (9, FEATURE_COUNT) float32, row by `Detector`, values named by `layout.feature_names`; a row is NaN where the
        detector is off, found no point, or nobody is there, all rows where the image was left out.
    track_id: the person's number from the silhouette; 0 when nobody is there.
    """

    sets: tuple[KeypointSet, ...]
    features: np.ndarray
    track_id: int


def no_points(detector: Detector) -> KeypointSet:
    """A set without points."""
    return KeypointSet(detector, *np.zeros((5, 0), np.float32))


def no_features() -> np.ndarray:
    """Features (9, FEATURE_COUNT) of which none is known."""
    return np.full((len(Detector), FEATURE_COUNT), np.nan, np.float32)


def left_out(track_id: int) -> Keypoints:
    """Of an image that no detector looked at."""
    return Keypoints((), no_features(), track_id)
