"""A folder of images as moments."""

from collections.abc import Iterator

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.recordings.image_folder import ImageFolder
from poseformer_ros.recordings.observations import Observation


class ImageObservations:
    """The image pairs of a folder, depth registered to colour, one after the other."""

    def __init__(self, images: ImageFolder, rate_hz: float) -> None:
        self._images, self._rate_hz = images, rate_hz

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[Observation]:
        images, register = self._images, None
        if images.extrinsics is not None:
            register = DepthRegistration(images.depth_camera, images.color_camera, images.extrinsics.rotation,
                                         images.extrinsics.translation)
        for index in range(len(images)):
            depth = images.depth(index)
            frame = RgbdFrame(images.color(index), depth if register is None else register(depth), images.color_camera)
            yield Observation(index / self._rate_hz, frame=frame)
