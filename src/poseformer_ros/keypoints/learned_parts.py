"""Body parts by the person network: the joint that moves each place of the surface, read as parts of the LIP classes."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.keypoints.body_parts import LIP_CLASS, LIP_CLASSES
from poseformer_ros.keypoints.bone_lines import JOINT_CLASS
from poseformer_ros.keypoints.geometry_parts import GAP_SHARE, spread, turns_back
from poseformer_ros.options import check, option
from poseformer_ros.person.answers import PARTS_PX
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.view import DepthView
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT_COUNT, MIRROR

FINE = 4                # times the network's own grid on which borders between parts are drawn
HAIR_SHARE = 0.25       # of the head's rows, from the crown; all of it for a person who turns the back


@dataclass(frozen=True)
class LearnedPartsOptions:
    """Each field becomes a ROS parameter `learned_parts.<name>`."""

    model: str = option('', live=False, text='file of the person network; empty for the one that ships')

    def __post_init__(self) -> None:
        check(self)


class LearnedParts:
    """Labels by the network. Stateless."""

    def __init__(self, options: LearnedPartsOptions = LearnedPartsOptions()) -> None:
        """Raises BadInput when the network's file is missing, damaged or of another layout."""
        self._look = DepthView(chosen_person_model(options.model))

    def __call__(self, person: Silhouette, joints: np.ndarray) -> np.ndarray:
        """Labels (h, w) uint8 of LIP_CLASSES; 0 outside the mask.

        joints: (24, 3) metres, optical frame, NaN where missing; they tell left from right.
        """
        view = self._look(person.depth, person.intrinsics, [person.mask])[0]
        if view is None:
            return np.zeros(person.mask.shape, np.uint8)
        back = turns_back(joints)
        of_class = _by_class(view.parts[..., 1:], back)
        fine = cv2.resize(of_class, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR).argmax(axis=-1).astype(np.uint8)
        labels = cv2.warpAffine(fine, view.square.grid_to_image(FINE * PARTS_PX), person.mask.shape[::-1], flags=cv2.INTER_NEAREST)
        labels[~person.mask] = 0
        _name_hair(labels, back)
        known = labels > 0
        return spread(labels[known], known, person.mask, GAP_SHARE * len(person.mask))


def _by_class(parts: np.ndarray, back: bool) -> np.ndarray:
    """(48, 48, 20) float32 of probabilities (48, 48, 24) of the joints' parts; 0 of what is nobody's."""
    if back:
        parts = parts[..., list(MIRROR)]
    of_class = np.zeros((*parts.shape[:2], len(LIP_CLASSES)), np.float32)
    for joint in range(JOINT_COUNT):
        of_class[..., JOINT_CLASS[joint]] += parts[..., joint]
    return of_class


def _name_hair(labels: np.ndarray, back: bool) -> None:
    """The upper part of the head is hair."""
    head = labels == LIP_CLASS['face']
    rows = np.flatnonzero(head.any(axis=1))
    if len(rows):
        below = rows[-1] + 1 if back else rows[0] + round(HAIR_SHARE * (rows[-1] + 1 - rows[0]))
        labels[:below][head[:below]] = LIP_CLASS['hair']
