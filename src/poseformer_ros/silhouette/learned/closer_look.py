"""A closer look at a part of the image: the finder network on a window of an image twice as fine as the reduced one.

Somebody far away, or of whom furniture leaves little, covers too few pixels of the reduced image. A window with as many
pixels takes as long as that does.
"""

import cv2
import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.person.finder import FinderModel, PeopleMap
from poseformer_ros.silhouette.components import Reduced, lift
from poseformer_ros.silhouette.person import Floor

HINT = 0.05                 # mean probability of a person's pixel around a place, from which it deserves a closer look
AROUND_PX = 9               # reduced pixels that it is the mean of
# Of the image's height and width, where a window's middle is put in turn.
PLACES = ((0.5, 0.5), (0.25, 0.25), (0.25, 0.75), (0.75, 0.25), (0.75, 0.75))


def likeliest_place(image: Reduced, people: PeopleMap) -> tuple[float, float] | None:
    """Row and column of an image, as shares of its height and width, where the network sees most of a person; None for nowhere."""
    person = cv2.blur(np.where(np.isfinite(image.depth), people.person, np.float32(0.0)), (AROUND_PX, AROUND_PX))
    row, column = np.unravel_index(int(person.argmax()), person.shape)
    return (row / person.shape[0], column / person.shape[1]) if person[row, column] >= HINT else None


def place_of(image: Reduced, position: np.ndarray) -> tuple[float, float]:
    """The same of a point (3,) in metres in the optical frame, before the camera."""
    column, row = image.intrinsics.project(position)
    return row / image.intrinsics.height, column / image.intrinsics.width


def closer_look(frame: RgbdFrame, floor: Floor | None, finder: FinderModel, place: tuple[float, float]
                ) -> tuple[Reduced, PeopleMap]:
    """A finer reduced image and what the network says of it; outside the window around a place that is nothing."""
    rows, columns = frame.reduced[0].shape
    image = lift(*frame.reduced_by((frame.reduced[2] + 1) // 2), floor)
    window = tuple(_side(share, length, whole) for share, length, whole in zip(place, (rows, columns), image.depth.shape))
    said = finder(np.ascontiguousarray(image.depth[window]), image.intrinsics.fx)
    people = PeopleMap(np.zeros(image.depth.shape, np.float32), np.zeros((*image.depth.shape, 2), np.float32))
    people.person[window], people.votes[window] = said.person, said.votes
    return image, people


def _side(share: float, length: int, whole: int) -> slice:
    """Of a window, as near around a share of the whole as it fits."""
    first = int(np.clip(share * whole - length / 2, 0, whole - length))
    return slice(first, first + length)
