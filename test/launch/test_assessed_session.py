"""A session of three exercises through the running graph: counts and angles as offline, also when the node is killed within it."""

import itertools
import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement
from helpers.fit_motion import skeleton
from helpers.live_station import FRAME_ID, live_station, steady_timer
from poseformer_ros.srv import StartSet
from rclpy.time import Time
from sensor_msgs.msg import JointState
from std_msgs.msg import Header
from std_srvs.srv import Trigger

from poseformer_ros import msg
from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.movement import Movement, covariance_in_room, in_room, room_axes
from poseformer_ros.assessment.set_assessment import AssessedSet, assess_set
from poseformer_ros.body.fitting.result import BodyFitResult, FitState, no_fit
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.silhouette.person import LEVEL_CAMERA

EXERCISES = ('kimore_es1', 'kimore_es5', 'kimore_es3')
KILLED_IN = 'kimore_es5'
REPETITIONS = 2
BEGUN_NS, BETWEEN_NS = 1_700_000_000 * 10**9, 5 * 10**9
AWAY_M = 3.0
SIGMA_M = 0.01
JUDGED = ('left_knee', 'right_knee', 'left_elbow', 'right_shoulder', 'trunk_forward', 'trunk_turn')


@dataclass(frozen=True)
class Set:
    """stamps_ns: (T,). joints: (T, 24, 3) metres, optical frame of a level camera. fits: what is fitted to them offline."""

    exercise: str
    stamps_ns: list[int]
    joints: np.ndarray
    fits: list[BodyFitResult] = field(default_factory=list)

    def offline(self) -> AssessedSet:
        """The set as it is assessed from the offline fits."""
        joints = np.stack([fit.joints for fit in self.fits])
        covariance = np.stack([covariance_in_room(fit.joint_covariance, None) for fit in self.fits])
        movement = Movement(np.array(self.stamps_ns) / 1e9, in_room(joints, None), np.stack([fit.joint_state for fit in self.fits]),
                            covariance, np.array([fit.quality for fit in self.fits]))
        return assess_set(movement, exercise_specs()[self.exercise])


@pytest.fixture(scope='module')
def session() -> list[Set]:
    """Three sets of one person, one after another, fitted by the offline chain."""
    model = load_body_model(default_body_path())
    pipeline, sets, begun_ns = Pipeline(None, ('smpl_fit',), model), [], BEGUN_NS
    for number, exercise in enumerate(EXERCISES):
        movement = acted_movement(acted_clip(exercise, 62031, model, repetitions=REPETITIONS), model, seed=number)
        stamps_ns = [begun_ns + round(1e9 * stamp_s) for stamp_s in movement.stamps_s]
        joints = (movement.joints - [0.0, 0.0, AWAY_M]) @ room_axes(LEVEL_CAMERA) + LEVEL_CAMERA.below_camera
        fits = [pipeline.fit_joints(skeleton(at, SIGMA_M), (stamp_ns - BEGUN_NS) / 1e9) for at, stamp_ns in zip(joints, stamps_ns)]
        sets.append(Set(exercise, stamps_ns, joints, fits))
        begun_ns = stamps_ns[-1] + BETWEEN_NS
    return sets


class Desk:
    """Shows joints to the node smpl_fit, which lives here, and reads what the node assessment says, which is another process."""

    def __init__(self, station, folder):
        self.station, self.probe, self._folder = station, station.probe, folder
        self.live, self.repetitions, self.angles = {}, [], {}
        for kind, topic, take in ((msg.AssessmentLive, 'live', self._keep(self.live)),
                                  (JointState, 'angles', self._keep(self.angles)),
                                  (msg.AssessmentRepetition, 'repetition', self.repetitions.append)):
            self.probe.create_subscription(kind, f'assessment/{topic}', take, PROFILES['result'])
        self._skeletons = self.probe.create_publisher(msg.Skeleton24, 'skeleton/raw', PROFILES['result'])
        self._nobody = self.probe.create_publisher(msg.BodyFit, 'body/fit', PROFILES['result'])
        station.until(self._skeletons.get_subscription_count, 'smpl_fit reads skeletons')

    @staticmethod
    def _keep(kept):
        return lambda message: kept.__setitem__(conversions.stamp_ns(message.header), message)

    @contextmanager
    def assessment(self, after_ns):
        """The node in a process, which answers; killed outright at the end."""
        process = subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'node', 'assessment', '--ros-args', '-r',
                                    f'__ns:=/{self.station.namespace}', '-p', f'assessment.folder:={self._folder}'])
        try:
            self._answers(after_ns)
            yield
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    def _answers(self, after_ns):
        """Say that nobody is there until the node is heard: both have found each other then."""
        stamps_ns = itertools.count(after_ns + 1, 10**5)

        def say_nobody():
            self._nobody.publish(conversions.body_fit_message(no_fit(FitState.NONE, 0), header(next(stamps_ns))))

        timer = steady_timer(self.probe, 0.2, say_nobody)
        self.station.until(lambda: any(stamp_ns > after_ns for stamp_ns in self.live), 'an answer of the assessment')
        self.probe.destroy_timer(timer)

    def call(self, kind, service, **request):
        client = self.probe.create_client(kind, service)
        self.station.until(client.service_is_ready, service)
        answer = self.station.call(client.call_async(kind.Request(**request)))
        assert answer.success, answer.message
        return answer

    def show(self, one: Set, indices):
        for index in indices:
            stamp_ns = one.stamps_ns[index]
            self._skeletons.publish(conversions.skeleton_message(skeleton(one.joints[index], SIGMA_M), header(stamp_ns)))
            self.station.until(lambda stamp_ns=stamp_ns: stamp_ns in self.live and stamp_ns in self.angles,
                               f'moment {index} of {one.exercise}')


def final_words(desk: Desk, one: Set) -> list[msg.AssessmentRepetition]:
    return [said for said in desk.repetitions if said.final and said.exercise == one.exercise]


def header(stamp_ns: int) -> Header:
    return Header(stamp=Time(nanoseconds=stamp_ns).to_msg(), frame_id=FRAME_ID)


def test_a_session_is_counted_and_measured_live_as_offline_though_the_node_is_killed(tmp_path, session, monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(101 + os.getpid() % 100))
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with live_station('smpl_fit', smpl_fit={'freshness.stale_s': 0.0}) as station:
        desk = Desk(station, tmp_path)
        finals, live_counts, told = {}, {}, {}

        def begin(one):
            desk.call(StartSet, 'start_set', exercise=one.exercise, patient='p9')

        def end(one):
            answer = desk.call(Trigger, 'end_set')
            said = [int(part) for part in answer.message.split() if part.isdigit()][0]
            station.until(lambda: len(final_words(desk, one)) == said, 'the final words on each repetition')
            finals[one.exercise] = final_words(desk, one)
            live_counts[one.exercise] = desk.live[one.stamps_ns[-1]].count

        cut = next(one for one in session if one.exercise == KILLED_IN)
        middle = int(np.searchsorted((np.array(cut.stamps_ns) - cut.stamps_ns[0]) / 1e9,
                                     cut.offline().repetitions[0].repetition.end_s - cut.stamps_ns[0] / 1e9)) + 8
        with desk.assessment(BEGUN_NS - 10**9):
            for one in session[:session.index(cut)]:
                begin(one)
                desk.show(one, range(len(one.joints)))
                end(one)
            begin(cut)
            desk.show(cut, range(middle))
            told[KILLED_IN] = desk.live[cut.stamps_ns[middle - 1]].count
        with desk.assessment(cut.stamps_ns[middle - 1]):
            desk.show(cut, range(middle, len(cut.joints)))
            end(cut)
            for one in session[session.index(cut) + 1:]:
                begin(one)
                desk.show(one, range(len(one.joints)))
                end(one)
    assert told[KILLED_IN] == 1      # a repetition was finished before the node was killed
    for one in session:
        offline = one.offline().repetitions
        assert live_counts[one.exercise] == len(finals[one.exercise]) == len(offline) == REPETITIONS, one.exercise
        for live, found in zip(finals[one.exercise], offline, strict=True):
            assert live.end_s - live.start_s == pytest.approx(found.repetition.end_s - found.repetition.start_s, abs=0.05)
            values = dict(zip(live.measures, live.values))
            for name in exercise_specs()[one.exercise].outcomes:
                assert values[name] == pytest.approx(found.measure(name).value, abs=2.0), (one.exercise, name)
        offline_series = body_series(in_room(np.stack([fit.joints for fit in one.fits]), None))
        said = [dict(zip(desk.angles[stamp_ns].name, np.degrees(desk.angles[stamp_ns].position))) for stamp_ns in one.stamps_ns]
        for name in JUDGED:
            apart = np.abs(np.array([angles[name] for angles in said]) - offline_series[name])
            assert np.median(apart) < 0.5 and apart.max() < 3.0, (one.exercise, name)
