"""Node view: the station in Rerun, in a window, on a page of a browser or in a file."""

from functools import partial
from typing import Any

from rclpy.clock import Clock, ClockType

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.spec import NodeSpec, Topic
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.ros.view.recording import ViewRecording
from poseformer_ros.station.viewer import Viewer

LOOK_S = 0.5


class ViewNode(StageNode):
    """Every result -> Rerun.

    finished: set when the window was closed.
    """

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self.finished, self.exit_status = False, 0
        options = self.options['view']
        self._recording = ViewRecording(options, self.options['body'], self.get_namespace())
        self._viewer = Viewer(options, self._recording.stream, live=True)
        self._recording.begin()
        self.get_logger().info(f'view: {self._viewer.address}')
        for topic in spec.subscriptions:
            if topic.name != 'rgbd' or options.surroundings:
                self.listen(topic.name, partial(self._show, topic), guarded=False)
                if topic.name != 'skeleton':
                    self.health.forget(topic.name)      # what comes is shown; the rest is nobody's fault
        self.create_timer(LOOK_S, self._look, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _show(self, topic: Topic, message: Any) -> None:
        # Not guarded: topics of one image come in any order, and none of them means that time went back.
        try:
            self._recording.log(topic, message)
        except BadInput as error:
            self.health.trouble(str(error))

    def _look(self) -> None:
        if self._viewer.gone and not self.finished:
            self.get_logger().info(self._viewer.trouble or 'view: closed')
            self.finished, self.exit_status = True, 2 if self._viewer.trouble else 0

    def put_away(self) -> None:
        """Write the file to its end before the node goes."""
        self._viewer.close()
