"""Start values that cannot be used end a node before it begins, with a text for people."""

import pytest
import rclpy
from helpers.live_station import live_station

from poseformer_ros.errors import BadInput
from poseformer_ros.station import run
from poseformer_ros.station.presets import parameter_arguments


@pytest.mark.parametrize(('name', 'value', 'said'), [
    ('sync.slop_s', 'wide', 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.slop_s', 3.0, 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.slop_s', 1, 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.mode', 'loose', 'choose one of approximate, exact'),
    ('input.translation_m', [0.0, 0.0], 'has 2 numbers, wanted 3'),
    ('input.rotation', [1.0] * 9, 'is not a rotation matrix'),
])
def test_start_value_that_cannot_be_used(name, value, said):
    with pytest.raises(BadInput) as error, live_station('rgbd_sync', rgbd_sync={name: value}):
        pass
    assert name in str(error.value) and said in str(error.value)


def test_process_with_a_bad_parameter_ends_with_status_2_and_one_line(capfd):
    assert run.run(['rgbd_sync'], ['--ros-args', *parameter_arguments({'rgbd_sync': {'sync.queue': 1000}})]) == 2
    said = capfd.readouterr().err
    assert 'poseformer: parameter sync.queue' in said and 'Traceback' not in said
    assert not rclpy.ok()
