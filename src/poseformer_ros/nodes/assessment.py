"""Node assessment: angles of every image, and the repetitions and faults of the sets that are begun."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

import numpy as np
from std_srvs.srv import Trigger

from poseformer_ros import msg
from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.findings import NO_FAULT
from poseformer_ros.assessment.live_set import LiveState
from poseformer_ros.assessment.movement import Movement, movement_of_fit
from poseformer_ros.assessment.series_errors import inferred, series_errors
from poseformer_ros.assessment.set_assessment import AssessedRepetition
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.live_session import LiveSession
from poseformer_ros.ros import assessment_messages, conversions
from poseformer_ros.ros.bags.station_facts import software_version
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.spec import NodeSpec
from poseformer_ros.ros.stage_node import StageNode
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.srv import Mark, StartSet, Teach


class AssessmentNode(StageNode):
    """body/fit, silhouette -> assessment/angles, assessment/live, assessment/repetition. Services start_set, end_set, mark,
    teach."""

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec)
        # What makes a session, for whoever reads its report; the file takes what is known when it is begun.
        self._facts = {'software': f'poseformer_ros {software_version()}', 'camera': 'unknown', 'body': 'unknown'}
        self._session = LiveSession(self.options['assessment'], self.options['repetitions'], self._facts)
        if self._session.exercise:
            self.get_logger().info(f'the set of {self._session.exercise} that was cut goes on')
        self._floor: Floor | None = None
        self._header = msg.BodyFit().header
        self._track_id, self._fault = 0, NO_FAULT
        self._angles, self._errors = self.publisher('assessment/angles'), self.publisher('assessment/angle_errors')
        self._live, self._repetition = self.publisher('assessment/live'), self.publisher('assessment/repetition')
        self.create_service(StartSet, 'start_set', self._on_start)
        self.create_service(Trigger, 'end_set', self._on_end)
        self.create_service(Mark, 'mark', self._on_mark)
        self.create_service(Teach, 'teach', self._on_teach)
        # Its header has no stamp: it is of no image.
        self.create_subscription(msg.BodyModelInfo, 'body/model', self._on_model, PROFILES['latched'])
        self.listen('silhouette', self._on_person, guarded=False)
        self.listen('body/fit', self._on_fit)

    def _on_model(self, message: msg.BodyModelInfo) -> None:
        self._facts['body'] = f'{message.name} fitted by {message.method}'

    def _on_person(self, message: msg.Silhouette) -> None:
        self._floor = conversions.floor_of(message) or self._floor
        size = f'{message.image_width} x {message.image_height} px'
        self._facts['camera'] = f'{message.header.frame_id} of {size} with a focal length of {message.k[0]:.0f} px'

    def _on_fit(self, message: msg.BodyFit) -> None:
        fit, stamp_s = conversions.body_fit(message), conversions.stamp_ns(message.header) / conversions.NANO
        self._header, self._track_id = message.header, fit.track_id
        moment = movement_of_fit(stamp_s, fit, self._floor)
        if fit.fitted and self.is_read('assessment/angles', 'assessment/angle_errors'):
            self._publish_angles(moment)
        try:
            state, finished = self._session(stamp_s, moment)
        except BadInput as error:
            self.health.trouble(str(error))
            return
        if finished is not None:
            self._fault = finished.faults[0] if finished.faults else NO_FAULT
            self._tell(finished, self._session.exercise, self._session.begun_s, final=False)
        self._publish_live(state)

    def _publish_angles(self, moment: Movement) -> None:
        series = body_series(moment.joints)
        self._angles.publish(assessment_messages.joint_state(series, self._header))
        if self._errors.get_subscription_count():
            errors, unseen = series_errors(moment.joints, moment.covariance), inferred(moment.state)
            told = {name: np.where(unseen[name], np.inf, errors[name]) for name in errors}
            self._errors.publish(assessment_messages.joint_state(told, self._header))

    def _tell(self, one: AssessedRepetition, exercise: str, begun_s: float, final: bool) -> None:
        message = assessment_messages.repetition_message(one, exercise, final, begun_s, self._track_id, self._header)
        self._repetition.publish(message)

    def _publish_live(self, state: LiveState) -> None:
        self._live.publish(msg.AssessmentLive(
            header=self._header, track_id=self._track_id, exercise=self._session.exercise, phase=int(state.phase),
            count=state.count, fault=self._fault.sentence, fault_joints=self._fault.joints, angles=self._session.outcome_series))

    def _on_start(self, request: StartSet.Request, response: StartSet.Response) -> StartSet.Response:
        self._fault = NO_FAULT
        self._facts['parameters'] = ' '.join(self._changed_parameters()) or 'as shipped'
        return self._answered(response, lambda: self._session.start(request.exercise, request.patient, self._now_s()))

    def _changed_parameters(self) -> Iterator[str]:
        """All but where sessions are kept, which is of the machine."""
        for group in ('assessment', 'repetitions'):
            options = self.options[group]
            usual = type(options)()
            yield from (f'{group}.{one.name}={getattr(options, one.name)}' for one in fields(options)
                        if one.name != 'folder' and getattr(options, one.name) != getattr(usual, one.name))

    def _on_end(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        return self._answered(response, self._end_set)

    def _end_set(self) -> str:
        exercise, begun_s = self._session.exercise, self._session.begun_s
        found = self._session.end()
        if found is None:
            return 'the movement is kept'
        for one in found.repetitions:
            self._tell(one, exercise, begun_s, final=True)
        faulty = sum(bool(one.faults) for one in found.repetitions)
        return f'{len(found.repetitions)} repetitions, {faulty} with a fault'

    def _on_mark(self, request: Mark.Request, response: Mark.Response) -> Mark.Response:
        return self._answered(response, lambda: self._session.mark(request.text))

    def _on_teach(self, request: Teach.Request, response: Teach.Response) -> Teach.Response:
        return self._answered(response, lambda: self._taught(request.name))

    def _taught(self, name: str) -> str:
        spec = self._session.teach(name)
        return f'{spec.title}: counted by {spec.signal.replace("_", " ")}, {spec.usual:.0f} {spec.unit}'

    def _answered(self, response: Any, work: Callable[[], str]) -> Any:
        """A service's answer; what cannot be done is said, and no fault of the node."""
        try:
            with self.turn:
                response.message, response.success = work(), True
        except BadInput as error:
            response.message = str(error)
        return response

    def _now_s(self) -> float:
        """Stamp of the newest image; the clock before the first."""
        stamp_ns = conversions.stamp_ns(self._header)
        return (stamp_ns or self.get_clock().now().nanoseconds) / conversions.NANO
