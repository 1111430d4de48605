"""The recorder over real DDS: what is published lies in the bag, bit for bit, and what is lost is counted."""

import json
import subprocess

import numpy as np
import pytest
from helpers.live_station import live_station
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.serialization import serialize_message
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from sensor_msgs.msg import CompressedImage, Image
from std_msgs.msg import String
from std_srvs.srv import SetBool

from poseformer_ros import msg
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.reader import BagReader
from poseformer_ros.recordings.bags.writer import COUNTS_KEY
from poseformer_ros.ros.bags.recorded_topics import VIEWS
from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.station import graph

LATCHED = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
BEST_EFFORT = QoSProfile(depth=50, reliability=ReliabilityPolicy.BEST_EFFORT)


def recorder(path, **options):
    """Parameters of a recorder that keeps /test/... alone unless told otherwise."""
    usual = {'path': str(path), 'profile': 'none', 'regex': '^/test/'}
    return {f'recorder.{name}': value for name, value in (usual | options).items()}


def connected(station, *publishers):
    """Wait until the recorder reads these."""
    station.until(lambda: all(publisher.get_subscription_count() for publisher in publishers), 'a recorder that reads')


def received(station, topic, number):
    """Wait until the recorder has counted so many messages."""
    station.until(lambda: station.nodes['bag_recorder'].health.counts.get(f'received {topic}', 0) >= number, f'{number} of {topic}')


def data_of(path, topic):
    with BagReader(path) as bag:
        return [message.data for message in bag.messages(lambda name: name == topic)]


def test_what_is_published_is_in_the_bag_bit_for_bit(tmp_path):
    random = np.random.default_rng(3)
    # Serialized here, once: what stands between two fields is left to chance each time.
    images = [serialize_message(Image(height=48, width=64, step=64, encoding='mono8', data=random.bytes(48 * 64)))
              for _ in range(30)]
    skeletons = [serialize_message(msg.Skeleton24(track_id=number)) for number in range(30)]
    with live_station('bag_recorder', bag_recorder=recorder(tmp_path / 'bag')) as station:
        to_image, to_skeleton = (station.probe.create_publisher(kind, topic, 30)
                                 for kind, topic in ((Image, '/test/image'), (msg.Skeleton24, '/test/skeleton')))
        connected(station, to_image, to_skeleton)
        for image, skeleton in zip(images, skeletons):
            to_image.publish(image)
            to_skeleton.publish(skeleton)
        received(station, '/test/skeleton', 30)
        received(station, '/test/image', 30)
    assert data_of(tmp_path / 'bag', '/test/image') == images
    assert data_of(tmp_path / 'bag', '/test/skeleton') == skeletons
    with Reader(tmp_path / 'bag') as bag:
        found = {connection.topic: connection for connection in bag.connections}
        store = get_typestore(Stores.ROS2_JAZZY)
        types = get_types_from_msg(found['/test/skeleton'].msgdef.data, 'poseformer_ros/msg/Skeleton24')
        store.register({name: fields for name, fields in types.items() if name not in store.types})
        for name, kind in (('/test/image', 'sensor_msgs/msg/Image'), ('/test/skeleton', 'poseformer_ros/msg/Skeleton24')):
            assert found[name].digest == store.hash_rihs01(kind), 'the hash that DDS told is that of the definition in the bag'
        decoded = [store.deserialize_cdr(data, connection.msgtype).track_id for connection, _, data in bag.messages(
            [found['/test/skeleton']])]
        assert decoded == list(range(30))
        counts = json.loads(bag.storage.metadata.custom[COUNTS_KEY])
        assert counts['/test/image'] == {'received': 30, 'written': 30, 'lost': 0}


def test_reads_each_publisher_as_it_offers(tmp_path):
    with live_station('bag_recorder', bag_recorder=recorder(tmp_path / 'bag')) as station:
        latched = station.probe.create_publisher(String, '/test/latched', LATCHED)
        latched.publish(String(data='said before anybody listened'))
        reliable = station.probe.create_publisher(String, '/test/mixed', 10)
        connected(station, latched, reliable)
        best_effort = station.probe.create_publisher(String, '/test/mixed', BEST_EFFORT)
        connected(station, best_effort)
        station.until(lambda: reliable.get_subscription_count() == 1, 'the former subscription gone')
        reliable.publish(String(data='reliable'))
        best_effort.publish(String(data='best effort'))
        received(station, '/test/mixed', 2)
        received(station, '/test/latched', 1)
    assert sorted(data_of(tmp_path / 'bag', '/test/mixed')) == sorted(
        serialize_message(String(data=words)) for words in ('reliable', 'best effort'))
    with BagReader(tmp_path / 'bag') as bag:
        assert bag.summary.topics['/test/latched'].latched and not bag.summary.topics['/test/mixed'].latched
        assert (bag.summary.topics['/test/latched'].qos[0]['history'], bag.summary.topics['/test/latched'].qos[0]['depth']) == (
            'keep_last', 1), 'discovery tells neither; a replay needs both'


def test_a_pause_leaves_a_gap_but_keeps_what_is_said_once(tmp_path):
    with live_station('bag_recorder', bag_recorder=recorder(tmp_path / 'bag', start_paused=True)) as station:
        latched = station.probe.create_publisher(String, '/test/latched', LATCHED)
        latched.publish(String(data='once'))
        words = station.probe.create_publisher(String, '/test/words', 10)
        connected(station, latched, words)
        words.publish(String(data='before'))
        client = station.probe.create_client(SetBool, 'bag_recorder/pause')
        station.until(client.service_is_ready, 'the service')
        recorder_node = station.nodes['bag_recorder']
        station.until(lambda: recorder_node._kept and recorder_node._left_out['/test/words'], 'both messages, while paused')
        assert station.call(client.call_async(SetBool.Request(data=False))).message == 'recording'
        words.publish(String(data='during'))
        received(station, '/test/words', 1)
        received(station, '/test/latched', 1)
    assert data_of(tmp_path / 'bag', '/test/words') == [serialize_message(String(data='during'))]
    assert data_of(tmp_path / 'bag', '/test/latched') == [serialize_message(String(data='once'))]


def offer_everything(station):
    """A publisher for every topic of the station, a further camera and something of another robot."""
    from poseformer_ros.ros.stage_node import message_type
    topics = {topic.name: topic.type for spec in graph.STATION for topic in (*spec.publications, *spec.subscriptions)}
    for name, kind in topics.items():
        station.probe.create_publisher(message_type(kind), name, 10)
    station.probe.create_publisher(Image, '/ward/camera', 10)
    station.probe.create_publisher(CompressedImage, 'color/image/compressed', 10)
    return {station.probe.resolve_topic_name(name) for name in topics}


@pytest.mark.parametrize('profile', ['everything', 'no_colour', 'results'])
def test_a_profile_takes_what_it_says(tmp_path, profile):
    options = recorder(tmp_path / 'bag', profile=profile, regex='/ward/' if profile == 'no_colour' else '', exclude='keypoints')
    with live_station('bag_recorder', bag_recorder=options) as station:
        all_names = offer_everything(station)
        ours = f'/{station.namespace}/'
        chosen = {
            'everything': (all_names | {'/ward/camera', f'{ours}color/image/compressed'}) - {f'{ours}{name}' for name in VIEWS},
            'no_colour': all_names - {f'{ours}{name}' for name in (*VIEWS, 'color/image', COMBINED, 'silhouette')},
            'results': {f'{ours}{topic.name}'.replace('//', '/') if not topic.name.startswith('/') else topic.name
                        for spec in graph.STATION for topic in spec.publications if topic.name not in (*VIEWS, 'silhouette')},
        }[profile] - {f'{ours}keypoints'}
        recording = station.nodes['bag_recorder']
        station.until(lambda: chosen <= set(recording._topics), 'all topics of the profile')
        extra = set(recording._topics) - chosen
        assert extra <= {'/rosout', '/parameter_events', '/tf_static'} and (profile == 'everything' or not extra - {'/tf_static'})


def test_what_finds_no_room_is_counted_and_said(tmp_path):
    with live_station('bag_recorder', bag_recorder=recorder(tmp_path / 'bag', cache_mb=1.0)) as station:
        publisher = station.probe.create_publisher(Image, '/test/image', 10)
        connected(station, publisher)
        publisher.publish(Image(height=1, width=2_000_000, step=2_000_000, encoding='mono8', data=bytes(2_000_000)))
        publisher.publish(Image(height=1, width=1, step=1, encoding='mono8', data=b'x'))
        received(station, '/test/image', 2)
        station.until(lambda: station.probe.said('bag_recorder', '1 messages lost'), 'the loss in the diagnostics')
        assert station.probe.value('bag_recorder', 'lost /test/image') == 1
    with BagReader(tmp_path / 'bag') as bag:
        assert json.loads(bag.summary.custom[COUNTS_KEY])['/test/image'] == {'received': 2, 'written': 1, 'lost': 1}


def test_a_full_disk_is_said_and_the_bag_can_be_read(tmp_path):
    disk = tmp_path / 'disk'
    disk.mkdir()
    if subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', str(disk)], capture_output=True).returncode:
        pytest.skip('no file system may be mounted here')
    try:
        with live_station('bag_recorder', bag_recorder=recorder(disk / 'bag')) as station:
            publisher = station.probe.create_publisher(Image, '/test/image', 50)
            connected(station, publisher)
            image = serialize_message(Image(height=1, width=200_000, step=200_000, encoding='mono8', data=bytes(200_000)))
            for _ in range(30):
                publisher.publish(image)
            recording = station.nodes['bag_recorder']
            station.until(lambda: recording.finished, 'the end of the recording')
            station.until_told('bag_recorder', 'the disk is full', 'readable')
        kept = data_of(disk / 'bag', '/test/image')
        assert 10 < len(kept) < 20 and set(kept) == {image}
    finally:
        subprocess.run(['umount', str(disk)], check=True)


def test_wrong_wishes_are_refused_in_words(tmp_path):
    with pytest.raises(BadInput, match='regular expression'):
        with live_station('bag_recorder', bag_recorder=recorder(tmp_path / 'bag', regex='(')):
            pass
    (tmp_path / 'there').mkdir()
    with pytest.raises(BadInput, match='choose another name'):
        with live_station('bag_recorder', bag_recorder=recorder(tmp_path / 'there')):
            pass
