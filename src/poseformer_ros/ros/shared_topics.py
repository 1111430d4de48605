"""What nodes of one process read of each other and of others, so that no message is taken from the middleware twice.

A topic that one node of the process publishes and another reads goes from the one to the other in memory, in the thread that
publishes, and over DDS too while somebody else reads it. A topic of another process that several nodes read is subscribed once.
Latched topics go over DDS alone, which keeps them for whoever comes later.
"""

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from rclpy.publisher import Publisher

from poseformer_ros.ros.qos import PROFILES
from poseformer_ros.ros.spec import NodeSpec

LATCHED = 'latched'     # of PROFILES

Take = Callable[[Any], None]


class _OfThread(threading.local):
    """What a thread has published and not yet given to those who read it in memory."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[Take, Any]] = deque()
        self.busy = False


class SharedTopics:
    """The readers of the topics of a process's nodes, by full name.

    A reader's `take` may be called from several threads, and must not raise.
    """

    def __init__(self, specs: Iterable[NodeSpec] = ()) -> None:
        """specs: of the process's nodes; without any everything goes over DDS."""
        specs = tuple(specs)
        subscriptions = [topic for spec in specs for topic in spec.subscriptions
                         if not topic.name.startswith('/') and topic.qos != LATCHED]
        readers = Counter(topic.name for topic in subscriptions)
        self._given = {topic.name for spec in specs for topic in spec.publications} & set(readers)
        self._shared = {name for name, count in readers.items() if count > 1} - self._given
        # The last of a name is the one that keeps most.
        self._quality = {topic.name: topic.qos for topic in sorted(subscriptions, key=lambda topic: PROFILES[topic.qos].depth)}
        self._readers: dict[str, list[Take]] = {}
        self._ends: dict[str, Callable[[], None]] = {}      # of subscriptions that last while there are readers
        self._of_thread = _OfThread()

    def is_given(self, topic: str) -> bool:
        """Whether a node of the process publishes this topic and another one reads it."""
        return topic in self._given

    def join(self, topic: str, full_name: str, take: Take) -> Take | None:
        """Add a reader.

        Returns what a subscription of the reader's own must call with each message; None where the reader needs none.
        """
        if topic not in self._given | self._shared:
            return take
        readers = self._readers.setdefault(full_name, [])
        readers.append(take)
        is_first = len(readers) == 1 and topic in self._shared
        return (lambda message: self.give(full_name, message)) if is_first else None

    def join_for_now(self, topic: str, full_name: str, take: Take, subscribe: Callable[[Take], Callable[[], None]]
                     ) -> Callable[[], None]:
        """Add a reader of what no node of the process publishes, until what is returned is called.

        subscribe: makes a subscription that calls what it is given with each message, and returns what ends it; asked where
        no node reads the topic yet. It lasts until none does any more, whoever made it.
        """
        if topic not in self._shared:
            return subscribe(take)
        taken = self.join(topic, full_name, take)
        if taken is not None:
            self._ends[full_name] = subscribe(taken)

        def leave() -> None:
            # A list of its own: another thread may be giving to those of before.
            self._readers[full_name] = [reader for reader in self._readers[full_name] if reader is not take]
            if not self._readers[full_name]:
                self._ends.pop(full_name)()
        return leave

    def quality(self, topic: str, own: str) -> str:
        """The profile to subscribe with: where several nodes read a topic, that which keeps most."""
        return self._quality[topic] if topic in self._shared else own

    def readers(self, full_name: str) -> int:
        """How many nodes read a topic in memory."""
        return len(self._readers.get(full_name, ()))

    def give(self, full_name: str, message: Any) -> None:
        """Call the readers, or have them called when the present work of this thread is done."""
        self._of_thread.waiting.extend((take, message) for take in self._readers.get(full_name, ()))
        if not self._of_thread.busy:
            self._give_what_waits()

    @contextmanager
    def work(self) -> Iterator[None]:
        """While a node works nothing is given: a reader's work is none of the giver's, in time or in trouble."""
        outermost, self._of_thread.busy = not self._of_thread.busy, True
        try:
            yield
        finally:
            if outermost:
                self._of_thread.busy = False
                self._give_what_waits()

    def _give_what_waits(self) -> None:
        of_thread = self._of_thread
        of_thread.busy = True
        try:
            while of_thread.waiting:
                take, message = of_thread.waiting.popleft()
                take(message)
        finally:
            of_thread.busy = False


class SharedPublisher:
    """A publisher whose messages reach other nodes of the process in memory."""

    def __init__(self, publisher: Publisher, topics: SharedTopics) -> None:
        self._publisher, self._topics, self._name = publisher, topics, publisher.topic_name

    def publish(self, message: Any) -> None:
        """Over DDS first, so that other processes begin meanwhile."""
        if self._publisher.get_subscription_count():
            self._publisher.publish(message)
        self._topics.give(self._name, message)

    def get_subscription_count(self) -> int:
        """Readers here and elsewhere."""
        return self._publisher.get_subscription_count() + self._topics.readers(self._name)
