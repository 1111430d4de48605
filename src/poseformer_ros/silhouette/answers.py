"""The person network's answers on their way with a silhouette, so that no later stage asks the same network again."""

from dataclasses import replace

import numpy as np

from poseformer_ros.person.answers import PersonAnswers
from poseformer_ros.person.square import Square
from poseformer_ros.person.view import WHOLE, PersonView
from poseformer_ros.silhouette.person import Silhouette


def to_send(view: PersonView, square: Square) -> PersonAnswers:
    """A view's answers with its parts; square: that was looked at, in pixels of the full image."""
    return replace(view.answers, square=square, parts=np.rint(view.parts * np.float32(WHOLE)).astype(np.uint8))


def that_came(person: Silhouette, model: str) -> PersonView | None:
    """What came with a silhouette, the square in its crop; None unless the network whose file has this SHA-256 said it."""
    said = person.answers
    if said is None or said.model != model:
        return None
    in_crop = replace(said.square, centre=said.square.centre - [person.roi.x, person.roi.y])
    return PersonView(replace(said, square=in_crop), person.intrinsics)
