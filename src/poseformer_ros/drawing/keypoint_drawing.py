"""Keypoints and body parts drawn over a person, for people."""

import cv2
import numpy as np

from poseformer_ros.keypoints.body_parts import LIP_COLORS, BodyParts, label_colors
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.points import KeypointSet
from poseformer_ros.silhouette.person import Silhouette

# BGR; marks differ in shape too, so that nobody needs the colours.
MARKS = {
    Detector.CONTOUR: ((0, 159, 230), cv2.MARKER_SQUARE),
    Detector.HARRIS: ((233, 180, 86), cv2.MARKER_CROSS),
    Detector.SHI_TOMASI: ((115, 158, 0), cv2.MARKER_TILTED_CROSS),
    Detector.ORB: ((66, 228, 240), cv2.MARKER_DIAMOND),
    Detector.BRISK: ((178, 114, 0), cv2.MARKER_DIAMOND),
    Detector.SIFT: ((0, 94, 213), cv2.MARKER_DIAMOND),
    Detector.AKAZE: ((167, 121, 204), cv2.MARKER_DIAMOND),
    Detector.SKELETON_END: ((0, 0, 255), cv2.MARKER_STAR),
    Detector.SKELETON_BRANCH: ((255, 0, 255), cv2.MARKER_TRIANGLE_UP),
}
MARK_PX = 9
FADED = 0.35        # contrast of the person behind the marks
PAINT = 0.65        # how much of a part's colour covers the person
AROUND = 20         # grey level outside the person


def draw_keypoints(person: Silhouette, sets: tuple[KeypointSet, ...], scale: int = 2, sizes: bool = True) -> np.ndarray:
    """A new image (scale h, scale w, 3) uint8 BGR of the crop, dark outside the person, with marks.

    sizes: whether each point's neighbourhood and angle are drawn too.
    """
    faded = person.color * FADED + 255 * 0.5 * (1.0 - FADED)
    image = _enlarged(np.where(person.mask[..., None], faded, AROUND).astype(np.uint8), scale)
    for points in sets:
        color, mark = MARKS[points.detector]
        for x, y, diameter, angle in zip(points.x, points.y, points.size, points.angle, strict=True):
            at, radius = _scaled(x - person.roi.x, y - person.roi.y, scale), 0.5 * scale * float(diameter)
            cv2.drawMarker(image, at, color, mark, MARK_PX, 1, cv2.LINE_AA)
            if sizes and diameter > 0:
                cv2.circle(image, at, max(1, round(radius)), color, 1, cv2.LINE_AA)
            if sizes and np.isfinite(angle):
                tip = round(at[0] + radius * np.cos(angle)), round(at[1] - radius * np.sin(angle))
                cv2.line(image, at, tip, color, 1, cv2.LINE_AA)
    return image


def draw_parts(person: Silhouette, parts: BodyParts, scale: int = 2) -> np.ndarray:
    """A new image (scale h, scale w, 3) uint8 BGR of the crop: parts in their colours and their contour points."""
    if not person.found:
        return np.zeros((0, 0, 3), np.uint8)
    painted = (1.0 - PAINT) * person.color + PAINT * label_colors(parts.labels)
    image = _enlarged(np.where(parts.labels[..., None] > 0, painted, AROUND).astype(np.uint8), scale)
    for part, contour in zip(parts.part_ids, parts.contours, strict=True):
        color = tuple(int(value) for value in LIP_COLORS[part, ::-1])
        for x, y in contour:
            at = _scaled(x - person.roi.x, y - person.roi.y, scale)
            cv2.circle(image, at, 3, (255, 255, 255), -1, cv2.LINE_AA)
            cv2.circle(image, at, 2, color, -1, cv2.LINE_AA)
    return image


def _enlarged(image: np.ndarray, scale: int) -> np.ndarray:
    return np.repeat(np.repeat(image, scale, axis=0), scale, axis=1)


def _scaled(x: float, y: float, scale: int) -> tuple[int, int]:
    """The centre of a pixel in an image that is `scale` times as large."""
    return round((float(x) + 0.5) * scale - 0.5), round((float(y) + 0.5) * scale - 0.5)
