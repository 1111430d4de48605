"""Colour, mask and skeleton of several moments on one picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from poseformer_ros.ros import conversions
from poseformer_ros.ros.recorder import Moment
from poseformer_ros.silhouette.overlay import STATE_COLORS, draw_person

TILE_WIDTH = 320        # pixels of one picture on the sheet
MOMENTS_IN_A_ROW = 2    # three pictures each
LEGEND_HEIGHT = 28


def contact_sheet(moments: Sequence[Moment]) -> np.ndarray:
    """Moments, each as three pictures side by side, two moments in a row, with a legend above; (H, W, 3) uint8 BGR."""
    strips = [_strip(moment) for moment in moments]
    strips += [np.zeros_like(strips[0])] * (-len(strips) % MOMENTS_IN_A_ROW)
    rows = [np.hstack(strips[i:i + MOMENTS_IN_A_ROW]) for i in range(0, len(strips), MOMENTS_IN_A_ROW)]
    return np.vstack([_legend(rows[0].shape[1]), *rows])


def _strip(moment: Moment) -> np.ndarray:
    color = conversions.color_picture(moment.color, 'color/image').copy()
    skeleton = draw_person(moment.silhouette, moment.skeleton, color)
    if moment.truth is not None:
        skeleton = _with_truth(skeleton, moment)
    return np.hstack([_tile(picture) for picture in (color, _mask(moment), skeleton)])


def _mask(moment: Moment) -> np.ndarray:
    person = moment.silhouette
    canvas = np.zeros((person.picture_size[1], person.picture_size[0], 3), np.uint8)
    if person.found:
        canvas[person.roi.slices][person.mask] = 255
    return canvas


def _with_truth(picture: np.ndarray, moment: Moment) -> np.ndarray:
    """True joints as small rings."""
    for pixel in moment.truth.pixels:
        cv2.circle(picture, tuple(int(v) for v in np.rint(pixel)), 4, (255, 0, 255), 1, cv2.LINE_AA)
    return picture


def _tile(picture: np.ndarray) -> np.ndarray:
    height = round(picture.shape[0] * TILE_WIDTH / picture.shape[1])
    return cv2.resize(picture, (TILE_WIDTH, height), interpolation=cv2.INTER_AREA)


def _legend(width: int) -> np.ndarray:
    strip = np.full((LEGEND_HEIGHT, width, 3), 40, np.uint8)
    x = 12
    entries = [(state.name.lower(), color) for state, color in STATE_COLORS.items()] + [('true joint', (255, 0, 255))]
    for name, color in entries:
        cv2.circle(strip, (x, LEGEND_HEIGHT // 2), 5, color, 1 if name == 'true joint' else -1, cv2.LINE_AA)
        cv2.putText(strip, name, (x + 12, LEGEND_HEIGHT // 2 + 5), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
        x += 130
    return strip
