"""A station and a camera started in an order and with a pause of chance, reliable or best effort, half of it beside busy loops; in
every other round one of the two then ends or is killed, and is started again.

    python test/helpers/starting_order.py 100 out/starts.jsonl [STALE_S]

Each round is a line of the file; rounds that are there already are not run again. Prints a table of all. STALE_S: of the station's
freshness.stale_s; with 0 late skeletons count too, as on a machine that does much else.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions
from rclpy.time import Time
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
WITHIN_S = 5.0
KINDS = {
    'all': lambda r: True,
    'on a quiet machine': lambda r: not r['loaded'],
    'beside busy loops': lambda r: r['loaded'],
    'station first': lambda r: r['first'] == 'station',
    'camera first': lambda r: r['first'] == 'camera',
    'reliable': lambda r: r['reliability'] == 'reliable',
    'best effort': lambda r: r['reliability'] == 'best_effort',
    'station started again': lambda r: r['restarted'] == 'station',
    'camera started again': lambda r: r['restarted'] == 'camera'}


@dataclass(frozen=True)
class Round:
    """What one round was, and what came of it.

    first: 'station' or 'camera'. pause_s: until the other was started. skeleton_s: from when both were there to the first
    skeleton with joints. restarted: which of them was started again, or none; killed: whether by SIGKILL, else by SIGINT;
    again_s: from when it was there again to a skeleton of an image taken since, 0 without a restart. died: exit statuses of
    processes that ended by themselves.
    """

    first: str
    pause_s: float
    reliability: str
    loaded: bool
    skeleton_s: float
    restarted: str
    killed: bool
    again_s: float
    died: tuple[int, ...]


class Pair:
    """Station and camera as processes, each with a log."""

    def __init__(self, where: str, reliability: str, stale_s: float) -> None:
        self._commands = {
            'station': [sys.executable, '-m', 'poseformer_ros.cli.main', 'node', *STATION, '--ros-args', '-r',
                        f'__ns:=/{graph.NAMESPACE}', '-p', f'freshness.stale_s:={stale_s}'],
            'camera': [sys.executable, __file__, 'camera', reliability]}
        self._said = {'camera': READY, 'station': f': {graph.node("joints").text}'}
        self._logs = {name: Path(where, name) for name in self._commands}
        self.children: dict[str, subprocess.Popen] = {}

    def start(self, name: str) -> None:
        """Start one, perhaps anew."""
        with self._logs[name].open('w') as out, stopping.held_back():
            self.children[name] = subprocess.Popen(self._commands[name], stdout=out, stderr=out, stdin=subprocess.DEVNULL)

    def stop(self, name: str, number: signal.Signals) -> None:
        """End one, and wait until it has."""
        self.children[name].send_signal(number)
        self.children[name].wait(timeout=START_S)

    def skeleton_s(self, skeleton_since) -> float:
        """Wait until all have said that they are there, then for a skeleton; seconds that this took, at most START_S."""
        self._until(lambda: all(self._said[name] in self._logs[name].read_text() for name in self.children))
        there, there_ns = time.monotonic(), time.time_ns()
        self._until(lambda: skeleton_since(there_ns) or time.monotonic() - there > START_S)
        return time.monotonic() - there

    def died(self) -> tuple[int, ...]:
        """Exit statuses of those that are no more."""
        return tuple(child.returncode for child in self.children.values() if child.poll() is not None)

    def _until(self, condition) -> None:
        end = time.monotonic() + 2 * START_S
        while not condition() and not self.died():
            assert time.monotonic() < end, {name: log.read_text() for name, log in self._logs.items()}
            time.sleep(0.02)


def start_once(luck: random.Random, loaded: bool, stale_s: float = 0.3, restarts: bool = True) -> Round:
    """Start both, wait for a skeleton; perhaps start one of them again and wait for another; end them."""
    first, pause_s = luck.choice(['station', 'camera']), luck.uniform(0.0, LONGEST_PAUSE_S)
    reliability = luck.choice(['reliable', 'best_effort'])
    restarted, killed = luck.choice(['station', 'camera']) if restarts else '', restarts and luck.random() < 0.5
    with tempfile.TemporaryDirectory() as where, busy(BUSY if loaded else 0), heard_skeletons() as skeleton_since:
        pair = Pair(where, reliability, stale_s)
        try:
            pair.start(first)
            time.sleep(pause_s)
            pair.start('camera' if first == 'station' else 'station')
            took, again = pair.skeleton_s(skeleton_since), 0.0
            died = pair.died()
            if restarted and not died:
                pair.stop(restarted, signal.SIGKILL if killed else signal.SIGINT)
                time.sleep(luck.uniform(0.0, LONGEST_PAUSE_S))
                pair.start(restarted)
                again = pair.skeleton_s(skeleton_since)
                died = pair.died()
        finally:
            processes.end(list(pair.children.values()))
    return Round(first, pause_s, reliability, loaded, took, restarted, killed, again, died)


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
    """Gives a call that says whether a skeleton with joints has come of an image taken at a time (ns) or later."""
    rclpy.init()
    node, stamps_ns = Node('listener', namespace=graph.NAMESPACE), [0]

    def keep(skeleton: msg.Skeleton24) -> None:
        if skeleton.track_id:
            stamps_ns.append(Time.from_msg(skeleton.header.stamp).nanoseconds)

    def skeleton_since(moment_ns: int) -> bool:
        rclpy.spin_once(node, timeout_sec=0.05)
        return stamps_ns[-1] >= moment_ns

    node.create_subscription(msg.Skeleton24, 'skeleton', keep, PROFILES['result'])
    try:
        yield skeleton_since
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def camera(reliability: ReliabilityPolicy) -> None:
    """A driver that sends a standing person, stamped by the host, until it is interrupted."""
    from helpers.live_station import SMALL_CAMERA, messages_of
    from poseformer_ros.synthesis.capsule.capsule_figure import CapsuleStudio, StudioCamera
    from poseformer_ros.synthesis.capsule.figure_pose import STANDING
    stopping.end_at_once()
    frame, _ = CapsuleStudio(StudioCamera(intrinsics=SMALL_CAMERA))(STANDING)
    rclpy.init(signal_handler_options=SignalHandlerOptions.NO)
    node = Node('camera', namespace=graph.NAMESPACE)
    outputs = {name: node.create_publisher(kind, topic, QoSProfile(depth=5, reliability=reliability)) for name, kind, topic in (
        ('info', CameraInfo, 'color/camera_info'), ('depth', Image, 'depth/image'), ('color', Image, 'color/image'))}
    print(READY, flush=True)
    with stopping.noted() as came:
        while not came:
            sent = messages_of(frame, time.time_ns())
            for name, output in outputs.items():
                output.publish(getattr(sent, name))
            time.sleep(1.0 / RATE_HZ)
    node.destroy_node()
    rclpy.try_shutdown()


def many(rounds: int, file: Path, stale_s: float) -> None:
    """Run the rounds that the file lacks, and print what came of all of them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
    for number in range(len(done), rounds):
        done.append(asdict(start_once(random.Random(number), number % 2 == 1, stale_s, restarts=number % 4 > 1)))
        with file.open('a') as lines:
            print(json.dumps(done[-1]), file=lines)
    print(table(done))


def table(rounds: list[dict]) -> str:
    """Rows of kinds of rounds: starts and restarts, those later than five seconds, the slowest, those with a death."""
    rows = ['| rounds | starts | later than 5 s | slowest s | with a death |', '|---|---|---|---|---|']
    for text, holds in KINDS.items():
        these = [r for r in rounds if holds(r)]
        seconds = [r['skeleton_s'] for r in these] + [r['again_s'] for r in these if r['restarted']]
        rows.append(f'| {text} | {len(seconds)} | {sum(s > WITHIN_S for s in seconds)} | {max(seconds, default=0.0):.1f} | '
                    f'{sum(bool(r["died"]) for r in these)} |')
    return '\n'.join(rows)


if __name__ == '__main__':
    os.environ.setdefault('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    if sys.argv[1] == 'camera':
        sys.path.insert(0, str(Path(__file__).parents[1]))
        camera(ReliabilityPolicy.RELIABLE if sys.argv[2] == 'reliable' else ReliabilityPolicy.BEST_EFFORT)
    else:
        os.environ.setdefault('ROS_DOMAIN_ID', str(101 + os.getpid() % 100))
        many(int(sys.argv[1]), Path(sys.argv[2]), float(sys.argv[3]) if len(sys.argv) > 3 else 0.3)
