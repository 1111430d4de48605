"""Gathers what several stages say of one image, by stamp, without waiting for a stage that is off.

Images are counted, never seconds: a pause of the camera is no reason to give up a stage, and a replay does the same again.
"""

from collections import deque
from collections.abc import Callable
from typing import Any

# A stage that still speaks of one of the newest images is on, although it came too late for that one.
RECENT = 10
# A stage that missed so many images one after another is off, until it speaks of one of the newest again.
MISSED_BEFORE_OFF = 5


class Gathering:
    """Messages of one stamp, given out together and in the order of the stamps.

    An image is complete when every stage that is on has spoken of it; images before it are given out first, with what has come.
    """

    def __init__(self, stages: tuple[str, ...], give_out: Callable[[dict[str, Any]], None], patience: int,
                 is_there: Callable[[str], bool] = lambda _: False) -> None:
        """Args:
            stages: names; those that are not there are off until they speak.
            give_out: called with the messages of one stamp by stage.
            patience: an image waits until more than this many newer ones have come: a late answer is worth less than one
                without a slow stage's part.
            is_there: whether a stage will speak, as far as can be told before it does; asked before the first image and when time
                went back, so that the first image waits for all of them and a replay begins as the one before.
        """
        self._is_there = is_there
        self._stages, self._give_out, self._patience = stages, give_out, patience
        self.reset()

    def reset(self) -> None:
        """Forget the images that wait and who is on."""
        self._missed: dict[str, int] = {}
        self._last_ns = dict.fromkeys(self._stages, -1)
        self._waiting: dict[int, dict[str, Any]] = {}
        self._given: deque[int] = deque([-1], maxlen=RECENT)

    def put(self, stage: str, stamp_ns: int, message: Any) -> None:
        """Take a stage's message. One that comes after its image was given out is too late and dropped."""
        if stamp_ns < self._last_ns[stage]:
            self.reset()        # time went back; the other stages will follow
        if not self._missed:
            self._missed = {name: 0 if self._is_there(name) else MISSED_BEFORE_OFF for name in self._stages}
        self._last_ns[stage] = stamp_ns
        if stamp_ns > self._given[-1] or stamp_ns in self._given:
            self._missed[stage] = 0
        if stamp_ns <= self._given[-1]:
            return
        self._waiting.setdefault(stamp_ns, {})[stage] = message
        if all(name in self._waiting[stamp_ns] for name in self._on()):
            self._give_until(stamp_ns)
        elif len(self._waiting) > self._patience:
            self._give_until(min(self._waiting))

    def leave(self, stage: str) -> None:
        """A stage is listened to no longer: it is off until it speaks again, and what waited for it alone is given out."""
        if not self._missed:
            return      # before the first image, when it is asked who is there
        self._missed[stage] = MISSED_BEFORE_OFF
        complete = [stamp for stamp, messages in self._waiting.items() if all(name in messages for name in self._on())]
        if complete:
            self._give_until(max(complete))

    def _on(self) -> list[str]:
        return [stage for stage in self._stages if self._missed[stage] < MISSED_BEFORE_OFF]

    def _give_until(self, stamp_ns: int) -> None:
        for ready in sorted(stamp for stamp in self._waiting if stamp <= stamp_ns):
            messages = self._waiting.pop(ready)
            for stage in self._stages:
                self._missed[stage] = 0 if stage in messages else self._missed[stage] + 1
            self._given.append(ready)
            self._give_out(messages)
