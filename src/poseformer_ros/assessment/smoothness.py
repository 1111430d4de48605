"""Smoothness of one discrete movement (Balasubramanian et al., J. NeuroEngineering and Rehabilitation 2015)."""

import numpy as np

PADDING_LEVEL = 4           # of the spectrum's length, powers of two
CUT_OFF_HZ = 10.0
LEAST_AMPLITUDE = 0.05      # of the spectrum's peak


def spectral_arc_length(speed: np.ndarray, rate_hz: float) -> float:
    """SPARC of a speed profile (T,): negative, nearer to zero is smoother; about -1.41 of a Gaussian profile. NaN for no
    movement."""
    if len(speed) < 3 or not np.isfinite(speed).all() or speed.max() <= 0:
        return np.nan
    count = int(2 ** (np.ceil(np.log2(len(speed))) + PADDING_LEVEL))
    frequency = np.arange(count) * rate_hz / count
    spectrum = np.abs(np.fft.fft(speed, count))
    spectrum = spectrum / spectrum.max()
    below = frequency <= min(CUT_OFF_HZ, rate_hz / 2)
    frequency, spectrum = frequency[below], spectrum[below]
    strong = np.flatnonzero(spectrum >= LEAST_AMPLITUDE)
    frequency, spectrum = frequency[strong[0]:strong[-1] + 1], spectrum[strong[0]:strong[-1] + 1]
    if len(frequency) < 2:
        return np.nan
    return float(-np.sum(np.hypot(np.diff(frequency) / (frequency[-1] - frequency[0]), np.diff(spectrum))))


def log_dimensionless_jerk(velocity: np.ndarray, rate_hz: float) -> float:
    """LDLJ of a velocity (T, 3) or (T,): less negative is smoother. NaN for no movement."""
    velocity = velocity.reshape(len(velocity), -1)
    if len(velocity) < 4 or not np.isfinite(velocity).all():
        return np.nan
    jerk = np.diff(velocity, 2, axis=0) * rate_hz ** 2
    peak, duration = np.linalg.norm(velocity, axis=1).max(), len(velocity) / rate_hz
    if peak <= 0:
        return np.nan
    return float(-np.log(duration ** 3 / peak ** 2 * np.sum(jerk ** 2) / rate_hz))
