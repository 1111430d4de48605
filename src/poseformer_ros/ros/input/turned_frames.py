"""Frames of images that were turned upright."""

from rclpy.publisher import Publisher
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from poseformer_ros.camera.turning import turned_axes
from poseformer_ros.ros import conversions

TURNED = '_upright'     # appended to the frame of the image


class TurnedFrames:
    """Names the frame of a turned image, and publishes once where it is.

    rotate_deg: counter-clockwise, as input.rotate; 0 leaves headers as they are. publisher: of /tf_static.
    """

    def __init__(self, rotate_deg: int, publisher: Publisher) -> None:
        self._rotate_deg, self._publisher = rotate_deg, publisher
        self._told: set[str] = set()

    def header(self, header: Header) -> Header:
        """Of a turned image, from that of the image as it came."""
        if not self._rotate_deg:
            return header
        if header.frame_id not in self._told:
            self._told.add(header.frame_id)
            self._publisher.publish(TFMessage(transforms=[
                conversions.turned_transform(frame_id, frame_id + TURNED, turned_axes(self._rotate_deg), header.stamp)
                for frame_id in sorted(self._told)]))
        return Header(stamp=header.stamp, frame_id=header.frame_id + TURNED)
