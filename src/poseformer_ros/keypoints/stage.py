"""The keypoint stage: every detector on one person's silhouette, and what their points come to."""

import math

from poseformer_ros.keypoints.canvas import Canvas, canvas
from poseformer_ros.keypoints.detectors import BlobDetectors, contour_points, corners, skeleton_branches, skeleton_ends
from poseformer_ros.keypoints.features import body_frame, features
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.landmarks import skeleton
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.points import Keypoints, KeypointSet, left_out, no_features, no_points
from poseformer_ros.silhouette.person import Silhouette

CORNERS = (Detector.HARRIS, Detector.SHI_TOMASI)
SKELETON = (Detector.SKELETON_END, Detector.SKELETON_BRANCH)
EARLY = 0.5         # of the time between two images that are looked at; the exercise model's resampler takes frames so too


class KeypointStage:
    """Classical keypoints of a silhouette. Stateless; the detectors are made once."""

    def __init__(self, options: KeypointOptions = KeypointOptions()) -> None:
        self._options = options
        self._blobs = BlobDetectors(options)
        self._on = tuple(detector for detector in Detector if getattr(options, detector.name.lower()))

    def __call__(self, person: Silhouette) -> Keypoints:
        """Find the points; nobody gives empty sets and features that are NaN."""
        if not person.found or not person.mask.any():
            return Keypoints(tuple(no_points(detector) for detector in self._on), no_features(), 0)
        view = canvas(person, self._options.rows_px, self._options.grey, self._options.smoothing_px)
        found = {detector: self._found(detector, view) for detector in self._on if detector not in SKELETON}
        found.update(self._landmarks(person))
        sets = tuple(found[detector] for detector in self._on)
        return Keypoints(sets, features(sets, body_frame(person)), person.track_id)

    def _found(self, detector: Detector, view: Canvas) -> KeypointSet:
        if detector == Detector.CONTOUR:
            return contour_points(view, self._options.contour_epsilon_px)
        if detector in CORNERS:
            return corners(detector, view, self._options)
        return self._blobs(detector, view)

    def _landmarks(self, person: Silhouette) -> dict[Detector, KeypointSet]:
        """Skeleton points, on a smaller image: thinning costs with the third power of its side."""
        if not set(SKELETON) & set(self._on):
            return {}
        view = canvas(person, self._options.skeleton_rows_px)
        lines = skeleton(view.mask)
        return {Detector.SKELETON_END: skeleton_ends(view, lines), Detector.SKELETON_BRANCH: skeleton_branches(view, lines)}


class PacedKeypoints:
    """The stage on as many images as `rate_hz` says. Their times are counted from the first image: one lost shifts no other."""

    def __init__(self, options: KeypointOptions = KeypointOptions()) -> None:
        self._find = KeypointStage(options)
        self._rate_hz = options.rate_hz
        self.reset()

    def reset(self) -> None:
        """Begin again with the next image."""
        self._start_s: float | None = None
        self._last = -1

    def __call__(self, person: Silhouette, stamp_s: float) -> Keypoints:
        """Find the points of an image taken at `stamp_s` seconds, or leave it out."""
        if self._start_s is None:
            self._start_s = stamp_s
        turn = math.floor((stamp_s - self._start_s) * self._rate_hz + EARLY)
        if turn <= self._last:
            return left_out(person.track_id)
        self._last = turn
        return self._find(person)
