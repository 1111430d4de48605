"""What each colour means, as an image for the docs."""

import cv2
import numpy as np

from poseformer_ros.drawing.overlay import (
    BODY_COLOR,
    BONE_COLOR,
    DOUBTFUL_COLOR,
    FIT_BONE_COLOR,
    OUTLINE_COLOR,
    STATE_COLORS,
)
from poseformer_ros.skeleton.joints import JointState

ENTRIES = (
    (STATE_COLORS[JointState.OBSERVED], 'joint seen in this image'),
    (STATE_COLORS[JointState.INFERRED], 'joint concluded from a model or from time'),
    (STATE_COLORS[JointState.OCCLUDED], 'joint hidden, its place a guess'),
    (BONE_COLOR, 'bones between the measured joints'),
    (OUTLINE_COLOR, "the person's outline in the overlay"),
    (BODY_COLOR, 'fitted body'),
    (DOUBTFUL_COLOR, 'fitted body, doubtful'),
    (FIT_BONE_COLOR, 'bones of the fitted body'),
)
ROW, WIDTH, SWATCH = 34, 460, 22        # pixels
GROUND, TEXT = (48, 44, 40), (235, 235, 235)


def draw_legend() -> np.ndarray:
    """(H, W, 3) uint8 BGR: a swatch and its meaning in each row."""
    image = np.full((ROW * len(ENTRIES) + ROW // 2, WIDTH, 3), GROUND, np.uint8)
    for number, (color, text) in enumerate(ENTRIES):
        top = ROW // 2 + ROW * number
        cv2.rectangle(image, (16, top), (16 + SWATCH, top + SWATCH - 4), color, cv2.FILLED, cv2.LINE_AA)
        cv2.putText(image, text, (16 + SWATCH + 14, top + SWATCH - 6), cv2.FONT_HERSHEY_SIMPLEX, 0.52, TEXT, 1, cv2.LINE_AA)
    return image
