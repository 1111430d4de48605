"""What cameras and recordings do wrong, over DDS: no node dies, the reason is logged once and stands in the diagnostics,
and the next good image is processed."""

import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace

import cv2
import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from helpers.live_station import PERIOD_NS, live_station, messages_of, positions, steady_timer
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import ReliabilityPolicy
from sensor_msgs.msg import CompressedImage, Image

from poseformer_ros.ros import conversions
from poseformer_ros.skeleton.joints import JointState
from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio
from poseformer_ros.synthesis.capsule.figure_pose import STANDING


@pytest.fixture
def station():
    with live_station() as running:
        running.ready()
        yield running


def assert_told_once_and_over(station, frame, spoil, node, *words):
    """Send three spoilt moments; the node says the words in its diagnostics and logs once; a good one is then processed."""
    station.show(frame)
    for wanted in (1, 2, 3):
        sent = messages_of(frame, station.stamp())
        spoil(sent)
        station.camera.send(sent)
        station.until_counted(node, 'troubles', wanted)
    station.until_told(node, *words)
    assert not station.probe.said(node, 'please report it')     # that is for our own defects
    assert len(station.probe.skeletons) == 1
    assert station.show(frame).track_id == 1
    assert station.probe.logged(node, words[0]) == 1


# --- broken images

def other_encoding(name, encoding):
    def spoil(sent):
        getattr(sent, name).encoding = encoding
    return spoil


def zero_k(sent):
    sent.info.k = np.zeros(9)


def half_size_depth(sent):
    sent.depth = Image(header=sent.depth.header, width=160, height=120, encoding='16UC1', step=320, data=bytes(38400))


def other_size_of_calibration(sent):
    sent.info.width, sent.info.height = 1280, 720


def too_few_bytes(sent):
    sent.depth.data = sent.depth.data[:1000]


@pytest.mark.parametrize(('spoil', 'words'), [
    (other_encoding('depth', 'mono8'), ("depth/image: encoding 'mono8'", 'wanted 16UC1 or 32FC1', 'camera preset')),
    (zero_k, ('color/camera_info: K has focal lengths (0, 0)', 'not calibrated', 'calibrate it')),
    (half_size_depth, ('depth/image: 160 x 120', '320 x 240', 'alignment')),
    (other_size_of_calibration, ('color/image: 320 x 240', '1280 x 720')),
    (too_few_bytes, ('bytes with step 640 are too few', 'depth/image: ', 'broken images')),
], ids=['depth encoding', 'uncalibrated', 'depth size', 'calibration size', 'short depth'])
def test_image_that_cannot_be_used(station, person, spoil, words):
    assert_told_once_and_over(station, person[0], spoil, 'rgbd_sync', *words)


@pytest.mark.parametrize(('encoding', 'value'), [
    ('16UC1', np.uint16(0)), ('16UC1', np.uint16(65535)),
    ('32FC1', np.float32(0)), ('32FC1', np.float32(np.nan)), ('32FC1', np.float32(np.inf)), ('32FC1', np.float32(-1)),
])
def test_image_without_depth_is_an_empty_room(station, person, encoding, value):
    frame, _ = person
    station.show(frame)
    blind = messages_of(frame, station.stamp())
    raw = np.full(frame.depth.shape, value)
    blind.depth.encoding, blind.depth.step, blind.depth.data = encoding, raw[0].nbytes, raw.tobytes()
    assert set(station.answer_to(blind).state) == {JointState.MISSING}
    assert station.show(frame).track_id == 1
    assert not any(node.health.counts.get('troubles') for node in station.nodes.values())


def test_holes_and_spikes_in_the_depth_move_the_joints_little(station, person):
    """Ten in a hundred pixels unknown and one saturated, scattered."""
    frame, _ = person
    clean = positions(station.show(frame))
    random = np.random.default_rng(0).random(frame.depth.shape)
    spoilt = np.where(random < 0.10, np.nan, np.where(random > 0.99, 65.534, frame.depth)).astype(np.float32)
    moved_mm = 1e3 * np.linalg.norm(positions(station.show(replace(frame, depth=spoilt))) - clean, axis=1)
    assert np.nanmax(moved_mm) < 40.0


def other_depth_frame(sent):
    sent.depth.header.frame_id = 'depth_optical'


def unreadable_colour(sent):
    sent.color.encoding = 'infra_green'


def too_few_bytes_of_colour(sent):
    sent.color.data = sent.color.data[:1000]


def millimetres_as_metres(sent):
    """As some drivers do: 32FC1 that holds millimetres."""
    millimetres = np.frombuffer(sent.depth.data, np.uint16).astype(np.float32)
    sent.depth.encoding, sent.depth.step, sent.depth.data = '32FC1', 4 * sent.depth.width, millimetres.tobytes()


@pytest.mark.parametrize(('change', 'words'), [
    (other_depth_frame, ("frame 'depth_optical'", 'input.depth_registered')),
    (unreadable_colour, ("color/image: 'infra_green'", 'going on with depth alone')),
    (too_few_bytes_of_colour, ('are too few', 'going on with depth alone')),
    (millimetres_as_metres, ('the median depth is', 'wrong unit?', 'set input.depth_scale to 0.001')),
], ids=['frames', 'colour encoding', 'short colour', 'unit'])
def test_doubtful_images_are_used_with_a_warning_that_goes_away(station, person, change, words):
    doubtful = messages_of(person[0], station.stamp())
    change(doubtful)
    station.camera.send(doubtful)
    station.until(lambda: station.probe.said('rgbd_sync', *words), f'{words} in the diagnostics')
    station.until(lambda: conversions.stamp_ns(doubtful.color.header) in station.probe.skeletons, 'its skeleton')
    # That inputs are silent between the images of a slow test is another warning.
    status = station.nodes['rgbd_sync'].health.status
    station.until(lambda: station.show(person[0]) and words[0] not in status().message, 'the warning gone')


# --- streams

STREAMS = ('color/image', 'depth/image', 'color/camera_info')
OTHERS = {topic: [other for other in STREAMS if other != topic] for topic in STREAMS}


@pytest.mark.parametrize(('lost', 'topic'), [('color', 'color/image'), ('depth', 'depth/image'), ('info', 'color/camera_info')])
def test_missing_stream_is_named(station, person, lost, topic):
    frame, _ = person
    station.show(frame)
    station.until(lambda: 'rgbd_sync' in station.probe.statuses, 'a first diagnosis')

    def send_the_others():
        sent = messages_of(frame, station.stamp())
        setattr(sent, lost, None)
        station.camera.send(sent)

    def names_it_alone(said):
        # A loaded machine may say before it that it does not keep up.
        return f'waiting for: {topic} (' in said and not any(f'{other} (' in said for other in OTHERS[topic])

    sending = steady_timer(station.camera, 0.05, send_the_others)
    statuses = station.probe.statuses['rgbd_sync']
    # On a loaded machine the others may be late too, before it and after.
    station.until(lambda: any(names_it_alone(status.message) for status in statuses), f'waiting for {topic}')
    assert any(names_it_alone(status.message) and 'its driver sends nothing' in status.message for status in statuses)
    said = len(statuses)
    station.until(lambda: len(statuses) > said, 'one more diagnosis')
    # The log comes by another topic, and may come later.
    station.until(lambda: any(names_it_alone(entry.msg) for entry in station.probe.log), 'the log of it')
    lines = [entry.msg for entry in station.probe.log if names_it_alone(entry.msg)]
    assert len(lines) == 1, lines
    # Once the calibration has come those images are complete too, and a newer one may overtake the one that is waited for.
    sending.cancel()
    assert station.show(frame).track_id == 1


def test_absent_camera_is_named_with_its_topics():
    with live_station('rgbd_sync', 'silhouette') as station:
        station.camera.withdraw('color')
        station.camera.withdraw('depth')
        station.until(lambda: station.probe.said('rgbd_sync', f'color/image (nobody publishes /{station.namespace}/color/image',
                                                 f'depth/image (nobody publishes /{station.namespace}/depth/image',
                                                 'start the camera or set its preset'), 'nobody publishes')


def test_image_before_its_calibration_is_lost_with_a_reason(station, person):
    sent = messages_of(person[0], station.stamp())
    sent.info = None
    station.camera.send(sent)
    station.until(lambda: station.probe.said('rgbd_sync', 'color/camera_info'), 'calibration asked for')
    assert station.show(person[0]).track_id == 1


def test_late_depth_finds_its_colour(station, person):
    """Depth comes four images after its colour, as when a driver decodes or registers it."""
    moments = [messages_of(person[0], station.stamp()) for _ in range(12)]
    for number, moment in enumerate(moments):
        station.camera.send(replace(moment, depth=None))
        if number >= 4:
            station.camera.send(replace(moments[number - 4], color=None, info=None))
            station.until_answers(number - 3)
    assert station.nodes['rgbd_sync'].health.counts['unmatched color'] == 0


def test_colour_at_30_and_depth_at_15_hz(station, person):
    for pair in range(1, 6):
        station.camera.send(messages_of(person[0], station.stamp()))
        station.until_answers(pair)
        station.camera.send(replace(messages_of(person[0], station.stamp()), depth=None))
    station.until_counted('rgbd_sync', 'received color/image', 10)
    station.until(lambda: station.probe.value('rgbd_sync', 'received color/image') == 10, 'counts in the diagnostics')
    wanted = {'matched': 5, 'unmatched color': 4, 'unmatched depth': 0, 'troubles': 0}
    assert {name: station.probe.value('rgbd_sync', name) for name in wanted} == wanted


def test_stamps_apart_are_told_with_gap_and_remedy(station, person):
    frame, _ = person
    for number in range(1, 26):
        sent, later = messages_of(frame, station.stamp()), messages_of(frame, station.stamp() + 1000 * PERIOD_NS)
        station.camera.send(replace(sent, depth=later.depth))
        station.until_counted('rgbd_sync', 'received color/image', number)
        station.until_counted('rgbd_sync', 'received depth/image', number)
    assert not station.probe.skeletons
    station.until_told('rgbd_sync', 'ms apart, more than sync.slop_s (20 ms)', 'synchronize the driver')
    station.go_back(-100.0)
    assert station.show(frame).track_id == 1
    assert station.probe.logged('rgbd_sync', 'ms apart') == 1


@pytest.mark.parametrize(('apart_s', 'said'), [(1_600_000_000.0, '50.7 years apart'), (7200.0, '2.0 hours apart')])
def test_streams_of_two_clocks_are_called_that(station, person, apart_s, said):
    """One stream by the machine's clock, one by the device's."""
    for number in range(1, 26):
        sent, other = messages_of(person[0], station.stamp()), messages_of(person[0], station.stamp() - round(apart_s * 1e9))
        station.camera.send(replace(sent, depth=other.depth))
        station.until_counted('rgbd_sync', 'received color/image', number)
        station.until_counted('rgbd_sync', 'received depth/image', number)
    station.until_told('rgbd_sync', said, 'by different clocks', 'one clock')
    assert not station.probe.said('rgbd_sync', 'slop')


@contextmanager
def sending(station, frame, *more):
    """The camera sends at 10 Hz, and more is done each time."""
    def send():
        if timer.is_canceled():     # one that waited in the executor
            return
        station.camera.send(messages_of(frame, station.stamp()))
        for call in more:
            call()
    timer = steady_timer(station.camera, 0.1, send)
    yield
    timer.cancel()


def test_two_publishers_of_one_topic_are_named(station, person):
    health, depth = station.nodes['rgbd_sync'].health, messages_of(person[0], station.stamp()).depth
    with another_participant(station.namespace) as driver:
        second = driver.create_publisher(Image, 'depth/image', 10)
        with sending(station, person[0], lambda: second.publish(depth)):
            station.until(lambda: station.probe.said('rgbd_sync', 'depth/image has 2 publishers', 'End one'), 'both publishers')
        driver.destroy_publisher(second)
    station.until(lambda: 'publishers' not in health.status().message, 'the second gone')
    assert station.show(person[0]).track_id == 1


def test_a_second_publisher_that_sends_nothing_is_not_named(station, person):
    with another_participant(station.namespace) as driver:
        second = driver.create_publisher(Image, 'depth/image', 10)
        with sending(station, person[0]):
            station.until(lambda: len(station.probe.skeletons) > 20 and station.camera.count_publishers('depth/image') == 2,
                          'images beside it')
        driver.destroy_publisher(second)
    assert not station.probe.said('rgbd_sync', 'publishers')


def test_what_a_killed_driver_leaves_in_the_graph_is_no_second_driver(station, person):
    """It is named while it sends, and no more once it is dead, though DDS lists it for twenty seconds."""
    health = station.nodes['rgbd_sync'].health
    driver = subprocess.Popen([sys.executable, '-c', DRIVER, f'/{station.namespace}/depth/image'])
    with sending(station, person[0]):
        try:
            station.until(lambda: 'has 2 publishers' in health.status().message, 'both drivers')
        finally:
            driver.kill()
            driver.wait()
        station.until(lambda: 'publishers' not in health.status().message, 'the dead one is not named')
        assert station.camera.count_publishers('depth/image') == 2
    assert station.show(person[0]).track_id == 1


DRIVER = """
import sys, time, rclpy
from sensor_msgs.msg import Image
rclpy.init()
output = rclpy.create_node('killed_driver').create_publisher(Image, sys.argv[1], 10)
while True:
    output.publish(Image())
    time.sleep(0.1)
"""


def test_a_second_station_in_the_namespace_is_named_once_and_one_that_ended_no_more(station, person):
    station.show(person[0])
    name = f'{station.namespace}/silhouette'
    with another_participant(station.namespace) as other:
        diagnostics = other.create_publisher(DiagnosticArray, '/diagnostics', 10)
        said = DiagnosticArray(status=[DiagnosticStatus(name=name, hardware_id='ward-pc, process 77')])
        timer = other.create_timer(0.2, lambda: diagnostics.publish(said))
        executor = SingleThreadedExecutor(context=other.context)
        executor.add_node(other)
        station.until(lambda: executor.spin_once(timeout_sec=0.0) or station.probe.said(
            'silhouette', 'another station runs', 'ward-pc, process 77', 'another namespace'), 'the other station')
        other.destroy_timer(timer)
    status = station.nodes['silhouette'].health.status
    station.until(lambda: 'another station' not in status().message, 'the other gone')
    assert station.probe.logged('silhouette', 'another station runs') == 1


def test_topic_of_another_type_is_named_with_both_types(station, person):
    station.camera.withdraw('color')
    with another_participant(station.namespace) as driver:
        wrong = driver.create_publisher(CompressedImage, 'color/image', 10)
        station.until_told('rgbd_sync', 'is published as sensor_msgs/msg/CompressedImage', 'wanted sensor_msgs/msg/Image',
                           'input.color_transport')
        driver.destroy_publisher(wrong)
    station.camera.offer('color', Image, 'color/image')
    station.ready()
    assert station.show(person[0]).track_id == 1
    assert station.probe.logged('rgbd_sync', 'is published as sensor_msgs/msg/CompressedImage') == 1


@contextmanager
def another_participant(namespace):
    """A node as if of another process: within one participant a topic has one type."""
    context = rclpy.Context()
    context.init()
    driver = rclpy.create_node('driver', context=context, namespace=namespace, use_global_arguments=False)
    yield driver
    driver.destroy_node()
    context.shutdown()


def test_compressed_colour_is_read(person):
    frame, _ = person
    with live_station(rgbd_sync={'input.color_transport': 'compressed'}) as station:
        station.camera.offer('color', CompressedImage, 'color/image/compressed')
        station.ready()
        sent = messages_of(frame, station.stamp())
        sent.color = CompressedImage(header=sent.color.header, format='png', data=cv2.imencode('.png', frame.color)[1].tobytes())
        silhouette = station.silhouette_of(station.answer_to(sent))
        assert silhouette.person_found
        rows = slice(silhouette.roi.y_offset, silhouette.roi.y_offset + silhouette.roi.height)
        columns = slice(silhouette.roi.x_offset, silhouette.roi.x_offset + silhouette.roi.width)
        assert bytes(silhouette.color.data) == frame.color[rows, columns].tobytes()


def test_driver_that_comes_back_with_other_delivery_is_read_again(station, person):
    for reliability in (ReliabilityPolicy.BEST_EFFORT, ReliabilityPolicy.RELIABLE):
        station.camera.start(reliability)
        station.ready()
        assert station.show(person[0]).track_id == 1


def test_reader_that_asks_for_more_than_is_offered_says_so(person):
    with live_station(rgbd_sync={'input.reliability': 'reliable'}, reliability=ReliabilityPolicy.BEST_EFFORT) as station:
        station.until_told('rgbd_sync', 'offers another quality of service', 'input.reliability', 'set it to auto')


# --- stages and time

class Failing:
    """A stage with a defect."""

    def __call__(self, *_):
        raise ZeroDivisionError('a defect of this stage')

    def reset(self):
        """Nothing to forget."""


@pytest.mark.parametrize(('node', 'attribute'), [('rgbd_sync', '_assemble'), ('silhouette', '_stage'), ('joints', '_find_joints'),
                                                 ('joints', '_filter')])
def test_exception_in_a_stage_costs_one_image(station, person, node, attribute):
    frame, _ = person
    station.show(frame)
    sound = getattr(station.nodes[node], attribute)
    setattr(station.nodes[node], attribute, Failing())
    for wanted in (1, 2, 3):
        station.camera.send(messages_of(frame, station.stamp()))
        station.until_counted(node, 'troubles', wanted)
    station.until_told(node, 'ZeroDivisionError: a defect of this stage', 'this image is lost')
    setattr(station.nodes[node], attribute, sound)
    assert len(station.probe.skeletons) == 1
    assert station.show(frame).track_id == 1
    assert station.probe.logged(node, 'a defect of this stage') == 1


def test_time_that_goes_back_starts_afresh(studio, person):
    frame, _ = person
    elsewhere, _ = CapsuleStudio(replace(studio.camera, aside=1.1))(STANDING)
    with live_station(silhouette={'segmentation.gate_m': 0.2, 'segmentation.patience': 0}) as station:
        station.ready()
        station.show(frame)
        assert station.show(elsewhere).track_id == 2        # farther than a person steps: somebody else
        station.go_back(100.0)
        assert station.show(elsewhere).track_id == 1        # nobody is remembered, numbers begin again
        station.until(lambda: all(station.probe.logged(node, 'time went back by') and
                                  station.probe.value(node, 'time went back') == 1 for node in station.nodes), 'every node says so')
        assert station.show(elsewhere).track_id == 1
        assert all(station.probe.logged(node, 'time went back by') == 1 for node in station.nodes)


def test_looped_recording_loses_no_image(station, person):
    """Three times the same five stamps; the skeletons of each round are the same to the last bit."""
    rounds = []
    for _ in range(3):
        rounds.append([])
        for _ in range(5):
            rounds[-1].append(positions(station.show(person[0])).tobytes())
        station.go_back(5 * PERIOD_NS / 1e9)
    assert rounds[0] == rounds[1] == rounds[2]


def test_live_change_of_a_parameter(station, person):
    frame, _ = person
    margin = station.nodes['silhouette'].options['crop'].margin
    narrow = station.silhouette_of(station.show(frame)).roi
    result = station.set_parameter('silhouette', 'crop.margin', margin * 2)
    assert result.successful, result.reason
    wide = station.silhouette_of(station.show(frame)).roi
    assert wide.width > narrow.width and wide.height >= narrow.height
    refused = station.set_parameter('silhouette', 'crop.margin', 1e6)
    assert not refused.successful and 'crop.margin' in refused.reason
    assert station.silhouette_of(station.show(frame)).roi == wide


def test_calibration_that_changes_is_used_from_the_next_image_on(station, person):
    frame, _ = person
    assert station.silhouette_of(station.show(frame)).k[0] == 262.5
    sent = messages_of(frame, station.stamp())
    sent.info.k = np.array([525.0, 0, 159.5, 0, 525.0, 119.5, 0, 0, 1.0])
    sent.info.p = np.array([525.0, 0, 159.5, 0, 0, 525.0, 119.5, 0, 0, 0, 1.0, 0])
    assert station.silhouette_of(station.answer_to(sent)).k[0] == 525.0
