"""The running graph is what `graph.py` says."""

import dataclasses

import pytest
from helpers.live_station import live_station
from rclpy.node import Node
from sensor_msgs.msg import Image
from visualization_msgs.msg import MarkerArray

from poseformer_ros.ros.input.combined import COMBINED
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.station import graph

NAMES = [spec.name for spec in graph.STATION]
# With these and a reader of everything, every topic of the graph is in use.
EVERYTHING_ON = {'rgbd_sync': {'input.depth_registered': False, 'input.extrinsics': 'tf_static'}, 'markers': {'markers.tf': True}}
ROS_OWN = ('/rosout', '/parameter_events')


@pytest.fixture(scope='module')
def station():
    with live_station(*NAMES, **EVERYTHING_ON) as running:
        for message_class, topic in ((Image, 'overlay'), (MarkerArray, 'markers')):
            running.probe.create_subscription(message_class, topic, lambda _: None, PROFILES['result'])
        wanted = {f'/{running.namespace}/{topic.name}' for topic in graph.node('markers').subscriptions}
        running.until(lambda: {name for name, _ in running.probe.get_subscriber_names_and_types_by_node(
            'markers', f'/{running.namespace}')} >= wanted, 'markers reads')
        running.until(lambda: all(len(live(running, spec.name, 'publications')) >= len(spec.publications)
                                  for spec in graph.STATION), 'discovery')
        running.until(running.camera.is_read, 'the camera being read as it offers')
        yield running


def live(station, node, kind):
    """Topic to type of what a node publishes or reads, ROS's own aside."""
    ask = getattr(station.probe, {'publications': 'get_publisher_names_and_types_by_node',
                                  'subscriptions': 'get_subscriber_names_and_types_by_node'}[kind])
    return {name: types for name, types in ask(node, f'/{station.namespace}') if name not in ROS_OWN}


def on_wire(name, kind):
    """The declared topics of a node but those that reach it in memory, as all nodes are in one process here, and the message that
    takes the place of the camera's other topics."""
    in_memory = {passed.topic for passed in graph.HAND_OVERS if passed.taker == name and kind == 'subscriptions'}
    return [topic for topic in getattr(graph.node(name), kind) if topic.name not in {*in_memory, COMBINED}]


def full(station, topic):
    return topic if topic.startswith('/') else f'/{station.namespace}/{topic}'


@pytest.mark.parametrize('kind', ['publications', 'subscriptions'])
@pytest.mark.parametrize('name', NAMES)
def test_topics_and_types(station, name, kind):
    declared = {full(station, topic.name): [topic.type] for topic in on_wire(name, kind)}
    assert live(station, name, kind) == declared


@pytest.mark.parametrize('kind', ['publications', 'subscriptions'])
@pytest.mark.parametrize('name', NAMES)
def test_quality_of_service(station, name, kind):
    ask = getattr(station.probe, {'publications': 'get_publishers_info_by_topic',
                                  'subscriptions': 'get_subscriptions_info_by_topic'}[kind])
    for topic in on_wire(name, kind):
        # The test's camera offers reliable delivery, and images are then read so.
        read_reliably = topic.qos == 'image_in' and topic.name != 'depth/camera_info'
        wanted = PROFILES['image_in_reliable' if read_reliably else topic.qos]
        endpoints = [info for info in ask(full(station, topic.name)) if info.node_name == name]
        assert len(endpoints) == 1, topic.name
        found = endpoints[0].qos_profile
        assert (found.reliability, found.durability) == (wanted.reliability, wanted.durability), topic.name


@pytest.mark.parametrize('name', NAMES)
def test_services(station, name):
    offered = dict(station.probe.get_service_names_and_types_by_node(name, f'/{station.namespace}'))
    own = {service: types for service, types in offered.items() if not types[0].startswith(('rcl_interfaces/', 'type_description'))}
    assert own == {full(station, service.name): [service.type] for service in graph.node(name).services}


@pytest.mark.parametrize('name', NAMES)
def test_parameters(station, name):
    declared = {f'{prefix}.{field.name}' for prefix, options in graph.node(name).options.items()
                for field in dataclasses.fields(options)}
    node: Node = station.nodes[name]
    assert set(node.get_parameters_by_prefix('')) - {'use_sim_time', 'start_type_description_service'} == declared


def test_every_node_has_one_process_and_a_class():
    assert sorted(name for names in graph.PROCESSES.values() for name in names) == sorted(NAMES)


@pytest.mark.parametrize('passed', graph.HAND_OVERS)
def test_hand_overs_are_published_by_the_giver_read_by_the_taker_and_in_one_process(passed):
    assert graph.node(passed.giver).publication(passed.topic).type == graph.node(passed.taker).subscription(passed.topic).type
    assert any({passed.giver, passed.taker} <= set(names) for names in graph.PROCESSES.values())


def test_what_one_node_reads_another_publishes_with_the_same_type():
    offered = {topic.name: topic for spec in graph.STATION + graph.SOURCES for topic in spec.publications}
    for spec in graph.STATION:
        for topic in (topic for topic in spec.subscriptions if topic.name != COMBINED):       # which drivers alone publish
            assert offered[topic.name].type == topic.type, (spec.name, topic.name)
