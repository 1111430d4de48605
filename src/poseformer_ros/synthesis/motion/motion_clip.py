"""A body's movement over time with everything that is known of it: what motions make and the renderer draws."""

from dataclasses import dataclass, field

import numpy as np

REST = 'rest'


@dataclass(frozen=True)
class MotionClip:
    """Poses of one body in the room, frame by frame.

    Room frame: y up, floor at y = 0, metres; an unturned body faces +z with its left at +x, as the body model does.

    poses: (T, 24, 3) rotation vectors in radians relative to the parent joint; the first turns the pelvis in the room.
    translations: (T, 3) metres, of the model's origin (`ShapedBody.posed_vertices(pose, translation)`).
    betas: (10,) shape of the body.
    rate_hz: frames a second.
    exercise: name of the exercise, action or source clip.
    labels: (T,) str, the exercise's name, or REST outside repetitions; another's where its movement is made to get ready.
    repetition: (T,) int, from 1; 0 at rest.
    phase: (T,) float in [0, 1) within the repetition; NaN at rest.
    faults: names of the faults acted in this clip.
    fault_size: for each of them (T,) in [0, 1], how strongly it acts in the frame; 0 at rest.
    angles: named joint angles (T,) in radians, of the truth.
    """

    poses: np.ndarray
    translations: np.ndarray
    betas: np.ndarray
    rate_hz: float
    exercise: str
    labels: np.ndarray
    repetition: np.ndarray
    phase: np.ndarray
    faults: tuple[str, ...] = ()
    angles: dict[str, np.ndarray] = field(default_factory=dict)
    fault_size: dict[str, np.ndarray] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.poses)
