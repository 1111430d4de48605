"""One look at candidates in a depth image: person or not, where the person faces, joints, parts."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.answers import ANSWER_SHAPES, NOBODY, PARTS, TWO, Answers, PersonAnswers, mean, mirrored
from poseformer_ros.person.model_file import PersonModel
from poseformer_ros.person.square import Square, from_square, network_input, square_around

LEAST_SCALE_M = 0.004       # of a joint: nothing is known better from one depth image
WHOLE = 255                 # what a probability of one travels as
NO_PARTS = np.zeros((PARTS, 0, 0), np.uint8)


@dataclass(frozen=True)
class PersonView:
    """What the network says of one candidate, in metres, pixels and probabilities; each worked out when it is asked for.

    intrinsics: of the image that the answers' square lies in.
    part_logits: (25, 48, 48) of the network; None where the answers travelled here.
    """

    answers: PersonAnswers
    intrinsics: Intrinsics
    part_logits: np.ndarray | None = None

    @property
    def square(self) -> Square:
        """That was looked at."""
        return self.answers.square

    @cached_property
    def _people(self) -> np.ndarray:
        return _softmax(self.answers.person)

    @property
    def person(self) -> float:
        """Probability that there is somebody."""
        return float(1.0 - self._people[NOBODY])

    @property
    def two(self) -> float:
        """Probability that there are two people."""
        return float(self._people[TWO])

    @cached_property
    def facing(self) -> np.ndarray:
        """(FACING_BINS,) probabilities of FACING_RAD, the angle about the image's vertical at which the chest faces: 0 to the
        camera, positive to the image's right."""
        return _softmax(self.answers.facing)

    @cached_property
    def pixels(self) -> np.ndarray:
        """(2, 24, 2) column and row of each joint, if the front or if the back is seen."""
        return from_square(self.answers.joints[..., :2].astype(float), self.square)

    @cached_property
    def positions(self) -> np.ndarray:
        """(2, 24, 3) metres, optical frame."""
        depth = self.square.depth_m + self.square.half_m * self.answers.joints[..., 2].astype(float)
        return self.intrinsics.deproject(self.pixels, depth)

    @cached_property
    def scale_m(self) -> np.ndarray:
        """(2, 24, 3) Laplace scales along the image's columns, its rows and the depth."""
        return np.maximum(self.square.half_m * np.exp(self.answers.log_scale.astype(float)), LEAST_SCALE_M)

    @cached_property
    def sight(self) -> np.ndarray:
        """(2, 24, 3) probabilities of seen, hidden, outside the image."""
        return _softmax(self.answers.sight)

    @cached_property
    def parts(self) -> np.ndarray:
        """(25, 48, 48) float32 probabilities of nobody and the 24 parts, left and right as if the front were seen."""
        if self.part_logits is None:
            return self.answers.parts / np.float32(WHOLE)
        return _softmax(self.part_logits, axis=0)

    @cached_property
    def person_pixels(self) -> np.ndarray:
        """(48, 48) float32 probability that a pixel is the person's."""
        return 1.0 - self.parts[0]


class DepthView:
    """The network with what goes in and comes out in metres and pixels. Stateless."""

    def __init__(self, model: PersonModel, both_ways: bool = False) -> None:
        """both_ways: look at the mirror image too and take the mean: mirrored images get mirrored answers, for twice the time."""
        self.model, self._both_ways = model, both_ways

    def __call__(self, depth: np.ndarray, intrinsics: Intrinsics, masks: list[np.ndarray]) -> list[PersonView | None]:
        """Look at candidates of one image, all at once.

        depth: (H, W) float32 metres, NaN where unknown. masks: (H, W) bool each.
        Returns a view of each; None where no depth is known under the mask.
        """
        squares = [square_around(mask, depth, intrinsics.fx) for mask in masks]
        looked_at = [(mask, square) for mask, square in zip(masks, squares) if square is not None]
        views = iter(self.look([network_input(depth, mask, square) for mask, square in looked_at],
                               [square for _, square in looked_at], intrinsics,
                               range(len(looked_at)) if self._both_ways else ()))
        return [None if square is None else next(views) for square in squares]

    def look(self, inputs: list[np.ndarray], squares: list[Square], intrinsics: Intrinsics,
             both_ways: Collection[int] = ()) -> list[PersonView]:
        """The same of squares that are cut already.

        intrinsics: of the image that the squares lie in. both_ways: which of them are looked at in the mirror too.
        """
        if not squares:
            return []
        both = list(both_ways)
        answers = self._model_answers([*inputs, *(np.ascontiguousarray(inputs[i][..., ::-1]) for i in both)])
        for at, i in enumerate(both, start=len(squares)):
            answers[i] = mean(answers[i], mirrored(answers[at]))
        return [self._view(square, intrinsics, of_one) for square, of_one in zip(squares, answers)]

    def _model_answers(self, inputs: list[np.ndarray]) -> list[Answers]:
        """Answers of each square, as of a batch of one."""
        answers = self.model(np.stack(inputs))
        return [Answers(*(getattr(answers, name)[i:i + 1] for name in ANSWER_SHAPES)) for i in range(len(inputs))]

    def _view(self, square: Square, intrinsics: Intrinsics, of_one: Answers) -> PersonView:
        said = PersonAnswers(self.model.sha256, square, of_one.joints[0], of_one.log_scale[0], of_one.sight[0], of_one.facing[0],
                             of_one.person[0], NO_PARTS)
        return PersonView(said, intrinsics, of_one.parts[0])


def _softmax(logits: np.ndarray, axis: int = -1) -> np.ndarray:
    grown = np.exp(logits - logits.max(axis=axis, keepdims=True))
    return grown / grown.sum(axis=axis, keepdims=True)
