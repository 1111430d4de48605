"""Circles of a point over the floor: turns of its direction from the middle of its way."""

import numpy as np

from poseformer_ros.assessment.repetitions.repetition import Repetition, numbered

AROUND_S = 5.0          # to either side of a moment, from which the middle of the way is taken: a few circles
WHOLE = 0.5             # of a turn: what counts as a circle; the first opens from the middle and the last closes to it
HALF = 0.3              # of a turn: what counts as half of one
SMALL = 0.5             # of the median size; a smaller circle is none
UNSEEN = 0.35           # of a turn: how much of an opening or closing circle is too small for a direction
LEAST_SPEED = 0.8       # rad/s of the direction; slower is no circling
OUT = 0.2               # of the usual distance from the middle: nearer, there is no direction


def segment_circles(stamps_s: np.ndarray, places: np.ndarray) -> list[Repetition]:
    """The circles of places (T,), complex: real to the person's left, imaginary ahead; smooth, without gaps.

    A circle is a turn from the foremost place to the foremost; side: +1 when it goes first to the left.
    """
    centred = _about_the_middle(stamps_s, places)
    size = np.abs(centred)
    usual = float(np.quantile(size, 0.7))
    turn = np.unwrap(np.angle(-1j * centred))           # 0 ahead, a quarter turn on to the left
    speed = np.gradient(_mean_over(turn, stamps_s, 0.4), stamps_s)
    going = np.where((np.abs(speed) > LEAST_SPEED) & (size > OUT * usual), np.sign(speed), 0.0)
    found: list[Repetition] = []
    for first, last in _runs(_bridged(going, stamps_s)):
        found += _turns(stamps_s[first:last + 1], turn[first:last + 1], size[first:last + 1])
    usually = np.median([circle.extent for circle in found]) if found else 0.0
    return numbered([circle for circle in found if circle.extent > SMALL * usually])


def _turns(stamps_s: np.ndarray, turn: np.ndarray, size: np.ndarray) -> list[Repetition]:
    """The circles of a stretch of one direction."""
    side = 1 if turn[-1] > turn[0] else -1
    way = np.maximum.accumulate(side * turn) / (2 * np.pi)
    marks = _marks(way[0], way[-1])
    found = []
    stamps = np.interp(marks, way, stamps_s)
    if len(marks) > 2:
        per_turn = float(np.median(np.diff(stamps) / np.diff(marks)))
        stamps[0] -= per_turn * _until_whole(marks[0])
        stamps[-1] += per_turn * _until_whole(-marks[-1])
    for low, high, start, end in zip(marks, marks[1:], stamps, stamps[1:]):
        inside = (stamps_s >= start) & (stamps_s <= end)
        if high - low >= HALF and inside.any():
            middle = (start + end) / 2
            found.append(Repetition(0, side, float(start), float(middle), float(middle), float(end),
                                    float(size[inside].max()), bool(high - low < WHOLE)))
    return found


def _marks(begin: float, end: float) -> np.ndarray:
    """Turns at which circles begin and end: the foremost places, and the ends of the way.

    The first circle opens from the middle and the last closes towards it, and neither need begin or end ahead. As many are there as
    whole turns, all in all: what is left before the first foremost place and behind the last one are two circles, one, or none.
    """
    ahead = np.arange(np.ceil(begin), np.floor(end) + 1)
    if not len(ahead):
        return np.array([begin, end])
    opening, closing = ahead[0] - begin, end - ahead[-1]
    more = round(opening + closing)
    first = [begin] if more == 2 or more == 1 and opening >= closing else []
    last = [end] if more == 2 or more == 1 and opening < closing else []
    marks = np.r_[first, ahead, last]
    if len(marks) == 1:
        return np.array([begin, end])
    marks[0], marks[-1] = begin, end
    return marks


def _until_whole(way: float) -> float:
    """Turns back to the foremost place, where a circle began that had no direction yet; none from further on."""
    beyond = way - np.floor(way)
    return float(beyond) if beyond < UNSEEN else 0.0


def _about_the_middle(stamps_s: np.ndarray, places: np.ndarray) -> np.ndarray:
    step = float(np.median(np.diff(stamps_s)))
    reach = max(1, round(AROUND_S / step))
    grid = np.unique(np.r_[np.arange(0, len(places), max(1, round(0.5 / step))), len(places) - 1])
    windows = [places[max(0, at - reach):at + reach + 1] for at in grid]
    middles = [np.array([np.quantile(w.real, [0.05, 0.95]).mean(), np.quantile(w.imag, [0.05, 0.95]).mean()]) for w in windows]
    across, along = (np.interp(np.arange(len(places)), grid, [m[k] for m in middles]) for k in (0, 1))
    away = places - across - 1j * along
    spread = [max(float(np.quantile(np.abs(part), 0.8)), 1e-9) for part in (away.real, away.imag)]
    return away.real + 1j * away.imag * float(np.clip(spread[0] / spread[1], 0.5, 2.0))


def _mean_over(values: np.ndarray, stamps_s: np.ndarray, seconds: float) -> np.ndarray:
    width = max(1, round(seconds / float(np.median(np.diff(stamps_s)))))
    padded = np.pad(values, (width // 2, width - 1 - width // 2), mode='edge')
    return np.convolve(padded, np.full(width, 1 / width), mode='valid')


def _bridged(going: np.ndarray, stamps_s: np.ndarray, longest_s: float = 0.7) -> np.ndarray:
    """Short stretches without a direction take that of both neighbours."""
    result = going.copy()
    known = np.flatnonzero(going)
    for before, after in zip(known, known[1:]):
        if going[before] == going[after] and stamps_s[after] - stamps_s[before] <= longest_s:
            result[before:after] = going[before]
    return result


def _runs(going: np.ndarray) -> list[tuple[int, int]]:
    """First and last index of each stretch of one direction."""
    cuts = np.flatnonzero(np.diff(going)) + 1
    starts, ends = np.r_[0, cuts], np.r_[cuts, len(going)] - 1
    return [(int(a), int(b)) for a, b in zip(starts, ends) if going[a] != 0 and b > a]
