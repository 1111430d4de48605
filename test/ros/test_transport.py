"""Images between two processes: all arrive with our profile; without it the losses are counted and the remedy is named."""

import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import rclpy
from helpers import sending_camera
from helpers.sending_camera import IMAGES
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from sensor_msgs.msg import Image

from poseformer_ros.ros import transport
from poseformer_ros.ros.diagnostics import DiagnosticsOptions, Health
from poseformer_ros.ros.input.image_input import ImageInput


@pytest.fixture
def reader():
    """(executor, health, numbers of the images that came)."""
    rclpy.init()
    node, numbers = Node('reader'), []
    health = Health(node, DiagnosticsOptions())
    ImageInput(node, health, Image, 'color/image', lambda message: numbers.append(int(message.header.frame_id)))
    executor = EventsExecutor()
    executor.add_node(node)
    yield executor, health, numbers
    executor.shutdown()
    node.destroy_node()
    rclpy.shutdown()


def let_send(executor, how):
    """Run the camera's process to its end."""
    environment = {name: value for name, value in os.environ.items() if name != transport.PROFILE_VARIABLE}
    camera = subprocess.Popen([sys.executable, sending_camera.__file__, how], env=environment)
    while camera.poll() is None:
        executor.spin_once(timeout_sec=0.1)
    assert camera.returncode == 0


def test_every_image_arrives_with_the_profile(reader):
    executor, health, numbers = reader
    let_send(executor, 'profile')
    assert numbers == list(range(IMAGES))
    assert 'troubles' not in health.counts


def test_lost_images_are_counted_and_the_remedy_named(reader):
    executor, health, numbers = reader
    let_send(executor, 'defaults')
    lost = health.counts['lost color/image']
    assert lost > 0
    # A gap is seen when the next image comes: only what was lost before the first or after the last may go uncounted.
    assert numbers[-1] - numbers[0] + 1 <= len(numbers) + lost <= IMAGES
    assert 'were sent and never came' in health.status().message
    assert 'transport profile' in health.status().message
    assert health.status().level == b'\x02'


def test_profile_of_the_user_is_left_alone(monkeypatch):
    monkeypatch.setenv(transport.PROFILE_VARIABLE, '/their/own.xml')
    transport.use_profile()
    assert transport.chosen_profile() == '/their/own.xml'


def test_profile_is_not_set_where_there_is_no_room_for_it(monkeypatch, capsys):
    monkeypatch.delenv(transport.PROFILE_VARIABLE, raising=False)
    monkeypatch.setattr(transport.shutil, 'disk_usage', lambda _: SimpleNamespace(free=10 << 20))
    transport.use_profile()
    assert transport.chosen_profile() == ''
    assert '10 MB free' in capsys.readouterr().err
