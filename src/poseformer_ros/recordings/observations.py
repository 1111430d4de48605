"""Moments of a recorded person: joints over time, or images in which they are yet to be found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.geometry.vectors import angle_between
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor, Silhouette
from poseformer_ros.skeleton.joints import JOINT, Skeleton

STRAIGHT_KNEE_RAD = np.radians(25.0)        # with straighter knees a person counts as standing upright
MOST_TILT_RAD = np.radians(45.0)            # of a camera that looks at somebody
FOOT_QUANTILE = 0.1                         # of the feet's heights: a lifted foot and a glitch do not count


@dataclass(frozen=True)
class Observation:
    """What is known of one moment.

    stamp_s: seconds. skeleton: joints in the optical frame. floor: None while unknown.
    frame: the image pair of a recording of images. There nothing else is known until a pipeline has looked at it: then person is
    the silhouette in which the joints were found.
    """

    stamp_s: float
    skeleton: Skeleton | None = None
    floor: Floor | None = None
    person: Silhouette | None = None
    frame: RgbdFrame | None = None


class Observations(Protocol):
    """Moments in order; images are read as they are asked for."""

    def __len__(self) -> int:
        """How many."""

    def __iter__(self) -> Iterator[Observation]:
        """From the first."""


def observed(stamps_s: np.ndarray, skeletons: Sequence[Skeleton]) -> list[Observation]:
    """Moments of joints that no camera image shows; stamps_s: (T,) seconds."""
    floor = floor_below(np.stack([skeleton.positions for skeleton in skeletons]))
    return [Observation(float(stamp), skeleton, floor) for stamp, skeleton in zip(stamps_s, skeletons, strict=True)]


def floor_below(joints: np.ndarray) -> Floor | None:
    """The floor that joints (T, 24, 3) stand on, where no camera saw it: up is from the ankles to the neck of who stands upright.

    True to a few degrees and centimetres. None for joints without neck, legs or feet, and where up would be over
    MOST_TILT_RAD from the camera's own.
    """
    hips, knees, ankles, feet = (joints[:, [JOINT[f'left_{name}'], JOINT[f'right_{name}']]]
                                 for name in ('hip', 'knee', 'ankle', 'heel'))
    bend = np.max(angle_between(knees - hips, ankles - knees), axis=1)
    way = joints[:, JOINT['neck']] - ankles.mean(axis=1)
    known = np.isfinite(bend) & np.isfinite(way).all(axis=1) & np.isfinite(feet).all(axis=(1, 2))
    if not known.any():
        return None
    standing = known & (bend <= max(STRAIGHT_KNEE_RAD, np.quantile(bend[known], 0.1)))
    up = np.median(way[standing], axis=0)
    up /= max(np.linalg.norm(up), 1e-9)
    if not angle_between(up, LEVEL_CAMERA.normal) < MOST_TILT_RAD:
        return None
    return Floor(up, -float(np.quantile(feet[standing] @ up, FOOT_QUANTILE)))
