"""A silhouette cut from a mask and a depth image."""

import numpy as np

from poseformer_ros.silhouette.person import Roi, Silhouette


def silhouette(mask, depth, intrinsics, margin=0):
    """The crop around a mask (H, W) of a depth image (H, W) in metres, so many pixels wider; without colour and floor."""
    rows, columns = np.nonzero(mask)
    left, top = max(0, columns.min() - margin), max(0, rows.min() - margin)
    right, bottom = min(mask.shape[1], columns.max() + 1 + margin), min(mask.shape[0], rows.max() + 1 + margin)
    roi = Roi(left, top, right - left, bottom - top)
    return Silhouette(found=True, mask=mask[roi.slices], depth=depth[roi.slices].astype(np.float32),
                      color=np.zeros((roi.height, roi.width, 3), np.uint8), roi=roi,
                      intrinsics=intrinsics.crop(roi.x, roi.y, roi.width, roi.height),
                      image_size=(intrinsics.width, intrinsics.height), floor=None, track_id=1, cut=False)
