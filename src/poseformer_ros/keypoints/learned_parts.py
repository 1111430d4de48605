"""Body parts by the person network: the joint that moves each place of the surface, read as parts of the LIP classes."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.keypoints.body_parts import LIP_CLASS
from poseformer_ros.keypoints.bone_lines import JOINT_CLASS
from poseformer_ros.keypoints.geometry_parts import GAP_SHARE, spread, turns_back
from poseformer_ros.options import check, option
from poseformer_ros.person.answers import PARTS_PX
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.view import DepthView
from poseformer_ros.silhouette.answers import that_came
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import MIRROR

CLASSES = np.unique(JOINT_CLASS)    # that have a part of the body; none of them nobody's
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
        view = that_came(person, self._look.model.sha256)
        if view is None or not view.parts.size:
            view = self._look(person.depth, person.intrinsics, [person.mask])[0]
        if view is None:
            return np.zeros(person.mask.shape, np.uint8)
        back = turns_back(joints)
        finer = [cv2.resize(grid, None, fx=FINE, fy=FINE, interpolation=cv2.INTER_LINEAR)
                 for grid in _by_class(view.parts[1:], back)]
        fine = CLASSES[_likeliest(finer)]
        labels = cv2.warpAffine(fine, view.square.grid_to_image(FINE * PARTS_PX), person.mask.shape[::-1], flags=cv2.INTER_NEAREST)
        labels[~person.mask] = 0
        _name_hair(labels, back)
        known = labels > 0
        return spread(labels[known], known, person.mask, GAP_SHARE * len(person.mask))


def _by_class(parts: np.ndarray, back: bool) -> np.ndarray:
    """(C, 48, 48) float32 probabilities of CLASSES, from those of the joints' parts (24, 48, 48)."""
    if back:
        parts = parts[list(MIRROR)]
    return np.stack([parts[JOINT_CLASS == one].sum(axis=0) for one in CLASSES])


def _likeliest(grids: list[np.ndarray]) -> np.ndarray:
    """Index (H, W) uint8 of the largest of some grids (H, W) float32, the first of equal ones.

    By OpenCV, which takes a tenth of the time of NumPy's argmax over a first axis.
    """
    largest, index = grids[0], np.zeros(grids[0].shape, np.uint8)
    for i, grid in enumerate(grids[1:], start=1):
        index = cv2.max(index, cv2.min(cv2.compare(grid, largest, cv2.CMP_GT), i))      # 255 where it is larger
        largest = cv2.max(largest, grid)
    return index


def _name_hair(labels: np.ndarray, back: bool) -> None:
    """The upper part of the head is hair."""
    head = labels == LIP_CLASS['face']
    rows = np.flatnonzero(head.any(axis=1))
    if len(rows):
        below = rows[-1] + 1 if back else rows[0] + round(HAIR_SHARE * (rows[-1] + 1 - rows[0]))
        labels[:below][head[:below]] = LIP_CLASS['hair']
