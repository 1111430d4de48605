"""One Euro filter over the joints in metric space (Casiez, Roussel and Vogel, CHI 2012)."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.options import check, option
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton

# A still joint may seem to jump this far between two images by noise alone: an outline's step at 4 m.
STILL_JUMP_M = 0.08
# Joints that jump at once, as many as two arms have, from which it is the person who has: images were left out.
LEAPT = 6


@dataclass(frozen=True)
class FilterOptions:
    """How joints are smoothed over time."""

    enabled: bool = option(True, text='smooth the joints over time')
    min_cutoff_hz: float = option(1.5, 0.05, 30.0, 'cutoff of a still joint: lower is calmer and later', unit='Hz')
    beta: float = option(4.0, 0.0, 100.0, 'growth of the cutoff with speed: higher follows fast moves sooner',
                         unit='1/m')
    derivative_cutoff_hz: float = option(1.0, 0.05, 30.0, 'cutoff of the speed estimate', unit='Hz')
    hold_s: float = option(0.2, 0.0, 2.0, 'a joint that is lost stays in its place this long, as inferred', unit='s')
    gap_s: float = option(0.5, 0.05, 10.0, 'a longer pause between images starts the filter anew', unit='s')
    max_speed_m_s: float = option(5.0, 0.5, 50.0, 'a joint that seems faster is taken for an error; a foot swings at up to '
                                  '4.5 m/s in fast walking (Winter, Biomechanics, 4th ed., appendix A)', unit='m/s')
    persist_s: float = option(0.15, 0.0, 2.0, 'a jump that lasts this long is believed', unit='s')

    def __post_init__(self) -> None:
        check(self)


class TemporalFilter:
    """Smooths one person's joints; starts anew for another person, after a pause or a leap, and when time goes back."""

    def __init__(self, options: FilterOptions = FilterOptions()) -> None:
        self._options = options
        self.reset()

    def reset(self) -> None:
        """Forget everything."""
        self._stamp_s: float | None = None
        self._track_id = 0
        self._place = np.full((JOINT_COUNT, 3), np.nan)         # smoothed; NaN before the first sight and after hold_s
        self._speed = np.zeros((JOINT_COUNT, 3))                # smoothed, m/s
        self._seen_s = np.full(JOINT_COUNT, -np.inf)            # when a joint was last believed
        self._there_s = np.full(JOINT_COUNT, -np.inf)           # when it was last in a skeleton, believed or not
        self._rival = np.full((JOINT_COUNT, 3), np.nan)         # where a disbelieved joint was last
        self._rival_s = np.full(JOINT_COUNT, np.nan)            # since when it has been there
        self._last: Skeleton | None = None

    def __call__(self, skeleton: Skeleton, stamp_s: float) -> Skeleton:
        """Smooth one skeleton taken at `stamp_s` seconds.

        Returns positions smoothed, covariance less by the filter's gain, pixels as measured. A joint that is missing or
        jumps keeps its place for `hold_s` as INFERRED, with falling confidence and growing covariance, then
        it is MISSING. Nobody (track_id 0) comes back as it is.
        """
        if not self._options.enabled or skeleton.track_id == 0:
            return skeleton
        if self._starts_anew(skeleton, stamp_s):
            self.reset()
        elapsed = 0.0 if self._stamp_s is None else stamp_s - self._stamp_s
        self._place[stamp_s - self._seen_s > max(self._options.hold_s, self._options.persist_s) + elapsed] = np.nan
        outlier = self._outliers(skeleton, stamp_s)
        if outlier.sum() >= LEAPT:
            self.reset()
            elapsed, outlier = 0.0, np.zeros(JOINT_COUNT, bool)
        believed = self._believe(skeleton, stamp_s, elapsed, outlier)
        gain = self._smooth(skeleton.positions, believed, elapsed)
        self._seen_s[believed] = stamp_s
        self._stamp_s, self._track_id = stamp_s, skeleton.track_id
        self._last = self._answer(skeleton, stamp_s, elapsed, believed, gain)
        return self._last

    def _starts_anew(self, skeleton: Skeleton, stamp_s: float) -> bool:
        if self._stamp_s is None:
            return False
        elapsed = stamp_s - self._stamp_s
        return skeleton.track_id != self._track_id or elapsed <= 0 or elapsed > self._options.gap_s

    def _believe(self, skeleton: Skeleton, stamp_s: float, elapsed: float, outlier: np.ndarray) -> np.ndarray:
        """(24,) bool: joints that are there and no faster than a body can be, or that stayed where they jumped to."""
        there = skeleton.state != JointState.MISSING
        moved = np.linalg.norm(skeleton.positions - self._rival, axis=1)
        stayed = outlier & (moved <= self._options.max_speed_m_s * elapsed + STILL_JUMP_M)
        self._rival_s = np.where(stayed, self._rival_s, np.where(outlier, stamp_s, np.nan))
        self._rival = np.where(outlier[:, None], skeleton.positions, np.nan)
        returned = stayed & (stamp_s - self._rival_s >= self._options.persist_s)
        self._there_s[there] = stamp_s
        self._place[returned] = np.nan      # the filter of such a joint starts anew
        return there & (~outlier | returned)

    def _outliers(self, skeleton: Skeleton, stamp_s: float) -> np.ndarray:
        """(24,) bool: joints that are there, and farther from their place than a body can have come; at first sight none is."""
        unseen = np.where(np.isfinite(self._there_s), stamp_s - self._there_s, 0.0)
        jump = np.linalg.norm(skeleton.positions - self._place, axis=1)
        return (skeleton.state != JointState.MISSING) & (jump > self._options.max_speed_m_s * unseen + STILL_JUMP_M)

    def _smooth(self, measured: np.ndarray, believed: np.ndarray, elapsed: float) -> np.ndarray:
        """Algorithm 1 of the paper for the believed joints; returns gains (24,), 1 where the filter starts."""
        fresh = believed & np.isnan(self._place[:, 0])
        known = believed & ~fresh
        gain = np.ones(JOINT_COUNT)
        self._place[fresh], self._speed[fresh] = measured[fresh], 0.0
        if known.any():
            speed = (measured[known] - self._place[known]) / elapsed
            self._speed[known] += _gain(self._options.derivative_cutoff_hz, elapsed) * (speed - self._speed[known])
            cutoff = self._options.min_cutoff_hz + self._options.beta * np.linalg.norm(self._speed[known], axis=1)
            gain[known] = _gain(cutoff, elapsed)
            self._place[known] += gain[known, None] * (measured[known] - self._place[known])
        return gain

    def _answer(self, skeleton: Skeleton, stamp_s: float, step: float, believed: np.ndarray,
                gain: np.ndarray) -> Skeleton:
        age = stamp_s - self._seen_s
        held = ~believed & np.isfinite(self._place[:, 0]) & (age <= self._options.hold_s)
        lost = ~believed & ~held
        # Variance of exponential smoothing of white noise in the steady state: gain / (2 - gain) of the input's.
        covariance = skeleton.covariance * (gain / (2.0 - gain))[:, None, None]
        confidence, pixels = skeleton.confidence.copy(), skeleton.pixels.copy()
        state = skeleton.state.copy()
        if held.any() and self._last is not None:
            drift = (self._options.max_speed_m_s * step) ** 2 / 9.0     # the greatest speed is taken for three sigma
            covariance[held] = self._last.covariance[held] + drift * np.eye(3)
            before = self._options.hold_s - age[held] + step    # falls evenly to zero at the end of hold_s
            confidence[held] = self._last.confidence[held] * (1.0 - step / before)
            pixels[held], state[held] = self._last.pixels[held], JointState.INFERRED
        covariance[lost], pixels[lost], confidence[lost], state[lost] = np.nan, np.nan, 0.0, JointState.MISSING
        return replace(skeleton, positions=np.where(lost[:, None], np.nan, self._place), confidence=confidence,
                       covariance=covariance, state=state, pixels=pixels)


def _gain(cutoff_hz: np.ndarray | float, elapsed_s: float) -> np.ndarray | float:
    """Gain of a first-order low-pass: 1 / (1 + tau / T)."""
    return 1.0 / (1.0 + 1.0 / (2.0 * np.pi * cutoff_hz * elapsed_s))
