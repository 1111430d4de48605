"""Repetitions against the studio's true boundaries, and against what was marked by hand in KIMORE."""

import os
from pathlib import Path

import numpy as np
import pytest
from helpers.acted_sets import acted_clip, acted_movement, true_edges

from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.live_set import CircleCounter
from poseformer_ros.assessment.repetitions.excursions import BOTH_WAYS, CIRCLES, ONE_WAY, ExcursionFinder, excursions
from poseformer_ros.assessment.repetitions.segmentation import segment
from poseformer_ros.assessment.repetitions.signals import SIGNALS, without_leaps
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.recordings.kimore import read_boundaries, read_track
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.repetitions import ease

KIMORE = Path(os.environ.get('POSEFORMER_DATA', '../shared/data')) / 'kimore'
SPECS = exercise_specs()


@pytest.fixture(scope='module')
def model():
    return load_body_model(default_body_path())


def found(spec, movement):
    return segment(movement.stamps_s, SIGNALS[spec.signal](movement.joints), spec.kind, spec.usual)


@pytest.mark.parametrize('exercise', ['kimore_es1', 'kimore_es2', 'kimore_es3', 'kimore_es4', 'kimore_es5', 'mri_left_front_lunge',
                                      'mri_right_side_lunge'])
def test_count_and_edges_are_the_studios(exercise, model):
    clip = acted_clip(exercise, 62001, model, repetitions=4)
    repetitions = found(SPECS[exercise], acted_movement(clip, model))
    assert len(repetitions) == 4 and not any(one.half for one in repetitions)
    errors = np.abs(np.array([(one.start_s, one.end_s) for one in repetitions]) - true_edges(clip))
    assert np.median(errors) < (0.25 if 'lunge' in exercise else 0.15)     # who stands in a lunge moves on between
    if SPECS[exercise].kind == 'both_ways':
        assert [one.side for one in repetitions] in ([1, -1, 1, -1], [-1, 1, -1, 1])


def course(*heights: float, pause_s: float = 0.5, move_s: float = 2.0, rate_hz: float = 20.0) -> tuple[np.ndarray, np.ndarray]:
    """A signal that goes out to each height and back, resting between."""
    rest = np.zeros(round(pause_s * rate_hz))
    way = 0.5 - 0.5 * np.cos(np.linspace(0, 2 * np.pi, round(move_s * rate_hz)))
    values = np.concatenate([rest, *(np.concatenate([height * way, rest]) for height in heights)])
    return np.arange(len(values)) / rate_hz, values


def test_a_half_repetition_is_counted_and_called_half():
    stamps, values = course(100, 100, 50, 100)
    assert [one.half for one in segment(stamps, values, ONE_WAY, 100)] == [False, False, True, False]


def test_fidgeting_is_no_repetition_and_nobody_at_all_none():
    stamps, values = course(100, 8, 100)
    assert len(segment(stamps, values, ONE_WAY, 100)) == 2
    assert segment(stamps, np.full(len(stamps), np.nan), ONE_WAY, 100) == []
    still = np.random.default_rng(0).normal(0, 1.0, len(stamps))
    assert segment(stamps, still, ONE_WAY, 100) == []


def test_a_long_pause_at_the_far_end_is_one_repetition_and_told():
    stamps, values = course(100, 100)
    peak = int(np.argmax(values))
    held = np.concatenate([values[:peak], np.full(60, values[peak]), values[peak:]])
    repetitions = segment(np.arange(len(held)) / 20.0, held, ONE_WAY, 100)
    assert len(repetitions) == 2
    assert repetitions[0].hold_s == pytest.approx(3.0, abs=0.5) and repetitions[1].hold_s < 0.6


def test_stopping_in_the_middle_counts_what_was_done():
    stamps, values = course(100, 100, 100)
    cut = len(values) - 24      # in the last way back
    assert len(segment(stamps[:cut], values[:cut], ONE_WAY, 100)) == 3


def test_the_way_back_to_a_rest_level_that_fell_is_no_repetition():
    """Who steps out of a lunge's stance comes from 20 back to 5 and on to -5, where rest is by then."""
    stamps = np.arange(0, 6, 1 / 20)
    values = np.interp(stamps, [0, 1, 2, 3, 5, 6], [5, 5, 20, 5, -5, -5])
    found = excursions(stamps, values, np.where(stamps < 2.5, 5.0, -5.0), ONE_WAY, 20)
    assert [one.peak for one in found] == [pytest.approx(20)]


def test_counting_as_it_happens_is_as_afterwards():
    stamps, values = course(100, 90, 110)
    finder = ExcursionFinder(ONE_WAY, 100)
    told = [(stamp, one) for stamp, value in zip(stamps, values) if (one := finder(stamp, value)) is not None]
    assert len(told) == 3
    for (stamp, _), afterwards in zip(told, segment(stamps, values, ONE_WAY, 100)):
        assert abs(stamp - afterwards.end_s) < 0.5


def test_circles_are_counted_as_they_happen():
    """Four of 12 cm and 2.5 s about a middle that moves away slowly, from standing to standing."""
    stamps = np.arange(0, 16, 1 / 15)
    turns = np.clip((stamps - 2.0) / 2.5, 0.0, 4.0)
    size = 12.0 * np.clip(np.minimum(turns, 4.0 - turns) / 0.2, 0.0, 1.0)
    places = size * np.exp(2j * np.pi * turns) + 0.1 * stamps
    counter, told = CircleCounter(12), []
    for stamp, place in zip(stamps, places):
        counter(float(stamp), complex(place))
        told.append(counter.count)
    assert told[-1] == len(segment(stamps, places, CIRCLES, 12)) == 4
    for number in (1, 2, 3):
        assert 0.0 < stamps[told.index(number)] - (2.0 + 2.5 * number) < 2.5


def circling(counts: tuple[int, ...], rng: np.random.Generator, rate_hz: float = 15.0) -> tuple[np.ndarray, np.ndarray]:
    """Circles of 10 cm, so many to one side and so many to the other in turn, each group from standing to standing, about 2.5 s
    each, with the errors of a fit."""
    parts = [np.zeros(round(2 * rate_hz), complex)]
    for group, count in enumerate(counts):
        turns = np.arange(0, count, 1 / (rate_hz * rng.uniform(2.3, 2.7)))
        size = 10.0 * ease(np.minimum(turns, count - turns) / 0.5)
        parts += [size * np.exp((1 if group % 2 == 0 else -1) * 2j * np.pi * turns), np.zeros(round(rate_hz), complex)]
    places = np.concatenate(parts)
    return np.arange(len(places)) / rate_hz, places + rng.normal(0, 0.4, (2, len(places))).T @ [1, 1j]


def test_circles_of_a_long_set_are_counted_as_at_its_end_and_looked_at_for_a_bounded_time():
    counts = (6, 8, 7, 10, 12, 6, 9, 11, 8, 10)
    stamps, places = circling(counts, np.random.default_rng(5))
    assert stamps[-1] > 200
    counter, most = CircleCounter(12), 0
    for stamp, place in zip(stamps, places):
        counter(float(stamp), complex(place))
        most = max(most, len(counter.places))
    assert counter.count == len(segment(stamps, places, CIRCLES, 12)) == sum(counts)
    assert most <= 60 * 15 + 1


def test_the_way_out_to_the_circle_is_none():
    """Three from foremost to foremost; before them three quarters of a turn from the middle out, behind them the same back."""
    stamps = np.arange(0, 15, 1 / 15)
    turns = np.clip((stamps - 1.5) / 2.5, 0.0, 4.5) - 0.75
    size = 10.0 * ease(np.clip(np.minimum(turns + 0.75, 3.75 - turns) / 0.75, 0.0, 1.0))
    found = segment(stamps, size * np.exp(2j * np.pi * turns + 0.5j * np.pi), CIRCLES, 12)
    assert [one.half for one in found] == [False] * 3
    assert np.abs(np.array([one.start_s for one in found]) - (1.5 + 0.75 * 2.5 + 2.5 * np.arange(3))).max() < 0.3


@pytest.mark.parametrize(('exercise', 'unsure', 'error_m'),
                         [('kimore_es5', ('knee', 'ankle'), 0.15), ('kimore_es2', ('hip',), 0.12)])
def test_joints_that_a_sensor_sees_badly_there_are_not_counted_by(exercise, unsure, error_m, model):
    movement = acted_movement(acted_clip(exercise, 62001, model, repetitions=4), model)
    rng = np.random.default_rng(3)
    for joint in unsure:
        for side in ('left', 'right'):
            movement.joints[:, JOINT[f'{side}_{joint}']] += rng.normal(0, error_m, (len(movement), 3))
    assert len(found(SPECS[exercise], movement)) == 4


def test_a_change_of_direction_makes_one_circle_of_what_is_left_of_both():
    """2.6 turns to the left and, without a stop, 2.6 back: two whole ones, 0.6 and 0.6 as one, two whole ones."""
    stamps = np.arange(0, 20, 1 / 15)
    turns = np.interp(stamps, [2, 2 + 2.6 * 2.5, 2 + 5.2 * 2.5], [0, 2.6, 0])
    places = 10.0 * np.exp(2j * np.pi * turns + 0.5j * np.pi)
    found = segment(stamps, np.where((stamps < 2) | (stamps > 15), 0, places), CIRCLES, 12)
    assert [one.side for one in found] in ([1, 1, 1, -1, -1], [1, 1, -1, -1, -1])


@pytest.mark.parametrize('seed', [0, 2, 3, 4, 6, 7])
def test_circles_whose_direction_is_lost_in_errors_are_counted_by_their_sway(seed):
    """Ten circles a tenth as deep as they are wide, with errors ahead that last a quarter of a second, as a sensor's do, and that
    tear each into stretches of either direction: by those there are twelve and more."""
    rng, stamps = np.random.default_rng(seed), np.arange(0, 27, 1 / 15)
    turns = np.clip((stamps - 1.0) / 2.5, 0.0, 10.0)
    size = 4.0 * ease(np.clip(np.minimum(turns, 10.0 - turns) / 0.5, 0.0, 1.0))
    errors = np.zeros((len(stamps), 2))
    for index in range(1, len(stamps)):
        errors[index] = 0.77 * errors[index - 1] + 0.64 * rng.normal(0, (0.4, 2.5))
    places = size * (np.sin(2 * np.pi * turns) + 0.1j * np.cos(2 * np.pi * turns)) + errors @ [1, 1j]
    found = segment(stamps, places, CIRCLES, 12)
    assert [(one.side, one.half) for one in found] == 10 * [(0, False)]


def test_a_turn_that_leaps_and_leaps_back_goes_straight_between():
    stamps = np.arange(0, 6, 1 / 30)
    turn = 70.0 * np.sin(2 * np.pi * stamps / 6)        # as swift as people turn; 70 degrees at 1.5 s
    told = np.where((stamps > 1.2) & (stamps < 1.9), turn - 90.0, turn)
    assert np.abs(without_leaps(told) - turn).max() < 6.0       # the arc over its chord
    np.testing.assert_array_equal(without_leaps(turn), turn)
    stays = np.where(stamps > 3.0, turn + 90.0, turn)
    np.testing.assert_array_equal(without_leaps(stays), stays)


def test_sides_that_are_unlike_stay_so_and_are_counted_without_a_rest():
    stamps = np.arange(0, 26, 1 / 15)
    swing = np.sin(2 * np.pi * (stamps - 2.0) / 4.0) * ((stamps > 2.0) & (stamps < 22.0))
    values = np.where(swing > 0, 30.0, 15.0) * swing
    found = segment(stamps, values, BOTH_WAYS, 30)
    assert [one.side for one in found] == [1, -1] * 5
    assert np.mean([one.extent for one in found if one.side > 0]) > 1.7 * np.mean([one.extent for one in found if one.side < 0])


@pytest.mark.skipif(not KIMORE.is_dir(), reason=f'no KIMORE at {KIMORE}')
@pytest.mark.parametrize(('exercise', 'names'), [(1, ('E_ID1', 'NE_ID10', 'S_ID4')), (3, ('E_ID1', 'NE_ID13'))])
def test_kimore_is_counted_as_by_hand(exercise, names):
    boundaries = read_boundaries(KIMORE / 'repetition_segmentation' / f'Es{exercise}_labels.csv')
    spec = SPECS[f'kimore_es{exercise}']
    for name in names:
        track = read_track(KIMORE, f'{name}_Es{exercise}')
        joints = np.full((len(track), 24, 3), np.nan)
        for joint, places in track.joints.items():
            joints[:, JOINT[joint]] = places
        marks = np.array(boundaries[name]) / track.rate_hz
        repetitions = segment(np.arange(len(track)) / track.rate_hz, SIGNALS[spec.signal](joints), spec.kind, spec.usual)
        inside = [one for one in repetitions if marks[0] - 0.3 < (one.start_s + one.end_s) / 2 < marks[-1] + 0.3]
        assert len(inside) == len(marks) - 1, name
