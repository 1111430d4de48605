"""Every method of the comparison learns what is easy; FCBF against what it is for; the runner resumes and repeats itself."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.labelled_motions import EXERCISES, labelled_motions

from poseformer_ros.evaluation.protocol.folds import folds_of, grouped, groups_of, people_of
from poseformer_ros.evaluation.protocol.predictions import load_predictions
from poseformer_ros.evaluation.protocol.samples import windows
from poseformer_ros.recordings.labelled.labelled_motion import PLACE, mirrored
from poseformer_ros.training.classifiers.fcbf import fcbf, symmetrical_uncertainty
from poseformer_ros.training.classifiers.interface import BOTH_WAYS, IN_RECORDING, SET_VALUES, STATISTICS, ClassifierMethod
from poseformer_ros.training.classifiers.methods import METHODS
from poseformer_ros.training.figures.motion_inputs import MotionInputs, resampled
from poseformer_ros.training.figures.outer_folds import Run, chosen, run_folds


@pytest.fixture(scope='module')
def easy(tmp_path_factory):
    """Windows of a repetition's length of eight people, and a fold of two of them."""
    motions = labelled_motions(8)
    samples = list(windows(motions, 20, False))
    fold = folds_of(samples, grouped(people_of(samples), 4, groups_of(samples)))[0]
    return MotionInputs(motions, tmp_path_factory.mktemp('cache')), samples, fold


@pytest.mark.parametrize('name', [name for name, method in METHODS.items() if method.input != IN_RECORDING])
def test_every_method_learns_what_is_easy(easy, name):
    inputs, samples, fold = easy
    x = inputs(samples, METHODS[name].input)
    y, people = np.array([EXERCISES.index(s.label) for s in samples]), np.array([s.person for s in samples])
    model = METHODS[name].make(3, 0)
    model.fit(x[fold.train], y[fold.train], people[fold.train])
    chances = model.probabilities(x[fold.test])
    assert chances.shape == (len(fold.test), 3) and np.allclose(chances.sum(axis=1), 1, atol=1e-5)
    right = (chances.argmax(axis=1) == y[fold.test]).mean()
    assert right <= 0.5 if name == 'majority' else right >= 0.8


@pytest.mark.parametrize('name', ('linear', 'fcbf', 'lite'))
def test_the_same_seed_gives_the_same_answers(easy, name):
    inputs, samples, fold = easy
    x = inputs(samples, METHODS[name].input)
    y, people = np.array([EXERCISES.index(s.label) for s in samples]), np.array([s.person for s in samples])

    def answers() -> np.ndarray:
        model = METHODS[name].make(3, 5)
        model.fit(x[fold.train], y[fold.train], people[fold.train])
        return model.probabilities(x[fold.test])
    assert np.array_equal(answers(), answers())


def test_a_window_is_judged_by_the_set_of_the_exercise_that_its_recording_is_of():
    """What it would be in a set of the other exercise says the contrary. One recording shows nothing but rest."""
    rng = np.random.default_rng(3)

    def recordings(first: int, count: int, windows: int = 12) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, y, people = [], [], []
        for number in range(first, first + count):
            exercise, whole = number % 2, rng.normal(size=6)
            whole[:2] += 6.0 * np.eye(2)[exercise]
            for rests in rng.random(windows) < 0.4:
                sets = rng.normal(size=(2, SET_VALUES))
                sets[exercise, 0], sets[1 - exercise, 0] = 4.0 * rests, 4.0 * (not rests)
                x.append(np.concatenate([whole, sets.ravel()]))
                y.append(2 if rests else exercise)
                people.append(f'p{number}')
        return np.array(x, np.float32), np.array(y), np.array(people)

    x, y, people = recordings(0, 30)
    y[people == 'p7'] = 2
    model = METHODS['in_set'].make(3, 0)
    model.fit(x, y, people)
    others, wanted, _ = recordings(30, 20)
    chances = model.probabilities(others)
    assert np.allclose(chances.sum(axis=1), 1.0)
    assert (chances.argmax(axis=1) == wanted).mean() > 0.97


def test_a_class_that_nobody_showed_has_no_chance():
    model = METHODS['linear'].make(3, 0)
    x = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    model.fit(x, np.repeat([0, 2], 10), np.array(['a'] * 20))
    assert (model.probabilities(x)[:, 1] == 0).all()


def test_symmetrical_uncertainty_of_a_copy_and_of_independent_series():
    first = np.tile([0, 1, 2, 3], 26)
    assert symmetrical_uncertainty(first[None], first)[0] == pytest.approx(1)
    assert symmetrical_uncertainty(first[None], np.repeat([0, 1], 52))[0] == pytest.approx(0, abs=1e-12)


def test_fcbf_takes_one_of_two_copies_and_no_noise():
    rng = np.random.default_rng(1)
    y = np.repeat([0, 1, 2], 60)
    telling = np.stack([y + 0.1 * rng.normal(size=180), (y == 1) + 0.3 * rng.normal(size=180)], axis=1)
    features = np.column_stack([rng.normal(size=(180, 3)), telling, telling[:, 0] * 2 + 1])
    found = fcbf(features, y, 0.2).tolist()
    assert found[0] in (3, 5) and not {3, 5} <= set(found) and not set(found) & {0, 1, 2}


def test_fcbf_takes_the_best_where_nothing_tells():
    features, y = np.random.default_rng(2).normal(size=(60, 4)), np.arange(60) % 2
    assert len(fcbf(features, y, 0.9)) == 1


def test_options_are_chosen_by_inner_people_alone():
    """A model that knows its training people by heart must not win over one that knows the rule."""
    class ByHeart:
        def __init__(self, classes, seed, heart=True):
            self.heart = heart

        def fit(self, inputs, targets, people):
            self.known = {row[0]: target for row, target in zip(inputs, targets)}

        def probabilities(self, inputs):
            said = [self.known.get(row[0], 0) if self.heart else int(row[1]) for row in inputs]
            return np.eye(2)[said]
    x = np.column_stack([np.arange(40), np.arange(40) % 2])
    method = ClassifierMethod('', STATISTICS, ByHeart, ({'heart': True}, {'heart': False}))
    people = np.repeat(list('abcd'), 10)
    assert chosen(method, x, np.arange(40) % 2, people, 2, 0) == {'heart': False}


def test_a_run_that_was_cut_off_ends_with_the_same_files(easy, tmp_path):
    inputs, samples, _ = easy
    folds = folds_of(samples, grouped(people_of(samples), 3, groups_of(samples)))

    def run(folder):
        return Run('run', METHODS['linear'], samples, folds, EXERCISES, folder)
    whole = run_folds(run(tmp_path / 'whole'), inputs)
    run_folds(Run('run', METHODS['linear'], samples, folds[:1], EXERCISES, tmp_path / 'cut'), inputs)
    (tmp_path / 'cut' / 'fold01.csv.part').write_text('half a file')
    first = (tmp_path / 'cut' / 'fold00.csv').stat().st_mtime_ns
    cut = run_folds(run(tmp_path / 'cut'), inputs)
    assert [path.read_bytes() for path in whole] == [path.read_bytes() for path in cut]
    assert (tmp_path / 'cut' / 'fold00.csv').stat().st_mtime_ns == first
    assert len(load_predictions(cut).truth) == len(samples)


def test_inputs_are_kept_by_what_they_were_made_from(tmp_path):
    motions = labelled_motions(2)
    samples = list(windows(motions, 20, False))
    first = MotionInputs(motions, tmp_path)(samples, STATISTICS)
    assert len(list(tmp_path.iterdir())) == 1
    assert np.array_equal(MotionInputs(motions, tmp_path)(samples, STATISTICS), first)
    motions[0].positions[:, 3] += 0.01
    other = MotionInputs(motions, tmp_path)(samples, STATISTICS)
    assert len(list(tmp_path.iterdir())) == 2 and not np.array_equal(other, first)


def test_what_is_learned_of_the_left_side_is_known_of_the_right(tmp_path):
    """Everybody who is learned from lifts the left arm; a mirror image, which lifts the right, gets the very same answer."""
    motions = labelled_motions(6)
    arms = [PLACE[f'right_{part}'] for part in ('elbow', 'wrist', 'hand')]
    for motion in motions:
        motion.positions[:, arms] = motion.positions[:1, arms]
    others = [replace(motion, positions=mirrored(motion.positions)) for motion in motions]
    samples = list(windows(motions, 20, False))
    learned, asked = (MotionInputs(given, tmp_path)(samples, BOTH_WAYS) for given in (motions, others))
    model = METHODS['both_ways'].make(3, 0)
    model.fit(learned, np.array([EXERCISES.index(s.label) for s in samples]), np.array([s.person for s in samples]))
    assert np.allclose(model.probabilities(learned), model.probabilities(asked), atol=1e-6)


def test_the_mirror_image_of_the_mirror_image_is_oneself():
    positions = labelled_motions(1)[0].positions
    other = mirrored(positions)
    assert np.array_equal(other[:, PLACE['left_hand']], positions[:, PLACE['right_hand']] * [-1, 1, 1])
    assert np.array_equal(other[:, PLACE['pelvis']], positions[:, PLACE['pelvis']] * [-1, 1, 1])
    assert np.array_equal(mirrored(other), positions)


def test_resampled_keeps_ends_and_straight_lines():
    line = np.linspace(0, 1, 10, dtype=np.float32)[:, None]
    assert np.allclose(resampled(line, 25)[:, 0], np.linspace(0, 1, 25), atol=1e-6)
    assert np.allclose(resampled(line[:1], 4), line[0])
