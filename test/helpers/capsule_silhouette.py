"""The capsule figure as the silhouette stage would hand it over, with the true mask."""

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.silhouette.person import Roi, Silhouette
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, FigureTruth, StudioCamera
from poseformer_ros.synthesis.capsule.figure_pose import FigurePose

MARGIN_PX = 8


def silhouette(frame: RgbdFrame, mask: np.ndarray, floor=None, track_id: int = 1) -> Silhouette:
    """The crop around a mask (H, W) of the full image."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    height, width = mask.shape
    x0, x1 = max(0, columns[0] - MARGIN_PX), min(width, columns[-1] + 1 + MARGIN_PX)
    y0, y1 = max(0, rows[0] - MARGIN_PX), min(height, rows[-1] + 1 + MARGIN_PX)
    roi = Roi(int(x0), int(y0), int(x1 - x0), int(y1 - y0))
    cut = bool(mask[0].any() or mask[-1].any() or mask[:, 0].any() or mask[:, -1].any())
    return Silhouette(True, mask[roi.slices], frame.depth[roi.slices], frame.color[roi.slices], roi,
                      frame.intrinsics.crop(roi.x, roi.y, roi.width, roi.height), (width, height), floor, track_id, cut)


def drawn(pose: FigurePose, camera: StudioCamera | None = None, height: float = 1.70) -> tuple[Silhouette, FigureTruth]:
    """A figure in front of a camera and its truth."""
    frame, truth = CapsuleStudio(camera or StudioCamera(), height)(pose)
    return silhouette(frame, truth.mask, truth.floor), truth
