"""A station and a camera started in an order and with a pause of chance, reliable or best effort, half of it beside busy loops.

    python test/helpers/starting_order.py 100 [STALE_S]

STALE_S: of the station's freshness.stale_s; with 0 late skeletons count too, as on a machine that does much else.
"""

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import CameraInfo, Image

from poseformer_ros import msg
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.station import graph, processes, stopping

STATION = ('rgbd_sync', 'silhouette', 'joints')
RATE_HZ = 10.0
LONGEST_PAUSE_S = 4.0
START_S = 60.0          # for programs to load, on a machine that does other things too
BUSY = 2                # loops
READY = 'camera is there'


@dataclass(frozen=True)
class Round:
    """What one round was, and what came of it.

    first: 'station' or 'camera'. pause_s: until the other was started. skeleton_s: from when both were there to the first
    skeleton with joints. died: exit statuses of processes that ended by themselves.
    """

    first: str
    pause_s: float
    reliability: str
    loaded: bool
    skeleton_s: float
    died: tuple[int, ...]


def start_once(luck: random.Random, loaded: bool, stale_s: float = 0.3) -> Round:
    """Start both, wait for a skeleton, and end them."""
    first, pause_s = luck.choice(['station', 'camera']), luck.uniform(0.0, LONGEST_PAUSE_S)
    reliability = luck.choice(['reliable', 'best_effort'])
    station = [sys.executable, '-m', 'poseformer_ros.cli.main', 'node', *STATION, '--ros-args', '-r', f'__ns:=/{graph.NAMESPACE}',
               '-p', f'freshness.stale_s:={stale_s}']
    commands = {'station': station, 'camera': [sys.executable, __file__, 'camera', reliability]}
    names = [first, 'camera' if first == 'station' else 'station']
    with tempfile.TemporaryDirectory() as where, busy(BUSY if loaded else 0), heard_skeletons() as skeletons:
        logs = {name: Path(where, name) for name in names}
        children = [_started(commands[names[0]], logs[names[0]])]
        time.sleep(pause_s)
        children.append(_started(commands[names[1]], logs[names[1]]))
        said = {'camera': READY, 'station': f': {graph.node("joints").text}'}
        try:
            _until(lambda: all(said[name] in logs[name].read_text() for name in names), children, logs)
            there = time.monotonic()
            _until(lambda: skeletons() or time.monotonic() - there > START_S, children, logs)
            took = time.monotonic() - there
            died = tuple(child.returncode for child in children if child.poll() is not None)
        finally:
            processes.end(children)
    return Round(first, pause_s, reliability, loaded, took, died)


def _started(command: list[str], log: Path) -> subprocess.Popen:
    with log.open('w') as out, stopping.held_back():
        return subprocess.Popen(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL)


def _until(condition, children: list[subprocess.Popen], logs: dict[str, Path]) -> None:
    end = time.monotonic() + 2 * START_S
    while not condition() and all(child.poll() is None for child in children):
        assert time.monotonic() < end, {name: log.read_text() for name, log in logs.items()}
        time.sleep(0.02)


@contextmanager
def busy(loops: int):
    """Programs that keep the processor busy."""
    children = [subprocess.Popen([sys.executable, '-c', 'while True: pass']) for _ in range(loops)]
    try:
        yield
    finally:
        for child in children:
            child.kill()
            child.wait()


@contextmanager
def heard_skeletons():
    """Gives a call that says whether a skeleton with joints has come."""
    rclpy.init()
    node, found = Node('listener', namespace=graph.NAMESPACE), []
    node.create_subscription(msg.Skeleton24, 'skeleton', lambda m: m.track_id and found.append(m), PROFILES['result'])
    try:
        yield lambda: rclpy.spin_once(node, timeout_sec=0.05) or bool(found)
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def camera(reliability: ReliabilityPolicy) -> None:
    """A driver that sends a standing person, stamped by the host, until it is interrupted."""
    from helpers.live_station import SMALL_CAMERA, messages_of
    from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, StudioCamera
    from poseformer_ros.synthesis.capsule.figure_pose import STANDING
    frame, _ = CapsuleStudio(StudioCamera(intrinsics=SMALL_CAMERA))(STANDING)
    rclpy.init()
    node = Node('camera', namespace=graph.NAMESPACE)
    outputs = {name: node.create_publisher(kind, topic, QoSProfile(depth=5, reliability=reliability)) for name, kind, topic in (
        ('info', CameraInfo, 'color/camera_info'), ('depth', Image, 'depth/image'), ('color', Image, 'color/image'))}
    print(READY, flush=True)
    while True:
        sent = messages_of(frame, time.time_ns())
        for name, output in outputs.items():
            output.publish(getattr(sent, name))
        time.sleep(1.0 / RATE_HZ)


def many(rounds: int, stale_s: float) -> None:
    """Print each round, and what came of all of them."""
    luck, done = random.Random(time.time_ns()), []
    for number in range(rounds):
        done.append(start_once(luck, loaded=number % 2 == 1, stale_s=stale_s))
        print(number, done[-1], flush=True)
    for loaded in (False, True):
        these = [r for r in done if r.loaded == loaded]
        late = sum(r.skeleton_s > 5.0 for r in these)
        print(f'{"beside busy loops" if loaded else "alone"}: {len(these)} starts, {late} later than five seconds, slowest '
              f'{max((r.skeleton_s for r in these), default=0.0):.1f} s, {sum(bool(r.died) for r in these)} with a death')


if __name__ == '__main__':
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    if sys.argv[1] == 'camera':
        sys.path.insert(0, str(Path(__file__).parents[1]))
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        camera(ReliabilityPolicy.RELIABLE if sys.argv[2] == 'reliable' else ReliabilityPolicy.BEST_EFFORT)
    else:
        many(int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.3)
