"""Every display of station.rviz shows a topic that the graph offers, of the right type, with a quality of service that matches."""

from pathlib import Path

import pytest
import yaml
from rclpy.qos import DurabilityPolicy, ReliabilityPolicy

from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.scenes.marker_scene import MarkerOptions
from poseformer_ros.station import graph

CONFIG = yaml.safe_load((Path(__file__).parents[2] / 'config' / 'station.rviz').read_text())['Visualization Manager']
TYPES = {'rviz_default_plugins/MarkerArray': 'visualization_msgs/msg/MarkerArray',
         'rviz_default_plugins/Image': 'sensor_msgs/msg/Image'}
WITHOUT_TOPIC = {'rviz_default_plugins/Grid', 'rviz_default_plugins/TF'}
SHOWN = [display for display in CONFIG['Displays'] if display['Class'] not in WITHOUT_TOPIC]


@pytest.mark.parametrize('display', SHOWN, ids=lambda display: display['Name'])
def test_display_matches_the_graph(display):
    offered = {f'/{graph.NAMESPACE}/{topic.name}': topic for spec in graph.STATION for topic in spec.publications}
    topic = offered[display['Topic']['Value']]
    assert topic.type == TYPES[display['Class']]
    profile, asked = PROFILES[topic.qos], display['Topic']
    if asked['Reliability Policy'] == 'Reliable':
        assert profile.reliability == ReliabilityPolicy.RELIABLE
    if asked['Durability Policy'] == 'Transient Local':
        assert profile.durability == DurabilityPolicy.TRANSIENT_LOCAL


def test_the_view_hangs_on_a_frame_that_the_station_publishes():
    assert CONFIG['Global Options']['Fixed Frame'] == MarkerOptions().floor_frame


def test_skeleton_overlay_and_mesh_are_shown():
    shown = {display['Topic']['Value'] for display in SHOWN}
    assert shown == {'/poseformer/markers', '/poseformer/overlay', '/poseformer/body/mesh'}
