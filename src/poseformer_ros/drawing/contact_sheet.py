"""Colour, mask and skeleton of several moments on one image."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.drawing.overlay import STATE_COLORS, draw_person
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import Skeleton

TILE_HEIGHT = 300       # pixels of one image on the sheet
MARGIN = 0.08           # around everybody who is seen, by image size
SHEET_WIDTH = 1900      # pixels, at most; three images for each moment
LEGEND_HEIGHT = 28


@dataclass(frozen=True)
class SheetMoment:
    """What the sheet shows of one moment. color: (H, W, 3) uint8 BGR. truth: the true joints where they are known."""

    color: np.ndarray
    silhouette: Silhouette
    skeleton: Skeleton
    truth: Skeleton | None


def contact_sheet(moments: Sequence[SheetMoment]) -> np.ndarray:
    """Moments, each as three images side by side, with a legend above; (H, W, 3) uint8 BGR.

    All images are cut to the one window in which people were seen.
    """
    window = _window(moments)
    strips = [_strip(moment, window) for moment in moments]
    in_a_row = min(max(1, SHEET_WIDTH // strips[0].shape[1]), len(strips))
    strips += [np.zeros_like(strips[0])] * (-len(strips) % in_a_row)
    rows = [np.hstack(strips[i:i + in_a_row]) for i in range(0, len(strips), in_a_row)]
    return np.vstack([_legend(rows[0].shape[1]), *rows])


def _window(moments: Sequence[SheetMoment]) -> tuple[slice, slice]:
    """Rows and columns that hold every person's crop; the whole image when nobody was seen."""
    width, height = moments[0].silhouette.image_size
    rois = [moment.silhouette.roi for moment in moments if moment.silhouette.found]
    if not rois:
        return slice(0, height), slice(0, width)
    x, y = round(MARGIN * width), round(MARGIN * height)
    return (slice(max(min(r.y for r in rois) - y, 0), max(r.y + r.height for r in rois) + y),
            slice(max(min(r.x for r in rois) - x, 0), max(r.x + r.width for r in rois) + x))


def _strip(moment: SheetMoment, window: tuple[slice, slice]) -> np.ndarray:
    skeleton = draw_person(moment.silhouette, moment.skeleton, moment.color)
    if moment.truth is not None:
        skeleton = _with_truth(skeleton, moment.truth)
    return np.hstack([_tile(image[window]) for image in (moment.color, _mask(moment), skeleton)])


def _mask(moment: SheetMoment) -> np.ndarray:
    person = moment.silhouette
    canvas = np.zeros((person.image_size[1], person.image_size[0], 3), np.uint8)
    if person.found:
        canvas[person.roi.slices][person.mask] = 255
    return canvas


def _with_truth(image: np.ndarray, truth: Skeleton) -> np.ndarray:
    """True joints as small rings."""
    for pixel in truth.pixels:
        cv2.circle(image, tuple(int(v) for v in np.rint(pixel)), 4, (255, 0, 255), 1, cv2.LINE_AA)
    return image


def _tile(image: np.ndarray) -> np.ndarray:
    width = round(image.shape[1] * TILE_HEIGHT / image.shape[0])
    return cv2.resize(image, (width, TILE_HEIGHT), interpolation=cv2.INTER_AREA)


def _legend(width: int) -> np.ndarray:
    strip = np.full((LEGEND_HEIGHT, width, 3), 40, np.uint8)
    x = 12
    entries = [(state.name.lower(), color) for state, color in STATE_COLORS.items()] + [('true joint', (255, 0, 255))]
    for name, color in entries:
        cv2.circle(strip, (x, LEGEND_HEIGHT // 2), 5, color, 1 if name == 'true joint' else -1, cv2.LINE_AA)
        cv2.putText(strip, name, (x + 12, LEGEND_HEIGHT // 2 + 5), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (255, 255, 255), 1, cv2.LINE_AA)
        x += 130
    return strip
