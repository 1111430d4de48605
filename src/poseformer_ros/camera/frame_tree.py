"""Frames placed in one another, as a driver's /tf_static has them, and the way from one to another."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput


@dataclass(frozen=True)
class Placement:
    """A frame in its parent: X_parent = rotation X_child + translation; rotation (3, 3), translation (3,) in metres."""

    parent: str
    rotation: np.ndarray
    translation: np.ndarray


class FrameTree:
    """Which frame is placed where; a frame that is placed again has moved."""

    def __init__(self) -> None:
        self._placed: dict[str, Placement] = {}

    def place(self, frame: str, placement: Placement) -> None:
        """Take note of one frame."""
        self._placed[frame] = placement

    def between(self, source: str, target: str) -> tuple[np.ndarray, np.ndarray]:
        """Rotation (3, 3) and translation (3,) that take points of the source frame into the target's.

        Raises BadInput when no chain of frames connects them.
        """
        up, down = self._ancestors(source), self._ancestors(target)
        common = next((frame for frame in up if frame in down), None)
        if common is None:
            known = ', '.join(sorted(self._placed)) or 'none'
            raise BadInput(f'/tf_static: no way from frame {source!r} to {target!r} (frames placed: {known}); let the driver '
                           'publish its transforms, or set input.extrinsics to parameters and give rotation and translation')
        (rotation, translation), (back, shift) = up[common], down[common]
        return back.T @ rotation, back.T @ (translation - shift)

    def _ancestors(self, frame: str) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """The frame and all above it, nearest first, each with what takes the frame's points there; a circle of frames ends it."""
        found = {frame: (np.eye(3), np.zeros(3))}
        at = frame
        while at in self._placed and self._placed[at].parent not in found:
            above, (rotation, translation) = self._placed[at], found[at]
            at = above.parent
            found[at] = (above.rotation @ rotation, above.rotation @ translation + above.translation)
        return found
