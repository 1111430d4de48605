"""Node keypoints: classical keypoints of each silhouette."""

from poseformer_ros import msg
from poseformer_ros.keypoints.stage import KeypointStage
from poseformer_ros.ros import conversions
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.worker import LatestWorker


class KeypointsNode(StageNode):
    """silhouette -> keypoints; one for each image, empty when nobody is there."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._find_points = KeypointStage(self.options['keypoints'])
        self.options.on_change('keypoints', lambda options: setattr(self, '_find_points', KeypointStage(options)))
        self._out = self.publisher('keypoints')
        # A thread of its own: the detectors release the interpreter, and other nodes of the process go on meanwhile.
        self._worker = LatestWorker(lambda message: self.guarded(self._find, message, conversions.stamp_ns(message.header)),
                                    'keypoints')
        self.listen('silhouette', self._on_silhouette, guarded=False)

    def _on_silhouette(self, message: msg.Silhouette) -> None:
        if self._worker.put(message):
            self.health.count('dropped: a newer silhouette came before this one was begun')

    def _find(self, message: msg.Silhouette) -> None:
        keypoints = self._find_points(conversions.silhouette(message))
        self.answer(self._out, conversions.keypoints_message(keypoints, message.header))

    def put_away(self) -> None:
        """Stop the worker before the node goes."""
        self._worker.stop()
