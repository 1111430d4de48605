"""Classical detectors on a person's canvas; OpenCV does the detecting."""

import cv2
import numpy as np

from poseformer_ros.keypoints.canvas import Canvas
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.landmarks import branch_points, end_points
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.points import KeypointSet

GRADIENT_PX = 3         # side of the Sobel operator of equation 11
ORB_EDGE_PX = 2         # the canvas has its own margin
ORB_SCALE, ORB_LEVELS = 1.2, 4      # the person fills the image: more levels find the same points again
BRISK_OCTAVES = 2
NO_ANGLE = -1.0         # OpenCV's sign for 'has none'


class BlobDetectors:
    """ORB, BRISK, SIFT and AKAZE, made once, for those that are switched on."""

    def __init__(self, options: KeypointOptions) -> None:
        self._most = options.most_points
        makers = {
            Detector.ORB: lambda: cv2.ORB_create(options.most_points, ORB_SCALE, ORB_LEVELS, ORB_EDGE_PX,
                                                 fastThreshold=options.orb_threshold),
            Detector.BRISK: lambda: cv2.BRISK_create(options.brisk_threshold, BRISK_OCTAVES),
            Detector.SIFT: lambda: cv2.SIFT_create(options.most_points, contrastThreshold=options.sift_contrast,
                                                   enable_precise_upscale=True),
            Detector.AKAZE: lambda: cv2.AKAZE_create(threshold=options.akaze_threshold, max_points=options.most_points),
        }
        self._detectors = {detector: make() for detector, make in makers.items() if getattr(options, detector.name.lower())}

    def __call__(self, detector: Detector, view: Canvas) -> KeypointSet:
        """Find one detector's points."""
        found = sorted(self._detectors[detector].detect(view.image), key=lambda point: -point.response)[:self._most]
        points = np.array([(*p.pt, p.size, p.angle, p.response) for p in found], np.float64).reshape(-1, 5)
        angle = np.where(points[:, 3] == NO_ANGLE, np.nan, _counter_clockwise(points[:, 3]))
        return _set(detector, view, points[:, :2], points[:, 2], angle, points[:, 4])


def contour_points(view: Canvas, epsilon: float) -> KeypointSet:
    """Corners of the outer contour after Douglas and Peucker (equation 9).

    The response is each corner's distance in pixels of the full image from the chord between its two neighbours.
    """
    contours, _ = cv2.findContours(view.mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)
    points = cv2.approxPolyDP(outline, epsilon, closed=True)[:, 0].astype(np.float64)
    before, after = np.roll(points, 1, axis=0) - points, np.roll(points, -1, axis=0) - points
    chord = np.linalg.norm(after - before, axis=1)
    area = np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0])
    # Where both neighbours are one point, the distance from the chord is that from the point.
    distance = np.where(chord > 0, area / np.where(chord > 0, chord, 1.0), np.linalg.norm(before, axis=1))
    return _set(Detector.CONTOUR, view, points, 0.0, np.nan, distance * view.pixel)


def corners(detector: Detector, view: Canvas, options: KeypointOptions) -> KeypointSet:
    """Harris or Shi-Tomasi corners: local maxima of R (equation 10) or of the smaller eigenvalue of M (equation 11)."""
    harris = detector == Detector.HARRIS
    points, response = cv2.goodFeaturesToTrackWithQuality(
        view.image, options.most_points, options.harris_quality if harris else options.shi_tomasi_quality,
        options.corner_distance_px, None, blockSize=options.corner_block_px, gradientSize=GRADIENT_PX,
        useHarrisDetector=harris, k=options.harris_k)
    points = np.zeros((0, 2)) if points is None else points.reshape(-1, 2).astype(np.float64)
    response = np.zeros(0) if response is None else np.asarray(response, np.float64).reshape(-1)
    return _set(detector, view, points, options.corner_block_px, np.nan, response)


def skeleton_ends(view: Canvas, lines: np.ndarray) -> KeypointSet:
    """Ends of the skeleton. Size: the largest disc inside the silhouette there; response: lines that meet, one."""
    points = end_points(lines)
    return _set(Detector.SKELETON_END, view, points, _disc(view, points), np.nan, 1.0)


def skeleton_branches(view: Canvas, lines: np.ndarray) -> KeypointSet:
    """Junctions of the skeleton. Size as for ends; response: lines that meet."""
    points, arms = branch_points(lines)
    return _set(Detector.SKELETON_BRANCH, view, points, _disc(view, points), np.nan, arms)


def _disc(view: Canvas, points: np.ndarray) -> np.ndarray:
    """Diameter (n,) in canvas pixels of the largest disc inside the mask around each point."""
    if len(points) == 0:
        return np.zeros(0)
    room = cv2.distanceTransform(view.mask, cv2.DIST_L2, 5)
    columns, rows = np.rint(points).astype(int).T
    return 2.0 * room[rows, columns]


def _counter_clockwise(degrees: np.ndarray) -> np.ndarray:
    """OpenCV's angles, clockwise as seen, in radians counter-clockwise, (-pi, pi]."""
    return np.pi - np.mod(np.pi + np.radians(degrees), 2 * np.pi)


def _set(detector: Detector, view: Canvas, points: np.ndarray, size: np.ndarray | float, angle: np.ndarray | float,
         response: np.ndarray | float) -> KeypointSet:
    """Canvas points (n, 2) with sizes in canvas pixels as a set in the full image."""
    x, y = view.in_image(points).T.astype(np.float32)
    size, angle, response = (np.broadcast_to(np.asarray(value, np.float32), x.shape).copy()
                             for value in (np.multiply(size, view.pixel), angle, response))
    return KeypointSet(detector, x, y, size, angle, response)
