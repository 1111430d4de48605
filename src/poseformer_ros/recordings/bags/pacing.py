"""When a message of a bag is due."""

import threading
import time
from collections.abc import Callable

# How soon a pause or the end is noticed.
LOOK_S = 0.05


class Pacing:
    """The time of a bag that plays, driven by the steady clock.

    Args:
        rate: times as fast as it was recorded; 0 gives every message out at once.
        paused: begin with a pause.
        tick: called with the bag's time in nanoseconds while it passes, at least every `tick_s`; None for nobody.
    """

    def __init__(self, rate: float, paused: bool = False, tick: Callable[[int], None] | None = None,
                 tick_s: float = LOOK_S) -> None:
        self._rate, self._tick, self._tick_s = rate, tick, tick_s
        self._going, self._stopped = threading.Event(), threading.Event()
        self.pause(paused)
        self._begun_at, self._begun_ns = 0.0, 0
        self._ticked_at = float('-inf')

    def begin(self, log_ns: int) -> None:
        """Say that this time of the bag is now."""
        self._begun_at, self._begun_ns = time.monotonic(), log_ns

    def pause(self, paused: bool) -> None:
        """Hold time, or let it pass."""
        if paused:
            self._going.clear()
        else:
            self._going.set()

    def wait_while_paused(self) -> None:
        """Return once time passes, or when it is over."""
        self._going.wait()

    def stop(self) -> None:
        """Let nobody wait any more."""
        self._stopped.set()
        self._going.set()

    @property
    def stopped(self) -> bool:
        """Whether it is over."""
        return self._stopped.is_set()

    def wait_until(self, log_ns: int) -> bool:
        """Wait until a message is due; False when it is over."""
        while not self._stopped.is_set():
            if not self._going.is_set():
                self._hold()
            left_s = self._left_s(log_ns)
            self._tell(log_ns - round(max(0.0, left_s) * self._rate * 1e9))
            if left_s <= 0.0:
                return True
            self._stopped.wait(min(left_s, LOOK_S, self._tick_s))
        return False

    def _hold(self) -> None:
        held_at = time.monotonic()
        self._going.wait()
        self._begun_at += time.monotonic() - held_at

    def _left_s(self, log_ns: int) -> float:
        if not self._rate:
            return 0.0
        return self._begun_at + (log_ns - self._begun_ns) / 1e9 / self._rate - time.monotonic()

    def _tell(self, now_ns: int) -> None:
        if self._tick is not None and time.monotonic() - self._ticked_at >= self._tick_s:
            self._ticked_at = time.monotonic()
            self._tick(now_ns)
