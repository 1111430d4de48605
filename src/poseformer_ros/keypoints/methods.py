"""The ways to label the pixels of a person, by name."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from poseformer_ros.keypoints.geometry_parts import GeometryParts, GeometryPartsOptions
from poseformer_ros.keypoints.learned_parts import LearnedParts, LearnedPartsOptions
from poseformer_ros.keypoints.lip import LipOptions, LipParts
from poseformer_ros.options import Method, check, option
from poseformer_ros.silhouette.person import Silhouette


class PartLabeller(Protocol):
    """One way to tell which part of the body each pixel shows."""

    def __call__(self, person: Silhouette, joints: np.ndarray) -> np.ndarray:
        """Labels (h, w) uint8 of LIP_CLASSES of a person's crop; 0 outside the mask and where nothing is known.

        joints: (24, 3) metres, optical frame, NaN where missing.
        """


METHODS = {
    'learned': Method(lambda options: LearnedParts(options['learned_parts']), {'learned_parts': LearnedPartsOptions}),
    'geometry': Method(lambda options: GeometryParts(options['geometry']), {'geometry': GeometryPartsOptions}),
    'lip': Method(lambda options: LipParts(options['lip']), {'lip': LipOptions}),
}


@dataclass(frozen=True)
class BodyPartsOptions:
    """What can be set of the stage; each field becomes a ROS parameter `body_parts.<name>`."""

    method: str = option('learned', choices=METHODS, live=False,
                         text='who labels the pixels: the person network, the nearest bone in space, or the network of the paper '
                         'with your weights')
    contour_points: int = option(16, 4, 200, "points along each part's contour", live=False)
    smallest_part: float = option(0.003, 0.0, 0.2, "a part of a smaller share of the person's pixels is not found")

    def __post_init__(self) -> None:
        check(self)
