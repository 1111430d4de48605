"""The body part stage: one interface for the methods that label a person's pixels."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from poseformer_ros.keypoints.body_parts import BodyParts, no_parts, outlined
from poseformer_ros.keypoints.geometry_parts import GeometryParts, GeometryPartsOptions
from poseformer_ros.keypoints.lip import LipOptions, LipParts
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Silhouette


@dataclass(frozen=True)
class BodyPartsOptions:
    """What can be set of the stage; each field becomes a ROS parameter `body_parts.<name>`."""

    method: str = option('geometry', choices=('geometry', 'lip'), live=False,
                         text='who labels the pixels: the nearest bone in space, or the network of the paper with your weights')
    contour_points: int = option(16, 4, 200, "points along each part's contour", live=False)
    smallest_part: float = option(0.003, 0.0, 0.2, "a part of a smaller share of the person's pixels is not found")

    def __post_init__(self) -> None:
        check(self)


class PartLabeller(Protocol):
    """A method."""

    def __call__(self, person: Silhouette, joints: np.ndarray) -> np.ndarray:
        """Labels (h, w) uint8 of LIP_CLASSES of a person's crop; 0 outside the mask and where nothing is known.

        joints: (24, 3) metres, optical frame, NaN where missing.
        """


class BodyPartStage:
    """A silhouette and its joints in, labelled parts with contour points out. Stateless."""

    def __init__(self, options: BodyPartsOptions = BodyPartsOptions(), geometry: GeometryPartsOptions = GeometryPartsOptions(),
                 lip: LipOptions = LipOptions()) -> None:
        """Raises BadInput when the chosen method cannot be had."""
        self._options = options
        self._labeller: PartLabeller = GeometryParts(geometry) if options.method == 'geometry' else LipParts(lip)

    def __call__(self, person: Silhouette, joints: np.ndarray) -> BodyParts:
        """Label a person.

        joints: (24, 3) metres, optical frame, NaN where missing: the fitted body's where there are some, else the detected ones;
            the method `lip` does not look at them.
        """
        area = int(np.count_nonzero(person.mask)) if person.found else 0
        if area == 0:
            return no_parts(self._options.contour_points)
        labels = self._labeller(person, joints)
        smallest = max(1, round(self._options.smallest_part * area))
        return outlined(person, labels, self._options.contour_points, smallest)
