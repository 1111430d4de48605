"""Node silhouette: a synchronized image pair to one person's crop."""

from std_msgs.msg import Header

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.ros import conversions
from poseformer_ros.ros.kept_state import KeptState
from poseformer_ros.ros.other_stations import OtherStations
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.silhouette.stage import OPTIONS, SilhouetteStage
from poseformer_ros.srv import Follow

DOUBTFUL = 0.5


class SilhouetteNode(StageNode):
    """rgbd, in memory or as a topic -> silhouette. Service follow: whom to follow."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        self._make_stage()
        for prefix in OPTIONS:
            self.options.on_change(prefix, lambda _: self._make_stage())
        self._out = self.publisher('silhouette')
        self._kept = KeptState(self)
        self._followed = 0
        self._others = OtherStations(self)
        self.create_service(Follow, 'follow', self._on_follow)

    def read(self, topic: str) -> None:
        """Take frames from a topic: rgbd_sync is in another process, or a bag is replayed from here on."""
        self.listen(topic, lambda message: self._publish(conversions.rgbd_frame(message), message.header))

    def take(self, frame: RgbdFrame, header: Header) -> None:
        """Find the person in a frame and publish the crop; also an empty one when nobody is there."""
        self.guarded(lambda f: self._publish(f, header), frame, conversions.stamp_ns(header))

    def reset(self) -> None:
        """Forget the floor and the followed person."""
        self._stage.reset()

    def _make_stage(self) -> None:
        self._stage = SilhouetteStage(self.options)

    def _on_follow(self, request: Follow.Request, response: Follow.Response) -> Follow.Response:
        try:
            self._followed = self._stage.follow(request.track_id, (request.column, request.row))
            response.success, response.message = True, f'person {self._followed} is followed'
        except BadInput as error:
            response.message = str(error)
        response.track_id = self._followed
        return response

    def put_away(self) -> None:
        """An orderly end: what was known need not be kept."""
        self._kept.forget()

    def _publish(self, frame: RgbdFrame, header: Header) -> None:
        before = self._kept.recall(conversions.stamp_ns(header))
        if before:
            self._stage.resume(before)
        person = self._stage(frame)
        self._kept.keep(conversions.stamp_ns(header), self._stage.state)
        self.health.doubt('memory', self._kept.trouble)
        self._followed = person.track_id
        self.answer(self._out, conversions.silhouette_message(person, header))
        self.health.counts['nobody because'] = self._stage.reason or 'somebody is there'
        self.health.doubt('camera', self._stage.doubt)
        self.health.doubt('person', 'two people touch or are taken for one: whose limbs these are is not sure'
                          if person.doubt > DOUBTFUL else '')
