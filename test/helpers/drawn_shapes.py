"""Silhouettes of drawn shapes and stick figures whose corners, ends and junctions are known."""

import cv2
import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.points import KeypointSet
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.silhouette.person import Roi, Silhouette

WIDTH, HEIGHT = 640, 480
CAMERA = Intrinsics(WIDTH, HEIGHT, 500.0, 500.0, 319.5, 239.5)
FULL = Roi(0, 0, WIDTH, HEIGHT)
# An L with arms of unequal length: its six corners, columns and rows, pixel centres.
L_SHAPE = np.array([[0, 0], [50, 0], [50, 130], [120, 130], [120, 180], [0, 180]], float)
OFF = {detector.name.lower(): False for detector in Detector}
# Head, hands and feet, neck and crotch of stick figures in a 400 x 300 image, columns and rows.
NECK, CROTCH = (150, 110), (150, 230)
POSES = {
    'arms hang': ((150, 40), (75, 210), (225, 210), (95, 370), (205, 370)),
    'arms spread': ((150, 40), (30, 110), (270, 110), (100, 370), (200, 370)),
    'arms raised': ((150, 40), (60, 35), (240, 35), (120, 370), (180, 370)),
    'one arm raised, wide stance': ((150, 40), (60, 30), (215, 215), (70, 360), (230, 360)),
}


def person_of(mask: np.ndarray, roi: Roi = FULL, color: np.ndarray | None = None) -> Silhouette:
    """The window `roi` of a full-image mask as the silhouette stage would hand it over."""
    color = np.zeros((HEIGHT, WIDTH, 3), np.uint8) if color is None else color
    return Silhouette(True, mask[roi.slices].copy(), np.full((roi.height, roi.width), 2.0, np.float32),
                      color[roi.slices].copy(), roi, CAMERA.crop(roi.x, roi.y, roi.width, roi.height), (WIDTH, HEIGHT), None,
                      1, False)


def filled(corners: np.ndarray) -> np.ndarray:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.rint(corners * 16).astype(np.int32)], 1, shift=4)
    return mask > 0


def placed(angle: float, scale: float) -> np.ndarray:
    """The L turned counter-clockwise as seen, scaled, and put into the middle of the image."""
    c, s = np.cos(angle), np.sin(angle)
    turned = (L_SHAPE - L_SHAPE.mean(axis=0)) @ np.array([[c, s], [-s, c]]).T * scale
    return turned + (WIDTH / 2, HEIGHT / 2)


def only(detector: Detector, **options) -> KeypointStage:
    return KeypointStage(KeypointOptions(**{**OFF, detector.name.lower(): True, **options}))


def found_by(detector: Detector, person: Silhouette, **options) -> KeypointSet:
    (points,) = only(detector, **options)(person).sets
    assert points.detector == detector
    return points


def places(points: KeypointSet) -> np.ndarray:
    return np.stack([points.x, points.y], axis=1)


def stick_figure(pose: str, thickness: int, scale: float = 1.0) -> np.ndarray:
    head, left_hand, right_hand, left_foot, right_foot = POSES[pose]
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for ends in ((NECK, head), (NECK, left_hand), (NECK, right_hand), (NECK, CROTCH), (CROTCH, left_foot), (CROTCH, right_foot)):
        a, b = np.rint(np.array(ends) * scale).astype(int)
        cv2.line(mask, a, b, 1, round(thickness * scale))
    return mask > 0
