"""Options as ROS parameters of a real node, set through its real services."""

import dataclasses

import pytest
from helpers.live_station import live_station
from rcl_interfaces.msg import ParameterType
from rclpy.parameter_client import AsyncParameterClient

from poseformer_ros.options import facts
from poseformer_ros.station import graph


@pytest.fixture(scope='module')
def station():
    with live_station('rgbd_sync') as running:
        yield running


def client(station):
    parameters = AsyncParameterClient(station.probe, f'/{station.namespace}/rgbd_sync')
    station.until(parameters.services_are_ready, 'parameter services')
    return parameters


def test_every_option_is_declared_with_text_range_and_default(station):
    spec, parameters = graph.node('rgbd_sync'), client(station)
    options = {f'{prefix}.{field.name}': field for prefix, declared in spec.options.items()
               for field in dataclasses.fields(declared)}
    described = station.call(parameters.describe_parameters(list(options))).descriptors
    for found, (name, field) in zip(described, options.items(), strict=True):
        known = facts(field)
        assert found.name == name and known.text in found.description
        assert found.read_only == (not known.live)
        if isinstance(field.default, float) and known.high is not None:
            assert (found.floating_point_range[0].from_value, found.floating_point_range[0].to_value) == (known.low, known.high)
        if type(field.default) is int and known.high is not None:
            assert (found.integer_range[0].from_value, found.integer_range[0].to_value) == (known.low, known.high)
    values = station.call(parameters.get_parameters(['sync.slop_s', 'sync.queue', 'sync.mode', 'input.rotation'])).values
    assert [v.type for v in values] == [ParameterType.PARAMETER_DOUBLE, ParameterType.PARAMETER_INTEGER,
                                        ParameterType.PARAMETER_STRING, ParameterType.PARAMETER_DOUBLE_ARRAY]
    assert values[0].double_value == options['sync.slop_s'].default


def test_live_change_reaches_the_stage(station):
    assert station.set_parameter('rgbd_sync', 'sync.slop_s', 0.005).successful
    assert station.nodes['rgbd_sync']._synchroniser.options.slop_s == 0.005
    assert station.nodes['rgbd_sync'].options['sync'].slop_s == 0.005


@pytest.mark.parametrize(('name', 'value', 'reason'), [
    ('sync.slop_s', 2.0, 'range'),
    ('sync.slop_s', float('nan'), 'range'),
    ('sync.queue', 0, 'range'),
    ('sync.queue', 'many', 'type'),
    ('sync.mode', 'loose', "'loose' is not known; choose one of approximate, exact"),
    ('input.color_transport', 'compressed', 'read-only'),
])
def test_refused_change_says_why_and_changes_nothing(station, name, value, reason):
    prefix, field = name.split('.')
    node = station.nodes['rgbd_sync']
    before = getattr(node.options[prefix], field)
    result = station.set_parameter('rgbd_sync', name, value)
    assert not result.successful and reason in result.reason
    assert getattr(node.options[prefix], field) == before == node.get_parameter(name).value
