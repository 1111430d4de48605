"""Node rgbd_sync: a camera's colour and depth streams to one synchronized, registered image pair."""

from collections.abc import Callable
from typing import Any

from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header
from tf2_msgs.msg import TFMessage

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.frame_tree import FrameTree
from poseformer_ros.ros import conversions
from poseformer_ros.ros.input.combined import COMBINED, combined_class
from poseformer_ros.ros.input.image_input import ImageInput
from poseformer_ros.ros.input.rgbd_assembly import RgbdAssembly
from poseformer_ros.ros.input.synchroniser import Synchroniser, gap_words
from poseformer_ros.ros.input.taken_pairs import TakenPairs
from poseformer_ros.ros.input.turned_frames import TurnedFrames
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker

# What the assembly may doubt.
DOUBTS = ('color', 'color lens', 'depth lens', 'frames', 'unit')
LOOK_S = 0.1


class RgbdSyncNode(StageNode):
    """color/* and depth/*, or camera/rgbd -> RgbdFrame, handed to the silhouette in the same process; as a message while somebody
    reads it.

    hand_over: called with every frame and its header in the worker's thread.
    """

    hand_over: Callable[[RgbdFrame, Header], None] | None = None

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._infos: dict[str, CameraInfo] = {}
        # The newest pair that came before its calibration: the first image of a recording is not lost by the order of arrival.
        self._uncalibrated: tuple | None = None
        self._input = self.options['input']
        self._placed = FrameTree()
        images = (COMBINED, COMBINED) if self._input.combined else ('color/image', 'depth/image')
        topics = tuple(map(self.resolve_topic_name, images))
        self._assemble = RgbdAssembly(self._input, topics, self._placed)
        if self._input.extrinsics == 'tf_static' and not self._input.depth_registered:
            self.create_subscription(TFMessage, '/tf_static', self._on_frames, PROFILES[spec.subscription('/tf_static').qos])
        self._synchroniser = Synchroniser(self.options['sync'])
        self.options.on_change('sync', lambda options: setattr(self._synchroniser, 'options', options))
        self._worker = LatestWorker(self._process, 'rgbd_sync')
        self._taken = TakenPairs(self._worker.put, self.health)
        self.create_timer(LOOK_S, self._taken.begin_what_nothing_followed, clock=Clock(clock_type=ClockType.STEADY_TIME))
        self._out = self.publisher('rgbd')
        self._frames = TurnedFrames(self._input.rotate, self.publisher('/tf_static'))
        self._inputs: list[ImageInput] = []
        self._calibrations = ('color',) if self._input.depth_registered else ('color', 'depth')
        if self._input.combined:
            self._inputs.append(ImageInput(self, self.health, combined_class(self._input.combined), COMBINED, self._on_combined,
                                           self._input.reliability))
        else:
            self._read_streams()

    def _read_streams(self) -> None:
        self._read_images('color/image', self._input.color_transport, self._on_color)
        self._read_images('depth/image', self._input.depth_transport, self._on_depth)
        for name in self._calibrations:
            self._inputs.append(ImageInput(self, self.health, CameraInfo, f'{name}/camera_info',
                                           lambda info, name=name: self._on_calibration(name, info)))

    def _read_images(self, topic: str, transport: str, callback: Callable) -> None:
        """image_transport's names: the suffix comes after remapping."""
        kind, suffix = (Image, '') if transport == 'raw' else (CompressedImage, f'/{transport}')
        self._inputs.append(ImageInput(self, self.health, kind, topic, callback, self._input.reliability, suffix))

    def _on_color(self, color: Image | CompressedImage) -> None:
        self.saw(conversions.stamp_ns(color.header))
        self._hand_to_worker(self._synchroniser.color(conversions.stamp_ns(color.header), color))

    def _on_depth(self, depth: Image | CompressedImage) -> None:
        self._hand_to_worker(self._synchroniser.depth(conversions.stamp_ns(depth.header), depth))

    def _on_combined(self, message: Any) -> None:
        self.saw(conversions.stamp_ns(message.rgb.header))
        self._infos = {'color': message.rgb_camera_info, 'depth': message.depth_camera_info}
        self._put((message.rgb, message.depth))

    def _on_calibration(self, name: str, info: CameraInfo) -> None:
        self._infos[name] = info
        if self._uncalibrated is not None and not self._missing_calibrations():
            pair, self._uncalibrated = self._uncalibrated, None
            self._put(pair)

    def _on_frames(self, message: TFMessage) -> None:
        for transform in message.transforms:
            self._placed.place(transform.child_frame_id, conversions.placement(transform))

    def _missing_calibrations(self) -> list[str]:
        return [name for name in self._calibrations if name not in self._infos]

    def _hand_to_worker(self, pair: tuple | None) -> None:
        counts = self._synchroniser.counts
        self.health.counts.update({'matched': counts.matched, 'unmatched color': counts.color_unmatched,
                                   'unmatched depth': counts.depth_unmatched, 'stamp gap [s]': counts.last_gap_s})
        if pair is not None:
            self._put(pair)
            return
        gap_s, sync = self._synchroniser.apart_s(), self._synchroniser.options
        if gap_s is not None:
            self.health.trouble(gap_words(gap_s, sync))

    def _put(self, pair: tuple) -> None:
        # Calibration and images start in any order; one that never comes is named as a silent input.
        missing = self._missing_calibrations()
        if missing:
            if self._uncalibrated is not None:
                self.health.count(f'dropped: {missing[0]}/camera_info has not come yet')
            self._uncalibrated = pair
            return
        self._taken.offer(pair)

    def _process(self, pair: tuple) -> None:
        color, _ = pair
        frame = self.guarded(self._make_frame, pair, conversions.stamp_ns(color.header))
        if frame is not None and self.hand_over is not None:
            self.hand_over(frame, self._frames.header(color.header))

    def _make_frame(self, pair: tuple) -> RgbdFrame:
        color, depth = pair
        frame = self._assemble(color, depth, self._infos['color'], self._infos.get('depth'))
        for about in DOUBTS:
            self.health.doubt(about, self._assemble.doubts.get(about, ''))
        self.health.counts.update({f'{stream} is': said for stream, said in self._assemble.lenses.items()})
        if self._out.get_subscription_count():
            gap_s = (conversions.stamp_ns(depth.header) - conversions.stamp_ns(color.header)) / conversions.NANO
            self._out.publish(conversions.rgbd_frame_message(frame, self._frames.header(color.header), gap_s))
        return frame

    def put_away(self) -> None:
        """Stop the worker before the node goes."""
        self._worker.stop()

    def destroy_node(self) -> None:
        """Close the inputs, then leave the graph."""
        for image_input in self._inputs:
            image_input.close()
        super().destroy_node()
