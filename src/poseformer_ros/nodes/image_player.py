"""Node image_player: a folder of colour and depth images, published as a camera would."""

from pathlib import Path

from sensor_msgs.msg import Image

from poseformer_ros.recordings.image_folder import open_folder
from poseformer_ros.ros.input.image_source import ImageSource, as_messages
from poseformer_ros.ros.spec import NodeSpec


class ImagePlayerNode(ImageSource):
    """folder.path -> color/*, depth/*; the depth is not registered here, that is the station's work."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        options = self.options['folder']
        self._folder = open_folder(Path(options.path).expanduser())
        self._kept = [self._read(index) for index in range(len(self._folder))] if options.in_memory else []
        self.play(self._kept.__getitem__ if self._kept else self._read, self._folder.color_camera, self._folder.depth_camera,
                  len(self._folder))

    def _read(self, index: int) -> tuple[Image, Image]:
        return as_messages(self._folder.color(index), self._folder.depth(index))
