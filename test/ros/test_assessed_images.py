"""A rendered session of three exercises through the running graph, image by image: what is told live is what the same stages say
offline, and what the person did."""

import numpy as np
import pytest
from helpers.live_station import live_station, messages_of
from poseformer_ros.srv import StartSet
from sensor_msgs.msg import JointState
from std_srvs.srv import Trigger

from poseformer_ros import msg
from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.movement import joined, movement_of_fit
from poseformer_ros.assessment.set_assessment import assess_set
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.pipeline import Pipeline
from poseformer_ros.recordings.session_file import read_session
from poseformer_ros.ros import conversions
from poseformer_ros.ros.input.rgbd_assembly import RgbdAssembly
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.synthesis.motion.exercises import make_motion
from poseformer_ros.synthesis.motion.motion_style import sample_style
from poseformer_ros.synthesis.rendered_recording import RecordingPlan, RenderedRecording
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

pytest.importorskip('open3d', reason='the studio casts rays with Open3D; pip install -r requirements/studio.txt')

SESSION = ('kimore_es1', 'kimore_es3', 'kimore_es5')
PERSON, REPETITIONS, RATE_HZ = 62024, 2, 6.0
BEGUN_NS, BETWEEN_NS = 1_700_000_000 * 10**9, 5 * 10**9
ANGLE_RAD, EDGE_S = 1e-6, 0.01     # a set begins behind its first image, which moves its edges by less than a millisecond
WATCHED = ('left_shoulder', 'right_shoulder', 'left_knee', 'right_knee', 'trunk_forward')


@pytest.fixture(scope='module')
def sent():
    """Of each exercise the messages of its images, one set after the other."""
    model, session, begins_ns = load_body_model(default_body_path()), {}, BEGUN_NS
    for exercise in SESSION:
        clip = make_motion(exercise, sample_style(PERSON), PERSON, repetitions=REPETITIONS, model=model)
        plan = RecordingPlan(exercise, clip, noise=NoiseModel('time_of_flight'), rate_hz=RATE_HZ,
                             seconds=len(clip.poses) / clip.rate_hz)
        recording = RenderedRecording(plan, model)
        session[exercise] = [messages_of(recording.frame(index)[0], begins_ns + round(1e9 * index / RATE_HZ))
                             for index in range(len(recording))]
        begins_ns += round(1e9 * len(recording) / RATE_HZ) + BETWEEN_NS
    return session


@pytest.fixture(scope='module')
def offline(sent):
    """Of each exercise the movement that the stages fit, one image after the other."""
    pipeline, assemble, session = Pipeline(stages=('silhouette', 'joints', 'smpl_fit')), RgbdAssembly(), {}
    for exercise, messages in sent.items():
        moments = []
        for one in messages:
            since_s = (stamp(one.color) - BEGUN_NS) / conversions.NANO       # as the graph's stages count
            answer = pipeline(assemble(one.color, one.depth, one.info, None), since_s)
            moments.append(movement_of_fit(since_s, answer.fit, answer.person.floor))
        session[exercise] = joined(moments)
    return session


@pytest.fixture(scope='module')
def live(sent, tmp_path_factory):
    """What the graph told: the angles of each stamp, the answers of end_set, the final repetitions; and the folder of sessions."""
    folder = tmp_path_factory.mktemp('sessions')
    angles, told, answers, finals = {}, {}, {}, []
    with live_station('rgbd_sync', 'silhouette', 'joints', 'smpl_fit', 'assessment',
                      assessment={'assessment.folder': str(folder)}) as station:
        probe = station.probe
        for kind, topic, kept in ((JointState, 'angles', angles), (msg.AssessmentLive, 'live', told)):
            probe.create_subscription(kind, f'assessment/{topic}', lambda m, kept=kept: kept.__setitem__(stamp(m), m),
                                      PROFILES['result'])
        probe.create_subscription(msg.AssessmentRepetition, 'assessment/repetition',
                                  lambda m: finals.append(m) if m.final else None, PROFILES['result'])
        ask = {kind: probe.create_client(kind, name) for kind, name in ((StartSet, 'start_set'), (Trigger, 'end_set'))}
        station.ready()
        station.until(lambda: all(client.service_is_ready() for client in ask.values()), 'services')
        for exercise, messages in sent.items():
            for index, one in enumerate(messages):
                station.answer_to(one)
                station.until(lambda one=one: stamp(one.color) in told and stamp(one.color) in angles, 'the assessment of an image')
                if index == 0:
                    assert station.call(ask[StartSet].call_async(StartSet.Request(exercise=exercise, patient='p1'))).success
            answers[exercise] = station.call(ask[Trigger].call_async(Trigger.Request())).message
        station.until(lambda: len(finals) >= REPETITIONS * len(SESSION), 'the final repetitions')
    return angles, answers, finals, folder


def stamp(message) -> int:
    return conversions.stamp_ns(message.header)


@pytest.mark.parametrize('exercise', SESSION)
def test_angles_are_those_of_the_stages_offline(sent, live, offline, exercise):
    angles, movement = live[0], offline[exercise]
    series = body_series(movement.joints)
    told = [dict(zip(angles[ns].name, angles[ns].position)) for ns in map(stamp, (one.color for one in sent[exercise]))]
    for name in WATCHED:
        np.testing.assert_allclose([angle[name] for angle in told], np.radians(series[name]), atol=ANGLE_RAD, err_msg=name)


@pytest.mark.parametrize('exercise', SESSION)
def test_repetitions_are_those_that_were_done_and_those_of_the_stages_offline(live, offline, exercise):
    _, answers, finals, folder = live
    assert answers[exercise].startswith(f'{REPETITIONS} repetitions')
    found = assess_set(offline[exercise], exercise_specs()[exercise]).repetitions
    told = [one for one in finals if one.exercise == exercise]
    assert len(told) == len(found) == REPETITIONS
    for one, other in zip(told, found):
        assert one.end_s - one.start_s == pytest.approx(other.repetition.end_s - other.repetition.start_s, abs=EDGE_S)
    stored = read_session(next(folder.glob('p1/*/session.jsonl'))).sets
    assert [one.exercise for one in stored] == list(SESSION)
