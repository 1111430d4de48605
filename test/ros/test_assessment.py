"""The assessment's node over DDS: sets counted live as offline, across a restart; services that say what is wrong."""

from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement
from helpers.live_station import FRAME_ID, live_station
from poseformer_ros.srv import Mark, StartSet, Teach
from rclpy.time import Time
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from poseformer_ros import msg
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.movement import room_axes
from poseformer_ros.assessment.set_assessment import assess_set
from poseformer_ros.body.fitting.result import BodyFitResult, FitState
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.recordings.session_file import read_session
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.silhouette.person import Floor

FLOOR = Floor(np.array([0.0, -1.0, 0.0]), 1.1)
BEGUN_NS = 1_700_000_000 * 10**9


@pytest.fixture(scope='module')
def squats():
    model = load_body_model(default_body_path())
    return acted_movement(acted_clip('kimore_es5', 62020, model), model)


class Desk:
    """What a therapist's program does: calls services, reads results; and a fit that is shown moment by moment."""

    def __init__(self, station):
        self.station, self.probe = station, station.probe
        self.live, self.repetitions, self.angles = {}, [], {}
        self.probe.create_subscription(msg.AssessmentLive, 'assessment/live', self._keep(self.live), PROFILES['result'])
        self.probe.create_subscription(msg.AssessmentRepetition, 'assessment/repetition', self.repetitions.append,
                                       PROFILES['result'])
        self.probe.create_subscription(JointState, 'assessment/angles', self._keep(self.angles), PROFILES['result'])
        self.fits = self.probe.create_publisher(msg.BodyFit, 'body/fit', PROFILES['result'])
        self.people = self.probe.create_publisher(msg.Silhouette, 'silhouette', PROFILES['result'])
        node = station.nodes['assessment']
        station.until(lambda: self.fits.get_subscription_count() and self.people.get_subscription_count()
                      and all(node.count_subscribers(f'assessment/{topic}') for topic in ('live', 'repetition', 'angles')),
                      'discovery')

    @staticmethod
    def _keep(kept):
        return lambda message: kept.__setitem__(conversions.stamp_ns(message.header), message)

    def call(self, kind, service, **request):
        client = self.probe.create_client(kind, service)
        self.station.until(client.service_is_ready, service)
        future = client.call_async(kind.Request(**request))
        self.station.until(future.done, f'an answer of {service}')
        return future.result()

    def show(self, movement, indices):
        """The fit of each moment, the next when the last is answered."""
        for index in indices:
            header = Header(stamp=Time(nanoseconds=BEGUN_NS + round(1e9 * movement.stamps_s[index])).to_msg(), frame_id=FRAME_ID)
            person = msg.Silhouette(header=header, floor_found=True)
            person.floor.coef = [*FLOOR.normal.tolist(), FLOOR.offset]
            self.people.publish(person)
            self.fits.publish(conversions.body_fit_message(fit_of(movement, index), header))
            stamp_ns = conversions.stamp_ns(header)
            self.station.until(lambda stamp_ns=stamp_ns: stamp_ns in self.live, 'the answer to a fit')


def fit_of(movement, index) -> BodyFitResult:
    joints = movement.joints[index] @ room_axes(FLOOR) + FLOOR.below_camera
    return BodyFitResult(pose=np.zeros((24, 3)), betas=np.zeros(10), translation=np.zeros(3), joints=joints,
                         joint_state=movement.state[index], joint_covariance=np.broadcast_to(np.eye(3) * 1e-4, (24, 3, 3)),
                         joint_residual=0.01, surface_residual=0.01, state=FitState.FITTED, track_id=3, quality=0.9)


@contextmanager
def desk(folder):
    with live_station('assessment', assessment={'assessment.folder': str(folder)}) as station:
        yield Desk(station)


def test_a_session_says_what_made_it(tmp_path, squats):
    """Software, camera, body and changed parameters, as the report prints them."""
    with desk(tmp_path) as one:
        models = one.probe.create_publisher(msg.BodyModelInfo, 'body/model', PROFILES['latched'])
        models.publish(msg.BodyModelInfo(name='all_ages', method='fast'))
        person = msg.Silhouette(header=Header(stamp=Time(nanoseconds=BEGUN_NS).to_msg(), frame_id=FRAME_ID), image_width=640,
                                image_height=480, k=[525.0, 0.0, 320.0, 0.0, 525.0, 240.0, 0.0, 0.0, 1.0])
        node = one.station.nodes['assessment']
        one.station.until(models.get_subscription_count, 'discovery of the model')
        one.people.publish(person)
        one.station.until(lambda: 'all_ages' in node._facts['body'] and '640' in node._facts['camera'], 'model and camera')
        assert one.call(StartSet, 'start_set', exercise='kimore_es5', patient='p7').success
    facts = read_session(next(tmp_path.glob('p7/*/session.jsonl'))).facts
    version = ElementTree.parse(Path(__file__).parents[2] / 'package.xml').findtext('version')
    assert facts == {'software': f'poseformer_ros {version}', 'body': 'all_ages fitted by fast', 'parameters': 'as shipped',
                     'camera': f'{FRAME_ID} of 640 x 480 px with a focal length of 525 px'}


def test_a_set_across_a_restart_is_counted_live_as_from_its_file(tmp_path, squats):
    half = len(squats) // 2
    with desk(tmp_path) as first:
        first.show(squats, range(1))        # the floor and the clock are known
        answer = first.call(StartSet, 'start_set', exercise='kimore_es5', patient='p7')
        assert answer.success and 'Squatting' in answer.message
        first.show(squats, range(1, half))
        assert first.call(Mark, 'mark', text='left knee hurts').success
    with desk(tmp_path) as second:
        second.show(squats, range(half, len(squats)))
        live = second.live[max(second.live)]
        assert (live.count, live.exercise, live.track_id) == (3, 'kimore_es5', 3)
        answer = second.call(Trigger, 'end_set')
        assert answer.success and answer.message.startswith('3 repetitions')
        second.station.until(lambda: sum(one.final for one in second.repetitions) == 3, 'the final repetitions')
    stored = read_session(next(tmp_path.glob('p7/*/session.jsonl'))).sets[0]
    assert [text for _, text in stored.marks] == ['left knee hurts']
    offline = assess_set(stored.movement, exercise_specs()['kimore_es5'])
    final = [one for one in second.repetitions if one.final]
    for told, found in zip(final, offline.repetitions, strict=True):
        assert told.end_s - told.start_s == pytest.approx(found.repetition.end_s - found.repetition.start_s, abs=1e-6)
        np.testing.assert_allclose(told.values, [measure.value for measure in found.measures], rtol=1e-9)
        assert list(told.faults) == [fault.name for fault in found.faults]


def test_angles_come_without_a_set_and_services_say_what_is_wrong(tmp_path, squats):
    with desk(tmp_path) as it:
        it.show(squats, range(2))
        stamp_ns = max(it.live)
        it.station.until(lambda: stamp_ns in it.angles, 'angles')
        angles = dict(zip(it.angles[stamp_ns].name, it.angles[stamp_ns].position))
        assert abs(angles['left_knee']) < 0.6 and it.live[stamp_ns].phase == msg.AssessmentLive.NO_SET
        for kind, name, request, words in ((Trigger, 'end_set', {}, 'start_set first'),
                                           (Mark, 'mark', {'text': 'x'}, 'start_set first'),
                                           (StartSet, 'start_set', {'exercise': 'juggling'}, 'juggling'),
                                           (Teach, 'teach', {'name': 'x'}, 'start_set first')):
            answer = it.call(kind, name, **request)
            assert not answer.success and words in answer.message
