"""A station in its processes, bags played into it image by image, and what it answers: kept in a bag and hashed by topic."""

import hashlib
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import rclpy
from rclpy.node import Node
from rosbags.rosbag2 import Reader
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from std_srvs.srv import SetBool

from poseformer_ros import msg
from poseformer_ros.recordings.bags.frame_gate import header_stamp_ns
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.station import graph

ANSWERS = tuple(f'/{graph.NAMESPACE}/{topic.name}' for topic in graph.node('bag_player').subscriptions)
CAMERA = tuple(f'/{graph.NAMESPACE}/{name}' for name in ('color/image', 'depth/image', 'color/camera_info', 'depth/camera_info'))
DEADLINE_S = 200.0


def command(*words) -> list[str]:
    """A `poseformer` command."""
    return [sys.executable, '-m', 'poseformer_ros.cli.main', *map(str, words)]


@contextmanager
def running(log: Path, *words) -> Iterator[subprocess.Popen]:
    """A command that runs until it is interrupted, its words in a file."""
    with log.open('w') as out:
        child = subprocess.Popen(command(*words), stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        yield child
    finally:
        child.send_signal(signal.SIGINT)
        child.wait(timeout=60)


def until(condition, what: str) -> None:
    """Wait for a condition."""
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, f'never came: {what}'
        time.sleep(0.1)


@contextmanager
def station(log: Path, *words) -> Iterator[None]:
    """The whole station in its processes, every node of it there."""
    with running(log, 'station', *words):
        until(lambda: all(f': {spec.text}' in log.read_text() for spec in graph.STATION), f'every node in {log}')
        yield


@contextmanager
def recording(bag: Path, *topics: str, there: tuple[str, ...] = ()) -> Iterator[None]:
    """Topics into a bag; those that are `there` already are being read."""
    log = bag.with_suffix('.log')
    with running(log, 'record', '--path', bag, '--profile', 'none', '--topics', ','.join(topics)):
        until(lambda: (bag / 'metadata.yaml').is_file() and all(f'recording {topic}\n' in log.read_text() for topic in there),
              f'a recording, in {log}')
        yield


def recorded_run(source: Path, bag: Path) -> None:
    """Play a bag as the camera of a run that is recorded from its first image on, images and answers."""
    log = bag.with_suffix('.player.log')
    with running(log, 'replay', source, '--every-frame', '--patience-s', 60, '--start-paused'):
        with recording(bag, *CAMERA, *ANSWERS, there=CAMERA + ANSWERS):
            call('bag_player/pause', SetBool.Request(data=False))
            until(lambda: 'without an answer' in log.read_text(), f'the end of the run, in {log}')
    assert unanswered(log.read_text()) == 0


def call(service: str, request: SetBool.Request) -> None:
    """Call a service of the station's namespace."""
    rclpy.init()
    probe = Node('caller', namespace=graph.NAMESPACE)
    try:
        client = probe.create_client(SetBool, service)
        until(lambda: client.wait_for_service(timeout_sec=0.1), service)
        future = client.call_async(request)
        until(lambda: rclpy.spin_once(probe, timeout_sec=0.1) or future.done(), f'answer of {service}')
    finally:
        probe.destroy_node()
        rclpy.try_shutdown()


def replay_rounds(bag: Path, log: Path, images: int) -> None:
    """Play a bag again and again until so many images have been named."""
    rclpy.init()
    probe, named = Node('probe'), []
    try:
        probe.create_subscription(msg.ExerciseState, f'/{graph.NAMESPACE}/exercise', named.append, PROFILES['result'])
        with running(log, 'replay', bag, '--every-frame', '--patience-s', 60, '--loop'):
            until(lambda: rclpy.spin_once(probe, timeout_sec=0.1) or len(named) >= images, f'{images} exercises, in {log}')
    finally:
        probe.destroy_node()
        rclpy.try_shutdown()


def unanswered(words: str) -> int:
    """Images without an answer, as the player said."""
    return int(re.search(r'(\d+) of them without an answer', words).group(1))


def answers(bag: Path) -> dict[str, list[tuple[int, str]]]:
    """Stamp and hash of every message of each topic, in the order they came.

    Each is read and serialized anew by another library: between fields of a message DDS leaves whatever was in memory.
    """
    found: dict[str, list[tuple[int, str]]] = {topic: [] for topic in ANSWERS}
    with Reader(bag) as reader:
        store = get_typestore(Stores.ROS2_JAZZY)
        for connection in reader.connections:
            types = get_types_from_msg(connection.msgdef.data, connection.msgtype)
            store.register({name: fields for name, fields in types.items() if name not in store.types})
        for connection, _, data in reader.messages():
            if connection.topic in found:
                same = store.serialize_cdr(store.deserialize_cdr(data, connection.msgtype), connection.msgtype)
                found[connection.topic].append((header_stamp_ns(data), hashlib.sha256(same).hexdigest()))
    return found
