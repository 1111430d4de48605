"""When a foot stands, and a foot's course that stands still then."""

import numpy as np

from poseformer_ros.synthesis.motion.repetitions import ease

SHORTEST_S = 0.10


def contacts(ball: np.ndarray, rate_hz: float, speed_m_s: float, height_m: float) -> np.ndarray:
    """Whether a foot stands, (T,) bool: its ball (T, 3) is slower than a speed and less than a height above its usual
    lowest place; y up."""
    speed = np.linalg.norm(np.gradient(ball, 1.0 / rate_hz, axis=0), axis=1)
    low = ball[:, 1] < np.percentile(ball[:, 1], 10) + height_m
    standing = (speed < speed_m_s) & low
    shortest = max(2, round(SHORTEST_S * rate_hz))
    standing = ~_long_enough(~standing, shortest)       # short breaks belong to the stand around them
    return _long_enough(standing, shortest)


def spans(flags: np.ndarray) -> list[tuple[int, int]]:
    """First and one past the last frame of each run of True."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    return list(zip(edges[::2], edges[1::2]))


def planted(ball: np.ndarray, standing: np.ndarray, rate_hz: float) -> np.ndarray:
    """The ball's places (T, 3) with each stand held at one point on the floor (y = 0), and the swings led from one
    to the next; never below the floor."""
    held = ball.copy()
    correction = np.zeros_like(ball)
    runs = spans(standing)
    for first, last in runs:
        point = np.median(ball[first:last], axis=0) * [1.0, 0.0, 1.0]
        correction[first:last] = point - ball[first:last]
    free = ~standing
    for first, last in spans(free):
        if first == 0 and last == len(ball):
            continue
        before = correction[first - 1 if first > 0 else last]
        after = correction[last if last < len(ball) else first - 1]
        share = ease((np.arange(first, last) - first + 1) / (last - first + 1))[:, None]
        correction[first:last] = before + share * (after - before)
    held += correction
    held[:, 1] = np.where(standing, 0.0, np.maximum(held[:, 1], 0.0))
    return held


def _long_enough(flags: np.ndarray, shortest: int) -> np.ndarray:
    kept = np.zeros_like(flags)
    for first, last in spans(flags):
        if last - first >= shortest:
            kept[first:last] = True
    return kept
