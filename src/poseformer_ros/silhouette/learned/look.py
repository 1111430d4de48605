"""The person network's word on parts of one image."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import cv2
import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.person.square import Square, network_input, square_around
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette.candidates import HIGHEST_REACH_M
from poseformer_ros.silhouette.components import Reduced, above_floor, label, window_of

KEPT, ADDED = 0.3, 0.5      # probability of a person's pixel that is kept in the mask, that is added to it
SPECK_PIXELS, SPECK_HELD = 30, 0.75     # a part of a mask with fewer pixels, on the mean less surely the person's, is dropped
NEAR_BODY_M = 0.3           # beyond the body's own depths, for a pixel to be added
FEWEST_BODY_PIXELS = 20     # of a reduced mask that are held for a person, to tell the body's depths from
# Both networks' word as one: weights of the logarithms of their odds, fitted (logistic regression) on 800 images and 1,600 empty
# rooms, drawn as the benchmark's (studio/bench_v2.yaml) from another seed.
PERSON_ODDS, PIXEL_ODDS, OFFSET = 0.65, 2.2, -3.7
SUREST = 1e-4               # no network is surer
CLOSER_OFFSET = -0.5        # more of a closer look: of the finer image's many windows some look like somebody


@dataclass(frozen=True)
class Look:
    """network: that is asked. frame, image: as the camera gave it, and reduced. both_ways: whether it is asked about mirror images
    too, where a look says for which masks.
    """

    network: DepthView
    frame: RgbdFrame
    image: Reduced
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
        mask = refined_by_parts(mask, near & above_floor(self.image, HIGHEST_REACH_M), person, KEPT, ADDED)
        return without_specks(self.image.depth, mask, person)

    def _input(self, mask: np.ndarray, square: Square) -> np.ndarray:
        """The network's input from the full depth image and the reduced mask."""
        return network_input(self.frame.depth, mask, in_full(square, self.image), square)


def likeness(person: float, pixels: float, closer: bool = False) -> float:
    """0 to 1, to a person. person: the person network's probability. pixels: the finder network's, mean of a mask. closer: whether
    it was seen by a closer look."""
    odds = PERSON_ODDS * _log_odds(person) + PIXEL_ODDS * _log_odds(pixels) + OFFSET + (CLOSER_OFFSET if closer else 0.0)
    return float(1.0 / (1.0 + np.exp(-odds)))


def _log_odds(probability: float) -> float:
    held = np.clip(probability, SUREST, 1.0 - SUREST)
    return float(np.log(held / (1.0 - held)))


def refined_by_parts(mask: np.ndarray, known: np.ndarray, person: np.ndarray, keep: float, add: float) -> np.ndarray:
    """A mask without what the network does not hold for the person, and with what it does, also beyond a gap.

    mask, known: (h, w) bool, known where depth is near the body's. person: (h, w) probability.
    """
    return (mask & (person > keep)) | (known & (person > add))


def without_specks(depth: np.ndarray, mask: np.ndarray, person: np.ndarray) -> np.ndarray:
    """A mask (h, w) bool without small parts that depth edges hold apart and that are hardly held for the person: what lies just
    behind a limb, at an outline drawn a pixel too wide. person: (h, w) probability."""
    if not mask.any():
        return mask
    window = window_of(mask)
    numbers, count = label(depth[window], mask[window])
    pixels = np.bincount(numbers.ravel(), minlength=count)
    held = np.bincount(numbers.ravel(), person[window].ravel(), count)
    speck = (pixels < SPECK_PIXELS) & (held < SPECK_HELD * pixels)
    without = mask.copy()
    without[window] &= ~speck[numbers]
    return without


def in_full(square: Square, image: Reduced) -> Square:
    """A square of the reduced image in the full one."""
    return replace(square, centre=square.centre * image.step + image.step // 2, side_px=square.side_px * image.step)


def _nth(values: np.ndarray, share: float) -> float:
    """The value that a share of them lies below."""
    at = round(share * (len(values) - 1))
    return float(np.partition(values, at)[at])
