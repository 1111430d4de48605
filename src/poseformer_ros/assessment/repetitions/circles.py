"""Circles of a point over the floor: turns of its direction from the middle of its way."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.assessment.repetitions.repetition import Repetition, numbered

SLOWEST_S, SWIFTEST_S = 6.0, 0.9    # of a circle
AROUND_S = 8.0          # to either side of a moment, from which it is told how long a circle takes
MIDDLE_OVER = 1.25      # of a circle's time, over which the mean of the places is the circle's middle: no two take the same time
# Of a turn: what counts as a circle, behind the way out from standing or before the way back to it, and at a change of direction,
# of both directions together.
STANDING, TURNING = 0.6, 0.75
ON_WAY = 0.3            # of the usual distance from the middle; nearer is the way out to the circle, or back
ON_CIRCLE = 0.4         # of the usual distance from the middle: who changes direction there does not come back to the middle
HALF, WHOLE = 0.3, 0.5      # of a turn: what is kept as half a circle, and as a whole one
SMALL = 0.6             # of the median size; a smaller circle is none
LEAST_SPEED = 0.8       # rad/s of the direction; slower is no circling
SPEED_OVER_S = 0.4      # over which the direction is smoothed for its speed
OUT = 0.2               # of the usual distance from the middle: nearer, there is no direction
FEW = 4                 # stretches of one direction, which tell nothing of whether the direction can be read


@dataclass(frozen=True)
class _Run:
    """A stretch of one direction. side: +1 when it goes from ahead to the left. way: (T,) turns, rising, whole at the foremost
    places. size: (T,) distance from the middle."""

    side: int
    stamps_s: np.ndarray
    way: np.ndarray
    size: np.ndarray

    @property
    def foremost(self) -> np.ndarray:
        """Turns at which it is foremost."""
        return np.arange(np.ceil(self.way[0]), np.floor(self.way[-1]) + 1)

    @property
    def opening(self) -> float:
        """Turns before the first foremost place."""
        return float(np.ceil(self.way[0]) - self.way[0])

    @property
    def closing(self) -> float:
        """Turns behind the last one."""
        return float(self.way[-1] - np.floor(self.way[-1]))

    @property
    def opening_on_circle(self) -> float:
        """The same without the way from the middle out to the circle."""
        return max(0.0, float(np.ceil(self.way[0]) - self._way_on_circle[0]))

    @property
    def closing_on_circle(self) -> float:
        """Turns behind the last foremost place, without the way back to the middle."""
        return max(0.0, float(self._way_on_circle[-1] - np.floor(self.way[-1])))

    @property
    def _way_on_circle(self) -> np.ndarray:
        return self.way[self.size > ON_WAY * np.median(self.size)]


def segment_circles(stamps_s: np.ndarray, places: np.ndarray) -> list[Repetition]:
    """The circles of places (T,), complex: real to the person's left, imaginary ahead; smooth, without gaps.

    A circle is a turn from the foremost place to the foremost; side: +1 when it goes first to the left. What is turned on the
    circle before the first of them and behind the last is one too where it is most of a turn; where the direction changes on the
    circle, what closes there and what opens may be one together.

    Nobody turns back more often than around: then the circles are no larger than the errors of the places, and are counted by the
    way to the left and back alone, which is the longer one and the one that a camera in front sees best. They have no side.
    """
    centred = _about_the_middle(stamps_s, places)
    runs = _runs(stamps_s, centred)
    found = _circles_of(runs)
    if len(runs) > max(len(found), FEW):
        swayed = _circles_of(_runs(stamps_s, 1j * _analytic(centred.real)))
        found = [replace(circle, side=0) for circle in swayed]
    return numbered(found)


def _analytic(values: np.ndarray) -> np.ndarray:
    """Values (T,) that swing about 0 with, as imaginary part, the same a quarter of a swing later (Gabor's analytic signal): a turn
    for each swing."""
    return np.fft.ifft(np.fft.fft(values) * (1.0 + np.sign(np.fft.fftfreq(len(values)))))


def _circles_of(runs: list[_Run]) -> list[Repetition]:
    """The circles of stretches of one direction, in the order of time."""
    whole = [run for run in runs if len(run.foremost)]
    turning = [False, *(_turns_back(*pair) for pair in zip(whole, whole[1:])), False]
    found = [circle for run in runs if not len(run.foremost) for circle in _rest_of(run)]
    for index, run in enumerate(whole):
        from_turn, to_turn = turning[index:index + 2]
        opens = _later(run.opening, whole[index - 1].closing) if from_turn else run.opening_on_circle >= STANDING
        closes = _earlier(run.closing, whole[index + 1].opening) if to_turn else run.closing_on_circle >= STANDING
        marks = np.r_[run.way[:1] if opens else [], run.foremost, run.way[-1:] if closes else []]
        found += _circles(run, marks) if len(marks) > 1 else _rest_of(run)
    usually = np.median([circle.extent for circle in found]) if found else 0.0
    kept = [circle for circle in found if circle.extent > SMALL * usually]
    return sorted(kept, key=lambda circle: circle.start_s)


def _turns_back(before: _Run, after: _Run) -> bool:
    """Whether the direction changes on the circle, not in its middle, where one closes and the other opens."""
    return min(before.size[-1] / np.median(before.size), after.size[0] / np.median(after.size)) > ON_CIRCLE


def _earlier(part: float, other: float) -> bool:
    """Whether what closes at a change of direction is a circle: it makes one with what opens then, and it is its own from a half
    on."""
    return part >= WHOLE and part + other >= TURNING


def _later(part: float, other: float) -> bool:
    """The same of the part that opens."""
    return part + other >= TURNING + (other >= WHOLE)


def _rest_of(run: _Run) -> list[Repetition]:
    """A stretch without a whole circle as one, half or whole by its way; none where it hardly turns."""
    way = run.way[-1] - run.way[0]
    return [replace(one, half=bool(way < WHOLE)) for one in _circles(run, run.way[[0, -1]]) if way >= HALF]


def _circles(run: _Run, marks: np.ndarray) -> list[Repetition]:
    """The circles between turns at which they begin and end."""
    found, stamps = [], np.interp(marks, run.way, run.stamps_s)
    for start, end in zip(stamps, stamps[1:]):
        inside = (run.stamps_s >= start) & (run.stamps_s <= end)
        if inside.any():
            middle = float(start + end) / 2
            found.append(Repetition(0, run.side, float(start), middle, middle, float(end), float(run.size[inside].max())))
    return found


def _runs(stamps_s: np.ndarray, centred: np.ndarray) -> list[_Run]:
    """Stretches of one direction of places (T,) from the middle."""
    size = np.abs(centred)
    usual = float(np.quantile(size, 0.7))
    turn = np.unwrap(np.angle(-1j * centred))           # 0 ahead, a quarter turn on to the left
    step_s = float(np.median(np.diff(stamps_s)))
    speed = np.gradient(_mean_around(turn, np.full(len(turn), SPEED_OVER_S / 2 / step_s)), stamps_s)
    going = np.where((np.abs(speed) > LEAST_SPEED) & (size > OUT * usual), np.sign(speed), 0.0)
    runs = []
    for first, last in _stretches(_bridged(going, stamps_s)):
        part, side = slice(first, last + 1), 1 if turn[last] > turn[first] else -1
        runs.append(_Run(side, stamps_s[part], np.maximum.accumulate(side * turn[part]) / (2 * np.pi), size[part]))
    return runs


def _about_the_middle(stamps_s: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Places (T,) from the middle of the circle around each moment, ahead as far as to the sides."""
    step = float(np.median(np.diff(stamps_s)))
    reach = max(1, round(AROUND_S / step))
    grid = np.unique(np.r_[np.arange(0, len(places), max(1, round(1.0 / step))), len(places) - 1])
    taken_s = [_circle_s(places[max(0, at - reach):at + reach + 1], step) for at in grid]
    away = places - _mean_around(places, MIDDLE_OVER / 2 / step * np.interp(np.arange(len(places)), grid, taken_s))
    spread = [max(float(np.quantile(np.abs(part), 0.8)), 1e-9) for part in (away.real, away.imag)]
    return away.real + 1j * away.imag * float(np.clip(spread[0] / spread[1], 0.5, 2.0))


def _circle_s(places: np.ndarray, step_s: float) -> float:
    """How long a circle takes, by the strongest frequency of the way; the slowest where the way is too short to tell."""
    count = 4 * len(places)
    steady = places - _mean_around(places, np.full(len(places), SLOWEST_S / 2 / step_s))
    power = np.abs(np.fft.fft(steady * np.hanning(len(places)), count)) ** 2
    either_way = (power + np.roll(power[::-1], 1))[:count // 2]
    frequency = np.fft.fftfreq(count, step_s)[:count // 2]
    either_way[(frequency < 1 / SLOWEST_S) | (frequency > 1 / SWIFTEST_S)] = 0.0
    return float(1 / max(frequency[np.argmax(either_way)], 1 / SLOWEST_S))


def _mean_around(values: np.ndarray, reach: np.ndarray) -> np.ndarray:
    """Mean (T,) of values (T,) over so many moments (T,) to either side; the first and last value go on for ever."""
    reach = np.maximum(1, np.rint(reach).astype(int))
    most = int(reach.max())
    sums = np.r_[0.0, np.cumsum(np.pad(values, most, mode='edge'))]
    at = np.arange(len(values)) + most
    return (sums[at + reach + 1] - sums[at - reach]) / (2 * reach + 1)


def _bridged(going: np.ndarray, stamps_s: np.ndarray, longest_s: float = 1.0) -> np.ndarray:
    """Short stretches without a direction take that of both neighbours."""
    result = going.copy()
    known = np.flatnonzero(going)
    for before, after in zip(known, known[1:]):
        if going[before] == going[after] and stamps_s[after] - stamps_s[before] <= longest_s:
            result[before:after] = going[before]
    return result


def _stretches(going: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each stretch of one direction."""
    cuts = np.flatnonzero(np.diff(going)) + 1
    starts, ends = np.r_[0, cuts], np.r_[cuts, len(going)] - 1
    return [(int(a), int(b)) for a, b in zip(starts, ends) if going[a] != 0 and b > a]
