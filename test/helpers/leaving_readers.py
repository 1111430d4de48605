"""A process whose subscriptions go while messages and events wait for them; ends with 'alive' unless the executor ends it.

The executor is held, so that what comes has to wait: just ahead of the callback that destroys a subscription, or just behind it,
while the executor still has to let go of the subscription.
"""

import faulthandler
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.experimental import EventsExecutor
from rclpy.node import Node
from rclpy.qos import QoSProfile, ReliabilityPolicy
from sensor_msgs.msg import Image
from visualization_msgs.msg import MarkerArray

from poseformer_ros import msg
from poseformer_ros.ros.diagnostics import DiagnosticsOptions, Health
from poseformer_ros.ros.input.image_input import LOOK_S, ImageInput
from poseformer_ros.station import run

RELIABLE, BEST_EFFORT = ReliabilityPolicy.RELIABLE, ReliabilityPolicy.BEST_EFFORT
HOLD_S = 2 * LOOK_S
# Long enough for a process that starts on a loaded machine.
DEADLINE_S = 60.0


class Held:
    """Nodes in an executor that works only when it is let."""

    def __init__(self, *nodes: Node) -> None:
        self.executor = EventsExecutor()
        for node in nodes:
            self.executor.add_node(node)

    def until(self, condition: Callable[[], object]) -> None:
        """Let one callback after the other run, and none after the condition holds."""
        end = time.monotonic() + DEADLINE_S
        while not condition():
            assert time.monotonic() < end, 'it never came'
            self.executor.spin_once(timeout_sec=0.01)

    def work(self, seconds: float = 4 * LOOK_S) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self.executor.spin_once(timeout_sec=0.01)

    def end(self) -> None:
        self.executor.shutdown()


class Driver(Node):
    """Publishes a topic in one quality of service and, to make events, in others."""

    def __init__(self, message_class: type, topic: str) -> None:
        super().__init__('driver')
        self._class, self._topic = message_class, topic
        self.others = []
        self._out = self._offer(RELIABLE)

    def _offer(self, reliability: ReliabilityPolicy):
        return self.create_publisher(self._class, self._topic, QoSProfile(depth=5, reliability=reliability))

    def trouble(self) -> None:
        """Messages, and publishers that a reliable reader cannot hear."""
        self.others += [self._offer(BEST_EFFORT) for _ in range(3)]
        for _ in range(10):
            self._out.publish(self._class())
        time.sleep(HOLD_S)

    def relent(self) -> None:
        """Only the reliable publisher."""
        while self.others:
            self.destroy_publisher(self.others.pop())


def reader_of(topic: str, reliability: ReliabilityPolicy, node: Node) -> Callable[[], bool]:
    return lambda: any(s.topic_name == topic and s.qos_profile.reliability == reliability for s in node.subscriptions)


def quality_changes_behind_events() -> None:
    """An input changes to best effort and back, as its publishers do; events wait ahead of the look that changes it."""
    node, driver = Node('reader'), Driver(Image, 'color/image')
    held = Held(node)
    ticks = []
    # Due together with the input's own look at its publishers, and called before it.
    node.create_timer(LOOK_S, lambda: ticks.append(None), clock=Clock(clock_type=ClockType.STEADY_TIME))
    ImageInput(node, Health(node, DiagnosticsOptions()), Image, 'color/image', lambda _: None)
    for _ in range(2):
        held.until(reader_of('/color/image', RELIABLE, node))
        held.work()
        time.sleep(HOLD_S)
        ticks.clear()
        held.until(lambda: ticks)
        driver.trouble()
        held.until(reader_of('/color/image', BEST_EFFORT, node))
        held.work()
        driver.relent()
    held.end()


def quality_changes_ahead_of_events() -> None:
    """The same; events come while the executor still has to let go of the subscription."""
    node, driver = Node('reader'), Driver(Image, 'color/image')
    held = Held(node)
    ImageInput(node, Health(node, DiagnosticsOptions()), Image, 'color/image', lambda _: None)
    for _ in range(2):
        held.until(reader_of('/color/image', RELIABLE, node))
        held.work()
        driver.trouble()
        held.until(reader_of('/color/image', BEST_EFFORT, node))
        driver.trouble()
        held.work()
        driver.relent()
    held.end()


def images_are_lost() -> None:
    """An input changes from best effort to reliable while it loses images of a driver without the transport profile."""
    node = Node('reader')
    held = Held(node)
    ImageInput(node, Health(node, DiagnosticsOptions()), Image, 'color/image', lambda _: None)
    with subprocess.Popen([sys.executable, Path(__file__).with_name('sending_camera.py'), 'defaults', 'reliable']) as camera:
        held.until(reader_of('/color/image', RELIABLE, node))
        time.sleep(2.0)     # the camera sends meanwhile
        held.work()
        camera.kill()
    held.end()


def readers_leave() -> None:
    """A node listens only while it is read; its readers leave and come back."""
    [node], driver, view = run.make_nodes(['markers']), Driver(msg.Silhouette, 'silhouette'), Node('view')
    held = Held(node)
    listens = reader_of('/silhouette', RELIABLE, node)
    for _ in range(2):
        reader = view.create_subscription(MarkerArray, 'markers', lambda _: None, 1)
        held.until(listens)
        held.work()
        view.destroy_subscription(reader)
        held.until(lambda: not listens())
        driver.trouble()
        held.work()
        driver.relent()
    held.end()


if __name__ == '__main__':
    # One that hangs says where.
    faulthandler.dump_traceback_later(180.0, exit=True)
    rclpy.init()
    globals()[sys.argv[1]]()
    rclpy.shutdown()
    print('alive')
