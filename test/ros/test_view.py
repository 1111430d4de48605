"""The view of a running station and of bags: in a file, and on a page that only this machine reaches."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest
from helpers.live_station import STATION, live_station, positions
from helpers.rerun_file import column, entities
from rclpy.serialization import serialize_message
from rclpy.time import Time
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.body.body_options import BodyModelOptions
from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.definitions import definition, installed_prefixes
from poseformer_ros.recordings.bags.metadata import USUAL_QOS, BagTopic
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.ros import conversions
from poseformer_ros.ros.bags.replayed_topics import NAMESPACE_KEY
from poseformer_ros.ros.view.recording import ViewRecording
from poseformer_ros.ros.view.view_options import ViewOptions
from poseformer_ros.skeleton.joints import no_skeleton
from poseformer_ros.station.bag_view import show_bag
from poseformer_ros.station.viewer import Viewer

START_NS = 1_700_000_000 * 10**9
PERIOD_NS = 100_000_000
IMAGES = 5
LISTENS, LOOPBACK = '0A', '0100007F'        # in /proc/net/tcp


def free_ports() -> int:
    """The first of three ports in a row that nobody listens on."""
    while True:
        with socket.create_server(('127.0.0.1', 0)) as found:
            first = found.getsockname()[1]
        if first < 65000 and not any(socket.socket().connect_ex(('127.0.0.1', first + n)) == 0 for n in range(3)):
            return first


def listeners(ports) -> set[str]:
    """Addresses, hexadecimal, on which somebody listens at these ports."""
    rows = [line.split() for name in ('tcp', 'tcp6') for line in Path(f'/proc/net/{name}').read_text().splitlines()[1:]]
    return {address for address, port in (row[1].split(':') for row in rows if row[3] == LISTENS) if int(port, 16) in ports}


# --- live

def test_a_running_station_is_shown_where_its_results_say(person, tmp_path):
    file = tmp_path / 'live.rrd'
    with live_station(*STATION, 'smpl_fit', 'view', view={'view.save': str(file), 'view.images_hz': 60.0}) as station:
        station.ready()
        counts = station.nodes['view'].health.counts

        def received():
            return min(counts.get(f'received {topic}', 0) for topic in ('rgbd', 'silhouette', 'skeleton', 'body/fit'))

        while received() < 5 or not counts.get('received body/model'):
            station.show(person[0])
        skeletons = station.probe.skeletons
    shown = [column(file, f'world/camera/{path}', name) for path, name in (
        ('person/joints', 'Points3D:positions'), ('room', 'Points3D:positions'), ('person/cloud', 'Points3D:positions'),
        ('fit/mesh', 'Mesh3D:vertex_positions'), ('', 'Transform3D:translation'))]
    stamp_ns = max(set.intersection(*(set(found) for found in shown)) & set(skeletons))
    joints, room, cloud, mesh, camera = (found[stamp_ns] for found in shown)
    where = positions(skeletons[stamp_ns])
    np.testing.assert_allclose(joints, where[np.isfinite(where).all(axis=1)], rtol=1e-6)
    assert len(room) > 1000
    # Cloud, joints and mesh of this image lie in one place, in the camera's frame.
    for points in (joints, mesh):
        np.testing.assert_allclose(np.median(points, axis=0), np.median(cloud, axis=0), atol=0.25)
    # The floor, 1.1 m below a level camera, is the world's z = 0.
    assert camera.ravel()[2] == pytest.approx(1.1, abs=0.03)


def test_a_parameter_that_cannot_be_used_is_said(tmp_path):
    (tmp_path / 'file').touch()
    with pytest.raises(BadInput, match='view.save'), live_station('view', view={'view.save': str(tmp_path / 'file' / 'x.rrd')}):
        pass


# --- bags

def header(number: int) -> Header:
    return Header(stamp=Time(nanoseconds=START_NS + number * PERIOD_NS).to_msg(), frame_id='camera')


def skeleton_at(number: int):
    skeleton = no_skeleton()
    skeleton.positions[:], skeleton.state[:] = np.arange(72).reshape(24, 3) / 100 + number, 1
    return skeleton


@pytest.fixture(scope='module')
def bag(tmp_path_factory):
    """Results alone, as the profile `results` records them, of a station in /ward."""
    return written(tmp_path_factory.mktemp('bags') / 'bag', *(
        {'skeleton': conversions.skeleton_message(skeleton_at(number), header(number)),
         'exercise': msg.ExerciseState(header=header(number), label=f'exercise_{number}', score=0.5)} for number in range(IMAGES)))


def written(folder, *moments):
    """A bag of a station in /ward; each moment has messages by topic."""
    writer = BagWriter(folder, custom={NAMESPACE_KEY: '/ward'})
    for number, said in enumerate(moments):
        for name, message in said.items():
            if not number:
                kind = f'poseformer_ros/msg/{type(message).__name__}'
                writer.add_topic(BagTopic(f'/ward/{name}', kind, '', (USUAL_QOS,), definition(kind, installed_prefixes())))
            at_ns = START_NS + number * PERIOD_NS
            writer.write(f'/ward/{name}', serialize_message(message), at_ns, at_ns)
    writer.close()
    return folder


def poseformer(*words, **environment):
    """Run the command; returns status, and all that it said."""
    done = subprocess.run([sys.executable, '-m', 'poseformer_ros.cli.main', *map(str, words)], capture_output=True, text=True,
                          env=os.environ | environment, timeout=280)
    return done.returncode, done.stdout + done.stderr


def test_a_bag_of_results_alone_goes_into_a_file_and_the_command_ends(bag, tmp_path):
    file = tmp_path / 'new' / 'bag.rrd'
    status, said = poseformer('view', bag, '--save', file)
    assert status == 0 and 'Traceback' not in said
    joints = column(file, 'world/camera/person/joints', 'Points3D:positions')
    assert list(joints) == [START_NS + number * PERIOD_NS for number in range(IMAGES)]
    for number, found in enumerate(joints.values()):
        np.testing.assert_allclose(found, skeleton_at(number).positions, rtol=1e-6)
    texts = [text[0].splitlines()[0] for text in column(file, 'exercise/label', 'TextDocument:text').values()]
    assert texts == [f'# exercise {number}' for number in range(IMAGES)]
    assert {'world/camera', 'exercise/course'} <= entities(file)


def test_what_cannot_be_shown_of_a_bag_is_said_once_and_the_rest_is_shown(tmp_path, capsys):
    moment = {'body/model': msg.BodyModelInfo(name='SMPL_MALE.pkl', file_sha256='0' * 64),
              'skeleton': conversions.skeleton_message(skeleton_at(0), header(0))}
    file = tmp_path / 'bag.rrd'
    show_bag(written(tmp_path / 'bag', moment, moment), ViewOptions(save=str(file)), BodyModelOptions())
    assert capsys.readouterr().err.count('SMPL_MALE.pkl') == 1
    assert 'world/camera/person/joints' in entities(file)


def test_a_bag_says_the_same_twice(bag, tmp_path):
    files = [tmp_path / f'{number}.rrd' for number in range(2)]
    for file in files:
        show_bag(bag, ViewOptions(save=str(file)), BodyModelOptions())
    first, second = ({name: {stamp: value.tolist() for stamp, value in column(file, path, name).items()} for path, name in (
        ('world/camera/person/joints', 'Points3D:positions'), ('exercise/course', 'StateChange:state'))} for file in files)
    assert first == second


@pytest.mark.parametrize('what', ['missing', 'empty folder', 'no result', 'no message'])
def test_what_is_no_bag_of_a_station_is_refused_in_one_line(what, tmp_path):
    path = tmp_path / 'bag'
    if what == 'empty folder':
        path.mkdir()
    elif what in ('no result', 'no message'):
        writer = BagWriter(path)
        name = '/poseformer/skeleton' if what == 'no message' else '/other'
        writer.add_topic(BagTopic(name, 'poseformer_ros/msg/Skeleton24', '', (USUAL_QOS,),
                                  definition('poseformer_ros/msg/Skeleton24', installed_prefixes())))
        if what == 'no result':
            writer.write(name, serialize_message(msg.Skeleton24()), START_NS, START_NS)
        writer.close()
    file = tmp_path / 'bag.rrd'
    wanted = 'no bag' if what in ('missing', 'empty folder') else 'holds no result of a station'
    with pytest.raises(BadInput, match=wanted):
        show_bag(path, ViewOptions(save=str(file)), BodyModelOptions())
    assert not file.exists()


# --- the page

@pytest.fixture
def page():
    options = ViewOptions(serve=True, port=free_ports())
    recording = ViewRecording(options, BodyModelOptions(), '/ward')
    viewer = Viewer(options, recording.stream, live=True)
    yield options, viewer
    viewer.close()


def test_the_page_answers_on_this_machine_alone_and_may_ask_nobody_else(page):
    options, viewer = page
    ports = range(options.port, options.port + 3)
    assert listeners(ports) == {LOOPBACK}
    with urllib.request.urlopen(viewer.address, timeout=30) as answer:
        assert answer.status == 200 and 'text/html' in answer.headers['Content-Type']
        text = answer.read().decode()
        policy = answer.headers['Content-Security-Policy']
    assert 're_viewer' in text and '<canvas' in text and not re.search('<link[^>]*http', text)
    asked = next(part for part in policy.split(';') if 'connect-src' in part).split()[1:]
    assert set(asked) == {"'self'", 'blob:', 'data:', f'http://127.0.0.1:{options.port + 1}'}
    with urllib.request.urlopen(f'http://127.0.0.1:{options.port}/re_viewer.js', timeout=30) as answer:
        assert 'javascript' in answer.headers['Content-Type'] and len(answer.read()) > 10_000
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(f'http://127.0.0.1:{options.port}/no_such_file', timeout=30)


def test_a_taken_port_is_named_and_nothing_is_left_running(page):
    options, first = page
    stream = ViewRecording(options, BodyModelOptions(), '/ward').stream
    for port in (options.port, options.port - 1):
        with pytest.raises(BadInput, match=f':{options.port} .*--port'):
            Viewer(ViewOptions(serve=True, port=port), stream, live=True)
    assert not first.gone and not first.trouble
    first.close()
    assert first.gone and not listeners(range(options.port, options.port + 3))


def test_a_viewer_that_ends_by_itself_is_noticed_and_named(page):
    _, viewer = page
    viewer._process.kill()
    viewer._process.wait()
    assert viewer.gone and 'Rerun ended' in viewer.trouble and '--save' in viewer.trouble


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGKILL], ids=['interrupted', 'killed'])
def test_the_page_goes_with_the_command(bag, number, tmp_path):
    first, log = free_ports(), tmp_path / 'log'
    words = [sys.executable, '-m', 'poseformer_ros.cli.main', 'view', str(bag), '--serve', '--port', str(first)]
    with log.open('w') as out:
        view = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL)
    until(lambda: '100%' in log.read_text(), f'the whole bag, in {log}')
    assert len(listeners(range(first, first + 3))) == 1
    view.send_signal(number)
    assert view.wait(timeout=100) == (0 if number == signal.SIGINT else -signal.SIGKILL)
    until(lambda: not listeners(range(first, first + 3)), 'the end of the page')
    assert 'Traceback' not in log.read_text()


def until(condition, what):
    end = time.monotonic() + 200.0      # a loaded machine takes a minute to load everything
    while not condition():
        assert time.monotonic() < end, f'never came: {what}'
        time.sleep(0.1)


def test_without_a_screen_a_window_is_refused_with_the_remedy(bag):
    status, said = poseformer('view', bag, DISPLAY='', WAYLAND_DISPLAY='')
    assert status == 2 and 'Traceback' not in said and '--serve' in said and '--save' in said


def test_without_rerun_the_command_says_how_to_get_it(bag):
    start = 'import sys; sys.modules["rerun"] = None; from poseformer_ros.cli.main import main; sys.exit(main(sys.argv[1:]))'
    for words in ([str(bag)], []):
        done = subprocess.run([sys.executable, '-c', start, 'view', *words, '--serve'], capture_output=True, text=True, timeout=280)
        assert done.returncode == 2 and 'pip install rerun-sdk' in done.stderr and 'Traceback' not in done.stderr
