"""A replay can be trusted: image by image, the station says the same of a bag every time, bit for bit, on every result topic.

On a loaded machine this takes some minutes: two stations in their processes, and every image goes through all of them.
"""

import os
import subprocess

import pytest

pytest.importorskip('rclpy')

from helpers.replayed_station import (  # noqa: E402
    ANSWERS,
    CAMERA,
    answers,
    command,
    recorded_run,
    recording,
    replay_rounds,
    station,
)

from poseformer_ros.recordings.bags.reader import BagReader  # noqa: E402

SCENE = {'scene.duration_s': 2.0, 'source.rate_hz': 10.0, 'source.loop': False}


@pytest.fixture(scope='module', autouse=True)
def alone():
    """Away from other tests, in this process too."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv('ROS_DOMAIN_ID', str(101 + os.getpid() % 100))
        patch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
        yield


@pytest.fixture(scope='module')
def camera(alone, tmp_path_factory):
    """A bag of a rendered person, and how many images it holds."""
    from poseformer_ros.station import presets
    bag = tmp_path_factory.mktemp('bags') / 'camera'
    parameters = presets.parameter_file({'synthetic_camera': SCENE})
    with recording(bag, *CAMERA):
        subprocess.run(command('node', 'synthetic_camera', '--ros-args', '-r', '__ns:=/poseformer', '--params-file', parameters),
                       check=True, timeout=250, capture_output=True)
    with BagReader(bag) as reader:
        counts = reader.summary.counts
    assert set(counts) == set(CAMERA) and min(counts.values()) >= 6
    return bag, counts['/poseformer/color/image']


@pytest.fixture(scope='module')
def said(camera, tmp_path_factory):
    """What stations said: a run that is recorded, and two rounds of its replay into another station."""
    bag, images = camera
    folder = tmp_path_factory.mktemp('answers')
    with station(folder / 'station.log'):
        recorded_run(bag, folder / 'run')
    with station(folder / 'other.log'):
        with recording(folder / 'rounds', *ANSWERS, there=ANSWERS):
            replay_rounds(folder / 'run', folder / 'replay.log', 2 * images)
    return {name: answers(folder / name) for name in ('run', 'rounds')}


@pytest.mark.timeout(900)
def test_nothing_is_skipped(camera, said):
    assert {topic: len(kept) for topic, kept in said['run'].items()} == dict.fromkeys(ANSWERS, camera[1])
    assert len({digest for _, digest in said['run']['/poseformer/skeleton']}) == camera[1], 'every image says something else'


@pytest.mark.timeout(900)
@pytest.mark.parametrize('topic', ANSWERS)
def test_a_replay_says_what_the_run_said_also_after_a_jump_back_and_in_a_loop(camera, said, topic):
    run, images = said['run'][topic], camera[1]
    assert said['rounds'][topic][:images] == run, 'another station'
    assert said['rounds'][topic][images:2 * images] == run, 'after time jumped back'
