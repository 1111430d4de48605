"""Colour, mask and skeleton of several moments on one picture."""

from collections.abc import Sequence

import cv2
import numpy as np

from poseformer_ros.ros import conversions
from poseformer_ros.ros.recorder import Moment
from poseformer_ros.silhouette.overlay import STATE_COLORS, draw_person

TILE_HEIGHT = 300       # pixels of one picture on the sheet
MARGIN = 0.08           # around everybody who is seen, by picture size
SHEET_WIDTH = 1900      # pixels, at most; three pictures for each moment
LEGEND_HEIGHT = 28


def contact_sheet(moments: Sequence[Moment]) -> np.ndarray:
    """Moments, each as three pictures side by side, with a legend above; (H, W, 3) uint8 BGR.

    All pictures are cut to the one window in which people were seen.
    """
    window = _window(moments)
    strips = [_strip(moment, window) for moment in moments]
    in_a_row = min(max(1, SHEET_WIDTH // strips[0].shape[1]), len(strips))
    strips += [np.zeros_like(strips[0])] * (-len(strips) % in_a_row)
    rows = [np.hstack(strips[i:i + in_a_row]) for i in range(0, len(strips), in_a_row)]
    return np.vstack([_legend(rows[0].shape[1]), *rows])


def _window(moments: Sequence[Moment]) -> tuple[slice, slice]:
    """Rows and columns that hold every person's crop; the whole picture when nobody was seen."""
    width, height = moments[0].silhouette.picture_size
    rois = [moment.silhouette.roi for moment in moments if moment.silhouette.found]
    if not rois:
        return slice(0, height), slice(0, width)
    x, y = round(MARGIN * width), round(MARGIN * height)
    return (slice(max(min(r.y for r in rois) - y, 0), max(r.y + r.height for r in rois) + y),
            slice(max(min(r.x for r in rois) - x, 0), max(r.x + r.width for r in rois) + x))


def _strip(moment: Moment, window: tuple[slice, slice]) -> np.ndarray:
    color = conversions.color_picture(moment.color, 'color/image').copy()
    skeleton = draw_person(moment.silhouette, moment.skeleton, color)
    if moment.truth is not None:
        skeleton = _with_truth(skeleton, moment)
    return np.hstack([_tile(picture[window]) for picture in (color, _mask(moment), skeleton)])


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
    width = round(picture.shape[1] * TILE_HEIGHT / picture.shape[0])
    return cv2.resize(picture, (width, TILE_HEIGHT), interpolation=cv2.INTER_AREA)


def _legend(width: int) -> np.ndarray:
    strip = np.full((LEGEND_HEIGHT, width, 3), 40, np.uint8)
    x = 12
    entries = [(state.name.lower(), color) for state, color in STATE_COLORS.items()] + [('true joint', (255, 0, 255))]
    for name, color in entries:
        cv2.circle(strip, (x, LEGEND_HEIGHT // 2), 5, color, 1 if name == 'true joint' else -1, cv2.LINE_AA)
        cv2.putText(strip, name, (x + 12, LEGEND_HEIGHT // 2 + 5), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
        x += 130
    return strip
