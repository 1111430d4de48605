"""A station whose processes are killed: the same person, shape and floor are there again with the first image after it."""

import os
import signal
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import rclpy
from helpers.live_station import messages_of
from helpers.replayed_station import running, until
from helpers.silhouette_room import CAMERA, Scene, View, draw, person, room
from poseformer_ros.srv import Follow
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from sensor_msgs.msg import CameraInfo, Image

from poseformer_ros import msg
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.station import graph

RATE_HZ = 4.0
SETTLED = 15        # fits, after which the shape moves little


@pytest.fixture(autouse=True)
def away_from_other_stations(monkeypatch):
    monkeypatch.setenv('ROS_DOMAIN_ID', str(101 + os.getpid() % 100))
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')


class Room:
    """A camera that sees two people, and somebody who keeps what the station says of them."""

    def __init__(self) -> None:
        self._context = Context()
        self._context.init()
        self.node = rclpy.create_node('room', context=self._context, namespace=graph.NAMESPACE, use_global_arguments=False)
        self.silhouettes: list[msg.Silhouette] = []
        self.fits: list[msg.BodyFit] = []
        self.node.create_subscription(msg.Silhouette, 'silhouette', self.silhouettes.append, PROFILES['result'])
        self.node.create_subscription(msg.BodyFit, 'body/fit', self.fits.append, PROFILES['result'])
        outputs = {name: self.node.create_publisher(kind, topic, PROFILES['image_out']) for name, kind, topic in (
            ('info', CameraInfo, 'color/camera_info'), ('depth', Image, 'depth/image'), ('color', Image, 'color/image'))}
        frame = draw(Scene(room(), [person(-0.7, 2.6), person(0.7, 2.6, stature=1.6)]), View()).frame

        def send() -> None:
            sent = messages_of(frame, time.time_ns())
            for name, output in outputs.items():
                output.publish(getattr(sent, name))

        self.node.create_timer(1.0 / RATE_HZ, send)
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._spin)
        self._thread.start()

    def _spin(self) -> None:
        while not self._stop.is_set():
            self._executor.spin_once(timeout_sec=0.1)

    def follow(self, **request) -> Follow.Response:
        client = self.node.create_client(Follow, 'follow')
        until(client.service_is_ready, 'service follow')
        future = client.call_async(Follow.Request(**request))
        until(future.done, 'answer of follow')
        return future.result()

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.node.destroy_node()
        self._context.try_shutdown()


@contextmanager
def seen_room():
    made = Room()
    try:
        yield made
    finally:
        made.close()


def kill(station, name: str) -> None:
    """Kill the process of a node outright."""
    children = Path(f'/proc/{station.pid}/task/{station.pid}/children').read_text().split()
    number = next(child for child in children if name in Path(f'/proc/{child}/cmdline').read_text().split('\0'))
    os.kill(int(number), signal.SIGKILL)
    until(lambda: not Path(f'/proc/{number}').exists() or number not in
          Path(f'/proc/{station.pid}/task/{station.pid}/children').read_text().split(), 'the end of the killed process')


def test_followed_person_shape_and_floor_are_back_with_the_first_image(tmp_path):
    # On a loaded machine late results must do.
    late = ('--ros-args', '-p', 'freshness.stale_s:=0.0')
    with running(tmp_path / 'log', 'station', '--respawn', *late) as station, seen_room() as camera:
        until(lambda: len(camera.fits) > 5, 'the first fits')
        first = camera.silhouettes[-1]
        at_left = first.roi.x_offset + first.roi.width / 2 < CAMERA.width / 2
        chosen = camera.follow(column=CAMERA.width * (0.68 if at_left else 0.32), row=CAMERA.height * 0.5)
        assert chosen.success and chosen.track_id != first.track_id, chosen.message
        number = chosen.track_id
        until(lambda: sum(fit.track_id == number for fit in camera.fits) > SETTLED, 'a settled shape')
        floor = np.array(camera.silhouettes[-1].floor.coef)

        kill(station, 'rgbd_sync')
        camera.silhouettes.clear()
        until(lambda: camera.silhouettes, 'the silhouettes again')
        again = camera.silhouettes[0]
        assert (again.person_found, again.track_id, again.floor_found) == (True, number, True)
        np.testing.assert_allclose(again.floor.coef, floor, atol=0.02)

        seen = len(camera.fits)
        until(lambda: sum(fit.track_id == number for fit in camera.fits[seen:]) > SETTLED, 'a settled shape again')
        shape = np.array(camera.fits[-1].shape)
        kill(station, 'smpl_fit')
        camera.fits.clear()
        until(lambda: any(fit.state != msg.BodyFit.NONE for fit in camera.fits), 'the fits again')
        again = next(fit for fit in camera.fits if fit.state != msg.BodyFit.NONE)
        assert again.track_id == number and np.isfinite(again.quality)
        np.testing.assert_allclose(again.shape, shape, atol=0.4)
