"""Machines that are not a developer's: no home, nothing that can be written, another language, odd paths, no shared memory."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest

from poseformer_ros.station import graph

NODES = ('rgbd_sync', 'silhouette', 'joints', 'smpl_fit')
DEADLINE_S = 120.0      # on a machine that does other things too
ENVIRONMENT = os.environ | {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


def command(*words):
    return [sys.executable, '-m', 'poseformer_ros.cli.main', *words]


class Run:
    """A command that runs until it is interrupted, its words in a file."""

    def __init__(self, tmp_path, words, environment=ENVIRONMENT):
        self._log = tmp_path / 'log'
        with self._log.open('w') as out:
            self.process = subprocess.Popen(words, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)

    @property
    def said(self):
        return self._log.read_bytes().decode(errors='replace')

    def until(self, condition, what):
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end and self.process.poll() is None, f'never came: {what}; {self.said}'
            time.sleep(0.1)

    def works_and_ends(self, *nodes):
        """Every node is there, waits for its camera, and leaves when it is told to, without a traceback."""
        self.until(lambda: all(f': {graph.node(name).text}' in self.said for name in nodes), f'{nodes}')
        self.until(lambda: 'waiting for' in self.said, 'waiting')
        self.process.send_signal(signal.SIGINT)
        assert self.process.wait(timeout=DEADLINE_S) == 0
        assert 'Traceback' not in self.said, self.said


def without(*names):
    return {name: value for name, value in ENVIRONMENT.items() if name not in names}


def test_home_unset(tmp_path):
    run = Run(tmp_path, command('node', *NODES), without('HOME', 'ROS_LOG_DIR', 'ROS_HOME'))
    run.works_and_ends(*NODES)
    assert 'poseformer: no log files: HOME is not set; set ROS_LOG_DIR' in run.said


def test_log_folder_that_cannot_be_written(tmp_path):
    (tmp_path / 'file').write_text('')
    run = Run(tmp_path, command('node', *NODES), ENVIRONMENT | {'ROS_LOG_DIR': str(tmp_path / 'file' / 'log')})
    run.works_and_ends(*NODES)
    assert 'poseformer: no log files: ' in run.said and 'set ROS_LOG_DIR' in run.said


def test_dds_that_is_not_installed_is_said_in_one_line(tmp_path):
    for words in (command('station'), [sys.executable, str(next(iter(scripts())))]):
        done = subprocess.run(words, env=ENVIRONMENT | {'RMW_IMPLEMENTATION': 'rmw_of_nobody'}, capture_output=True, text=True,
                              timeout=DEADLINE_S)
        assert done.returncode == 2
        assert done.stderr.strip().splitlines() == ['poseformer: RMW_IMPLEMENTATION=rmw_of_nobody: not installed here; unset it, '
                                                    'or install ros-$ROS_DISTRO-rmw-of-nobody']


def scripts():
    from pathlib import Path
    return sorted((Path(__file__).parents[2] / 'scripts' / 'nodes').iterdir())


@pytest.mark.parametrize('language', ['C', 'de_DE.ISO-8859-1', 'no_such_language'])
def test_another_language(tmp_path, language):
    environment = without('LANG', 'LC_ALL', 'PYTHONUTF8', 'PYTHONIOENCODING') | {'LANG': language, 'LC_ALL': language}
    Run(tmp_path, command('node', *NODES), environment).works_and_ends(*NODES)


def test_paths_with_spaces_and_letters_beyond_ascii(tmp_path):
    folder = tmp_path / 'Prüfung 1 – 患者'
    folder.mkdir()
    parameters = folder / 'p ä.yaml'
    parameters.write_text('/**/rgbd_sync: {ros__parameters: {sync.slop: 0.05}}')
    run = Run(tmp_path, command('station', '--one-process', '--params-file', str(parameters)))
    run.works_and_ends(*NODES)
    assert 'sync.slop is no parameter and is not read; did you mean sync.slop_s?' in run.said


def test_a_bag_in_such_a_folder(tmp_path):
    bag = tmp_path / 'Prüfung 1 – 患者' / 'Gang ö'
    run = Run(tmp_path, command('record', '--path', str(bag)))
    run.until(lambda: (bag / 'metadata.yaml').is_file(), 'the bag')
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=DEADLINE_S) == 0
    done = subprocess.run(command('bag', 'info', str(bag)), capture_output=True, text=True, env=ENVIRONMENT, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr


def test_parameter_files_of_the_station_are_not_left_behind(tmp_path):
    folder = tmp_path / 'temporary'
    folder.mkdir()
    run = Run(tmp_path, command('station', '--one-process', '--camera', 'kinect2'), ENVIRONMENT | {'TMPDIR': str(folder)})
    run.works_and_ends(*NODES)
    assert not list(folder.glob('poseformer_*.yaml'))


# --- what only root can try: the process gets a view of the file system of its own

def in_a_view_of_its_own(setup, *words):
    """A command after `setup` in a mount namespace of its own; skips where that is not allowed."""
    if shutil.which('unshare') is None or subprocess.run(['unshare', '-m', 'sh', '-c', setup], capture_output=True).returncode:
        pytest.skip('needs root and unshare')
    return ['unshare', '-m', 'sh', '-c', f'{setup}; exec "$@"', 'sh', *words]


def test_file_system_that_cannot_be_written(tmp_path):
    """Not even the folder for temporary files; the node goes on, and says what is not kept."""
    setup = 'mount --bind / / && mount -o remount,ro,bind / / && cd /'
    run = Run(tmp_path, in_a_view_of_its_own(setup, *command('node', *NODES)), without('ROS_LOG_DIR'))
    run.works_and_ends(*NODES)


def test_no_shared_memory(tmp_path):
    run = Run(tmp_path, in_a_view_of_its_own('umount -l /dev/shm; ! touch /dev/shm/x && rmdir /dev/shm 2>/dev/null; true',
                                             *command('node', *NODES)))
    run.works_and_ends(*NODES)


def test_user_who_is_not_root(tmp_path):
    words = command('node', *NODES)
    environment = without('HOME', 'ROS_LOG_DIR') | {'ROS_LOG_DIR': '/tmp/poseformer_test_nobody'}
    if os.geteuid() == 0:
        nobody = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups']
        if shutil.which('setpriv') is None or subprocess.run([*nobody, sys.executable, '-c', 'import rclpy'], env=environment,
                                                              capture_output=True).returncode:
            pytest.skip('the interpreter lies where only root may read')
        words = [*nobody, *words]
    Run(tmp_path, words, environment).works_and_ends(*NODES)
