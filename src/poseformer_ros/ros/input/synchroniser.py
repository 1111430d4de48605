"""Pairs colour and depth messages by stamp.

Unlike the stock Python synchroniser it calls nobody while it holds a lock, matches equal stamps in exact mode, evicts what
came first rather than what is stamped first (so that a looped bag goes on), and counts what it could not pair.
"""

import threading
from collections import deque
from dataclasses import dataclass
from typing import Any

from poseformer_ros.options import check, option
from poseformer_ros.ros.conversions import NANO


@dataclass(frozen=True)
class SyncOptions:
    """How colour and depth are paired."""

    mode: str = option('approximate', choices=('approximate', 'exact'),
                       text='pair equal stamps only, or the nearest within the slop')
    # Half the period of a 30 Hz camera is 17 ms; with more, an image may be paired with the wrong neighbour.
    slop_s: float = option(0.02, 0.0, 1.0, 'largest stamp gap between colour and depth', unit='s')
    queue: int = option(10, 1, 100, 'images of each stream kept while they wait for their partner')

    def __post_init__(self) -> None:
        check(self)


# Streams of one clock are late by a queue at most; two clocks (the machine's and the device's, or simulated time) differ by
# their age.
CLOCKS_APART_S = 60.0


def gap_words(gap_s: float, sync: SyncOptions) -> str:
    """What a gap between the stamps of colour and depth means, and the remedy."""
    said = 'color/image and depth/image are stamped'
    if gap_s > CLOCKS_APART_S:
        return (f'{said} {_duration(gap_s)} apart: by different clocks. Let the driver stamp both streams by one clock (its host '
                'or system time); a bag and a live camera do not go together')
    allowed = 'sync.mode exact allows' if sync.mode == 'exact' else f'sync.slop_s ({sync.slop_s * 1e3:.0f} ms)'
    return (f'{said} {gap_s * 1e3:.0f} ms apart, more than {allowed}; synchronize the driver or raise sync.slop_s; '
            'where one stream only arrives late, raise sync.queue')


def _duration(seconds: float) -> str:
    for name, length in (('years', 365.25 * 86400), ('days', 86400.0), ('hours', 3600.0)):
        if seconds >= length:
            return f'{seconds / length:.1f} {name}'
    return f'{seconds / 60.0:.1f} minutes'


@dataclass
class SyncCounts:
    """What became of the messages of both streams so far."""

    matched: int = 0
    color_unmatched: int = 0
    depth_unmatched: int = 0
    last_gap_s: float = float('nan')    # depth stamp minus colour stamp of the last pair


class Synchroniser:
    """Thread-safe pairing of two streams; `color` and `depth` return the pair that the message completes, or None."""

    def __init__(self, options: SyncOptions = SyncOptions()) -> None:
        self.options = options
        self.counts = SyncCounts()
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[tuple[int, Any]]] = {'color': deque(), 'depth': deque()}
        self._newest: dict[str, int] = {}
        self._lost_since_pair: set[str] = set()

    def color(self, stamp_ns: int, message: Any) -> tuple[Any, Any] | None:
        """Add a colour message; returns (color, depth) when its partner is there."""
        partner = self._add('color', 'depth', stamp_ns, message)
        return None if partner is None else (message, partner)

    def depth(self, stamp_ns: int, message: Any) -> tuple[Any, Any] | None:
        """Add a depth message; returns (color, depth) when its partner is there."""
        partner = self._add('depth', 'color', stamp_ns, message)
        return None if partner is None else (partner, message)

    def apart_s(self) -> float | None:
        """Smallest stamp gap of what waits, when both streams lost images since the last pair; otherwise None.

        A partner that is only late, or one stream that dies, is no sign of stamps that do not fit.
        """
        with self._lock:
            if len(self._lost_since_pair) < 2:
                return None
            gaps = [abs(c - d) for c, _ in self._waiting['color'] for d, _ in self._waiting['depth']]
        return min(gaps) / NANO if gaps else None

    def _add(self, stream: str, other: str, stamp_ns: int, message: Any) -> Any | None:
        with self._lock:
            if stamp_ns < self._newest.get(stream, stamp_ns):
                # Time went back (a looped bag, a restarted driver): what waited belongs to the old time.
                self._drop(stream, len(self._waiting[stream]))
            self._newest[stream] = stamp_ns
            match = self._nearest(other, stamp_ns)
            if match is None:
                self._waiting[stream].append((stamp_ns, message))
                self._drop(stream, len(self._waiting[stream]) - self.options.queue)
                return None
            return self._take(stream, other, match, stamp_ns)

    def _nearest(self, other: str, stamp_ns: int) -> int | None:
        slop_ns = 0 if self.options.mode == 'exact' else round(self.options.slop_s * NANO)
        gaps = [abs(waiting_ns - stamp_ns) for waiting_ns, _ in self._waiting[other]]
        if not gaps or min(gaps) > slop_ns:
            return None
        return gaps.index(min(gaps))

    def _take(self, stream: str, other: str, match: int, stamp_ns: int) -> Any:
        # What came before the partner can find none any more: both streams are in order.
        self._drop(other, match)
        self._drop(stream, sum(waiting_ns < stamp_ns for waiting_ns, _ in self._waiting[stream]))
        partner_ns, partner = self._waiting[other].popleft()
        gap_ns = partner_ns - stamp_ns if stream == 'color' else stamp_ns - partner_ns
        self.counts.matched += 1
        self._lost_since_pair.clear()
        self.counts.last_gap_s = gap_ns / NANO
        return partner

    def _drop(self, stream: str, count: int) -> None:
        for _ in range(max(count, 0)):
            self._waiting[stream].popleft()
            self._lost_since_pair.add(stream)
            if stream == 'color':
                self.counts.color_unmatched += 1
            else:
                self.counts.depth_unmatched += 1
