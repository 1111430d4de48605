"""Measures of one repetition on courses whose answer is known by how they were made."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement

from poseformer_ros.assessment.body_series import NAMES, body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.measures import SetSeries, measured
from poseformer_ros.assessment.repetitions.repetition import Repetition
from poseformer_ros.body.model import default_body_path, load_body_model

RATE_HZ = 15.0
SPECS = exercise_specs()


def set_of(seconds: float, signal=None, **series: np.ndarray) -> SetSeries:
    """A set in which only these series are known."""
    stamps = np.arange(0, seconds, 1 / RATE_HZ)
    unknown = np.full(len(stamps), np.nan)
    values = {name: series.get(name, unknown) for name in NAMES}
    return SetSeries(stamps, values, dict.fromkeys(NAMES, unknown), dict.fromkeys(NAMES, np.zeros(len(stamps), bool)),
                     unknown if signal is None else signal, unknown[:, None], unknown[:, None], unknown[:, None], np.nan, RATE_HZ)


def repetitions(count: int, every_s: float = 4.0, sides: tuple[int, ...] = (0,)) -> list[Repetition]:
    """From second 1 on, 3 s each: out 1.2 s, held 0.6 s."""
    return [Repetition(k + 1, sides[k % len(sides)], at, at + 1.2, at + 1.8, at + 3.0, 1.0)
            for k in range(count) for at in [1.0 + every_s * k]]


def courses(count: int, every_s: float = 4.0) -> np.ndarray:
    """(T,) 0 at rest and 1 at the far ends of `repetitions`."""
    stamps = np.arange(0, 1 + every_s * count, 1 / RATE_HZ)
    corners = [(at + after, value) for at in 1.0 + every_s * np.arange(count)
               for after, value in ((0, 0.0), (1.2, 1.0), (1.8, 1.0), (3.0, 0.0))]
    return np.interp(stamps, *zip(*corners))


def test_a_shift_is_what_the_repetitions_have_in_common():
    to_the_left = 3.0 * courses(4)
    drifting = np.linspace(0, 8, len(to_the_left))
    to_and_fro = to_the_left * np.repeat([1.0, -1.0, 1.0, -1.0, 0.0], [60, 60, 60, 60, 15])
    for values, wanted in ((to_the_left, 3.0), (to_the_left + drifting, 3.0), (drifting, 0.0), (to_and_fro, 0.0)):
        of = set_of(17, pelvis_left=values)
        assert measured('shift:pelvis_left', of, SPECS['kimore_es5'], repetitions(4), 1).value == pytest.approx(wanted, abs=0.2)


def test_sides_are_unlike_by_what_the_lesser_one_lacks():
    way = courses(4) * np.repeat([20.0, -15.0, 20.0, -15.0, 0.0], [60, 60, 60, 60, 15]) + 2.0
    of, both = set_of(17, head_left=way), repetitions(4, sides=(1, -1))
    for index in range(4):
        assert measured('sides:head_left', of, SPECS['kimore_es2'], both, index).value == pytest.approx(25.0, abs=1.5)
    assert np.isnan(measured('sides:head_left', of, SPECS['kimore_es2'], both[:1], 0).value)


def test_a_far_end_is_measured_from_the_sets_beginning():
    values = 5.0 + 4.0 * courses(2) + np.where(np.arange(135) > 60, 2.0, 0.0)
    of = set_of(9, left_shoulder_hike=values)
    found = [measured('far:left_shoulder_hike', of, SPECS['kimore_es1'], repetitions(2), index).value for index in range(2)]
    assert found == pytest.approx([3.7, 5.7], abs=0.3)


def test_a_swift_movement_does_not_shake_and_a_shaken_slow_one_does():
    stamps = np.arange(0, 9, 1 / RATE_HZ)

    def shake(period_s: float, shaken: float) -> float:
        signal = 60 - 60 * np.cos(2 * np.pi * stamps / period_s) + shaken * np.sin(2 * np.pi * 3.2 * stamps)
        return measured('shake', set_of(9, signal), SPECS['kimore_es1'], repetitions(2), 0).value

    assert shake(2.2, 0.0) < 0.15 and shake(2.2, 0.0) < 0.15 * shake(5.0, 3.0)
    # Root mean square 3 / sqrt(2) of 125 degrees; of 3.2 Hz two Gaussians of 0.1 s leave (1 - exp(-2 (pi 3.2 0.1)^2))^2.
    assert shake(5.0, 3.0) == pytest.approx(100 * 3 / np.sqrt(2) / 125 * 0.753, rel=0.05)


def test_a_shoulder_that_rises_with_its_arm_is_not_pulled_up():
    model = load_body_model(default_body_path())
    for exercise in ('kimore_es1', 'mri_both_upper_limb_extension', 'mri_left_limb_extension'):
        right, pulled = (body_series(acted_movement(acted_clip(exercise, 62020, model, faults), model, noise=False).joints)
                         for faults in ((), ('shoulder_hike',)))
        changes = [np.ptp(series['left_shoulder_hike']) for series in (right, pulled)]
        assert np.ptp(right['left_shoulder_rise']) > 3.0 and changes[0] < 1.6 and changes[1] > 2.5, (exercise, changes)


def test_sway_is_how_fast_the_centre_of_mass_goes_along_the_floor():
    """On a circle of 2 cm once in two seconds: its length over its time, whatever the height does."""
    of = set_of(9.0)
    turn = np.pi * of.stamps_s
    centre = np.stack([0.02 * np.cos(turn), 1.0 + 0.1 * np.sin(3 * turn), 0.02 * np.sin(turn)], axis=1)
    found = measured('sway', replace(of, centre=centre), SPECS['kimore_es1'], repetitions(2), 1)
    assert found.value == pytest.approx(0.02 * np.pi, rel=0.02) and found.unit == 'm/s' and found.indicative
