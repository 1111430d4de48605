"""The person network's word on parts of one image."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import cv2
import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.person.square import Square, network_input, square_around
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette.components import Reduced
from poseformer_ros.silhouette.learned.proposals import refined_by_parts

KEPT, ADDED = 0.3, 0.5      # probability of a person's pixel that is kept in the mask, that is added to it
NEAR_BODY_M = 0.3           # beyond the body's own depths, for a pixel to be added
FEWEST_BODY_PIXELS = 20     # of a reduced mask that are held for a person, to tell the body's depths from


@dataclass(frozen=True)
class Look:
    """network: that is asked. frame, image: as the camera gave it, and reduced. allowed: (h, w) bool, what is neither floor, wall
    nor background. both_ways: whether it is asked about mirror images too, where a look says for which masks.
    """

    network: DepthView
    frame: RgbdFrame
    image: Reduced
    allowed: np.ndarray
    both_ways: bool

    def at(self, masks: list[np.ndarray], both_ways: Collection[int] = ()) -> list[PersonView | None]:
        """A view of each mask (h, w) bool of the reduced image, None where no depth is known; of those in `both_ways` the mean
        with the mirror image's."""
        squares = {at: square_around(mask, self.image.depth, self.image.intrinsics.fx) for at, mask in enumerate(masks)}
        known = {at: square for at, square in squares.items() if square is not None}
        twice = [row for row, at in enumerate(known) if at in both_ways and self.both_ways]
        inputs = [self._input(masks[at], square) for at, square in known.items()]
        views = dict(zip(known, self.network.look(inputs, list(known.values()), self.image.intrinsics, twice)))
        return [views.get(at) for at in squares]

    def both_ways_at(self, mask: np.ndarray) -> PersonView | None:
        """The same of one mask, in the mirror too."""
        return self.at([mask], [0])[0]

    def from_beside(self, mask: np.ndarray, shifts: tuple[tuple[float, float, float], ...]) -> list[PersonView]:
        """Views of a mask (h, w) from squares that are shifted by shares of the side, right and down, and times as large."""
        square = square_around(mask, self.image.depth, self.image.intrinsics.fx)
        if square is None:
            return []
        squares = [replace(square, centre=square.centre + np.array([right, down]) * square.side_px, side_px=square.side_px * size,
                           half_m=square.half_m * size) for right, down, size in shifts]
        return self.network.look([self._input(mask, beside) for beside in squares], squares, self.image.intrinsics)

    def by_parts(self, mask: np.ndarray, view: PersonView) -> np.ndarray:
        """A mask (h, w) bool by what the network holds for the person's pixels."""
        seen = view.person_pixels
        person = cv2.warpAffine(seen, view.square.grid_to_image(len(seen)), mask.shape[::-1], flags=cv2.INTER_LINEAR)
        body = self.image.depth[mask & (person > ADDED)]
        if len(body) < FEWEST_BODY_PIXELS:
            return mask
        nearest, farthest = _nth(body, 0.02), _nth(body, 0.98)
        with np.errstate(invalid='ignore'):
            near = (self.image.depth > nearest - NEAR_BODY_M) & (self.image.depth < farthest + NEAR_BODY_M)
        return refined_by_parts(mask, near & self.allowed, person, KEPT, ADDED)

    def _input(self, mask: np.ndarray, square: Square) -> np.ndarray:
        """The network's input from the full depth image and the reduced mask."""
        return network_input(self.frame.depth, mask, in_full(square, self.image), square)


def in_full(square: Square, image: Reduced) -> Square:
    """A square of the reduced image in the full one."""
    return replace(square, centre=square.centre * image.step + image.step // 2, side_px=square.side_px * image.step)


def _nth(values: np.ndarray, share: float) -> float:
    """The value that a share of them lies below."""
    at = round(share * (len(values) - 1))
    return float(np.partition(values, at)[at])
