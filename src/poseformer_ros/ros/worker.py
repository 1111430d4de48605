"""One thread that works on the latest item only."""

import threading
from collections.abc import Callable
from typing import Any


class LatestWorker:
    """A slot for one item and a thread that empties it. Threading lives here and nowhere else.

    Args:
        work: called with each item in the worker's thread; it must not raise.
        name: of the thread.
    """

    def __init__(self, work: Callable[[Any], None], name: str) -> None:
        self._work = work
        self._item: Any = None
        self._waiting = False
        self._stopped = False
        self._condition = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def put(self, item: Any) -> bool:
        """Hand over an item; returns True when an older one was still waiting and is dropped."""
        with self._condition:
            dropped = self._waiting
            self._item, self._waiting = item, True
            self._condition.notify()
        return dropped

    def stop(self) -> None:
        """End the thread after its present item."""
        with self._condition:
            self._stopped = True
            self._condition.notify()
        self._thread.join(timeout=5.0)

    def _run(self) -> None:
        while True:
            with self._condition:
                self._condition.wait_for(lambda: self._waiting or self._stopped)
                if self._stopped:
                    return
                item, self._item, self._waiting = self._item, None, False
            self._work(item)
