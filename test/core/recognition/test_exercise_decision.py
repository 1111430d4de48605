"""From probabilities to the published answer, with a stream whose evidence is known."""

import math

import numpy as np
import pytest

pytest.importorskip('onnx', reason='writing a model needs onnx; pip install -r requirements/learning.txt')

from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.recognition.decision import NOBODY, UNKNOWN, ClassifierOptions, ExerciseClassifier, entropy  # noqa: E402
from poseformer_ros.recognition.encoder_size import EncoderSize  # noqa: E402
from poseformer_ros.recognition.layout import layout_of  # noqa: E402
from poseformer_ros.recognition.model_file import facts_of, load_exercise_model, write_exercise_model  # noqa: E402
from poseformer_ros.recognition.random_weights import random_weights  # noqa: E402
from poseformer_ros.recognition.resampling import Resampler  # noqa: E402

CLASSES = ('rest', 'squat', 'reach')
LAYOUT = layout_of('test-1', {'evidence': 3, 'other': 2})
SIZE = EncoderSize('pass', width=4, heads=1, layers=1, feed_forward=4, window=6, pool=1)
HERE = np.array([True, True])
RATE_HZ = 30.0


def plain_model(folder, layout):
    """A model whose logits are a fixed multiple of the first three features: attention and feed-forward add nothing."""
    weights = random_weights(SIZE, layout.sizes, 3, 0)
    for name in ('layers.0.mix', 'layers.0.down', 'embedding.linear', 'head'):
        weights[f'{name}.weight'][:] = 0.0
    weights['embedding.linear.weight'][:3, :3] = np.eye(3)
    weights['head.weight'][:, :3] = 8.0 * np.eye(3)
    write_exercise_model(folder / 'm.onnx', weights, facts_of(layout, CLASSES, SIZE, layout.names, RATE_HZ, True, ''))
    return load_exercise_model(folder / 'm.onnx', layout)


@pytest.fixture
def model(tmp_path):
    return plain_model(tmp_path, LAYOUT)


def features(name):
    """Clear evidence for a class, or none for any."""
    return np.array([*(float(name == c) for c in CLASSES), 0.0, 0.0], np.float32)


def run(classifier, names, start=0, track_id=1, rate_hz=RATE_HZ):
    return [classifier(features(name), HERE, (start + index) / rate_hz, track_id) for index, name in enumerate(names)]


QUICK = ClassifierOptions(least_seen_s=0.0, settle_s=0.19)


def test_clear_evidence_is_named_with_its_probability(model):
    last = run(ExerciseClassifier(model, QUICK), ['squat'] * 20)[-1]
    assert last.label == 'squat' and last.class_names == CLASSES
    assert last.probabilities.sum() == pytest.approx(1.0)
    assert last.score == last.probabilities[1] == last.probabilities.max() > 0.9
    assert last.entropy == pytest.approx(-sum(p * math.log(p) for p in last.probabilities))


def test_weak_evidence_is_unknown(model):
    last = run(ExerciseClassifier(model, QUICK), [''] * 20)[-1]
    assert last.label == UNKNOWN
    assert last.entropy == pytest.approx(math.log(3))
    assert last.score == pytest.approx(1 / 3)
    torn = ClassifierOptions(least_seen_s=0.0, least_score=0.0, most_entropy=0.5)
    between = np.array([1.0, 1.0, 0.0, 0.0, 0.0], np.float32)
    assert ExerciseClassifier(model, torn)(between, HERE, 0.0, 1).label == UNKNOWN


def test_nothing_is_named_before_enough_was_seen(model):
    options = ClassifierOptions(least_seen_s=0.5, settle_s=0.0)
    found = [e.label for e in run(ExerciseClassifier(model, options), ['squat'] * 30)]
    assert found[:14] == [UNKNOWN] * 14 and found[14:] == ['squat'] * 16


def test_a_short_flicker_does_not_show_and_a_lasting_change_does(model):
    classifier = ExerciseClassifier(model, QUICK)
    labels = [e.label for e in run(classifier, ['squat'] * 20 + ['reach'] * 4 + ['squat'] * 10 + ['reach'] * 20)]
    assert labels[:40] == ['squat'] * 40
    assert labels[40:] == ['reach'] * 14         # six frames after the change


def test_time_since_the_label_settled_and_start_of_the_window(model):
    found = run(ExerciseClassifier(model, QUICK), ['squat'] * 20 + ['rest'] * 20)
    assert found[19].settled_s == pytest.approx(19 / 30)
    assert found[25].settled_s == pytest.approx(25 / 30)        # still squat
    assert found[26].label == 'rest' and found[26].settled_s == 0.0
    assert found[-1].settled_s == pytest.approx(13 / 30)
    assert found[-1].window_start_s == pytest.approx(34 / 30)     # six frames of attention
    assert found[2].window_start_s == 0.0


def test_nobody_is_unknown_at_once_and_a_short_absence_is_forgiven(model):
    classifier = ExerciseClassifier(model, QUICK)
    run(classifier, ['squat'] * 20)
    gone = classifier(np.zeros(5, np.float32), ~HERE, 20 / 30, NOBODY)
    assert gone.label == UNKNOWN and gone.settled_s == 0.0 and gone.entropy == pytest.approx(math.log(3))
    back = run(classifier, ['squat'] * 10, start=21)
    assert back[-1].label == 'squat' and back[-1].window_start_s < 30 / 30
    assert classifier(features('squat'), ~HERE, 31 / 30, 1).label == UNKNOWN         # a person without any feature


def test_a_model_that_gets_too_few_of_its_parts_says_unknown(model):
    mostly = ClassifierOptions(least_seen_s=0.0, settle_s=0.0, least_parts=0.6)
    classifier = ExerciseClassifier(model, mostly)
    assert run(classifier, ['squat'] * 10)[-1].label == 'squat'
    assert classifier(features('squat'), np.array([True, False]), 10 / 30, 1).label == UNKNOWN
    assert ExerciseClassifier(model, QUICK)(features('squat'), np.array([True, False]), 0.0, 1).label == 'squat'


@pytest.mark.parametrize('start, track_id', [(20, 2), (20 + 45, 1), (3, 1)], ids=['new person', 'gap of 1.5 s', 'stamps go back'])
def test_everything_is_forgotten(model, start, track_id):
    classifier = ExerciseClassifier(model, ClassifierOptions(least_seen_s=0.3))
    assert run(classifier, ['squat'] * 20)[-1].label == 'squat'
    after = run(classifier, ['squat'] * 20, start=start, track_id=track_id)
    fresh = run(ExerciseClassifier(model, ClassifierOptions(least_seen_s=0.3)), ['squat'] * 20, start=start, track_id=track_id)
    assert after[0].label == UNKNOWN
    for ours, wanted in zip(after, fresh):
        assert (ours.label, ours.settled_s, ours.window_start_s) == (wanted.label, wanted.settled_s, wanted.window_start_s)
        np.testing.assert_array_equal(ours.probabilities, wanted.probabilities)


def test_reset_on_request(model):
    classifier = ExerciseClassifier(model, ClassifierOptions(least_seen_s=0.3))
    run(classifier, ['squat'] * 20)
    classifier.reset()
    assert run(classifier, ['squat'], start=20)[0].label == UNKNOWN


def test_stamps_going_back_while_nobody_is_there_do_no_harm(model):
    classifier = ExerciseClassifier(model, QUICK)
    run(classifier, ['squat'] * 20, start=300)
    found = classifier(np.zeros(5, np.float32), ~HERE, 1.0, NOBODY)
    assert found.label == UNKNOWN and found.settled_s == 0.0


@pytest.mark.parametrize('rate_hz', [10.0, 15.0, 24.0, 60.0])
def test_seconds_stay_seconds_at_other_rates(model, rate_hz):
    """The same course in seconds is answered at the same time, whatever the camera's rate."""
    def course(rate):
        return ['squat' if index / rate < 2.0 else 'reach' for index in range(int(4 * rate))]
    changes = [e.stamp_s for e in run(ExerciseClassifier(model), course(rate_hz), rate_hz=rate_hz) if e.label == 'reach']
    nominal = [e.stamp_s for e in run(ExerciseClassifier(model), course(RATE_HZ)) if e.label == 'reach']
    assert changes[0] == pytest.approx(nominal[0], abs=1.5 / rate_hz)


def test_vectors_that_do_not_fit_are_refused(model):
    classifier = ExerciseClassifier(model)
    for values, present, stamp in ((np.zeros(4), HERE, 0.0), (np.zeros(5), HERE[:1], 0.0), (np.zeros(5), HERE, math.nan)):
        with pytest.raises(BadInput, match='features'):
            classifier(values, present, stamp, 1)


def test_resampling_counts_seconds_and_interpolates():
    def frame(value, *flags):
        return np.full((1, 3), value, np.float32), np.array([flags], np.float32)
    resampler = Resampler(30.0, (2, 1))
    found = resampler(5.0, *frame(0.0, 1, 1)) + resampler(5.1, *frame(3.0, 1, 1)) + resampler(5.2, *frame(6.0, 1, 0))
    assert [round(float(values[0, 0]), 5) for values, _ in found] == [0, 1, 2, 3, 4, 5, 6]
    assert [float(values[0, 2]) for values, _ in found[4:]] == [6, 6, 6]        # it went missing: nothing to interpolate
    assert [flags[0, 1] for _, flags in found[3:]] == [1, 0, 0, 0]
    counted = Resampler(30.0, (2, 1))
    assert sum(len(counted(1e6 + index / 25.0, *frame(0.0, 1, 1))) for index in range(25 * 60 + 1)) == 30 * 60 + 1


def test_entropy_of_certainty_is_zero():
    assert entropy(np.array([1.0, 0.0])) == 0.0
    assert entropy(np.array([0.5, 0.5])) == pytest.approx(math.log(2))


JOINTS = layout_of('test-2', {'evidence': 3, 'mesh/joints': 6})


@pytest.fixture
def watching(tmp_path):
    """The same model, which gets two joints too."""
    return plain_model(tmp_path, JOINTS)


def moving(classifier, name, swing_m, seconds, start_s=0.0):
    """Labels of an answer that is clear, while both joints go to and fro once a second, by so much to either side."""
    labels = []
    for stamp_s in start_s + np.arange(round(seconds * RATE_HZ)) / RATE_HZ:
        joints = np.tile([0.0, swing_m * math.sin(2 * math.pi * stamp_s), 1.0], 2)
        labels.append(classifier(np.append(features(name)[:3], joints).astype(np.float32), HERE, stamp_s, 1).label)
    return labels


def test_an_exercise_is_named_while_the_body_moves_and_not_while_it_is_held(watching):
    classifier = ExerciseClassifier(watching, QUICK)
    assert set(moving(classifier, 'squat', 0.05, 4.0)) == {'squat'}
    held = moving(classifier, 'squat', 0.005, 6.0, start_s=4.0)
    assert held[0] == 'squat' and set(held[-60:]) == {UNKNOWN}
    assert moving(classifier, 'squat', 0.05, 3.0, start_s=10.0)[-1] == 'squat'


def test_who_is_held_still_from_the_start_is_unknown_after_a_second(watching):
    labels = moving(ExerciseClassifier(watching, QUICK), 'squat', 0.0, 3.0)
    assert set(labels[36:]) == {UNKNOWN}


def test_rest_is_rest_however_still_and_the_limit_can_be_taken_away(watching):
    assert moving(ExerciseClassifier(watching, QUICK), 'rest', 0.0, 3.0)[-1] == 'rest'
    without = ClassifierOptions(least_seen_s=0.0, least_moved_m=0.0)
    assert moving(ExerciseClassifier(watching, without), 'squat', 0.0, 3.0)[-1] == 'squat'


@pytest.mark.parametrize('swing_m, named', [(0.014, UNKNOWN), (0.018, 'squat')])
def test_the_movement_is_how_far_the_joints_go_without_the_outermost_tenths(watching, swing_m, named):
    """A sine spends a tenth of its time above sin(0.4 pi), and a tenth below its negative."""
    assert 2 * 0.014 * math.sin(0.4 * math.pi) < 0.03 < 2 * 0.018 * math.sin(0.4 * math.pi)
    assert moving(ExerciseClassifier(watching, QUICK), 'squat', swing_m, 5.0)[-1] == named
