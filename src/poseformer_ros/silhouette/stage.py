"""The silhouette stage: floor, person, crop."""

from dataclasses import dataclass

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.crop import CropOptions, crop
from poseformer_ros.silhouette.deeplabv3 import DeepLabV3, DeepLabV3Options
from poseformer_ros.silhouette.depth_segmentation import DepthSegmentation, DepthSegmentationOptions
from poseformer_ros.silhouette.floor import FloorFinder, FloorOptions
from poseformer_ros.silhouette.person import Silhouette, nobody
from poseformer_ros.silhouette.segmentation import Segmentation


@dataclass(frozen=True)
class SilhouetteOptions:
    """What can be set of the stage; each field becomes a ROS parameter `silhouette.<name>`."""

    method: str = option('depth', choices=('depth', 'deeplabv3'), live=False,
                         text='who finds the person: depth alone, or the network of the paper with your weights')

    def __post_init__(self) -> None:
        check(self)


class SilhouetteStage:
    """An image pair in, one person's crop out."""

    def __init__(self, options: SilhouetteOptions = SilhouetteOptions(), floor: FloorOptions = FloorOptions(),
                 segmentation: DepthSegmentationOptions = DepthSegmentationOptions(),
                 deeplabv3: DeepLabV3Options = DeepLabV3Options(), crop: CropOptions = CropOptions()) -> None:
        """Raises BadInput when the chosen method cannot be had."""
        self._floor = FloorFinder(floor)
        self._segment: Segmentation = (DepthSegmentation(segmentation) if options.method == 'depth'
                                       else DeepLabV3(deeplabv3))
        self._crop = crop

    def reset(self) -> None:
        """Forget floor and person, as after a jump in time."""
        self._floor.reset()
        self._segment.reset()

    def __call__(self, frame: RgbdFrame) -> Silhouette:
        """Find the followed person; an empty room is `nobody`. Raises BadInput when the images' sizes differ."""
        _check_sizes(frame)
        small, intrinsics, _ = frame.reduced
        floor = self._floor(small, intrinsics)
        found = self._segment(frame, floor)
        return nobody(frame.intrinsics, floor) if found is None else crop(frame, found, floor, self._crop)


def _check_sizes(frame: RgbdFrame) -> None:
    wanted = (frame.intrinsics.height, frame.intrinsics.width)
    if frame.depth.shape != wanted or frame.color.shape != (*wanted, 3):
        raise BadInput(f'frame: depth {frame.depth.shape} and colour {frame.color.shape}, wanted (height, width) '
                       f'{wanted} of camera_info; register depth to colour, or send the camera_info of these images')
