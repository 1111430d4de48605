"""The ways to find the person in an image pair, by name."""

from dataclasses import dataclass
from typing import Protocol

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.options import Method, check, option
from poseformer_ros.silhouette.deeplabv3 import DeepLabV3, DeepLabV3Options
from poseformer_ros.silhouette.depth_segmentation import DepthSegmentation, DepthSegmentationOptions
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.learned.segmentation import LearnedSegmentation, LearnedSegmentationOptions
from poseformer_ros.silhouette.person import Floor


class Segmentation(Protocol):
    """One way to find a person in an image."""

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """The followed person, or None when nobody is there."""

    def reset(self) -> None:
        """Forget what was learned from earlier images."""


METHODS = {
    'learned': Method(lambda options: LearnedSegmentation(options['people']), {'people': LearnedSegmentationOptions}),
    'depth': Method(lambda options: DepthSegmentation(options['segmentation']), {'segmentation': DepthSegmentationOptions}),
    'deeplabv3': Method(lambda options: DeepLabV3(options['deeplabv3']), {'deeplabv3': DeepLabV3Options}),
}


@dataclass(frozen=True)
class SilhouetteOptions:
    """What can be set of the stage; each field becomes a ROS parameter `silhouette.<name>`."""

    method: str = option('learned', choices=METHODS, live=False,
                         text='who finds the person: depth judged by the person network, depth by rules alone, or the network '
                         'of the paper with your weights')

    def __post_init__(self) -> None:
        check(self)
