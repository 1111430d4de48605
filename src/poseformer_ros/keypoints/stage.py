"""The keypoint stage: every detector on one person's silhouette, and what their points come to."""

from poseformer_ros.keypoints.canvas import Canvas, canvas
from poseformer_ros.keypoints.detectors import BlobDetectors, contour_points, corners, skeleton_branches, skeleton_ends
from poseformer_ros.keypoints.features import body_frame, features
from poseformer_ros.keypoints.keypoint_options import KeypointOptions
from poseformer_ros.keypoints.landmarks import skeleton
from poseformer_ros.keypoints.layout import Detector
from poseformer_ros.keypoints.points import Keypoints, KeypointSet, no_features, no_points
from poseformer_ros.silhouette.person import Silhouette

CORNERS = (Detector.HARRIS, Detector.SHI_TOMASI)
SKELETON = (Detector.SKELETON_END, Detector.SKELETON_BRANCH)


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
