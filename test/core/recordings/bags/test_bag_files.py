"""Bags of ours are read by rosbags and by mcap's own reader, and theirs by ours, bit for bit."""

import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from helpers.bag_messages import CAMERA_INFO, IMAGE, NAME, PERIOD_NS, QOS, START_NS, STORE, TOPICS, moments, text, write_all
from mcap.reader import make_reader
from rosbags.rosbag2 import CompressionFormat, CompressionMode, Reader, StoragePlugin, Writer
from rosbags.typesys import Stores, get_types_from_msg, get_typestore

from poseformer_ros.cli.main import main
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.definitions import definition
from poseformer_ros.recordings.bags.metadata import BagTopic
from poseformer_ros.recordings.bags.reader import BagReader
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.recordings.bags.writer_options import COMPRESSIONS, WriterOptions

MESSAGES = Path(__file__).parents[4] / 'msg'


def write(folder, said, **options):
    writer = BagWriter(folder, WriterOptions(**options), {'camera': 'kinect2'})
    write_all(writer, said)
    writer.close({'after': 'words'})
    return writer


def by_topic(messages):
    kept = {}
    for name, log_ns, data in messages:
        kept.setdefault(name, []).append((log_ns, bytes(data)))
    return kept


@pytest.mark.parametrize('compression', COMPRESSIONS)
def test_rosbags_and_mcap_read_what_we_write(tmp_path, compression):
    said = moments(40)
    assert write(tmp_path / 'bag', said, compression=compression).written == {'/name': 1, '/camera/info': 40, '/camera/image': 40}
    with Reader(tmp_path / 'bag') as bag:
        assert by_topic((c.topic, log_ns, data) for c, log_ns, data in bag.messages()) == by_topic(said)
        for connection, known in zip(bag.connections, TOPICS):
            assert (connection.topic, connection.msgtype, connection.digest) == (known.name, known.type, known.type_hash)
            assert connection.msgdef.data == known.definition
        assert bag.connections[0].ext.offered_qos_profiles == [QOS]
        assert bag.storage.metadata.custom == {'camera': 'kinect2', 'poseformer.flush_s': '0.5', 'after': 'words'}
    with (tmp_path / 'bag' / 'bag_0.mcap').open('rb') as file:
        reader = make_reader(file, validate_crcs=True)
        assert [(channel.topic, message.log_time, message.data) for _, channel, message in reader.iter_messages()] == [
            (name, log_ns, data) for name, log_ns, data in sorted(said, key=lambda each: each[1])]
        summary = reader.get_summary()
        assert summary.statistics.message_count == 81
        assert {c.topic: c.metadata['topic_type_hash'] for c in summary.channels.values()} == {t.name: t.type_hash for t in TOPICS}
        names = {metadata.name: metadata.metadata for metadata in reader.iter_metadata()}
        assert yaml.safe_load(names['rosbag2']['serialized_metadata'])['version'] == 9


def test_metadata_that_rosbag2_wrote_anew_is_read(tmp_path, capsys):
    """Its reindexing keeps our words and takes the quotes off."""
    write(tmp_path / 'bag', moments(4))
    file = tmp_path / 'bag' / 'metadata.yaml'
    quoted = file.read_text()
    file.write_text(quoted.replace("'0.5'", '0.5'))
    assert file.read_text() != quoted
    with BagReader(tmp_path / 'bag') as bag:
        assert bag.summary.custom == {'camera': 'kinect2', 'poseformer.flush_s': '0.5', 'after': 'words'}
    assert main(['bag', 'info', str(tmp_path / 'bag')]) == 0 and 'poseformer.flush_s: 0.5' in capsys.readouterr().out


def test_a_database_without_a_types_definition_is_refused_with_the_remedy(tmp_path, capsys):
    """As rosbag2 writes it on a machine that lacks the type's package."""
    with Writer(tmp_path / 'bag', version=9, storage_plugin=StoragePlugin.SQLITE3) as bag:
        connection = bag.add_connection(TOPICS[0].name, TOPICS[0].type, typestore=STORE, offered_qos_profiles=[QOS])
        bag.write(connection, START_NS, moments(1)[0][2])
    with sqlite3.connect(tmp_path / 'bag' / 'bag.db3') as database:
        database.execute("UPDATE message_definitions SET encoding = '', encoded_message_definition = ''")
    assert main(['bag', 'info', str(tmp_path / 'bag')]) == 2
    assert 'ros2 bag convert' in capsys.readouterr().err


@pytest.mark.parametrize('storage', StoragePlugin)
@pytest.mark.parametrize('compression', [CompressionMode.NONE, CompressionMode.FILE])
def test_we_read_what_rosbags_writes(tmp_path, storage, compression):
    said = moments(40)
    with_file = Writer(tmp_path / 'bag', version=9, storage_plugin=storage)
    with_file.set_compression(compression, CompressionFormat.ZSTD)
    with_file.set_custom_data('who', 'rosbags')
    with with_file as bag:
        connections = {t.name: bag.add_connection(t.name, t.type, typestore=STORE, offered_qos_profiles=[QOS]) for t in TOPICS}
        for name, log_ns, data in said:
            bag.write(connections[name], log_ns, data)
    with BagReader(tmp_path / 'bag') as bag:
        assert by_topic(bag.messages()) == by_topic(said)
        assert bag.summary.counts == {'/name': 1, '/camera/info': 40, '/camera/image': 40}
        assert (bag.summary.start_ns, bag.summary.end_ns) == (START_NS, START_NS + 39 * PERIOD_NS + 1)
        assert {t.name: (t.type, t.type_hash, t.definition) for t in bag.summary.topics.values()} == {
            t.name: (t.type, t.type_hash, t.definition) for t in TOPICS}
        assert bag.summary.custom == {'who': 'rosbags'}


def test_a_part_of_the_time_and_of_the_topics(tmp_path):
    write(tmp_path / 'bag', moments(40))
    with BagReader(tmp_path / 'bag') as bag:
        found = list(bag.messages(lambda name: name == IMAGE.name, START_NS + 10 * PERIOD_NS, START_NS + 20 * PERIOD_NS))
        assert [message.log_ns for message in found] == [START_NS + index * PERIOD_NS + 1 for index in range(10, 20)]
        assert not list(bag.messages(lambda _: False))
        missed = bag.last_before(lambda name: bag.summary.topics[name].latched, START_NS + PERIOD_NS)
        assert missed == {NAME.name: (NAME.name, START_NS, text('Ada'))}


def test_splits_by_size_and_each_file_stands_alone(tmp_path):
    said = moments(60)
    writer = write(tmp_path / 'bag', said, split_mb=0.05)
    files = sorted((tmp_path / 'bag').glob('*.mcap'))
    assert 4 <= len(files) <= 6 and all(file.stat().st_size < 80_000 for file in files), '60 images of 3 kB in files of 50 kB'
    assert writer.repeated == {NAME.name: len(files) - 1}
    for file in files:
        with BagReader(file) as part:
            assert part.summary.counts[NAME.name] == 1, 'the latched name is in every file'
    with BagReader(tmp_path / 'bag') as whole:
        found = by_topic(whole.messages())
        assert {name: found[name] for name in (IMAGE.name, CAMERA_INFO.name)} == {
            name: by_topic(said)[name] for name in (IMAGE.name, CAMERA_INFO.name)}
        assert whole.summary.counts == {name: len(kept) for name, kept in found.items()}


def test_what_is_written_may_be_asked_in_another_thread(tmp_path):
    before = sys.getswitchinterval()
    writer = BagWriter(tmp_path / 'bag', WriterOptions(), {})
    writer.synced_elsewhere = True
    topics = [replace(TOPICS[0], name=f'/name_{number}') for number in range(100)]

    def add() -> None:
        for topic in topics:
            writer.add_topic(topic)
            writer.write(topic.name, b'data', START_NS, START_NS)
            writer.flush()

    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(1) as threads:
            adding = threads.submit(add)
            while not adding.done():
                time.sleep(1e-4)
                assert writer.written.total() <= len(topics)
        adding.result()
    finally:
        sys.setswitchinterval(before)
    assert set((writer.written - writer.repeated).values()) == {1}
    writer.close()


def test_splits_by_time(tmp_path):
    write(tmp_path / 'bag', moments(61), split_s=0.5)
    starts_s = []
    for number in range(4):
        with BagReader(tmp_path / 'bag' / f'bag_{number}.mcap') as part:
            starts_s.append((part.summary.start_ns - START_NS) / 1e9)
            assert part.summary.seconds < 0.55
    # A file begins with the first message after its time: up to one image late each.
    np.testing.assert_allclose(starts_s, [0.0, 0.5, 1.0, 1.5], atol=0.12)


def test_definitions_of_our_messages_are_understood(tmp_path):
    """rosbags parses the definitions that a bag of ours holds, with all that they use."""
    prefix = tmp_path / 'prefix'
    for package in ('builtin_interfaces', 'std_msgs', 'sensor_msgs', 'shape_msgs'):
        (prefix / 'share' / package / 'msg').mkdir(parents=True)
    for name in STORE.types:
        package, _, short = name.split('/')
        if (prefix / 'share' / package).is_dir():
            own_text = STORE.generate_msgdef(name, ros_version=2)[0].partition('=' * 80)[0]
            (prefix / 'share' / package / 'msg' / f'{short}.msg').write_text(own_text)
    (prefix / 'share' / 'poseformer_ros').mkdir()
    (prefix / 'share' / 'poseformer_ros' / 'msg').symlink_to(MESSAGES)
    store = get_typestore(Stores.ROS2_JAZZY)
    for path in MESSAGES.glob('*.msg'):
        found = get_types_from_msg(definition(f'poseformer_ros/msg/{path.stem}', [prefix]), f'poseformer_ros/msg/{path.stem}')
        store.register({name: fields for name, fields in found.items() if name not in store.types})
        assert f'poseformer_ros/msg/{path.stem}' in store.types
    assert definition('poseformer_ros/msg/NotThere', [prefix]) == ''


def test_an_unknown_type_is_kept_without_its_definition(tmp_path):
    writer = BagWriter(tmp_path / 'bag')
    writer.add_topic(BagTopic('/x', 'robots_of_theirs/msg/Thing'))
    writer.write('/x', b'\0\1\0\0abcd', START_NS, START_NS)
    writer.close()
    with BagReader(tmp_path / 'bag') as bag:
        assert [message.data for message in bag.messages()] == [b'\0\1\0\0abcd']
        assert bag.summary.topics['/x'].type == 'robots_of_theirs/msg/Thing'


def test_an_empty_bag_is_one(tmp_path):
    write(tmp_path / 'bag', [])
    with BagReader(tmp_path / 'bag') as bag:
        assert set(bag.summary.topics) == {t.name for t in TOPICS} and not list(bag.messages())
        assert bag.summary.seconds == 0.0


def test_nothing_is_written_over(tmp_path):
    (tmp_path / 'bag').mkdir()
    with pytest.raises(BadInput, match='choose another name'):
        BagWriter(tmp_path / 'bag')


def test_what_is_no_bag_is_said(tmp_path):
    with pytest.raises(BadInput, match='no bag'):
        BagReader(tmp_path / 'nowhere')
    (tmp_path / 'notes.mcap').write_text('shopping list')
    with pytest.raises(BadInput, match='not read'):
        BagReader(tmp_path / 'notes.mcap')
