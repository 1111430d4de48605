"""A recording that was cut off anywhere gives back every whole message before the cut, to every reader."""

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from helpers.bag_messages import IMAGE, TOPICS, moments, write_all
from mcap.reader import make_reader
from mcap.stream_reader import StreamReader
from rosbags.rosbag2 import Reader

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.metadata import read_metadata
from poseformer_ros.recordings.bags.reader import BagReader
from poseformer_ros.recordings.bags.repair import repair
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.recordings.bags.writer_options import COMPRESSIONS, WriterOptions

HERE = Path(__file__).parents[3]


def recorded(folder, number=300, **options):
    """A bag of several chunks; returns its file and what was said. No timed flush, so that chunks are alike on a slow machine."""
    said = moments(number)
    writer = BagWriter(folder, WriterOptions(flush_s=60.0, **options), {'camera': 'kinect2'})
    write_all(writer, said)
    writer.close()
    return folder / f'{folder.name}_0.mcap', said


def readable(path):
    """(topic, log time, data) as our reader, rosbags and mcap read them; they must agree."""
    with BagReader(path) as bag:
        ours = [tuple(message) for message in bag.messages()]
    with Reader(path) as bag:
        assert [(c.topic, log_ns, bytes(data)) for c, log_ns, data in bag.messages()] == ours
    files = sorted(path.glob('*.mcap')) if path.is_dir() else [path]
    theirs = []
    for file in files:
        with file.open('rb') as stream:
            theirs += [(c.topic, m.log_time, m.data) for _, c, m in make_reader(stream, validate_crcs=True).iter_messages()]
    assert theirs == ours
    return ours


def chunk_offsets(path):
    """Offsets of a file's chunks, from its own summary."""
    with path.open('rb') as stream:
        return [index.chunk_start_offset for index in make_reader(stream).get_summary().chunk_indexes]


@pytest.mark.parametrize('compression', COMPRESSIONS)
def test_a_cut_at_any_place_gives_back_what_was_whole(tmp_path, compression):
    file, said = recorded(tmp_path / 'bag', 600, compression=compression)
    whole, chunks = file.read_bytes(), chunk_offsets(file)
    assert len(chunks) >= 3
    luck = random.Random(5)
    places = [luck.randrange(chunks[0], len(whole)) for _ in range(12)] + [chunks[1], chunks[1] + 5, chunks[2] - 1, len(whole) - 1]
    for place in places:
        file.write_bytes(whole[:place])
        with pytest.raises(BadInput, match='bag repair'), BagReader(file) as bag:
            list(bag.messages())
        (report,) = repair(tmp_path / 'bag')
        found = readable(tmp_path / 'bag')
        assert found == said[:len(found)], 'in order, without a hole, bit for bit'
        assert report.messages == len(found) and not report.was_whole
        whole_chunks = sum(offset <= place for offset in chunks) - 1
        # Beside whole chunks also the whole messages of the cut one; without compression all but the message that was cut.
        assert len(found) >= 0.7 * whole_chunks * len(said) / len(chunks)
        if compression == 'none' and place < chunks[-1]:
            # What is no message: definitions and indexes, 16 bytes for each message.
            assert place - sum(len(data) + 31 for _, _, data in found) < 40_000
        with BagReader(tmp_path / 'bag') as bag:
            assert bag.summary.custom['camera'] == 'kinect2' and 'poseformer.repaired' in bag.summary.custom
        assert repair(tmp_path / 'bag')[0].was_whole, 'a second repair finds nothing to do'


def test_a_whole_bag_is_left_as_it_is(tmp_path):
    file, _ = recorded(tmp_path / 'bag')
    before = {path: path.read_bytes() for path in (file, tmp_path / 'bag' / 'metadata.yaml')}
    assert repair(tmp_path / 'bag')[0].was_whole
    assert {path: path.read_bytes() for path in before} == before


def test_a_damaged_chunk_is_struck_out_and_the_rest_is_there(tmp_path):
    file, said = recorded(tmp_path / 'bag', 600)
    content = bytearray(file.read_bytes())
    second = chunk_offsets(file)[1]
    content[second + 5000] ^= 0xff
    file.write_bytes(content)
    (report,) = repair(tmp_path / 'bag')
    found = readable(tmp_path / 'bag')
    assert report.damaged_chunks == 1 and 0 < len(found) < len(said) and set(found) < set(said)
    assert found[0] == said[0] and found[-1] == said[-1]
    with file.open('rb') as stream:
        assert sum(type(record).__name__ == 'Message' for record in StreamReader(stream, validate_crcs=True).records) == len(found)


def test_zeros_at_the_end_as_after_a_power_failure(tmp_path):
    file, said = recorded(tmp_path / 'bag')
    cut = chunk_offsets(file)[1]
    file.write_bytes(file.read_bytes()[:cut] + bytes(50_000))
    assert repair(tmp_path / 'bag')[0].cut_bytes == 50_000
    found = readable(tmp_path / 'bag')
    assert found == said[:len(found)] and len(found) > 100


def test_metadata_that_is_missing_or_stale_is_written_anew(tmp_path):
    _, said = recorded(tmp_path / 'bag')
    with BagReader(tmp_path / 'bag') as bag:
        before = bag.summary
    metadata = tmp_path / 'bag' / 'metadata.yaml'
    stale = metadata.read_text().replace('message_count: ', 'message_count: 9')
    for damage in (metadata.unlink, lambda: metadata.write_text(stale), lambda: metadata.write_bytes(bytes(range(256))),
                   lambda: metadata.write_text('rosbag2_bagfile_information: [1, 2]')):
        damage()
        repair(tmp_path / 'bag')
        with BagReader(tmp_path / 'bag') as bag:
            assert bag.summary.topics == before.topics and bag.summary.counts == before.counts
        assert read_metadata(tmp_path / 'bag')['message_count'] == len(said)
    metadata.write_bytes(bytes(range(256)))
    with pytest.raises(BadInput, match=r'metadata.yaml: not read: .*bag repair'):
        read_metadata(tmp_path / 'bag')


def test_one_file_of_several_is_mended(tmp_path):
    said = moments(300)
    writer = BagWriter(tmp_path / 'bag', WriterOptions(split_mb=0.3))
    write_all(writer, said)
    writer.close()
    last = sorted((tmp_path / 'bag').glob('*.mcap'))[-1]
    last.write_bytes(last.read_bytes()[:-4000])
    assert [report.was_whole for report in repair(tmp_path / 'bag')][-1:] == [False]
    assert [m for m in readable(tmp_path / 'bag') if m[0] == IMAGE.name] == [m for m in said if m[0] == IMAGE.name]


def test_messages_outside_of_chunks_are_kept(tmp_path):
    """As rosbag2's preset "fastwrite" writes them."""
    from mcap.writer import CompressionType, Writer
    said, path = moments(50), tmp_path / 'fast.mcap'
    writer = Writer(str(path), compression=CompressionType.NONE, use_chunking=False)
    writer.start('ros2')
    channels = {t.name: writer.register_channel(t.name, 'cdr', writer.register_schema(t.type, 'ros2msg', t.definition.encode()))
                for t in TOPICS}
    for name, log_ns, data in said:
        writer.add_message(channels[name], log_ns, data, log_ns)
    writer.flush()
    path.write_bytes(path.read_bytes()[:-100])
    repair(path)
    with BagReader(path) as bag:
        assert [tuple(message) for message in bag.messages()] == said[:-1]


def test_what_is_no_mcap_file_is_said(tmp_path):
    (tmp_path / 'x.mcap').write_bytes(b'')
    with pytest.raises(BadInput, match='does not begin'):
        repair(tmp_path / 'x.mcap')
    with pytest.raises(BadInput, match='no bag'):
        repair(tmp_path / 'nowhere')


# Full disks

def full_disk(folder: Path):
    """A file system of 3 MB at `folder`, or None where it may not be mounted."""
    folder.mkdir()
    mounted = subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', str(folder)], capture_output=True)
    return mounted.returncode == 0


def until_full(writer):
    """Write images until the writer says that no more fit; returns what was said and how it ended."""
    said = moments(3000)
    for each in TOPICS:
        writer.add_topic(each)
    for number, (name, log_ns, data) in enumerate(said):
        try:
            writer.write(name, data, log_ns, log_ns)
        except BadInput as error:
            return said[:number + 1], str(error)
    raise AssertionError('never full')


@pytest.mark.parametrize('split_mb', [0.0, 0.5])
def test_a_full_disk_ends_the_bag_readable(tmp_path, split_mb):
    if not full_disk(tmp_path / 'disk'):
        pytest.skip('no file system may be mounted here; the limit of a file stands for it below')
    try:
        writer = BagWriter(tmp_path / 'disk' / 'bag', WriterOptions(split_mb=split_mb))
        said, error = until_full(writer)
        assert 'disk is full' in error and 'readable' in error
        found = readable(tmp_path / 'disk' / 'bag')
        images = [message for message in found if message[0] == IMAGE.name]
        assert images == [m for m in said if m[0] == IMAGE.name][:len(images)] and len(images) > 300
        assert writer.written.total() == len(found)
        assert (writer.written + writer.given_up - writer.repeated) == {
            name: sum(m[0] == name for m in said) for name in {m[0] for m in said}}, 'what was not written is counted'
    finally:
        subprocess.run(['umount', str(tmp_path / 'disk')], check=True)


def test_a_file_that_may_not_grow_ends_the_bag_readable(tmp_path):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    writer = BagWriter(tmp_path / 'bag')
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_900_000, before[1]))
    try:
        said, error = until_full(writer)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert 'disk is full' in error
    found = readable(tmp_path / 'bag')
    assert found == said[:len(found)] and len(found) > 500
    writer.close()
    assert readable(tmp_path / 'bag') == found


# kill -9

WRITE_UNTIL_KILLED = '''
import sys, time
from pathlib import Path
from helpers.bag_messages import TOPICS, moments
from poseformer_ros.recordings.bags.queued import QueuedWriter
from poseformer_ros.recordings.bags.writer import BagWriter
writer = QueuedWriter(BagWriter(Path(sys.argv[1])), 100_000_000)
for topic in TOPICS:
    writer.add_topic(topic)
said, number = moments(300), 0
while True:
    name, _, data = said[number % len(said)]
    writer.put(name, data, number, time.time_ns())
    print(number, time.monotonic_ns(), flush=True)
    number += 1
    time.sleep(0.001)
'''


def test_a_killed_writer_loses_at_most_the_last_second(tmp_path):
    luck = random.Random(time.time_ns())
    environment = os.environ | {'PYTHONPATH': os.pathsep.join([str(HERE), str(HERE.parent / 'src')])}
    for round_number in range(3):
        bag, log = tmp_path / f'bag{round_number}', tmp_path / f'log{round_number}'
        with log.open('w') as out:
            child = subprocess.Popen([sys.executable, '-c', WRITE_UNTIL_KILLED, str(bag)], stdout=out, env=environment)
        end = time.monotonic() + 60
        while not log.read_text().count('\n') > 500:
            assert child.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        time.sleep(luck.uniform(0.0, 1.0))
        child.send_signal(signal.SIGKILL)
        child.wait()
        repair(bag)
        kept = [log_ns for _, log_ns, _ in readable(bag)]
        assert kept == list(range(len(kept))), 'no hole'
        put = [tuple(map(int, line.split())) for line in log.read_text().splitlines() if line.count(' ') == 1]
        lost_s = [(put[-1][1] - at_ns) / 1e9 for number, at_ns in put if number >= len(kept)]
        assert max(lost_s, default=0.0) <= 1.0
