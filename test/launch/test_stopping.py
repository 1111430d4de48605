"""Stopping is clean at any moment, also when Ctrl-C comes twice: from the terminal and from launch."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from poseformer_ros.station import graph, stopping

NODES = Path(__file__).parents[2] / 'scripts' / 'nodes'
AGAIN_S = 0.1
END_S = 20.0
START_S = 120.0     # for programs to load, on a machine that does other things too
ENVIRONMENT = os.environ | {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


def started(log, *command):
    """A process in a group of its own, as a terminal's."""
    with log.open('a') as out, stopping.held_back():
        return subprocess.Popen([sys.executable, *map(str, command)], stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                env=ENVIRONMENT, start_new_session=True)


def interrupt_twice(process):
    for _ in range(2):
        try:
            os.killpg(process.pid, signal.SIGINT)
        except ProcessLookupError:
            pass
        time.sleep(AGAIN_S)


def assert_clean(log):
    said = log.read_text()
    for word in ('Traceback', 'KeyboardInterrupt', 'terminate called', 'Fatal Python error', 'Exception'):
        assert word not in said, said


@pytest.mark.parametrize('executable', ['rgbd_silhouette', 'capsule_camera'])
@pytest.mark.parametrize('after_s', [0.0, 0.1, 0.3, 0.6, 1.0, 1.5, 2.5])
def test_node_stopped_twice_at_any_moment(tmp_path, executable, after_s):
    log = tmp_path / 'log'
    process = started(log, NODES / executable)
    time.sleep(after_s)
    interrupt_twice(process)
    assert process.wait(timeout=END_S) == 0
    assert_clean(log)


@pytest.mark.parametrize('after_s', [0.3, 1.0, None])
def test_station_with_a_camera_stopped_twice(tmp_path, after_s):
    """None: when every node has begun to work."""
    logs = tmp_path / 'station', tmp_path / 'camera'
    station = started(logs[0], '-m', 'poseformer_ros.cli.main', 'station')
    camera = started(logs[1], '-m', 'poseformer_ros.cli.main', 'node', 'capsule_camera', '--ros-args', '-r',
                     f'__ns:=/{graph.NAMESPACE}')
    if after_s is None:
        end = time.monotonic() + START_S
        while not all(f': {spec.text}' in logs[0].read_text() for spec in graph.STATION):
            assert time.monotonic() < end, logs[0].read_text()
            time.sleep(0.1)
        time.sleep(1.0)
    else:
        time.sleep(after_s)
    for process in (station, camera):
        interrupt_twice(process)
    assert [process.wait(timeout=END_S) for process in (station, camera)] == [0, 0]
    for log in logs:
        assert_clean(log)


STUCK = """
import ctypes
from poseformer_ros.station import stopping
system, lock = ctypes.PyDLL(None), ctypes.create_string_buffer(64)     # calls that hold the interpreter
with stopping.at_most(0.2, 7):
    system.pthread_mutex_lock(lock)
    system.pthread_mutex_lock(lock)
"""


def test_a_library_that_never_returns_does_not_keep_a_process(tmp_path):
    """As Fast DDS does where participants leave at the same moment."""
    assert started(tmp_path / 'log', '-c', STUCK).wait(timeout=END_S) == 7


def test_a_station_that_is_killed_outright_leaves_nothing_running(tmp_path):
    station = started(tmp_path / 'log', '-m', 'poseformer_ros.cli.main', 'station')
    until(lambda: len(children_of(station)) == len(graph.PROCESSES), 'every process is started')
    processes = children_of(station)
    station.kill()
    station.wait()
    until(lambda: not any(running(number) for number in processes), 'every process ended')


def test_a_process_that_dies_is_brought_back(tmp_path):
    log = tmp_path / 'log'
    station = started(log, '-m', 'poseformer_ros.cli.main', 'station', '--respawn')
    said = f': {graph.node("joints").text}'
    until(lambda: said in log.read_text(), 'the node joints', START_S)
    killed = next(number for number in children_of(station) if b'rgbd_sync' in Path(f'/proc/{number}/cmdline').read_bytes())
    os.kill(int(killed), signal.SIGKILL)
    until(lambda: log.read_text().count(said) == 2, 'the node joints again', START_S)
    assert 'has died (exit status -9) and is started again' in log.read_text()
    processes = children_of(station)
    interrupt_twice(station)
    assert station.wait(timeout=END_S) == 0
    until(lambda: not any(running(number) for number in processes), 'every process ended')
    assert_clean(log)


def children_of(process):
    return Path(f'/proc/{process.pid}/task/{process.pid}/children').read_text().split()


def running(number):
    """Whether a process does anything yet; one that nobody waited for is left as a zombie."""
    try:
        return Path(f'/proc/{number}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except FileNotFoundError:
        return False


def until(condition, what, within_s=END_S):
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)
