"""Which of a camera's image pairs are begun: as many as the station keeps up with, evenly."""

import time
from collections.abc import Callable

from poseformer_ros.ros.conversions import NANO, stamp_ns
from poseformer_ros.ros.diagnostics import Health
from poseformer_ros.ros.freshness import Pace

BEHIND = ('the machine does not keep up with the camera: one of {} images is taken; end other programs, or let the driver send '
          'fewer or smaller images')
ALONE_S = 0.25      # longer than between two images of a slow camera
# Of the time between two images' stamps: those that come closer together were late on their way, and the station is not to blame.
BUNCHED = 0.5


class TakenPairs:
    """Begins pairs at a pace, and counts those that are left out.

    Args:
        begin: begins a pair, colour first; returns whether it took the place of one that still waited.
        health: of the node, told what was dropped and why.

    pace: which are taken.
    """

    def __init__(self, begin: Callable[[tuple], bool], health: Health) -> None:
        self.pace = Pace()
        self._begin_now, self._health = begin, health
        # A pair that the pace left out and when it came, as long as no other has come.
        self._left_out: tuple[tuple, float] | None = None
        self._begun_at, self._begun_stamp_ns = float('-inf'), 0

    def offer(self, pair: tuple) -> None:
        """Take a pair that has come, or leave it out."""
        if self._left_out is not None:
            self._left_out = None
            self._health.count('dropped: the station does not keep up')
        if self.pace.takes():
            self._begin(pair)
        else:
            self._left_out = pair, time.monotonic()

    def begin_what_nothing_followed(self) -> None:
        """To be called now and then: a source that pauses, or waits for an answer as a replay does, has sent nothing that could
        take the place of what was left out."""
        if self._left_out is not None and time.monotonic() - self._left_out[1] > ALONE_S:
            (pair, _), self._left_out = self._left_out, None
            self._begin(pair)

    def _begin(self, pair: tuple) -> None:
        overtaken = self._begin_now(pair)
        if overtaken:
            self._health.count('dropped: a newer pair came before this one was begun')
        now, newest_ns = time.monotonic(), stamp_ns(pair[0].header)
        bunched = now - self._begun_at < BUNCHED * (newest_ns - self._begun_stamp_ns) / NANO
        self._begun_at, self._begun_stamp_ns = now, newest_ns
        self.pace.note(overtaken and not bunched, now)
        self._health.doubt('pace', BEHIND.format(self.pace.every) if self.pace.every > 1 else '')
