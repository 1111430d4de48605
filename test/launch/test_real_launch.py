"""The launch files under the real launch package, as `ros2 launch` runs them; left out where launch is not installed."""

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from poseformer_ros.station import graph, processes

pytest.importorskip('launch_ros')

STATION, RECORD, REPLAY = (Path(__file__).parents[2] / 'launch' / f'{name}.launch.py' for name in ('station', 'record', 'replay'))
# What `ros2 launch FILE name:=value` does.
LAUNCH = """
import sys
from launch import LaunchDescription, LaunchService
from launch.actions import IncludeLaunchDescription
from launch.launch_description_sources import AnyLaunchDescriptionSource
service = LaunchService(argv=sys.argv[2:])
service.include_launch_description(LaunchDescription([IncludeLaunchDescription(
    AnyLaunchDescriptionSource(sys.argv[1]), launch_arguments=[tuple(word.split(':=', 1)) for word in sys.argv[2:]])]))
sys.exit(service.run())
"""
GROUP = """
from launch import LaunchDescription
from launch.actions import GroupAction, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch_ros.actions import Node, PushRosNamespace

def generate_launch_description():
    return LaunchDescription([GroupAction([
        PushRosNamespace('robot1'),
        IncludeLaunchDescription(PythonLaunchDescriptionSource({file!r}), launch_arguments={{'use_sim_time': 'True'}}.items())]),
        {more}])
"""
LEAST_BYTES = 1_000_000
DEADLINE_S = 120.0      # on a machine that does other things too
ENVIRONMENT = os.environ | {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


class Launched:
    """A launch in a group of its own, as a terminal's, with its words in a file."""

    def __init__(self, log: Path, file: Path, *words: str) -> None:
        self._log = log
        with log.open('w') as out:
            self.launch = subprocess.Popen([sys.executable, '-c', LAUNCH, str(file), *words], stdout=out, stderr=out,
                                           stdin=subprocess.DEVNULL,
                                           env=ENVIRONMENT | {'ROS_LOG_DIR': str(log.parent), 'TMPDIR': str(log.parent)},
                                           start_new_session=True)

    @property
    def said(self) -> str:
        return self._log.read_text()

    def starts(self, node: str) -> int:
        """How often a node has said what it is for."""
        return self.said.count(f': {graph.node(node).text}')

    def processes(self) -> list[int]:
        return [int(number) for number in re.findall(r'process started with pid \[(\d+)', self.said)]

    def until(self, condition, what: str) -> None:
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, f'never came: {what}; {self.said}'
            time.sleep(0.1)

    def interrupt_all(self) -> None:
        """Ctrl-C in a terminal: every process of its group gets it, and launch passes it on."""
        for number in (self.launch.pid, *self.processes()):
            try:
                os.kill(number, signal.SIGINT)
            except ProcessLookupError:
                pass

    def assert_nothing_is_left(self) -> None:
        self.until(lambda: not any(running(number) for number in self.processes()), 'the end of every process')


def running(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return Path(f'/proc/{number}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'


@pytest.fixture
def launched(tmp_path):
    """Launches a file; what is left of it afterwards is killed."""
    made = []

    def launch(file: Path, *words: str) -> Launched:
        made.append(Launched(tmp_path / f'log{len(made)}', file, *words))
        return made[-1]

    yield launch
    for launch in made:
        launch.launch.kill()
        launch.launch.wait()


def test_a_process_that_dies_comes_back_and_ctrl_c_twice_ends_all(launched):
    station = launched(STATION)
    station.until(lambda: all(station.starts(spec.name) for spec in graph.STATION), 'every node')
    number, = re.findall(r'smpl_fit-\d+\]: process started with pid \[(\d+)', station.said)
    os.kill(int(number), signal.SIGKILL)
    station.until(lambda: station.starts('smpl_fit') == 2, 'smpl_fit back')
    for _ in range(2):
        station.interrupt_all()
        time.sleep(0.1)
    assert station.launch.wait(timeout=DEADLINE_S) == 0
    station.assert_nothing_is_left()
    assert not re.search(r'Traceback|KeyboardInterrupt|exit code (?!-9)', station.said), station.said


def test_in_a_group_with_a_namespace_and_with_simulated_time(launched, tmp_path):
    file = tmp_path / 'group.launch.py'
    file.write_text(GROUP.format(file=str(STATION), more=''))
    station = launched(file, 'log_level:=info')
    station.until(lambda: '[robot1.poseformer.rgbd_sync]: waiting for: color/image (nobody publishes /robot1/poseformer/color/image'
                  in station.said, 'the namespace of the group')


def test_a_launch_that_fails_half_way_leaves_no_orphan(launched, tmp_path):
    file = tmp_path / 'half.launch.py'
    file.write_text(GROUP.format(file=str(STATION), more="Node(package='not_there', executable='nothing')"))
    station = launched(file)
    station.until(lambda: "package 'not_there' not found" in station.said, 'the failure')
    try:
        station.launch.wait(timeout=10.0)
    except subprocess.TimeoutExpired:       # launch itself may hang where it fails while processes start
        station.launch.kill()
    station.assert_nothing_is_left()


def test_a_launch_that_is_killed_leaves_no_orphan(launched):
    station = launched(STATION)
    station.until(lambda: len(station.processes()) == len(graph.PROCESSES), 'every process')
    station.launch.kill()
    station.launch.wait()
    station.assert_nothing_is_left()


def test_a_parameter_that_cannot_be_used_ends_the_launch(launched, tmp_path):
    parameters = tmp_path / 'p.yaml'
    parameters.write_text('/**/rgbd_sync: {ros__parameters: {sync.slop_s: 7.0}}')
    station = launched(STATION, f'params_file:={parameters}')
    station.launch.wait(timeout=DEADLINE_S)
    assert 'poseformer: parameter sync.slop_s' in station.said and station.said.count('rgbd_silhouette-1]: process started') == 1
    station.assert_nothing_is_left()


@contextmanager
def capsule_camera():
    """A camera while it is needed."""
    camera = subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', 'node', 'capsule_camera', '--ros-args', '-r',
                               f'__ns:=/{graph.NAMESPACE}'], stdin=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        yield
    finally:
        processes.end([camera])


def test_a_recording_stopped_twice_is_replayed_and_leaves_nothing_behind(launched, tmp_path):
    bag = tmp_path / 'bag'
    recording = launched(RECORD, f'path:={bag}', 'profile:=none', 'regex:=color', 'use_sim_time:=False')
    recording.until(lambda: 'recording into' in recording.said, 'the recorder')
    with capsule_camera():
        recording.until(lambda: (bag / 'bag_0.mcap').is_file() and (bag / 'bag_0.mcap').stat().st_size > LEAST_BYTES, 'some images')
    for _ in range(2):
        recording.interrupt_all()
        time.sleep(0.1)
    assert recording.launch.wait(timeout=DEADLINE_S) == 0 and 'Traceback' not in recording.said, recording.said
    written = int(re.search(rf'{bag}: (\d+) messages of 2 topics written, 0 lost', recording.said).group(1))
    replay = launched(REPLAY, f'path:={bag}', 'rate:=10', 'clock_hz:=50')
    assert replay.launch.wait(timeout=DEADLINE_S) == 0 and f'{bag}: {written} messages published' in replay.said, replay.said
    assert not list(tmp_path.glob('launch_params_*')) and not list(tmp_path.glob('poseformer_*.yaml'))


def test_wrong_wishes_of_a_recording_are_said_in_one_line(launched, tmp_path):
    for word, said in (('cache_mb:=much', 'cache_mb:=much: not a number'), ('profile:=all', '"all" is not valid'),
                       (f'path:={tmp_path}', 'is there already; choose another name')):
        recording = launched(RECORD, word)
        recording.launch.wait(timeout=DEADLINE_S)
        assert said in recording.said and 'Traceback' not in recording.said, recording.said
