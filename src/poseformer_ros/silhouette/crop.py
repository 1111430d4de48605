"""The person's window of an image, with a margin."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.components import window_of
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.person import Floor, Roi, Silhouette


@dataclass(frozen=True)
class CropOptions:
    """What can be set of the crop; each field becomes a ROS parameter `crop.<name>`."""

    margin: float = option(0.05, 0.0, 0.5, "space around the person on each side, as a share of the mask's longer side")

    def __post_init__(self) -> None:
        check(self)


def crop(frame: RgbdFrame, found: Found, floor: Floor | None, options: CropOptions = CropOptions()) -> Silhouette:
    """Cut the person out; the mask of `found` must not be empty."""
    height, width = frame.depth.shape
    inside = rows, columns = window_of(found.mask)
    margin = round(options.margin * max(rows.stop - rows.start, columns.stop - columns.start))
    left, right = found.roi.x + columns.start, found.roi.x + columns.stop
    top, bottom = found.roi.y + rows.start, found.roi.y + rows.stop
    x, y = max(0, left - margin), max(0, top - margin)
    roi = Roi(x, y, min(width, right + margin) - x, min(height, bottom + margin) - y)
    mask = np.zeros((roi.height, roi.width), bool)
    mask[top - y:bottom - y, left - x:right - x] = found.mask[inside]
    depth = frame.depth[roi.slices].copy()
    if found.rim is not None:
        depth[top - y:bottom - y, left - x:right - x][found.rim[inside]] = np.nan
    at_border = left == 0 or top == 0 or right == width or bottom == height
    return Silhouette(found=True, mask=mask, depth=depth,
                      color=frame.color[roi.slices].copy(), roi=roi,
                      intrinsics=frame.intrinsics.crop(roi.x, roi.y, roi.width, roi.height),
                      image_size=(width, height), floor=floor, track_id=found.track_id,
                      cut=bool(found.cut or at_border), doubt=found.doubt, answers=found.answers)
