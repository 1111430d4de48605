"""Excursions of a signal from its rest level and back, found as they happen.

Zero velocity alone is sensitive to noise (arXiv 1512.04115): an excursion counts by its size, with a threshold to leave rest and a
lower one to be back.
"""

from collections import deque
from dataclasses import dataclass

import numpy as np

from poseformer_ros.options import check, option

ONE_WAY, BOTH_WAYS, CIRCLES = 'one_way', 'both_ways', 'circles'
KINDS = (ONE_WAY, BOTH_WAYS, CIRCLES)
MEDIAN_OF = 5           # samples, against single wrong ones
LOW_QUANTILE = 0.1      # of the last values: the rest level of an exercise that goes one way
DIP, AGAIN = 0.5, 0.3   # of the extent: back so far and out again so far is the next repetition
AT_LEAST = 8            # values before there is a rest level


@dataclass(frozen=True)
class RepetitionOptions:
    """When a movement counts as a repetition; each field becomes a ROS parameter `repetitions.<name>`."""

    leave: float = option(0.25, 0.05, 0.9, "share of the exercise's usual range at which a repetition begins to count")
    back: float = option(0.7, 0.05, 0.95, 'share of that to which it must go back to be over')
    memory_s: float = option(20.0, 2.0, 120.0, 'time over which the rest level is remembered', unit='s')
    shortest_s: float = option(0.5, 0.1, 5.0, 'a shorter excursion is noise', unit='s')
    half: float = option(0.6, 0.1, 1.0, "share of the set's usual extent below which a repetition is called half")

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class Excursion:
    """side: +1 or -1. Stamps between which the signal is beyond the threshold, and of its peak. rest: level. peak: value there."""

    side: int
    out_s: float
    peak_s: float
    back_s: float
    rest: float
    peak: float

    @property
    def extent(self) -> float:
        """Distance of the peak from the rest level."""
        return abs(self.peak - self.rest)


class ExcursionFinder:
    """Takes a signal value by value and tells of each excursion when it is over."""

    def __init__(self, kind: str, usual: float, options: RepetitionOptions = RepetitionOptions()) -> None:
        """kind: of KINDS. usual: range of the exercise in the signal's unit."""
        self._kind, self._usual, self._options = kind, usual, options
        self._recent: deque[float] = deque(maxlen=MEDIAN_OF)
        self._memory: deque[tuple[float, float]] = deque()
        self._side, self._rest, self._out_s, self._peak, self._peak_s, self._value = 0, np.nan, 0.0, np.nan, 0.0, np.nan
        self._valley, self._valley_s = np.nan, 0.0

    @property
    def side(self) -> int:
        """Of the excursion that lasts; 0 at rest."""
        return self._side

    @property
    def going_back(self) -> bool:
        """Whether the excursion that lasts is past its peak by a tenth."""
        return self._side != 0 and self._side * (self._peak - self._value) > 0.1 * abs(self._peak - self._rest)

    def __call__(self, stamp_s: float, value: float) -> Excursion | None:
        """Take a value as it comes; an excursion that is over now. A value that is no number is passed over."""
        if not np.isfinite(value):
            return None
        self._recent.append(value)
        value = float(np.median(self._recent))
        self._memory.append((stamp_s, value))
        while stamp_s - self._memory[0][0] > self._options.memory_s:
            self._memory.popleft()
        if len(self._memory) < AT_LEAST:
            return None
        return self.step(stamp_s, value, rest_level(np.array([known for _, known in self._memory]), self._kind))

    def step(self, stamp_s: float, value: float, rest: float) -> Excursion | None:
        """The same with a value that is smooth already and a rest level that is known."""
        self._value = value
        if self._side == 0:
            self._leave(stamp_s, value, rest)
            return None
        if self._side * (value - self._valley) < 0:
            self._valley, self._valley_s = value, stamp_s
        extent = abs(self._peak - self._rest)
        if self._side * (self._peak - self._valley) > DIP * extent and self._side * (value - self._valley) > AGAIN * extent:
            return self._begun_again(stamp_s, value)
        if self._side * (value - self._peak) > 0:
            self._peak, self._peak_s = self._valley, self._valley_s = value, stamp_s
        back = self._options.back * min(abs(self._peak - self._rest), self._options.leave * self._usual)
        if self._side * (value - self._rest) > back:
            return None
        done = self.unfinished(stamp_s)
        self._side = 0
        self._leave(stamp_s, value, rest)
        return done

    def _begun_again(self, stamp_s: float, value: float) -> Excursion | None:
        """The next repetition began without a return to rest, as in a lunge's stance: it rises from where the last one ended."""
        done = self.unfinished(self._valley_s)
        self._rest, self._out_s = self._valley, self._valley_s
        self._peak, self._peak_s = self._valley, self._valley_s = value, stamp_s
        return done

    def unfinished(self, stamp_s: float) -> Excursion | None:
        """The excursion that lasts, as if it were over now; None at rest, and where it never went out: the last one's way back to a
        rest level that fell meanwhile."""
        if self._side == 0 or stamp_s - self._out_s < self._options.shortest_s or self._peak_s == self._out_s:
            return None
        return Excursion(self._side, self._out_s, self._peak_s, stamp_s, self._rest, self._peak)

    def _leave(self, stamp_s: float, value: float, rest: float) -> None:
        away = value - rest
        if abs(away) < self._options.leave * self._usual or (self._kind == ONE_WAY and away < 0):
            return
        self._side, self._rest = (1 if away > 0 else -1), rest
        self._out_s = self._peak_s = stamp_s
        self._peak, self._valley, self._valley_s = value, value, stamp_s


def rest_level(values: np.ndarray, kind: str) -> float:
    """Level of a signal at rest, from its values over some time."""
    if kind == ONE_WAY:
        return float(np.quantile(values, LOW_QUANTILE))
    # Moments at rest and passages through it lie in the middle, however unlike the two sides are.
    return float(np.median(values))


def excursions(stamps_s: np.ndarray, values: np.ndarray, rest: np.ndarray, kind: str, usual: float,
               options: RepetitionOptions = RepetitionOptions()) -> list[Excursion]:
    """All excursions of a smooth signal (T,) from rest levels (T,), the one that lasts at the end too."""
    finder = ExcursionFinder(kind, usual, options)
    found = [finder.step(*moment) for moment in zip(stamps_s.tolist(), values.tolist(), rest.tolist())]
    return [one for one in [*found, finder.unfinished(float(stamps_s[-1]))] if one is not None]
