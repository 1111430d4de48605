"""A bag that is written by a thread of its own: whoever receives messages never waits for the disk."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.bags.metadata import BagTopic
from poseformer_ros.recordings.bags.writer import BagWriter


@dataclass(frozen=True)
class _Note:
    custom: dict[str, str]


_Item = BagTopic | _Note | tuple[str, bytes, int, int]


class QueuedWriter:
    """Hands messages to a bag, and has it flushed on time also when none come.

    lost: messages of each topic that found no room, because the disk did not keep up or the bag had ended.
    trouble: why the bag has ended before it was closed; empty while it has not.
    """

    def __init__(self, bag: BagWriter, most_bytes: int) -> None:
        """Args:
            most_bytes: of messages that wait for the disk.
        """
        self.bag, self.trouble = bag, ''
        self.lost: Counter[str] = Counter()
        self._most_bytes, self._waiting_bytes = most_bytes, 0
        self._waiting: deque[_Item] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name='bag', daemon=True)
        self._thread.start()
        # A disk that is busy with others' data holds an fsync for seconds; what is written meanwhile waits in the system's memory.
        bag.synced_elsewhere = True
        self._sync_error: OSError | None = None
        self._ended = threading.Event()
        self._syncing = threading.Thread(target=self._sync, name='bag_sync', daemon=True)
        self._syncing.start()

    def add_topic(self, topic: BagTopic) -> None:
        """Say that messages of a topic will come."""
        with self._changed:
            self._waiting.append(topic)
            self._changed.notify()

    def put(self, topic: str, data: bytes, log_ns: int, publish_ns: int) -> None:
        """Hand over a message, or count it as lost."""
        with self._changed:
            if self.trouble or self._waiting_bytes + len(data) > self._most_bytes:
                self.lost[topic] += 1
                return
            self._waiting.append((topic, data, log_ns, publish_ns))
            self._waiting_bytes += len(data)
            self._changed.notify()

    def note(self, custom: Mapping[str, str]) -> None:
        """Keep names and values with the bag from now on."""
        with self._changed:
            self._waiting.append(_Note(dict(custom)))
            self._changed.notify()

    @property
    def waiting_bytes(self) -> int:
        """Of messages that wait for the disk."""
        return self._waiting_bytes

    def finish(self) -> None:
        """Write what waits; nothing more is taken."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()
        self._ended.set()
        self._syncing.join()
        if not self.trouble:
            self._guarded(self.bag.flush)

    def close(self, custom: Mapping[str, str]) -> None:
        """End the bag, with names and values to be kept with it. Raises BadInput when it could not be ended."""
        self.finish()
        try:
            self.bag.close(custom)
        except OSError as error:
            raise BadInput(f'{self.bag.folder}: not ended: {error.strerror}; `poseformer bag repair {self.bag.folder}`') from error

    def _run(self) -> None:
        flush_s, flushed_at = self.bag.flush_s, time.monotonic()
        while not self.trouble:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing, timeout=flush_s)
                items, self._waiting, self._waiting_bytes = self._waiting, deque(), 0
                if self._closing and not items:
                    return
            self._write(items)
            if self._sync_error is not None and not self.trouble:
                self.trouble = self.bag.end_after(self._sync_error)
            if not self.trouble and time.monotonic() - flushed_at >= flush_s:
                self._guarded(self.bag.flush)
                flushed_at = time.monotonic()

    def _sync(self) -> None:
        while not self._ended.wait(self.bag.flush_s) and self._sync_error is None:
            try:
                self.bag.sync()
            except OSError as error:
                self._sync_error = error

    def _write(self, items: deque[_Item]) -> None:
        while items and not self.trouble:
            item = items.popleft()
            if isinstance(item, BagTopic):
                self._guarded(self.bag.add_topic, item)
            elif isinstance(item, _Note):
                self._guarded(self.bag.note, item.custom)
            else:
                self._guarded(self.bag.write, *item)
        with self._changed:
            for item in [*items, *self._waiting] if self.trouble else ():
                if isinstance(item, tuple):
                    self.lost[item[0]] += 1

    def _guarded(self, work: Callable[..., None], *arguments: Any) -> None:
        try:
            work(*arguments)
        except BadInput as error:
            self.trouble = str(error)
