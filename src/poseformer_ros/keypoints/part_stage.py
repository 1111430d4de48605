"""The body part stage: one interface for the methods that label a person's pixels."""

import numpy as np

from poseformer_ros.body.fitting.result import BodyFitResult
from poseformer_ros.keypoints.body_parts import BodyParts, no_parts, outlined
from poseformer_ros.keypoints.methods import METHODS, BodyPartsOptions, PartLabeller
from poseformer_ros.options import OptionsByPrefix, defaults, options_of
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton, no_skeleton

OPTIONS = {'body_parts': BodyPartsOptions, **options_of(METHODS)}


class BodyPartStage:
    """A silhouette and its joints in, labelled parts with contour points out. Stateless."""

    def __init__(self, options: OptionsByPrefix = defaults(OPTIONS)) -> None:
        """`options`: of every prefix in OPTIONS. Raises BadInput when the chosen method cannot be had."""
        self._options: BodyPartsOptions = options['body_parts']
        self._labeller: PartLabeller = METHODS[self._options.method].make(options)

    def __call__(self, person: Silhouette, joints: np.ndarray) -> BodyParts:
        """Label a person.

        joints: (24, 3) metres, optical frame, NaN where missing, as `joints_for_parts` chooses them; the method `lip` does not look
            at them.
        """
        area = int(np.count_nonzero(person.mask)) if person.found else 0
        if area == 0:
            return no_parts(self._options.contour_points)
        labels = self._labeller(person, joints)
        smallest = max(1, round(self._options.smallest_part * area))
        return outlined(person, labels, self._options.contour_points, smallest)


def joints_for_parts(skeleton: Skeleton | None, fit: BodyFitResult | None) -> np.ndarray:
    """(24, 3) metres by which a person's parts are told: the fitted body's joints where there is one, else the detected ones.

    NaN where missing.
    """
    if fit is not None and fit.fitted:
        return fit.joints
    return (no_skeleton() if skeleton is None else skeleton).positions
