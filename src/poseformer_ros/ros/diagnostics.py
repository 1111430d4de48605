"""Health of a node: what it counted, how long it took, what is wrong and the remedy; said in /diagnostics once a second.

Three questions are answered: is input coming (and if not, why), how late are the results, what was the last trouble.
"""

import os
import re
import socket
import time
from collections import deque
from dataclasses import dataclass

import numpy as np
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

from poseformer_ros.options import check, option

# Results that the percentiles of latency and duration look back on: ten seconds at 30 Hz.
HISTORY = 300
# Which process speaks: two stations in one namespace have the same names.
PROCESS = f'{socket.gethostname()}, process {os.getpid()}'
READERS, PUBLISHERS = 'readers of ', 'publishers of '       # before a topic: those that this node has met
OF_EVERY_NODE = frozenset({'/diagnostics', '/rosout', '/parameter_events'})


@dataclass(frozen=True)
class DiagnosticsOptions:
    """When a node calls itself unwell."""

    silence_s: float = option(2.0, 0.1, 3600.0, 'an input silent for longer is called missing', unit='s')
    latency_warn_s: float = option(0.1, 0.001, 10.0, 'a median from stamp to result above this is a warning', unit='s')
    trouble_s: float = option(5.0, 0.1, 600.0, 'a trouble stays in the diagnostics for this long', unit='s')
    log_again_s: float = option(30.0, 0.0, 3600.0, 'the same trouble is logged again only after this long', unit='s')

    def __post_init__(self) -> None:
        check(self)


class Health:
    """Collects what a node lives through and publishes it; times are of the steady clock, stamps of the node's."""

    def __init__(self, node: Node, options: DiagnosticsOptions) -> None:
        self.options = options
        self.counts: dict[str, int | float | str] = {}
        self._node = node
        self._last_input: dict[str, float] = {}
        self._why_silent: dict[str, str] = {}
        self.latency_ms: deque[float] = deque(maxlen=HISTORY)
        self.cpu_ms: deque[float] = deque(maxlen=HISTORY)
        self._trouble: tuple[float, str] | None = None
        self._logged: dict[str, float] = {}
        self._doubts: dict[str, str] = {}
        self._publisher = node.create_publisher(DiagnosticArray, '/diagnostics', 10)
        # The wall's second, not the bag's: a paused replay must still be told apart from a dead node.
        node.create_timer(1.0, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def expect(self, topic: str) -> None:
        """Say that messages should come on this topic from now on."""
        self._last_input.setdefault(topic, time.monotonic())

    def forget(self, topic: str) -> None:
        """Say that nothing is expected on this topic any more."""
        self._last_input.pop(topic, None)
        self._why_silent.pop(topic, None)

    def received(self, topic: str) -> None:
        """Count a message."""
        # One that still waited when its subscription went does not bring the topic back.
        if topic in self._last_input:
            self._last_input[topic] = time.monotonic()
        self._why_silent.pop(topic, None)
        self.count(f'received {topic}')

    def silent_because(self, topic: str, why: str) -> None:
        """Keep the reason why nothing comes on a topic, until something does."""
        self._why_silent[topic] = why

    def count(self, what: str, by: int = 1) -> None:
        """Add to a counter shown in the diagnostics."""
        self.counts[what] = self.counts.get(what, 0) + by

    def processed(self, stamp_ns: int, cpu_s: float) -> None:
        """Note one result: its age against its stamp, and the processor time it took."""
        self.latency_ms.append((self._node.get_clock().now().nanoseconds - stamp_ns) / 1e6)
        self.cpu_ms.append(cpu_s * 1e3)
        self.count('processed')

    def trouble(self, text: str) -> None:
        """Note a trouble; it is logged once and again only after `log_again_s`, numbers in it aside."""
        self._trouble = (time.monotonic(), text)
        self.count('troubles')
        if self._is_news(text):
            self._node.get_logger().error(text)

    def warn(self, text: str) -> None:
        """Log a warning, as `trouble` does; it does not stand in the diagnostics."""
        if self._is_news(text):
            self._node.get_logger().warning(text)

    def doubt(self, about: str, text: str) -> None:
        """Keep a warning about input that is used although it may be wrong; an empty text takes it back."""
        if text:
            self._doubts[about] = text
        else:
            self._doubts.pop(about, None)

    def _is_news(self, text: str) -> bool:
        now, kind = time.monotonic(), re.sub(r'[\d.]+', '#', text)
        if now - self._logged.get(kind, float('-inf')) <= self.options.log_again_s:
            return False
        self._logged[kind] = now
        return True

    def status(self) -> DiagnosticStatus:
        """What /diagnostics says of this node now."""
        level, message = self._verdict()
        values = {**self.counts, **_percentiles('latency', self.latency_ms), **_percentiles('cpu', self.cpu_ms), **_met(self._node)}
        return DiagnosticStatus(level=level, name=self._node.get_fully_qualified_name().lstrip('/'), message=message,
                                hardware_id=PROCESS, values=[KeyValue(key=key, value=str(value)) for key, value in values.items()])

    def _verdict(self) -> tuple[bytes, str]:
        if self._trouble and time.monotonic() - self._trouble[0] < self.options.trouble_s:
            return DiagnosticStatus.ERROR, self._trouble[1]
        warnings = self._warnings()
        return (DiagnosticStatus.WARN, '; '.join(warnings)) if warnings else (DiagnosticStatus.OK, 'running')

    def _warnings(self) -> list[str]:
        warnings = list(self._doubts.values())
        now = time.monotonic()
        clock = self._node.get_clock()
        if clock.ros_time_is_active and clock.now().nanoseconds == 0:
            warnings.append('use_sim_time is set and nothing comes on /clock: play the bag with its clock (poseformer replay '
                            '--clock-hz 100, ros2 bag play --clock), or leave use_sim_time out')
        silent = [topic for topic, last in self._last_input.items() if now - last > self.options.silence_s]
        if silent:
            warnings.append('waiting for: ' + '; '.join(
                topic + (f' ({self._why_silent[topic]})' if topic in self._why_silent else '') for topic in silent))
        # A replayed bag with its old stamps on a live clock is not late: only an age below an hour is believed.
        if self.latency_ms and self.options.latency_warn_s * 1e3 < np.median(self.latency_ms) < 3.6e6:
            warnings.append(f'results are {np.median(self.latency_ms):.0f} ms old: the machine is too slow')
        return warnings

    def _publish(self) -> None:
        if not self._node.context.ok():
            return
        for warning in self._warnings():
            self.warn(warning)
        array = DiagnosticArray(status=[self.status()])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)


def _percentiles(name: str, values: deque) -> dict[str, str]:
    if not values:
        return {}
    return {f'{name} p{p} [ms]': f'{np.percentile(values, p):.1f}' for p in (50, 95, 99)}


def _met(node: Node) -> dict[str, int]:
    """How many readers and publishers over DDS a node's topics are connected with."""
    readers = {READERS + publisher.topic_name: publisher.get_subscription_count()
               for publisher in node.publishers if publisher.topic_name not in OF_EVERY_NODE}
    publishers = {PUBLISHERS + subscription.topic_name: subscription.get_publisher_count()
                  for subscription in node.subscriptions if subscription.topic_name not in OF_EVERY_NODE}
    return readers | publishers
