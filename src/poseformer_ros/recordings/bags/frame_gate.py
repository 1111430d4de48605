"""Holds a bag's images until the station has answered those before."""

import threading
import time
from typing import Literal

# A stage that was silent for so many images one after another is not waited for, until it speaks again.
SILENT_BEFORE_OFF = 3


def header_stamp_ns(data: bytes) -> int:
    """The stamp of a serialized message that begins with a std_msgs/Header, nanoseconds.

    CDR: four bytes that name the byte order, then seconds and nanoseconds of four bytes each.
    """
    order: Literal['little', 'big'] = 'little' if data[1] & 1 else 'big'
    return int.from_bytes(data[4:8], order, signed=True) * 1_000_000_000 + int.from_bytes(data[8:12], order)


class FrameGate:
    """Which images were sent, and which of them were answered.

    Args:
        color, depth: the topics of a camera's images; a frame is one of each, whichever comes first. One topic of both, that of
            synchronized pairs, is given twice.
        patience_s: after which an image counts as unanswered.

    sent, unanswered: images.
    """

    def __init__(self, color: str, depth: str, patience_s: float) -> None:
        self._color, self._images, self._patience_s = color, {color, depth}, patience_s
        self._silent: dict[str, int] = {}
        self._answered_ns: dict[str, int] = {}
        self._in_frame: set[str] = set()
        self._color_ns = -1
        self._changed = threading.Condition()
        self._stopped = False
        self.sent = self.unanswered = 0

    def expect(self, topic: str) -> None:
        """Say that a topic speaks of every image, by the stamp of its colour."""
        self._silent[topic], self._answered_ns[topic] = 0, -1

    def answer(self, topic: str, stamp_ns: int) -> None:
        """Take note of an answer."""
        with self._changed:
            self._answered_ns[topic] = stamp_ns
            self._silent[topic] = 0
            self._changed.notify()

    def before(self, topic: str, data: bytes) -> None:
        """Wait, if this message begins a new frame, until the one before is answered."""
        if topic not in self._images:
            return
        if topic in self._in_frame:
            self.settle()
        self._in_frame.add(topic)
        if topic == self._color:
            self._color_ns = header_stamp_ns(data)
            self.sent += 1

    def settle(self) -> None:
        """Wait until the last frame is answered, if it was whole."""
        whole, self._in_frame = self._in_frame == self._images, set()
        if not whole:
            return
        with self._changed:
            until = time.monotonic() + self._patience_s
            self._changed.wait_for(lambda: self._stopped or not self._missing(), timeout=until - time.monotonic())
            missing = self._missing()
            for topic in missing:
                self._silent[topic] += 1
            self.unanswered += bool(missing) and not self._stopped

    def stop(self) -> None:
        """Let nobody wait any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()

    def _missing(self) -> list[str]:
        """Topics that have not spoken of the last frame; all of them being silent, none of them is off."""
        on = [topic for topic, times in self._silent.items() if times < SILENT_BEFORE_OFF] or list(self._silent)
        return [topic for topic in on if self._answered_ns[topic] != self._color_ns]
