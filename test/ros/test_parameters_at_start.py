"""Start values that cannot be used end a node before it begins, with a text for people."""

import pytest
import rclpy
from helpers.live_station import live_station

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.input.rgbd_assembly import InputOptions
from poseformer_ros.station import run
from poseformer_ros.station.presets import parameter_arguments


@pytest.mark.parametrize(('name', 'value', 'said'), [
    ('sync.slop_s', 'wide', 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.slop_s', 3.0, 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.slop_s', 1, 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.slop_s', [0.01, 0.02], 'wanted float in [0.0, 1.0], for example 0.02'),
    ('sync.mode', 'loose', 'choose one of approximate, exact'),
    ('input.translation_m', [0.0, 0.0], 'has 2 numbers, wanted 3'),
    ('input.rotation', [1.0] * 9, 'is not a rotation matrix'),
    ('input.combined', 'nowhere_msgs/msg/RGBD', "message 'nowhere_msgs/msg/RGBD' is not installed here; source the package"),
    ('input.combined', 'RGBD', "message 'RGBD' is not installed here"),
    ('input.combined', 'sensor_msgs/msg/Image', 'sensor_msgs/msg/Image has no depth, depth_camera_info, rgb, rgb_camera_info'),
])
def test_start_value_that_cannot_be_used(name, value, said):
    with pytest.raises(BadInput) as error, live_station('rgbd_sync', rgbd_sync={name: value}):
        pass
    assert name in str(error.value) and said in str(error.value)


def test_a_message_of_both_images_is_not_compressed():
    with pytest.raises(BadInput, match='holds plain images; leave input.color_transport and input.depth_transport raw'):
        InputOptions(combined='realsense2_camera_msgs/msg/RGBD', depth_transport='compressedDepth')


def test_process_with_a_bad_parameter_ends_with_status_2_and_one_line(capfd):
    assert run.run(['rgbd_sync'], ['--ros-args', *parameter_arguments({'rgbd_sync': {'sync.queue': 1000}})]) == 2
    said = capfd.readouterr().err
    assert 'poseformer: parameter sync.queue' in said and 'Traceback' not in said
    assert not rclpy.ok()


def missing(path) -> None:
    """Nothing lies there."""


def other_layout(path) -> None:
    """A sound ONNX file that has nothing to do with people."""
    helper = pytest.importorskip('onnx').helper
    value = helper.make_tensor_value_info('x', 1, [1, 3, 64, 64])
    graph = helper.make_graph([helper.make_node('Relu', ['x'], ['y'])], 'other', [value],
                              [helper.make_tensor_value_info('y', 1, [1, 3, 64, 64])])
    path.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8).SerializeToString())


def hostile(path) -> None:
    """An operator that would run code of a library's own."""
    helper = pytest.importorskip('onnx').helper
    value = helper.make_tensor_value_info('x', 1, [1, 3, 64, 64])
    graph = helper.make_graph([helper.make_node('Run', ['x'], ['y'], domain='com.example')], 'hostile', [value],
                              [helper.make_tensor_value_info('y', 1, [1, 3, 64, 64])])
    path.write_bytes(helper.make_model(graph).SerializeToString())


@pytest.mark.parametrize(('write', 'said'), [
    (missing, {'': 'no such file'}),
    (other_layout, {'': "without 'poseformer_person_model' in its metadata",
                    'people.finder': "without 'poseformer_finder_model' in its metadata",
                    'onnx_pose.model': 'its outputs are (1, 3, 64, 64), wanted SimCC'}),
    (hostile, {'': "the operator 'Run'"}),
], ids=['missing', 'other layout', 'hostile'])
@pytest.mark.parametrize(('node', 'name', 'more'), [
    ('silhouette', 'people.model', {}),
    ('silhouette', 'people.finder', {}),
    ('joints', 'learned.model', {}),
    ('body_parts', 'learned_parts.model', {}),
    ('joints', 'onnx_pose.model', {'joints.method': 'onnx_pose'}),
], ids=['silhouette', 'finder', 'joints', 'body_parts', 'onnx_pose'])
def test_a_network_file_that_cannot_be_used_ends_the_node_with_status_2_and_words(capfd, tmp_path, node, name, more, write, said):
    path = tmp_path / 'network.onnx'
    write(path)
    assert run.run([node], ['--ros-args', *parameter_arguments({node: {name: str(path), **more}})]) == 2
    told = capfd.readouterr().err
    line = next(line for line in told.splitlines() if line.startswith('poseformer:'))
    assert 'network.onnx' in line and said.get(name, said['']) in line and '; give ' in line
    assert 'Traceback' not in told and not rclpy.ok()
