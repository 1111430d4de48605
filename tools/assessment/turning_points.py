"""Repetitions as the turning points of one signal."""

import numpy as np
from scipy.signal import find_peaks

SLOWEST_HZ, FASTEST_HZ = 0.1, 1.0
APART, RISE = 0.6, 0.25     # of the strongest period, and of the range


def turning_points(away: np.ndarray, rate_hz: float) -> int:
    """How many far ends a signal (T,) has, that is low at rest: a quarter of the range and 0.6 of the strongest period apart."""
    power, rates = np.abs(np.fft.rfft(away - away.mean())), np.fft.rfftfreq(len(away), 1 / rate_hz)
    power[(rates < SLOWEST_HZ) | (rates > FASTEST_HZ)] = 0.0
    period = rate_hz / rates[power.argmax()]
    return len(find_peaks(away, distance=max(1, int(APART * period)), prominence=RISE * np.ptp(away))[0])
