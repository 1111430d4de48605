"""`poseformer record`, `replay` and `bag` in processes of their own, as a user runs them."""

import os
import random
import re
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip('rclpy')

from helpers.bag_messages import IMAGE, moments, write_all  # noqa: E402
from helpers.killed_recorder import kill_once  # noqa: E402

from poseformer_ros.recordings.bags.reader import BagReader  # noqa: E402
from poseformer_ros.recordings.bags.writer import BagWriter  # noqa: E402
from poseformer_ros.ros.qos import PROFILES  # noqa: E402

ENVIRONMENT = {'ROS_DOMAIN_ID': str(101 + os.getpid() % 100), 'ROS_AUTOMATIC_DISCOVERY_RANGE': 'LOCALHOST'}


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """Away from other tests, in this process too."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


def poseformer(*words, **more):
    return subprocess.Popen([sys.executable, '-m', 'poseformer_ros.cli.main', *map(str, words)], stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, **more)


def until(condition, what):
    end = time.monotonic() + 40.0
    while not condition():
        assert time.monotonic() < end, f'never came: {what}'
        time.sleep(0.05)


def bag_of(folder, number=60):
    writer = BagWriter(folder)
    write_all(writer, moments(number))
    writer.close()
    return folder


def test_a_killed_recorder_loses_at_most_the_last_second(tmp_path):
    luck = random.Random(time.time_ns())
    for number in range(3):
        (tmp_path / str(number)).mkdir()
        result = kill_once(tmp_path / str(number), luck)
        assert result.lost_s <= 1.0 and result.holes == 0, result


def test_a_recording_outlives_its_camera(tmp_path):
    """The camera is killed and started again; the bag holds both."""
    bag = tmp_path / 'bag'
    camera = [sys.executable, '-m', 'poseformer_ros.cli.main', 'node', 'capsule_camera', '--ros-args', '-r', '__ns:=/poseformer']
    recorder = poseformer('record', '--path', bag, '--profile', 'none', '--topics', '/poseformer/color/camera_info')
    file, counts = bag / 'bag_0.mcap', [0]
    for _ in range(2):
        child = subprocess.Popen(camera, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            until(lambda: file.is_file() and file.stat().st_size > counts[-1] + 20_000, 'messages in the bag')
            counts.append(file.stat().st_size)
        finally:
            child.kill()
            child.wait()
    recorder.send_signal(signal.SIGINT)
    out, error = recorder.communicate(timeout=20)
    assert recorder.returncode == 0 and 'Traceback' not in error
    # Of what it still kept for its readers each of the two killed cameras may have sent nothing but the number.
    assert int(re.search(r'(\d+) lost', out).group(1)) <= 2 * PROFILES['image_out'].depth
    with BagReader(bag) as reader:
        stamps = [message.log_ns for message in reader.messages()]
    gaps_s = [(later - earlier) / 1e9 for earlier, later in zip(stamps, stamps[1:])]
    assert max(gaps_s) > 0.5 and gaps_s.index(max(gaps_s)) not in (0, len(gaps_s) - 1)


def test_info_and_repair_say_what_there_is(tmp_path):
    bag = bag_of(tmp_path / 'bag', 600)
    out, _ = poseformer('bag', 'info', bag).communicate(timeout=60)
    assert all(words in out for words in ('1201 messages', IMAGE.name, 'sensor_msgs/msg/CameraInfo', 'reliable transient_local'))
    file = bag / 'bag_0.mcap'
    file.write_bytes(file.read_bytes()[:-900_000])
    done = poseformer('bag', 'info', bag)
    _, error = done.communicate(timeout=60)
    assert done.returncode == 2 and 'poseformer bag repair' in error and 'Traceback' not in error
    done = poseformer('bag', 'repair', bag)
    out, error = done.communicate(timeout=60)
    assert done.returncode == 0, error
    with BagReader(bag) as reader:
        assert f'{sum(reader.summary.counts.values())} messages given back' in out
