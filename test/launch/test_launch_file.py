"""The launch file starts exactly what station/graph.py says; run with stand-ins of launch that write down what they get."""

import runpy
import sys
import types
from pathlib import Path

import pytest
import yaml

from poseformer_ros.station import graph, launching, presets

ROOT = Path(__file__).parents[2]


class Written:
    """Remembers the arguments it was made with."""

    def __init__(self, *args, **kwargs):
        self.args, self.said = args, kwargs


@pytest.fixture
def describe(monkeypatch):
    """Gives the launch description of a file of launch/."""
    kinds = {'launch': ['LaunchDescription'], 'launch.actions': ['DeclareLaunchArgument', 'OpaqueFunction', 'Shutdown'],
             'launch_ros': [], 'launch_ros.actions': ['Node']}
    for module_name, classes in kinds.items():
        module = types.ModuleType(module_name)
        for name in classes:
            setattr(module, name, type(name, (Written,), {}))
        monkeypatch.setitem(sys.modules, module_name, module)
    return lambda name: runpy.run_path(str(ROOT / 'launch' / f'{name}.launch.py'))['generate_launch_description']()


@pytest.fixture
def description(describe):
    """The launch description of the station."""
    return describe('station')


def started(description, pushed='', **chosen):
    """The launch_ros nodes for the default arguments, changed by `chosen`, in a group with this namespace."""
    entities = description.args[0]
    values = {e.args[0]: e.said['default_value'] for e in entities if type(e).__name__ == 'DeclareLaunchArgument'}
    function = next(e for e in entities if type(e).__name__ == 'OpaqueFunction').said['function']
    group = {'ros_namespace': pushed} if pushed else {}
    return [node.said for node in function(types.SimpleNamespace(launch_configurations=values | chosen | group))]


def parameters_of(process):
    """Of each node by its pattern, as the process's files say: launch_ros would leave behind what is not in a file of ours."""
    assert all(isinstance(path, str) for path in process['parameters'])
    return {node: said['ros__parameters'] for path in process['parameters']
            for node, said in yaml.safe_load(Path(path).read_text()).items()}


def test_arguments_have_descriptions_and_choices(description):
    arguments = {e.args[0]: e.said for e in description.args[0] if type(e).__name__ == 'DeclareLaunchArgument'}
    assert set(arguments) == {'camera', 'start_from', 'params_file', 'namespace', 'use_sim_time', 'rviz', 'device', 'log_level',
                              'respawn', 'color_topic', 'color_info_topic', 'depth_topic', 'depth_info_topic',
                              'rgbd_topic'}
    assert all(said['description'] for said in arguments.values())
    assert arguments['camera']['choices'] == presets.names() and 'kinect2' in presets.names()
    assert arguments['device']['choices'] == ['cpu', 'cuda']


def test_starts_every_node_of_the_graph_once(description):
    nodes = [name for process in started(description) for name in graph.PROCESSES[process['executable']]]
    assert sorted(nodes) == sorted(spec.name for spec in graph.STATION)
    assert any({'rgbd_sync', 'silhouette'} <= set(names) for names in graph.PROCESSES.values()), 'full images would be copied'


def test_starts_from_synchronized_pairs_without_the_node_that_makes_them(description):
    started_from = [process['executable'] for process in started(description, start_from='rgbd')]
    nodes = [name for executable in started_from for name in graph.EXECUTABLES[executable]]
    assert sorted(nodes) == sorted(spec.name for spec in graph.STATION if spec.name != 'rgbd_sync')


def test_every_executable_is_installed():
    scripts = {path.name for path in (ROOT / 'scripts' / 'nodes').iterdir()}
    assert scripts == set(graph.EXECUTABLES)


def test_a_preset_remaps_the_camera_topics_and_nothing_else(description):
    for process in started(description, camera='kinect2', namespace='ward_3'):
        assert process['namespace'] == '/ward_3'
        assert dict(process['remappings']) == presets.load('kinect2').topics
    inputs = {topic.name for topic in graph.node('rgbd_sync').subscriptions if not topic.name.startswith('/')}
    assert set(presets.load('kinect2').topics) | set(presets.load('realsense_rgbd').topics) == inputs


@pytest.mark.parametrize('name', presets.names())
def test_presets_set_only_known_parameters_to_allowed_values(name):
    from dataclasses import fields

    from poseformer_ros.options import problem_with
    for node, values in presets.load(name).parameters.items():
        for parameter, value in values.items():
            prefix, _, field_name = parameter.rpartition('.')
            field = next(f for f in fields(graph.node(node).options[prefix]) if f.name == field_name)
            assert problem_with(field, tuple(value) if isinstance(value, list) else value) == ''


def test_topic_arguments_take_the_place_of_the_presets_topics(description):
    for process in started(description, camera='kinect2', color_topic='/robot/rgb', depth_info_topic='info'):
        assert dict(process['remappings']) == presets.load('kinect2').topics | {
            'color/image': '/robot/rgb', 'depth/camera_info': 'info'}


@pytest.mark.parametrize(('pushed', 'namespace', 'full'), [
    ('', 'poseformer', '/poseformer'), ('/robot1', 'poseformer', '/robot1/poseformer'), ('/robot1', '/ward', '/ward'),
    ('/a/b', 'c/d', '/a/b/c/d')])
def test_a_group_with_a_namespace_holds_the_station_and_what_rviz_shows(description, rviz_installed, pushed, namespace, full):
    processes = started(description, pushed=pushed, namespace=namespace, rviz='true')
    assert {process['namespace'] for process in processes if process['package'] == graph.PACKAGE} == {full}
    rviz = next(process for process in processes if process['package'] == 'rviz2')
    assert dict(rviz['remappings'])['/poseformer/markers'] == f'{full}/markers'
    assert Path(rviz['arguments'][1]).name == 'station.rviz'


@pytest.fixture
def rviz_installed(monkeypatch):
    """As on a machine with RViz."""
    from ament_index_python import packages
    prefix = packages.get_package_prefix
    monkeypatch.setattr(packages, 'get_package_prefix', lambda name: '/opt/ros/jazzy' if name == 'rviz2' else prefix(name))


def test_rviz_that_is_not_installed_is_said_before_anything_is_started(description):
    pytest.importorskip('ament_index_python')
    from ament_index_python.packages import get_packages_with_prefixes
    if 'rviz2' in get_packages_with_prefixes():
        pytest.skip('RViz is installed')
    with pytest.raises(launching.BadInput, match='package rviz2 is not installed'):
        started(description, rviz='True')


@pytest.mark.parametrize(('said', 'wanted'), [('true', True), ('True', True), ('false', None), ('False', None)])
def test_simulated_time_is_set_as_users_of_nav2_type_it(description, said, wanted):
    """Where it is not asked for, a SetParameter of the including launch file must hold."""
    for process in started(description, use_sim_time=said):
        assert parameters_of(process).get('/**', {}).get('use_sim_time') == wanted


@pytest.mark.parametrize('name', ['station', 'record', 'replay'])
def test_log_level_reaches_every_process(describe, name):
    for process in started(describe(name), log_level='debug'):
        assert process['arguments'] == ['--ros-args', '--log-level', 'debug']


def test_what_dies_is_brought_back_unless_it_was_started_in_vain(description):
    for process in started(description):
        assert process['respawn'] and process['respawn_delay'] < 1.0
        assert process['on_exit'](types.SimpleNamespace(returncode=-9), None) is None
        shutdown, = process['on_exit'](types.SimpleNamespace(returncode=2), None)
        assert 'parameter' in shutdown.said['reason']
    assert not any(process['respawn'] for process in started(description, respawn='False'))


def test_images_that_cross_processes_use_the_transport_profile(description, monkeypatch, tmp_path):
    monkeypatch.setenv('FASTRTPS_DEFAULT_PROFILES_FILE', str(tmp_path / 'own.xml'))
    assert {p['additional_env']['FASTRTPS_DEFAULT_PROFILES_FILE'] for p in started(description)} == {str(tmp_path / 'own.xml')}


def test_a_missing_parameter_file_is_said(description):
    with pytest.raises(launching.BadInput, match='no_such.yaml: no such file'):
        started(description, params_file='no_such.yaml')


def test_recording_is_started_with_the_wishes_of_the_command_line(describe):
    wishes = {'profile': 'no_colour', 'split_s': '600', 'start_paused': 'True', 'camera': 'kinect2', 'namespace': 'ward'}
    (recorder,) = started(describe('record'), **wishes)
    assert (recorder['executable'], recorder['namespace']) == ('bag_recorder', 'ward')
    assert dict(recorder['remappings']) == presets.load('kinect2').topics
    parameters = parameters_of(recorder)['/**/bag_recorder']
    assert 'use_sim_time' not in parameters
    wanted = {'recorder.profile': 'no_colour', 'writer.split_s': 600.0, 'recorder.start_paused': True, 'recorder.camera': 'kinect2',
              'writer.flush_s': 0.5}
    assert {name: parameters[name] for name in wanted} == wanted


def test_replaying_is_started_with_the_wishes_of_the_command_line(describe):
    (player,) = started(describe('replay'), path='bags/monday', rate='2.0', every_frame='true')
    assert player['executable'] == 'bag_player'
    wanted = {'player.path': 'bags/monday', 'player.rate': 2.0, 'player.every_frame': True, 'player.loop': False}
    parameters = parameters_of(player)['/**/bag_player']
    assert {name: parameters[name] for name in wanted} == wanted


@pytest.mark.parametrize(('name', 'wish', 'said'), [
    ('record', {'cache_mb': 'much'}, 'cache_mb:=much: not a number; give one like 256.0'),
    ('replay', {'rate': ''}, 'rate:=: not a number; give one like 1.0')])
def test_a_word_where_a_number_belongs_is_named(describe, name, wish, said):
    with pytest.raises(launching.BadInput, match=said):
        started(describe(name), **wish)


@pytest.mark.parametrize('name, node', [('record', 'bag_recorder'), ('replay', 'bag_player')])
def test_every_option_of_a_bag_is_a_launch_argument(describe, name, node):
    from dataclasses import fields
    arguments = {e.args[0]: e.said for e in describe(name).args[0] if type(e).__name__ == 'DeclareLaunchArgument'}
    options = {field.name for prefix, kind in graph.node(node).options.items() if prefix != 'diagnostics' for field in fields(kind)}
    assert options | {'camera', 'namespace', 'use_sim_time', 'log_level'} == set(arguments)
    assert all(said['description'] for said in arguments.values())
