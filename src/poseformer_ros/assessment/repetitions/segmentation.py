"""The repetitions of a whole set with exact edges: what the report rests on, when a set is over."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from poseformer_ros.assessment.repetitions.circles import segment_circles
from poseformer_ros.assessment.repetitions.excursions import (
    BOTH_WAYS,
    CIRCLES,
    ONE_WAY,
    Excursion,
    RepetitionOptions,
    excursions,
    rest_level,
)
from poseformer_ros.assessment.repetitions.repetition import Repetition

FEWEST = 10             # moments
LEAST_RANGE = 0.15      # of the usual range: what a set's own range is at least taken for
SMOOTHING_S = 0.1       # standard deviation of the Gaussian; a movement of half a second loses 4 % of its range
BOTH_WAYS_SMOOTHING_S = 0.15    # the same of movements of the trunk, which are slower and smaller
AROUND_S = 10.0         # to either side of a moment, from which its rest level is taken
SMALL = 0.45            # of the median extent; a smaller excursion is no repetition
NEAR = 0.35             # of the usual time between excursions; a second one to the same side so soon is the same one
# A movement of least jerk (Flash and Hogan, J. Neuroscience 1985) is at a quarter and at a half of its way after these shares of
# its time.
QUARTER, HALF = 0.3594, 0.5
STILL = 0.06            # of the greatest speed: rest
ARRIVED = 0.95          # of the extent: the far end


def segment(stamps_s: np.ndarray, values: np.ndarray, kind: str, usual: float,
            options: RepetitionOptions = RepetitionOptions()) -> list[Repetition]:
    """The repetitions in a signal (T,) of a set, complex for CIRCLES; NaN where nobody was seen.

    kind: of KINDS. usual: range of the exercise in the signal's unit.
    """
    known = np.isfinite(values)
    if known.sum() < FEWEST:
        return []
    stamps_s, values = stamps_s[known], values[known]
    if kind == CIRCLES:
        return segment_circles(stamps_s, smoothed(stamps_s, values.real) + 1j * smoothed(stamps_s, values.imag))
    values = smoothed(stamps_s, values, SMOOTHING_S if kind == ONE_WAY else BOTH_WAYS_SMOOTHING_S)
    rest = rest_levels(stamps_s, values, partial(rest_level, kind=ONE_WAY) if kind == ONE_WAY else middle_level)
    found = excursions(stamps_s, values, rest, kind, own_range(values - rest, kind, usual), options)
    found = _without_small(_measured(_merged(found), stamps_s, values) if kind == BOTH_WAYS else found)
    if not found:
        return []
    edges = _apart([_edges(stamps_s, values, one, kind == ONE_WAY) for one in found])
    usually = float(np.median([one.extent for one in found]))
    return [Repetition(number, one.side if kind == BOTH_WAYS else 0, *edge, one.extent, one.extent < options.half * usually)
            for number, (one, edge) in enumerate(zip(found, edges), start=1)]


def _measured(found: list[Excursion], stamps_s: np.ndarray, values: np.ndarray) -> list[Excursion]:
    """Excursions to both sides from the median level: the middle of the way, by which they are counted, makes sides alike."""
    rest = rest_levels(stamps_s, values, partial(rest_level, kind=BOTH_WAYS))
    return [replace(one, rest=float(np.interp(one.peak_s, stamps_s, rest))) for one in found]


def middle_level(values: np.ndarray) -> float:
    """Level by which excursions to both sides are counted, half median and half middle of the way, as Tukey's trimean with deciles:
    of who never rests the median lies on the side that takes longer."""
    low, middle, high = np.quantile(values, (0.1, 0.5, 0.9))
    return float((low + 2.0 * middle + high) / 4.0)


def rest_levels(stamps_s: np.ndarray, values: np.ndarray, level: Callable[[np.ndarray], float]) -> np.ndarray:
    """The level (T,) around each moment: of the seconds before and after it, so that who moves on is followed."""
    step = float(np.median(np.diff(stamps_s)))
    reach = round(AROUND_S / step)
    grid = np.unique(np.r_[np.arange(0, len(values), max(1, round(0.5 / step))), len(values) - 1])
    levels = [level(values[max(0, at - reach):at + reach + 1]) for at in grid]
    return np.interp(np.arange(len(values)), grid, levels)


def own_range(away: np.ndarray, kind: str, usual: float) -> float:
    """A set's range from its distances from rest (T,), but not far from the usual one."""
    own = np.quantile(away, 0.95) if kind == ONE_WAY else np.quantile(np.abs(away), 0.9)
    return float(np.clip(own, LEAST_RANGE * usual, 1.2 * usual))


def smoothed(stamps_s: np.ndarray, values: np.ndarray, sigma_s: float = SMOOTHING_S) -> np.ndarray:
    """Values (T,) after a median of five and a Gaussian, neither of which delays them."""
    padded = np.pad(values, 2, mode='edge')
    return gaussian(stamps_s, np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1), sigma_s)


def gaussian(stamps_s: np.ndarray, values: np.ndarray, sigma_s: float) -> np.ndarray:
    """Values (T,) after a Gaussian of this standard deviation."""
    step = float(np.median(np.diff(stamps_s)))
    reach = max(1, round(3 * sigma_s / step))
    kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) * step / sigma_s) ** 2)
    return np.convolve(np.pad(values, reach, mode='edge'), kernel / kernel.sum(), mode='valid')


def _merged(found: Sequence[Excursion]) -> list[Excursion]:
    """Two excursions to one side that follow each other far sooner than others do were one, with a slip between."""
    if len(found) < 3:
        return list(found)
    usual_gap = float(np.median(np.diff([one.peak_s for one in found])))
    merged = [found[0]]
    for one in found[1:]:
        last = merged[-1]
        if one.side == last.side and one.out_s - last.back_s < NEAR * usual_gap:
            higher = max(last, one, key=lambda e: e.extent)
            merged[-1] = replace(higher, out_s=last.out_s, back_s=one.back_s, rest=last.rest)
        else:
            merged.append(one)
    return merged


def _without_small(found: Sequence[Excursion]) -> list[Excursion]:
    if not found:
        return []
    usually = np.median([one.extent for one in found])
    return [one for one in found if one.extent >= SMALL * usually]


Edges = tuple[float, float, float, float]


def _edges(stamps_s: np.ndarray, values: np.ndarray, one: Excursion, rests: bool) -> Edges:
    """Start, arrival, leaving and end; start and end of the movements of least jerk through a quarter and a half of the way.

    rests: whether the movement comes to rest at its ends, as it need not between one side and the other.
    """
    away = one.side * (values - one.rest)
    peak = int(np.searchsorted(stamps_s, one.peak_s))
    start, half_out = _edge(stamps_s, away, peak, -1, rests)
    end, half_back = _edge(stamps_s, away, peak, 1, rests)
    inside = np.flatnonzero((away >= ARRIVED * one.extent) & (stamps_s > half_out) & (stamps_s < half_back))
    far, leave = (stamps_s[inside[0]], stamps_s[inside[-1]]) if len(inside) else (one.peak_s, one.peak_s)
    return start, float(far), float(leave), end


def _edge(stamps_s: np.ndarray, away: np.ndarray, peak: int, step: int, rests: bool) -> tuple[float, float]:
    """When the movement begins (step -1) or ends (1), and when it is half way.

    Its level there is that at which the signal comes to rest, or turns, next to the half way, which need not be the set's: a lunge
    begins in a wider stance.
    """
    half = _crossing(stamps_s, away, peak, 0.5 * away[peak], step)
    at = int(np.searchsorted(stamps_s, half))
    speed = np.abs(np.gradient(away, stamps_s))
    slow = STILL * max(float(speed[min(peak, at):max(peak, at) + 1].max()), 1e-9)
    while 0 <= at + step < len(away) and speed[at] > slow and away[at + step] < away[at]:
        at += step
    rest = min(float(away[at]), 0.5 * float(away[peak])) if rests else 0.0
    half, quarter = (_crossing(stamps_s, away, peak, rest + level * (away[peak] - rest), step) for level in (0.5, 0.25))
    return half + HALF / (HALF - QUARTER) * (quarter - half), half


def _crossing(stamps_s: np.ndarray, away: np.ndarray, peak: int, level: float, step: int) -> float:
    """When the signal was or will be at a level the last time before or first time after its peak; the ends where it never is."""
    at = peak
    while 0 <= at + step < len(away) and away[at + step] > level:
        at += step
    beyond = at + step
    if not 0 <= beyond < len(away):
        return float(stamps_s[at])
    share = (away[at] - level) / max(away[at] - away[beyond], 1e-9)
    return float(stamps_s[at] + share * (stamps_s[beyond] - stamps_s[at]))


def _apart(edges: list[Edges]) -> list[Edges]:
    """Where one repetition would begin before the last is over, both at the middle."""
    apart = list(edges)
    for index in range(len(apart) - 1):
        before, after = apart[index], apart[index + 1]
        if after[0] < before[3]:
            middle = (after[0] + before[3]) / 2
            apart[index], apart[index + 1] = (*before[:3], middle), (middle, *after[1:])
    return apart
