"""A camera of 640 x 480 whose driver compresses: JPEG and 16-bit PNG, as image_transport's plugins send them.

    python tools/network/compressed_camera.py [--images 60] [--rate-hz 30]

Renders a person who lifts the arms, then sends these images again and again, reliably.
"""

import argparse
import contextlib

import cv2
import numpy as np
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage
from std_msgs.msg import Header

from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.compressed_depth import HEADER_BYTES
from poseformer_ros.camera.depth import millimetres_from_metres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.ros import conversions
from poseformer_ros.synthesis.motions import motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

RENDERED_HZ = 30.0
SENSOR, NOISE, EXERCISE = 'kinect_v1', 'kinect_v1', 'kimore_es1'
FRAME = 'camera_color_optical_frame'
QUEUE = 5
QUANTISATION = bytes(HEADER_BYTES)      # of which 16UC1 has no need
FORMATS = {'color/image/compressed': 'bgr8; jpeg compressed bgr8', 'depth/image/compressedDepth': '16UC1; compressedDepth png'}


def packed(frame: RgbdFrame) -> dict[str, bytes]:
    """By topic."""
    color = cv2.imencode('.jpg', frame.color)[1].tobytes()
    depth = cv2.imencode('.png', millimetres_from_metres(frame.depth), [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes()
    return dict(zip(FORMATS, (color, QUANTISATION + depth)))


class CompressedCamera(Node):
    """Sends images (N, by topic) in turn."""

    def __init__(self, images: list[dict[str, bytes]], info: CameraInfo, rate_hz: float) -> None:
        super().__init__('compressed_camera', namespace='poseformer')
        self._images, self._info, self._index = images, info, 0
        self._compressed = {topic: self.create_publisher(CompressedImage, topic, QUEUE) for topic in FORMATS}
        self._infos = [self.create_publisher(CameraInfo, f'{name}/camera_info', QUEUE) for name in ('color', 'depth')]
        self.create_timer(1.0 / rate_hz, self._send)

    def _send(self) -> None:
        header = Header(stamp=self.get_clock().now().to_msg(), frame_id=FRAME)
        self._info.header = header
        for publisher in self._infos:
            publisher.publish(self._info)
        for topic, data in self._images[self._index % len(self._images)].items():
            self._compressed[topic].publish(CompressedImage(header=header, format=FORMATS[topic], data=data))
        self._index += 1


def main() -> None:
    """Render, say so, send until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--images', type=int, default=60)
    parser.add_argument('--rate-hz', type=float, default=RENDERED_HZ)
    arguments = parser.parse_args()
    model = load_body_model(default_body_path())
    plan = RecordingPlan(EXERCISE, motion(EXERCISE, 1, 0, model), sensor=SENSOR, noise=NoiseModel(NOISE), rate_hz=RENDERED_HZ,
                         seconds=arguments.images / RENDERED_HZ, start_s=2.0)
    recording = RenderedRecording(plan, model)
    images = [packed(recording.frame(index)[0]) for index in range(len(recording))]
    size = np.mean([sum(map(len, one.values())) for one in images])
    print(f'{size * arguments.rate_hz / 1e6:.1f} MB/s', flush=True)
    rclpy.init()
    with contextlib.suppress(KeyboardInterrupt):
        info = conversions.camera_info_message(recording.intrinsics, Header(frame_id=FRAME))
        rclpy.spin(CompressedCamera(images, info, arguments.rate_hz))


if __name__ == '__main__':
    main()
