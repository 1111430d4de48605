"""The station in this process over real DDS, a camera that sends what a test wants, and a probe that keeps what comes out."""

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus
from rcl_interfaces.msg import Log
from rclpy.clock import Clock, ClockType
from rclpy.event_handler import PublisherEventCallbacks
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.parameter import Parameter
from rclpy.parameter_client import AsyncParameterClient
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.subscription import Subscription
from rclpy.time import Time
from rclpy.timer import Timer
from sensor_msgs.msg import CameraInfo, Image
from std_msgs.msg import Header

from poseformer_ros import msg
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.ros import conversions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.shared_topics import SharedTopics
from poseformer_ros.station import presets, run

FRAME_ID = 'camera_color_optical_frame'
SMALL_CAMERA = Intrinsics(320, 240, 262.5, 262.5, 159.5, 119.5)
FIRST_STAMP_NS = 1_700_000_000 * 10**9
PERIOD_NS = 33_333_333
# Long enough for two loaded cores; a passing test never waits for it.
DEADLINE_S = 20.0
# So that a silent input is called missing soon, and each diagnosis can be read before it goes.
PARAMETERS = {'diagnostics.silence_s': 0.5, 'diagnostics.trouble_s': 3.0}
STATION = ('rgbd_sync', 'silhouette', 'joints')
# For what a test destroys while the executor runs (see poseformer_ros.ros.removable).
NO_PUBLISHER_EVENTS = PublisherEventCallbacks(use_default_callbacks=False)

_run_numbers = itertools.count()


@dataclass
class Sent:
    """The messages of one moment, for a test to spoil before they are sent; None is not sent."""

    color: Image | None
    depth: Image | None
    info: CameraInfo | None
    depth_info: CameraInfo | None = None


def messages_of(frame: RgbdFrame, stamp_ns: int) -> Sent:
    """One image pair as a driver sends it."""
    headers = (Header(stamp=Time(nanoseconds=stamp_ns).to_msg(), frame_id=FRAME_ID) for _ in range(3))
    return Sent(conversions.color_message(frame.color, next(headers)), conversions.depth_message(frame.depth, next(headers)),
                conversions.camera_info_message(frame.intrinsics, next(headers)))


class Camera(Node):
    """A driver's topics with its reliability."""

    def __init__(self, reliability: ReliabilityPolicy) -> None:
        super().__init__('camera')
        self._outputs = {}
        self.start(reliability)

    def start(self, reliability: ReliabilityPolicy) -> None:
        """Publish all topics; what was published before is withdrawn."""
        self._reliability = reliability
        for name, message_class, topic in (('color', Image, 'color/image'), ('depth', Image, 'depth/image'),
                                           ('info', CameraInfo, 'color/camera_info')):
            self.offer(name, message_class, topic)

    def offer(self, name: str, message_class: type, topic: str) -> None:
        """Publish one stream, perhaps in another form than before."""
        self.withdraw(name)
        quality = QoSProfile(depth=5, reliability=self._reliability)
        self._outputs[name] = self.create_publisher(message_class, topic, quality, event_callbacks=NO_PUBLISHER_EVENTS)

    def withdraw(self, name: str) -> None:
        """Publish a stream no more."""
        if name in self._outputs:
            self.destroy_publisher(self._outputs.pop(name))

    def send(self, sent: Sent) -> None:
        """Publish what is there; calibration first, as drivers do."""
        for name in ('info', 'depth_info', 'depth', 'color'):
            if getattr(sent, name) is not None:
                self._outputs[name].publish(getattr(sent, name))

    def is_read(self) -> bool:
        """Whether the station has settled on reading all three topics as we offer them."""
        readers = [self.get_subscriptions_info_by_topic(output.topic_name) for output in self._outputs.values()]
        return all(o.get_subscription_count() for o in self._outputs.values()) and all(
            len(r) == 1 and r[0].qos_profile.reliability == self._reliability for r in readers)


class Probe(Node):
    """Reads the station's results, diagnostics and log."""

    def __init__(self, namespace: str) -> None:
        super().__init__('probe')
        self._namespace = namespace
        self.skeletons: dict[int, msg.Skeleton24] = {}
        self.silhouettes: dict[int, msg.Silhouette] = {}
        self.statuses: dict[str, list[DiagnosticStatus]] = {}
        self.log: list[Log] = []
        self.results = (
            self.create_subscription(msg.Skeleton24, 'skeleton', lambda m: _keep(self.skeletons, m), PROFILES['result']),
            self.create_subscription(msg.Silhouette, 'silhouette', lambda m: _keep(self.silhouettes, m), PROFILES['result']))
        self.create_subscription(DiagnosticArray, '/diagnostics', self._on_diagnostics, PROFILES['result'])
        kept_log = QoSProfile(depth=1000, durability=DurabilityPolicy.TRANSIENT_LOCAL)
        self.create_subscription(Log, '/rosout', self._on_log, kept_log)

    def said(self, node: str, *words: str) -> bool:
        """Whether the node's diagnostics have said all the words in one message."""
        return any(all(word in status.message for word in words) for status in self.statuses.get(node, ()))

    def logged(self, node: str, words: str) -> int:
        """How often the node logged something that holds the words."""
        return sum(entry.name.endswith(f'.{node}') and words in entry.msg for entry in self.log)

    def value(self, node: str, key: str) -> float:
        """The newest value of a key in the node's diagnostics; 0 where it was never said."""
        said = [float(pair.value) for status in self.statuses.get(node, ()) for pair in status.values if pair.key == key]
        return said[-1] if said else 0.0

    def _on_diagnostics(self, array: DiagnosticArray) -> None:
        for status in array.status:
            namespace, _, node = status.name.rpartition('/')
            if namespace == self._namespace:
                self.statuses.setdefault(node, []).append(status)

    def _on_log(self, entry: Log) -> None:
        if entry.name.startswith(f'{self._namespace}.'):
            self.log.append(entry)


def _keep(kept: dict, message) -> None:
    kept[conversions.stamp_ns(message.header)] = message


@dataclass
class Station:
    """Nodes by name, the camera, the probe, and the executor that all of them live in."""

    nodes: dict[str, Node]
    camera: Camera | None
    probe: Probe
    namespace: str
    _executor: EventsExecutor
    _next_stamp_ns: int = field(default=FIRST_STAMP_NS)

    def until(self, condition: Callable[[], object], what: str) -> None:
        """Let the nodes work until the condition holds; fails with what the station said when it never does."""
        end = time.monotonic() + DEADLINE_S
        while not condition():
            if time.monotonic() > end:
                last = {node: statuses[-1].message for node, statuses in self.probe.statuses.items()}
                raise AssertionError(f'never came: {what}; diagnostics {last}, log {[entry.msg for entry in self.probe.log]}')
            self._executor.spin_once(timeout_sec=0.02)

    def ready(self) -> None:
        """Wait until camera, station and probe have found each other."""
        outputs = [publisher for node in self.nodes.values() for publisher in node.publishers
                   if publisher.topic.endswith(('/skeleton', '/silhouette'))]
        # Both sides must have found each other: a best-effort message to one that has not is lost.
        self.until(lambda: ('rgbd_sync' not in self.nodes or self.camera.is_read())
                   and all(o.get_subscription_count() for o in outputs)
                   and all(s.get_publisher_count() for s in self._inputs()), 'discovery')

    def _inputs(self) -> list[Subscription]:
        return [s for node in self.nodes.values() for s in node.subscriptions if s.topic_name.split('/')[-2] in ('color', 'depth')]

    def stamp(self) -> int:
        """The next stamp in nanoseconds."""
        self._next_stamp_ns += PERIOD_NS
        return self._next_stamp_ns

    def go_back(self, seconds: float) -> None:
        """Let time jump back; forwards with a minus."""
        self._next_stamp_ns -= round(seconds * 1e9)

    def show(self, frame: RgbdFrame) -> msg.Skeleton24:
        """Send an image pair and wait for its skeleton."""
        return self.answer_to(messages_of(frame, self.stamp()))

    def answer_to(self, sent: Sent) -> msg.Skeleton24:
        """Send messages and wait for the skeleton of the colour's stamp."""
        stamp_ns = conversions.stamp_ns(sent.color.header)
        for kept in (self.probe.skeletons, self.probe.silhouettes):
            kept.pop(stamp_ns, None)
        self.camera.send(sent)
        self.until(lambda: stamp_ns in self.probe.skeletons and stamp_ns in self.probe.silhouettes, f'skeleton of {stamp_ns}')
        return self.probe.skeletons[stamp_ns]

    def until_answers(self, number: int) -> None:
        """Wait until this many skeletons have come."""
        self.until(lambda: len(self.probe.skeletons) == number, f'{number} skeletons')

    def until_counted(self, node: str, what: str, number: int) -> None:
        """Wait until a counter of a node's health stands at a number."""
        self.until(lambda: self.nodes[node].health.counts.get(what) == number, f'{what} {number} of {node}')

    def until_told(self, node: str, *words: str) -> None:
        """Wait until the node's diagnostics hold all the words and its log the first of them."""
        self.until(lambda: self.probe.said(node, *words), f'{words} in the diagnostics of {node}')
        self.until(lambda: self.probe.logged(node, words[0]), f'{words[0]!r} in the log of {node}')

    def silhouette_of(self, skeleton: msg.Skeleton24) -> msg.Silhouette:
        """The silhouette that a skeleton was found in."""
        return self.probe.silhouettes[conversions.stamp_ns(skeleton.header)]

    def add(self, node: Node) -> Node:
        """Let another node live in the same executor."""
        self._executor.add_node(node)
        return node

    def call(self, future) -> object:
        """Wait for a service's answer."""
        self.until(future.done, 'answer of a service')
        return future.result()

    def set_parameter(self, node: str, name: str, value: object):
        """Set a live parameter through the node's real service; returns SetParametersResult."""
        client = AsyncParameterClient(self.probe, f'/{self.namespace}/{node}')
        self.until(client.services_are_ready, f'parameter services of {node}')
        return self.call(client.set_parameters([Parameter(name, value=value)])).results[0]


@contextmanager
def live_station(*names: str, reliability: ReliabilityPolicy = ReliabilityPolicy.RELIABLE, preset: presets.Preset | None = None,
                 shared: SharedTopics = SharedTopics(), **parameters: dict[str, object]) -> Iterator[Station]:
    """Start nodes (rgbd_sync, silhouette, joints unless named) with parameters of each, in a namespace of their own.

    With a camera's preset they read that camera's topics, and the station's own camera is not made.
    shared: what they read in memory; nothing unless it says so.
    """
    namespace = f'run{next(_run_numbers)}'
    names = names or STATION
    set_up = {name: PARAMETERS | parameters.get(name, {}) for name in names}
    theirs = presets.ros_arguments(preset) if preset else []
    rclpy.init(args=['--ros-args', '-r', f'__ns:=/{namespace}', *theirs, *presets.parameter_arguments(set_up)])
    living: list[Node] = []
    executor = EventsExecutor()
    try:
        living += run.make_nodes(names, shared)
        camera, probe = None if preset else Camera(reliability), Probe(namespace)
        living += [node for node in (camera, probe) if node]
        for node in living:
            executor.add_node(node)
        yield Station(dict(zip(names, living)), camera, probe, namespace, executor)
    finally:
        executor.shutdown()
        for node in living:
            node.destroy_node()
        rclpy.try_shutdown()


def positions(skeleton: msg.Skeleton24) -> np.ndarray:
    """(24, 3) metres."""
    return conversions.skeleton(skeleton).positions


def steady_timer(node: Node, period_s: float, call: Callable[[], None]) -> Timer:
    """Call at a rate of the wall's clock, as a driver does, until it is cancelled."""
    return node.create_timer(period_s, call, clock=Clock(clock_type=ClockType.STEADY_TIME))
