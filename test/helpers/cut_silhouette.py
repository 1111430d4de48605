"""A silhouette cut from a mask and a depth image."""

import numpy as np

from poseformer_ros.silhouette.person import Roi, Silhouette


def silhouette(mask, depth, intrinsics):
    """The crop around a mask (H, W) of a depth image (H, W) in metres; without colour and floor."""
    rows, columns = np.nonzero(mask)
    roi = Roi(columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1)
    return Silhouette(found=True, mask=mask[roi.slices], depth=depth[roi.slices].astype(np.float32),
                      color=np.zeros((roi.height, roi.width, 3), np.uint8), roi=roi,
                      intrinsics=intrinsics.crop(roi.x, roi.y, roi.width, roi.height),
                      image_size=(intrinsics.width, intrinsics.height), floor=None, track_id=1, cut=False)
