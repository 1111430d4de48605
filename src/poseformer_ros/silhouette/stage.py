"""The silhouette stage: floor, person, crop."""

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import OptionsByPrefix, defaults, options_of
from poseformer_ros.silhouette.crop import CropOptions, crop
from poseformer_ros.silhouette.floor import FloorFinder, FloorOptions
from poseformer_ros.silhouette.methods import METHODS, Segmentation, SilhouetteOptions
from poseformer_ros.silhouette.person import Silhouette, nobody

OPTIONS = {'silhouette': SilhouetteOptions, 'floor': FloorOptions, **options_of(METHODS), 'crop': CropOptions}


class SilhouetteStage:
    """An image pair in, one person's crop out."""

    def __init__(self, options: OptionsByPrefix = defaults(OPTIONS)) -> None:
        """`options`: of every prefix in OPTIONS. Raises BadInput when the chosen method cannot be had."""
        self._floor = FloorFinder(options['floor'])
        self._segment: Segmentation = METHODS[options['silhouette'].method].make(options)
        self._crop: CropOptions = options['crop']

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
