"""What of a parameter file nobody reads is named, with the likely remedy (fusioncore#134)."""

import pytest
from helpers.live_station import live_station

from poseformer_ros.errors import BadInput
from poseformer_ros.station.parameter_files import unread


def lines_of(tmp_path, text, namespace='poseformer'):
    path = tmp_path / 'p.yaml'
    path.write_text(text)
    return unread(str(path), namespace)


@pytest.mark.parametrize('text', [
    '/**/rgbd_sync: {ros__parameters: {sync.slop_s: 0.05, use_sim_time: true}}',
    '/**/rgbd_sync: {ros__parameters: {sync: {slop_s: 0.05}, input: {lens: raw}}}',
    '/poseformer/rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}',
    '/poseformer: {rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}}',
    '/*/rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}',
    '/**: {ros__parameters: {use_sim_time: true, sync.slop_s: 0.05, crop.margin: 0.1}}',
    'poseformer/rgbd_sync: {ros__parameters: {qos_overrides./tf.publisher.depth: 3}}',
    '/**/capsule_camera: {ros__parameters: {studio.noise: false}}',
])
def test_what_is_read_is_not_complained_of(tmp_path, text):
    assert lines_of(tmp_path, text) == []


@pytest.mark.parametrize(('text', 'said'), [
    ('/**/rgbd_sync: {ros__parameters: {sync.slop: 0.05}}',
     ['/**/rgbd_sync: sync.slop is no parameter and is not read; did you mean sync.slop_s?']),
    ('/**/rgbd_sync: {ros__parameters: {sync: {slop_s: 0.05, quue: 3}}}', ['/**/rgbd_sync: sync.quue is no parameter and is not '
                                                                          'read; did you mean sync.queue?']),
    ('rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}', ['/rgbd_sync: reaches no node of /poseformer; write /**/rgbd_sync']),
    ('/**/rgb_sync: {ros__parameters: {sync.slop_s: 0.05}}', ['/**/rgb_sync: reaches no node of /poseformer; write /**/rgbd_sync']),
    ('/ward_3/rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}',
     ['/ward_3/rgbd_sync: reaches no node of /poseformer; write /**/rgbd_sync']),
    ('/**/joints: {ros__parameters: {sync.slop_s: 0.05}}', ['/**/joints: sync.slop_s is no parameter and is not read; docs/nodes '
                                                            'lists what there is']),
])
def test_what_nobody_reads_is_named(tmp_path, text, said):
    assert lines_of(tmp_path, text) == said


def test_the_namespace_counts(tmp_path):
    assert lines_of(tmp_path, '/ward_3/rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}', 'ward_3') == []
    assert lines_of(tmp_path, 'rgbd_sync: {ros__parameters: {sync.slop_s: 0.05}}', '') == []


@pytest.mark.parametrize(('text', 'said'), [
    ('/**/rgbd_sync: {sync.slop_s: 0.05}', 'rgbd_sync/sync.slop_s holds 0.05; wanted NODE: ros__parameters'),
    ('', 'the file holds None'),
    ('a: [1', 'cannot be read as a ROS parameter file'),
])
def test_what_is_no_parameter_file_is_said(tmp_path, text, said):
    with pytest.raises(BadInput, match=said):
        lines_of(tmp_path, text)


def test_a_node_names_what_it_was_given_and_does_not_know():
    with live_station('rgbd_sync', rgbd_sync={'sync.slop': 0.5, 'crop.margin': 0.2}) as station:
        station.until_told('rgbd_sync', 'sync.slop is no parameter and is not read; did you mean sync.slop_s?')
        # Meant for another node, as from a section for all of them.
        assert not station.probe.said('rgbd_sync', 'crop.margin')
