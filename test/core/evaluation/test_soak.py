"""What a long run is said to have changed, against courses whose slope is known."""

import numpy as np
import pytest

from poseformer_ros.evaluation.soak import Course, soak_rows


def test_a_leak_is_a_slope_and_noise_is_none():
    times_s = np.arange(0.0, 600.0, 10.0)
    noise = np.random.default_rng(0).normal(0.0, 1.0, len(times_s))
    assert Course(times_s, 500.0 + 60.0 * times_s / 3600.0 + noise).slope_per_hour == pytest.approx(60.0, abs=6.0)
    assert abs(Course(times_s, 500.0 + noise).slope_per_hour) < 6.0


def test_the_ends_are_the_medians_of_the_first_and_last_tenth():
    times_s = np.linspace(0.0, 100.0, 101)
    latency_ms = np.where(times_s <= 10.0, 30.0, np.where(times_s >= 90.0, 45.0, 1000.0))
    latency_ms[3] = 5000.0      # one late answer is no drift
    assert Course(times_s, latency_ms).ends() == (30.0, 45.0)


def test_a_run_too_short_for_a_slope_has_none():
    assert np.isnan(Course(np.array([1.0]), np.array([5.0])).slope_per_hour)


def test_rows_name_beginning_end_and_slope():
    rows = soak_rows({'memory MB': Course(np.array([0.0, 3600.0]), np.array([100.0, 112.0]))})
    assert rows == [('memory MB', '100.0', '112.0', '+12.0')]
