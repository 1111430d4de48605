"""A folder of images as moments: who stands there and where the joints are is found as it is read."""

from collections.abc import Iterator

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.recordings.image_folder import ImageFolder
from poseformer_ros.recordings.observations import Observation
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.dkp24 import Dkp24


class ImageObservations:
    """Silhouette and DKP-24's points found in a folder of images, one after the other."""

    def __init__(self, images: ImageFolder, rate_hz: float) -> None:
        self._images, self._rate_hz = images, rate_hz

    def __len__(self) -> int:
        return len(self._images)

    def __iter__(self) -> Iterator[Observation]:
        images, find_person, find_joints = self._images, SilhouetteStage(), Dkp24()
        register = None
        if images.extrinsics is not None:
            register = DepthRegistration(images.depth_camera, images.color_camera, images.extrinsics.rotation,
                                         images.extrinsics.translation)
        for index in range(len(images)):
            depth = images.depth(index)
            frame = RgbdFrame(images.color(index), depth if register is None else register(depth), images.color_camera)
            person = find_person(frame)
            yield Observation(index / self._rate_hz, find_joints(person), person.floor, person, frame)
