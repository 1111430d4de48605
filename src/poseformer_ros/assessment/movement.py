"""A body over time as the assessment sees it: joints in the room, how sure each is, and which were seen."""

from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, JointState


@dataclass(frozen=True)
class Movement:
    """T moments of one body.

    Room frame: metres, y up, floor at y = 0; who faces the camera faces +z with the left at +x.

    stamps_s: (T,) rising. joints: (T, 24, 3); NaN where nobody is fitted. state: (T, 24) of JointState.
    covariance: (T, 24, 3, 3) square metres; NaN where unknown. quality: (T,) chance that the fit is right; NaN where unknown.
    """

    stamps_s: np.ndarray
    joints: np.ndarray
    state: np.ndarray
    covariance: np.ndarray
    quality: np.ndarray

    def __len__(self) -> int:
        return len(self.stamps_s)

    def __getitem__(self, part: Any) -> 'Movement':
        """A part, by a slice or by indices."""
        return Movement(*(getattr(self, field.name)[part] for field in fields(self)))

    @property
    def known(self) -> np.ndarray:
        """(T,) bool, whether there is a body."""
        return np.isfinite(self.joints).all(axis=(1, 2))

    def at(self, name: str) -> np.ndarray:
        """A joint (T, 3)."""
        return self.joints[:, JOINT[name]]


def movement_of_joints(stamps_s: np.ndarray, joints: np.ndarray) -> Movement:
    """Of joints (T, 24, 3) in the room of which nothing else is known."""
    count = len(joints)
    seen = np.where(np.isfinite(joints).all(axis=2), JointState.OBSERVED, JointState.MISSING).astype(np.uint8)
    unknown = np.full((count, JOINT_COUNT, 3, 3), np.nan)
    return Movement(np.asarray(stamps_s, np.float64), joints, seen, unknown, np.full(count, np.nan))


def room_axes(floor: Floor) -> np.ndarray:
    """(3, 3) rotation whose rows are the room's axes in the optical frame."""
    away, left, up = floor.axes.T
    return np.stack([-left, up, -away])


def in_room(points: np.ndarray, floor: Floor | None) -> np.ndarray:
    """Points (..., 3) in the optical frame to the room; its origin is the floor's point below the camera. LEVEL_CAMERA without
    floor."""
    ground = floor or LEVEL_CAMERA
    return (points - ground.below_camera) @ room_axes(ground).T


def covariance_in_room(covariance: np.ndarray, floor: Floor | None) -> np.ndarray:
    """Covariances (..., 3, 3) in the optical frame to the room."""
    axes = room_axes(floor or LEVEL_CAMERA)
    return axes @ covariance @ axes.T
