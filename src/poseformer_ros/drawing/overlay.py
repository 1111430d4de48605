"""Silhouette and joints drawn into an image, for people."""

import cv2
import numpy as np

from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import BONES, JointState, Skeleton

# BGR, chosen to stay apart for colour-blind eyes (Okabe and Ito 2008).
STATE_COLORS = {JointState.OBSERVED: (115, 158, 0), JointState.INFERRED: (233, 180, 86), JointState.OCCLUDED: (0, 94, 213)}
OUTLINE_COLOR = (66, 228, 240)
BONE_COLOR = (255, 255, 255)
# Of the fitted body: its surface, the same where the fit is doubtful, and its bones.
BODY_COLOR, DOUBTFUL_COLOR, FIT_BONE_COLOR = (153, 173, 191), (51, 89, 230), (167, 121, 204)


def draw_person(person: Silhouette, skeleton: Skeleton, image: np.ndarray | None = None) -> np.ndarray:
    """Outline, bones and joints over a full image.

    image: (H, W, 3) uint8 BGR; without one, the crop's colour on black, so that nobody else is shown.
    Returns a new image of the same size.
    """
    canvas = np.zeros((person.image_size[1], person.image_size[0], 3), np.uint8) if image is None else image.copy()
    if not person.found:
        return canvas
    if image is None:
        canvas[person.roi.slices] = person.color
    outline, _ = cv2.findContours(person.mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE,
                                  offset=(person.roi.x, person.roi.y))
    cv2.drawContours(canvas, outline, -1, OUTLINE_COLOR, 1)
    return draw_skeleton(canvas, skeleton)


def draw_skeleton(image: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """Bones in white, joints in the colour of their state, into `image` itself; missing joints are left out."""
    pixels = [None if np.isnan(p).any() else tuple(int(v) for v in np.rint(p)) for p in skeleton.pixels]
    for parent, joint in BONES:
        if pixels[parent] and pixels[joint]:
            cv2.line(image, pixels[parent], pixels[joint], BONE_COLOR, 1, cv2.LINE_AA)
    for pixel, state in zip(pixels, skeleton.state, strict=True):
        if pixel:
            cv2.circle(image, pixel, 3, STATE_COLORS[JointState(int(state))], -1, cv2.LINE_AA)
    return image
