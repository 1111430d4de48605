"""What the silhouette stage hands to every later stage: one person's crop."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.geometry.vectors import cross
from poseformer_ros.person.answers import PersonAnswers

OPTICAL_AXIS = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True)
class Roi:
    """A window of the full image, in whole pixels."""

    x: int
    y: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Rows and columns, to index an image."""
        return slice(self.y, self.y + self.height), slice(self.x, self.x + self.width)


@dataclass(frozen=True)
class Floor:
    """The floor plane in the optical frame: points p with `normal @ p + offset == 0`.

    normal: (3,) float64, unit length, pointing up from the floor to the camera's side.
    offset: metres; the camera's height above the floor.
    """

    normal: np.ndarray
    offset: float

    def height(self, points: np.ndarray) -> np.ndarray:
        """Height above the floor in metres of points (..., 3)."""
        return points @ self.normal + self.offset

    @property
    def axes(self) -> np.ndarray:
        """(3, 3) rotation whose columns are the room's axes in the optical frame: x away from the camera, y left, z up."""
        away = OPTICAL_AXIS - (OPTICAL_AXIS @ self.normal) * self.normal
        away /= np.linalg.norm(away)
        return np.column_stack([away, cross(self.normal, away), self.normal])

    @property
    def below_camera(self) -> np.ndarray:
        """(3,) the floor's point below the camera, metres, optical frame."""
        return -self.offset * self.normal


# Stands in for the floor until one is seen: a level camera, so that a person comes out upright.
LEVEL_CAMERA = Floor(np.array([0.0, -1.0, 0.0]), 0.0)


@dataclass(frozen=True)
class Silhouette:
    """One person in the image, or nobody.

    found: whether somebody is there; otherwise the arrays are empty (0, 0) and roi is all zero.
    mask: (h, w) bool, the person's pixels in the crop.
    depth: (h, w) float32 metres, NaN where unknown, also in the rim of the mask, where cameras mix the person's depth with that
        of what is behind; the whole crop, not only the person.
    color: (h, w, 3) uint8 BGR; the whole crop.
    roi: where the crop lies in the full image.
    intrinsics: of the crop.
    image_size: (width, height) of the full image in pixels.
    floor: the floor plane, or None while unknown.
    track_id: number of the followed person; a new person gets a new number; 0 when nobody is there.
    cut: whether the person reaches the image's border, so that a part may lie outside.
    doubt: 0 to 1, that somebody else is mistaken for the person, or somebody else's limbs for the person's.
    answers: the person network's of this person, for a stage that would ask the same network again; the square in the full
        image. None where it was not asked.
    """

    found: bool
    mask: np.ndarray
    depth: np.ndarray
    color: np.ndarray
    roi: Roi
    intrinsics: Intrinsics
    image_size: tuple[int, int]
    floor: Floor | None
    track_id: int
    cut: bool
    doubt: float = 0.0
    answers: PersonAnswers | None = None


def unseen(floor: Floor | None, track_id: int) -> Silhouette:
    """Somebody of whom joints are known and no image: found, with empty arrays."""
    return replace(nobody(Intrinsics(0, 0, 1.0, 1.0, 0.0, 0.0), floor), found=True, track_id=track_id)


def nobody(intrinsics: Intrinsics, floor: Floor | None) -> Silhouette:
    """An empty room; `intrinsics` are those of the full image."""
    return Silhouette(found=False, mask=np.zeros((0, 0), bool), depth=np.zeros((0, 0), np.float32),
                      color=np.zeros((0, 0, 3), np.uint8), roi=Roi(0, 0, 0, 0), intrinsics=intrinsics,
                      image_size=(intrinsics.width, intrinsics.height), floor=floor, track_id=0, cut=False)
