"""Node rgbd_sync: a camera's colour and depth streams to one synchronized, registered image pair."""

from collections.abc import Callable

from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.ros import conversions
from poseformer_ros.ros.input.image_input import ImageInput
from poseformer_ros.ros.input.rgbd_assembly import RgbdAssembly, doubts
from poseformer_ros.ros.input.synchroniser import Synchroniser
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker


class RgbdSyncNode(StageNode):
    """color/*, depth/* -> RgbdFrame, handed to the silhouette in the same process; as a message while somebody reads it.

    hand_over: called with every frame and its header in the worker's thread.
    """

    hand_over: Callable[[RgbdFrame, Header], None] | None = None

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._infos: dict[str, CameraInfo] = {}
        # The newest pair that came before its calibration: the first image of a recording is not lost by the order of arrival.
        self._uncalibrated: tuple | None = None
        self._assemble = RgbdAssembly(self.options['input'])
        self._synchroniser = Synchroniser(self.options['sync'])
        self.options.on_change('sync', lambda options: setattr(self._synchroniser, 'options', options))
        self._worker = LatestWorker(self._process, 'rgbd_sync')
        self._out = self.publisher('rgbd')
        compressed = self.options['input'].color_transport == 'compressed'
        self._read('color/image', CompressedImage if compressed else Image, self._on_color,
                   '/compressed' if compressed else '')
        self._read('depth/image', Image, self._on_depth)
        self._calibrations = ('color',) if self.options['input'].depth_registered else ('color', 'depth')
        for name in self._calibrations:
            self._read(f'{name}/camera_info', CameraInfo, lambda info, name=name: self._on_calibration(name, info))

    def _read(self, topic: str, message_class: type, callback: Callable, suffix: str = '') -> None:
        ImageInput(self, self.health, message_class, topic, callback, self.options['input'].reliability, suffix)

    def _on_color(self, color: Image | CompressedImage) -> None:
        self._hand_to_worker(self._synchroniser.color(conversions.stamp_ns(color.header), color))

    def _on_depth(self, depth: Image) -> None:
        self._hand_to_worker(self._synchroniser.depth(conversions.stamp_ns(depth.header), depth))

    def _on_calibration(self, name: str, info: CameraInfo) -> None:
        self._infos[name] = info
        if self._uncalibrated is not None and not self._missing_calibrations():
            pair, self._uncalibrated = self._uncalibrated, None
            self._put(pair)

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
            allowed = 'sync.mode exact allows' if sync.mode == 'exact' else f'sync.slop_s ({sync.slop_s * 1e3:.0f} ms)'
            self.health.trouble(f'color/image and depth/image are stamped {gap_s * 1e3:.0f} ms apart, more than {allowed}; '
                                'synchronize the driver or raise sync.slop_s; where one stream only arrives late, '
                                'raise sync.queue')

    def _put(self, pair: tuple) -> None:
        # Calibration and images start in any order; one that never comes is named as a silent input.
        missing = self._missing_calibrations()
        if missing:
            if self._uncalibrated is not None:
                self.health.count(f'dropped: {missing[0]}/camera_info has not come yet')
            self._uncalibrated = pair
        elif self._worker.put(pair):
            self.health.count('dropped: a newer pair came before this one was begun')

    def _process(self, pair: tuple) -> None:
        color, _ = pair
        frame = self.guarded(self._make_frame, pair, conversions.stamp_ns(color.header))
        if frame is not None and self.hand_over is not None:
            self.hand_over(frame, color.header)

    def _make_frame(self, pair: tuple) -> RgbdFrame:
        color, depth = pair
        color_info = self._infos['color']
        frame = self._assemble(color, depth, color_info, self._infos.get('depth'))
        for about, text in doubts(color, depth, color_info, self.options['input'].depth_registered).items():
            self.health.doubt(about, text)
        if self._out.get_subscription_count():
            gap_s = (conversions.stamp_ns(depth.header) - conversions.stamp_ns(color.header)) / conversions.NANO
            self._out.publish(conversions.rgbd_frame_message(frame, color.header, gap_s))
        return frame

    def destroy_node(self) -> None:
        """Stop the worker before the node goes."""
        self._worker.stop()
        super().destroy_node()
