"""A body over time as the assessment sees it: joints in the room, how sure each is, and which were seen."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Protocol

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


class Fit(Protocol):
    """What a fit tells of one moment, or of T of them, in the optical frame."""

    @property
    def joints(self) -> np.ndarray:
        """([T,] 24, 3) metres."""

    @property
    def joint_state(self) -> np.ndarray:
        """([T,] 24) of JointState."""

    @property
    def joint_covariance(self) -> np.ndarray:
        """([T,] 24, 3, 3) square metres."""

    @property
    def quality(self) -> float | np.ndarray:
        """[(T,)] chance of being right."""


def movement_of_fit(stamps_s: float | np.ndarray, fit: Fit, floor: Floor | None) -> Movement:
    """Of a fit of one moment or many over a floor, as `in_room`."""
    joints, covariance = in_room(fit.joints, floor), covariance_in_room(fit.joint_covariance, floor)
    return Movement(np.atleast_1d(stamps_s), joints.reshape(-1, JOINT_COUNT, 3), fit.joint_state.reshape(-1, JOINT_COUNT),
                    covariance.reshape(-1, JOINT_COUNT, 3, 3), np.atleast_1d(fit.quality))


def joined(movements: Sequence[Movement]) -> Movement:
    """One after the other."""
    return Movement(*(np.concatenate([getattr(one, field.name) for one in movements]) for field in fields(Movement)))


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
