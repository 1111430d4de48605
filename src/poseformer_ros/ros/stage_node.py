"""What every node of the station shares: its place in the graph, options, health, and a callback that cannot kill it."""

import importlib
import threading
import time
import traceback
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.publisher import Publisher

from poseformer_ros.errors import BadInput
from poseformer_ros.ros.conversions import NANO, stamp_ns
from poseformer_ros.ros.diagnostics import Health
from poseformer_ros.ros.freshness import Freshness
from poseformer_ros.ros.parameters import NodeOptions
from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.removable import NO_EVENTS
from poseformer_ros.ros.shared_topics import SharedPublisher, SharedTopics
from poseformer_ros.ros.spec import NodeSpec, Topic

LOOK_S = 0.2        # between two looks for readers


class StageNode(Node):
    """A node of the station; subclasses name topics, the spec knows their types and quality of service.

    A subclass overrides `reset` when it keeps state over time, and `put_away` when it has threads or files.

    shared: what the nodes of its process read together; set before the node is made.
    turn: held while a message is taken, which may happen in another node's thread.
    """

    shared = SharedTopics()

    def __init__(self, spec: NodeSpec) -> None:
        super().__init__(spec.name)
        self.spec = spec
        self.turn = threading.RLock()
        self.options = NodeOptions(self, self.spec.options)
        self.health = Health(self, self.options['diagnostics'])
        self.options.on_change('diagnostics', lambda options: setattr(self.health, 'options', options))
        self.freshness = Freshness()
        self._listening: set[str] = set()
        self._last_stamp_ns: int | None = None
        self._ended = False

    def reset(self) -> None:
        """Forget everything that came before: time went back."""

    def put_away(self) -> None:
        """End threads and close files: the node goes."""

    def end(self) -> None:
        """Do what must be done before the process may end at any moment; again does nothing."""
        if not self._ended:
            self._ended = True
            self.put_away()

    def destroy_node(self) -> None:
        """End, then leave the graph."""
        self.end()
        super().destroy_node()

    def publisher(self, topic: str) -> Publisher | SharedPublisher:
        """Publish on a topic of this node's spec."""
        spec = self.spec.publication(topic)
        publisher = self.create_publisher(message_type(spec.type), topic, PROFILES[spec.qos])
        return SharedPublisher(publisher, self.shared) if self.shared.is_given(topic) else publisher

    def listen(self, topic: str, callback: Callable[[Any], None], guarded: bool = True, **subscription: Any) -> Any:
        """Subscribe to a topic of this node's spec.

        guarded: the callback is this node's work; otherwise it only keeps the message or hands it to a worker.
        subscription: further arguments of `create_subscription`.
        """
        self.health.expect(topic)
        self._listening.add(topic)
        return self._subscribed(topic, self.spec.subscription(topic), self._taking(topic, callback, guarded), subscription)

    def _taking(self, topic: str, callback: Callable[[Any], None], guarded: bool) -> Callable[[Any], None]:
        """What is called with each message of a topic."""
        def on_message(message: Any) -> None:
            with self.turn:
                self.health.received(topic)
                if not topic.startswith('/'):       # diagnostics have the present time
                    self.saw(stamp_ns(message.header))
                if guarded:
                    self.guarded(callback, message, stamp_ns(message.header))
                else:
                    callback(message)
        return on_message

    def _subscribed(self, topic: str, spec: Topic, on_message: Callable[[Any], None], subscription: dict[str, Any]) -> Any:
        """A subscription, or None where the messages come without one of this node's own."""
        quality = spec.qos
        if not subscription:
            taken = self.shared.join(topic, self.resolve_topic_name(topic), on_message)
            if taken is None:
                return None
            on_message, quality = taken, self.shared.quality(topic, spec.qos)
        return self.create_subscription(message_type(spec.type), topic, on_message, PROFILES[quality], **subscription)

    def listen_while_read(self, topic: str, callback: Callable[[Any], None], *publishers: Publisher,
                          guarded: bool = True, always: bool = True) -> None:
        """Subscribe like `listen`, but only while one of our own publishers has a reader.

        always: whether the topic ought to come all the time; otherwise its absence is nobody's fault.
        """
        self.listen_while(lambda: any(publisher.get_subscription_count() for publisher in publishers), topic, callback, guarded,
                          always)

    def listen_while(self, wanted: Callable[[], bool], topic: str, callback: Callable[[Any], None], guarded: bool = True,
                     always: bool = True, left: Callable[[str], None] = lambda topic: None) -> None:
        """The same, only while it is wanted. left: told when the topic is listened to no longer."""
        take, subscribed, end = self._taking(topic, callback, guarded), partial(self._subscribed_for_now, topic), None

        def follow() -> None:
            nonlocal end
            is_wanted = wanted()
            if is_wanted and end is None:
                end = self.shared.join_for_now(topic, self.resolve_topic_name(topic), take, subscribed)
                self._listening.add(topic)
                if always:
                    self.health.expect(topic)
            elif not is_wanted and end is not None:
                end()
                end = None
                self._listening.discard(topic)
                self.health.forget(topic)
                with self.turn:
                    left(topic)

        # Soon enough for a person who opens a view.
        self.create_timer(LOOK_S, follow, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def listen_while_needed(self, needed: Callable[[], bool], topic: str, callback: Callable[[Any], None], **how: Any) -> None:
        """`listen_while` for what only keeps the message: always where a node of this process gives it, which costs nothing."""
        if self.shared.is_given(topic):
            self.listen(topic, callback, guarded=False)
        else:
            self.listen_while(needed, topic, callback, guarded=False, **how)

    def listens(self, topic: str) -> bool:
        """Whether a topic of this node's spec is listened to now."""
        return topic in self._listening

    def _subscribed_for_now(self, topic: str, take: Callable[[Any], None]) -> Callable[[], None]:
        """Subscribe; returns what destroys the subscription."""
        spec = self.spec.subscription(topic)
        quality = PROFILES[self.shared.quality(topic, spec.qos)]
        subscription = self.create_subscription(message_type(spec.type), topic, take, quality, event_callbacks=NO_EVENTS)
        return partial(self.destroy_subscription, subscription)

    def is_read(self, *topics: str) -> bool:
        """Whether anybody reads one of these topics over DDS; nodes of this process that are given it in memory do not count."""
        return any(self.count_subscribers(topic) for topic in topics)

    def saw(self, image_stamp_ns: int) -> None:
        """Take note that there is an image of this stamp."""
        self.freshness.seen(image_stamp_ns, self.get_clock().now().nanoseconds)

    def answer(self, publisher: Publisher, message: Any) -> None:
        """Publish a result, unless it is too old to be taken for current."""
        stale_s = self.options['freshness'].stale_s
        stale = self.freshness.stale(stamp_ns(message.header), self.get_clock().now().nanoseconds, stale_s)
        if stale:
            self.health.count('dropped: too old to be current')
        else:
            publisher.publish(message)
        self.health.doubt('freshness', f'results are older than {stale_s:g} s and are held back: the machine is too slow; end '
                                       'other programs, or raise freshness.stale_s to see them late' if stale else '')

    def guarded(self, work: Callable[[Any], Any], item: Any, item_stamp_ns: int) -> Any | None:
        """Run one step of work: no exception leaves it, time going back resets the node, health takes note.

        Returns what `work` returns, or None when it failed.
        """
        with self.shared.work():
            return self._guarded(work, item, item_stamp_ns)

    def _guarded(self, work: Callable[[Any], Any], item: Any, item_stamp_ns: int) -> Any | None:
        started = time.thread_time()
        try:
            if self._last_stamp_ns is not None and item_stamp_ns < self._last_stamp_ns:
                seconds = (self._last_stamp_ns - item_stamp_ns) / NANO
                self.health.warn(f'time went back by {seconds:.2f} s: starting afresh')
                self.health.count('time went back')
                self.freshness.reset()
                self.reset()
            self._last_stamp_ns = item_stamp_ns
            result = work(item)
            self.health.processed(item_stamp_ns, time.thread_time() - started)
            return result
        except BadInput as error:
            self.health.trouble(str(error))
        except Exception as error:  # a stage's defect must cost one image, never the station
            if not self.context.ok():
                return None     # interrupted in the midst of publishing
            where = traceback.extract_tb(error.__traceback__)[-1]
            self.health.trouble(f'{type(error).__name__}: {error} (in {where.name}, line {where.lineno} of '
                                f'{where.filename.rpartition("/")[2]}); this image is lost, please report it')
        return None


def type_name(message_class: type) -> str:
    """'package/msg/Name' of a message class."""
    return f'{message_class.__module__.partition(".")[0]}/msg/{message_class.__name__}'


def message_type(name: str) -> type:
    """The class of 'package/msg/Name'."""
    package, _, message = name.split('/')
    return getattr(importlib.import_module(f'{package}.msg'), message)
