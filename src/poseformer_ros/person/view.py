"""One look at candidates in a depth image: person or not, where the person faces, joints, parts."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.answers import NOBODY, TWO, mean, mirrored
from poseformer_ros.person.model_file import PersonModel
from poseformer_ros.person.square import Square, from_square, network_input, square_around

LEAST_SCALE_M = 0.004       # of a joint: nothing is known better from one depth image
BLURRED_M = 0.12            # median scale of joints at which a view tells next to nothing; people have 0.03 to 0.08


@dataclass(frozen=True)
class PersonView:
    """What the network says of one candidate.

    square: that was looked at. person: probability that there is somebody; two: that there are two people.
    clarity: 0 to 1, how sure the network is of the joints: furniture that it takes for a person has them nowhere.
    facing: (FACING_BINS,) probabilities of FACING_RAD, the angle about the image's vertical at which the chest faces: 0 to the
    camera, positive to the image's right.
    positions: (2, 24, 3) metres, optical frame, if the front or if the back is seen. pixels: (2, 24, 2).
    scale_m: (2, 24, 3) Laplace scales along the image's columns, its rows and the depth.
    sight: (2, 24, 3) probabilities of seen, hidden, outside the image.
    parts: (48, 48, 25) probabilities of nobody and the 24 parts, left and right as if the front were seen.
    """

    square: Square
    person: float
    two: float
    clarity: float
    facing: np.ndarray
    positions: np.ndarray
    pixels: np.ndarray
    scale_m: np.ndarray
    sight: np.ndarray
    parts: np.ndarray

    @property
    def likeness(self) -> float:
        """0 to 1: how much this is a person whose joints are seen."""
        return self.person * self.clarity


class DepthView:
    """The network with what goes in and comes out in metres and pixels. Stateless."""

    def __init__(self, model: PersonModel, both_ways: bool = False) -> None:
        """both_ways: look at the mirror image too and take the mean: mirrored images get mirrored answers, for twice the time."""
        self._model, self._both_ways = model, both_ways

    def __call__(self, depth: np.ndarray, intrinsics: Intrinsics, masks: list[np.ndarray]) -> list[PersonView | None]:
        """Look at candidates of one image, all at once.

        depth: (H, W) float32 metres, NaN where unknown. masks: (H, W) bool each.
        Returns a view of each; None where no depth is known under the mask.
        """
        squares = [square_around(mask, depth, intrinsics.fx) for mask in masks]
        looked_at = [(mask, square) for mask, square in zip(masks, squares) if square is not None]
        views = iter(self.look([network_input(depth, mask, square) for mask, square in looked_at],
                               [square for _, square in looked_at], intrinsics))
        return [None if square is None else next(views) for square in squares]

    def look(self, inputs: list[np.ndarray], squares: list[Square], intrinsics: Intrinsics) -> list[PersonView]:
        """The same of squares that are cut already; intrinsics are of the image that the squares lie in."""
        if not squares:
            return []
        looked_at = np.stack(inputs)
        answers = self._model(looked_at)
        if self._both_ways:
            answers = mean(answers, mirrored(self._model(np.ascontiguousarray(looked_at[..., ::-1]))))
        return [_view(square, intrinsics, *(getattr(answers, name)[i] for name in
                                            ('joints', 'log_scale', 'sight', 'facing', 'person', 'parts')))
                for i, square in enumerate(squares)]


def _view(square: Square, intrinsics: Intrinsics, joints: np.ndarray, log_scale: np.ndarray, sight: np.ndarray,
          facing: np.ndarray, person: np.ndarray, parts: np.ndarray) -> PersonView:
    pixels = from_square(joints[..., :2].astype(float), square)
    depth = square.depth_m + square.half_m * joints[..., 2].astype(float)
    scale_m = np.maximum(square.half_m * np.exp(log_scale.astype(float)), LEAST_SCALE_M)
    people = _softmax(person)
    clarity = float(np.exp(-(np.median(scale_m) / BLURRED_M) ** 2))
    return PersonView(square, float(1.0 - people[NOBODY]), float(people[TWO]), clarity, _softmax(facing),
                      intrinsics.deproject(pixels, depth), pixels, scale_m, _softmax(sight),
                      _softmax(np.moveaxis(parts, 0, -1)))


def _softmax(logits: np.ndarray) -> np.ndarray:
    """Over the last axis."""
    grown = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return grown / grown.sum(axis=-1, keepdims=True)
