"""Training and judging on made-up waves, whose right answer is known, and figures against ones worked out by hand."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='training needs torch; pip install -r requirements/learning.txt')
pytest.importorskip('onnx', reason='writing a model needs onnx; pip install -r requirements/learning.txt')

from helpers.exercise_sequences import EXERCISES, LAYOUT, wave_sequence  # noqa: E402

from poseformer_ros.errors import BadInput  # noqa: E402
from poseformer_ros.evaluation.evaluate_exercise import Judged, metrics_of, wilson  # noqa: E402
from poseformer_ros.recognition.encoder_size import SIZES, SMALL, EncoderSize  # noqa: E402
from poseformer_ros.recognition.model_file import ModelFacts, facts_of, load_exercise_model  # noqa: E402
from poseformer_ros.recordings.feature_sequences import load_feature_sequence, save_feature_sequence  # noqa: E402
from poseformer_ros.training.exercise.options import ExerciseTrainingOptions  # noqa: E402
from poseformer_ros.training.exercise.train import (  # noqa: E402
    PADDING,
    class_weights,
    classes_in,
    frame_loss,
    learning_rate_course,
    share_right,
    split_people,
    train,
)
from poseformer_ros.training.exercise.windows import (  # noqa: E402
    BEGINNING_FRAMES,
    OTHER,
    Standard,
    TrainingFrames,
    WindowMaker,
    standard_of,
    training_frames,
)

CLASSES = ('rest', *EXERCISES)
PEOPLE = tuple(f'p{number}' for number in range(6))
QUICK = ExerciseTrainingOptions(epochs=2, batch=3, window_frames=120, learning_rate=6e-3, threads=1,
                                rate_hz=30.0)
NO_CHANGE = ExerciseTrainingOptions(window_frames=100, tempo=1.0, slow_camera=0.0, parts_missing=0.0, stage_missing=0.0,
                                    bursts=0.0, noise=0.0, shift=0.0)


@pytest.fixture
def tiny(monkeypatch):
    """The small size, smaller still, so that a training takes seconds."""
    monkeypatch.setitem(SIZES, 'small', EncoderSize('small', width=32, heads=4, layers=2, feed_forward=64, window=40, pool=4))


@pytest.fixture(scope='module')
def waves():
    return [wave_sequence(exercise, person) for person in PEOPLE for exercise in (*EXERCISES, 'wander')]


@pytest.mark.slow
def test_learns_waves_of_people_it_never_saw_and_answers_unknown_to_other_motion(tiny, waves, tmp_path):
    path = train(waves, LAYOUT, replace(QUICK, epochs=8), tmp_path, classes=CLASSES, held_out=('p1', 'p4'),
                 training='made-up waves')
    metrics = json.loads((tmp_path / 'metrics.json').read_text())
    frames = metrics['frames']
    assert frames['the same, likeliest class']['right'] > 0.9
    assert frames['inside an exercise after its first repetition']['right'] > 0.85
    assert frames['no class, answered unknown']['right'] > 0.8
    assert frames['trivial: always the most common exercise, inside']['right'] == pytest.approx(1 / 3, abs=0.01)
    assert metrics['people'] == ['p1', 'p4'] and metrics['recordings'] == 8
    people = json.loads((tmp_path / 'people.json').read_text())
    assert people == {'trained': ['p0', 'p2', 'p3', 'p5'], 'held out': ['p1', 'p4']}
    rows = list(csv.DictReader(open(tmp_path / 'predictions.csv')))
    assert len(rows) == 8 * 300 == sum(map(sum, metrics['confusion']['counts']))
    right = sum(row['truth'] == row['published'] for row in rows if row['truth'] in CLASSES)
    assert frames['all, rest included']['errors'] == sum(row['truth'] in CLASSES for row in rows) - right
    facts = load_exercise_model(path, LAYOUT).facts
    assert facts.trained and facts.training == 'made-up waves' and facts.classes == CLASSES
    assert (tmp_path / 'confusion.png').stat().st_size > 5000


@pytest.mark.slow
def test_the_same_command_gives_the_same_model_also_when_resumed(tiny, waves, tmp_path, monkeypatch):
    some = waves[:8]
    for name in ('once', 'again'):
        train(some, LAYOUT, QUICK, tmp_path / name, held_out=('p1',))
    stopped = tmp_path / 'stopped'

    class PowerCut(Exception):
        pass

    def cut(*arguments):
        real(*arguments)
        raise PowerCut
    from poseformer_ros.training.exercise import train as train_exercise
    real = train_exercise.save_checkpoint
    monkeypatch.setattr(train_exercise, 'save_checkpoint', cut)
    with pytest.raises(PowerCut):
        train(some, LAYOUT, QUICK, stopped, held_out=('p1',))
    monkeypatch.setattr(train_exercise, 'save_checkpoint', real)
    train(some, LAYOUT, QUICK, stopped, held_out=('p1',), resume=True)
    models = [(tmp_path / name / 'model.onnx').read_bytes() for name in ('once', 'again', 'stopped')]
    assert models[0] == models[1] == models[2]
    other = tmp_path / 'other'
    train(some, LAYOUT, replace(QUICK, seed=1, epochs=1), other, held_out=('p1',))
    assert (other / 'model.onnx').read_bytes() != models[0]


def test_a_checkpoint_of_another_training_or_size_is_refused(tiny, waves, tmp_path, monkeypatch):
    some = waves[:8]
    train(some, LAYOUT, replace(QUICK, epochs=1), tmp_path)
    with pytest.raises(BadInput, match="checkpoint.pt: of another training \\('epochs'"):
        train(some, LAYOUT, QUICK, tmp_path, resume=True)
    with pytest.raises(BadInput, match="'parts'"):
        train(some, LAYOUT, replace(QUICK, epochs=1), tmp_path, parts=('arm',), resume=True)
    monkeypatch.setitem(SIZES, 'small', EncoderSize('small', width=16, heads=4, layers=2, feed_forward=64, window=40, pool=4))
    with pytest.raises(BadInput, match='another size'):
        train(some, LAYOUT, replace(QUICK, epochs=1), tmp_path, resume=True)
    import pickle
    for content in (b'no checkpoint', pickle.dumps({'settings': print}, protocol=2)):
        (tmp_path / 'checkpoint.pt').write_bytes(content)
        with pytest.raises(BadInput, match='no checkpoint'):
            train(some, LAYOUT, replace(QUICK, epochs=1), tmp_path, resume=True)


def test_wrong_arguments_are_refused(tiny, waves, tmp_path):
    for arguments, text in ((dict(classes=EXERCISES), 'rest'), (dict(parts=('nose',)), 'nose'), (dict(held_out=('p99',)), 'p99'),
                            (dict(held_out=PEOPLE), 'all held out')):
        with pytest.raises(BadInput, match=text):
            train(waves, LAYOUT, QUICK, tmp_path, **arguments)
    other = replace(waves[0], facts={**waves[0].facts, 'layout': 'waves-0'})
    with pytest.raises(BadInput, match="'waves-0'.*'waves-1'"):
        train([other], LAYOUT, QUICK, tmp_path)


def test_a_sequence_comes_back_from_its_file(waves, tmp_path):
    save_feature_sequence(tmp_path / 'a.npz', waves[3])
    found = load_feature_sequence(tmp_path / 'a.npz', LAYOUT)
    for name in ('values', 'present', 'labels', 'repetition', 'stamps_s'):
        np.testing.assert_array_equal(getattr(found, name), getattr(waves[3], name))
    assert found.facts == waves[3].facts and found.values.dtype == np.float32


@pytest.mark.parametrize('change, text', [
    (lambda s: replace(s, values=s.values[:, 1:]), 'values'), (lambda s: replace(s, labels=s.labels[1:]), 'labels'),
    (lambda s: replace(s, stamps_s=s.stamps_s[::-1]), 'stamps'), (lambda s: replace(s, facts={'layout': 'waves-1'}), 'name'),
    (lambda s: replace(s, labels=s.labels.astype(object)), 'a.npz')])
def test_a_broken_sequence_file_is_refused(waves, tmp_path, change, text):
    save_feature_sequence(tmp_path / 'a.npz', change(waves[0]))
    with pytest.raises(BadInput, match=text):
        load_feature_sequence(tmp_path / 'a.npz', LAYOUT)


def test_nobody_is_trained_on_and_judged(waves):
    for seed in range(5):
        seen, unseen = split_people(waves, replace(QUICK, seed=seed, validation_share=0.34), ())
        people = [{s.facts['person'] for s in some} for some in (seen, unseen)]
        assert not people[0] & people[1] and len(people[1]) == 2 and len(seen) + len(unseen) == len(waves)
    assert classes_in(waves) == ('rest', 'arm_lift', 'reach', 'squat', 'wander')


def counted(count=400):
    """A recording whose features say at which frame they were taken."""
    values = np.repeat(np.arange(count, dtype=np.float32)[:, None], 4, axis=1)
    return TrainingFrames(values, np.ones((count, 2), np.float32), np.arange(count) // 100)


OWNER = np.array([0, 0, 1, 1])
FACTS = ModelFacts(('rest', 'squat'), 'test-1', ('joint/a', 'mesh/b'), (2, 2), 30.0, True, '', SMALL)
PLAIN = Standard(np.zeros(4, np.float32), np.full(4, 2.0, np.float32))


def test_a_window_without_variation_is_a_piece_of_the_recording():
    window = WindowMaker(NO_CHANGE, PLAIN, FACTS)(counted(), np.random.default_rng(1))
    begin = window.values[0, 0]
    np.testing.assert_allclose(window.values[:, 0], begin + np.arange(100), atol=1e-4)
    np.testing.assert_array_equal(window.targets, np.rint(window.values[:, 0]).astype(int) // 100)
    assert (window.flags == 1).all()


def test_tempo_and_lost_frames_keep_the_moment_of_each_frame():
    """Values interpolated between the frames that came still are those of the frame's own moment, at another pace."""
    maker, rng, paces = WindowMaker(replace(NO_CHANGE, tempo=1.5, slow_camera=1.0), PLAIN, FACTS), np.random.default_rng(2), []
    for _ in range(20):
        window = maker(counted(), rng)
        inner = window.values[8:-8, 0]
        paces.append(np.diff(inner).mean())
        np.testing.assert_allclose(np.diff(inner), paces[-1], atol=1e-3)
    assert 1 / 1.5 - 0.01 <= min(paces) < 0.9 < 1.1 < max(paces) <= 1.51


def test_so_many_windows_begin_near_the_beginning_of_an_exercise():
    """A squat from frame 700 on in a recording of 1000; rest, which begins again at 800, is no exercise."""
    recording = replace(counted(1000), targets=((np.arange(1000) // 100) == 7).astype(int))
    maker, rng = WindowMaker(replace(NO_CHANGE, beginnings=0.6), PLAIN, FACTS), np.random.default_rng(4)
    begins = np.array([maker(recording, rng).values[0, 0] for _ in range(600)])
    near = (begins >= 700 + BEGINNING_FRAMES[0]) & (begins <= 700 + BEGINNING_FRAMES[1])
    by_chance = 0.4 * (BEGINNING_FRAMES[1] - BEGINNING_FRAMES[0]) / 900
    assert near.mean() == pytest.approx(0.6 + by_chance, abs=0.06) and len(maker(recording, rng).targets) == 100


def test_noise_shift_and_missing_parts_are_as_large_as_said():
    rng = np.random.default_rng(3)
    still = TrainingFrames(np.zeros((400, 4), np.float32), np.ones((400, 2), np.float32), np.zeros(400, int))
    maker = WindowMaker(replace(NO_CHANGE, noise=0.1, shift=0.5, parts_missing=0.25), PLAIN, FACTS)
    windows = [maker(still, rng) for _ in range(300)]
    assert np.std([w.values - w.values.mean(axis=0) for w in windows]) == pytest.approx(0.2, rel=0.05)
    assert np.std([w.values.mean(axis=0) for w in windows]) == pytest.approx(1.0, rel=0.08)
    assert np.mean([1 - w.flags for w in windows]) == pytest.approx(0.25, abs=0.04)
    assert all((w.flags == w.flags[0]).all() for w in windows)
    burst = WindowMaker(replace(NO_CHANGE, bursts=1.0), PLAIN, FACTS)(still, np.random.default_rng(8))
    assert burst.flags[0].all() or burst.flags[-1].all()


def test_a_stage_is_missing_as_a_whole():
    maker, rng = WindowMaker(replace(NO_CHANGE, stage_missing=0.4), PLAIN, FACTS), np.random.default_rng(5)
    flags = np.array([maker(counted(), rng).flags for _ in range(300)])
    assert (flags == flags[:, :1]).all() and flags[:, 0].any(axis=1).all()       # throughout, and never both
    assert 1.0 - flags[:, 0].mean(axis=0) == pytest.approx([0.2, 0.2], abs=0.06)


def test_frames_for_training_are_those_that_the_classifier_would_take(waves):
    facts = facts_of(LAYOUT, ('rest', 'squat'), SMALL, ('noise', 'arm'), 30.0, True, '')
    slow = wave_sequence('arm_lift', 'p0', rate_hz=10.0)
    slow.present[40:44] = False
    slow.values[60, 0] = np.nan
    found = training_frames(slow, LAYOUT, facts)
    assert len(found.targets) == 1 + 3 * 99                       # absent for half a second: interpolated over
    np.testing.assert_array_equal(found.values[-1], slow.values[-1, [4, 5, 6, 0, 1]])
    assert set(found.targets) == {0, OTHER}
    assert (found.flags[178:181, 1] == 0).all() and found.flags[:, 0].all()


def test_standard_is_of_the_frames_where_a_part_was_there():
    rng = np.random.default_rng(4)
    flags = (rng.random((500, 2)) > 0.5).astype(np.float32)
    values = np.where(flags[:, OWNER] > 0, rng.normal([5.0, 5.0, -3.0, 0.0], [1.0, 1.0, 0.1, 0.0], (500, 4)), 0.0)
    found = standard_of([TrainingFrames(values.astype(np.float32)[i::3], flags[i::3], np.zeros(0, int)) for i in range(3)], OWNER)
    for feature, part in enumerate(OWNER):
        some = values[flags[:, part] > 0, feature]
        assert found.mean[feature] == pytest.approx(some.mean(), abs=1e-5)
        assert found.deviation[feature] == pytest.approx(some.std() or 1.0, rel=1e-4)


def test_loss_is_cross_entropy_with_its_special_targets():
    options = ExerciseTrainingOptions(label_smoothing=0.0, other_weight=0.5)
    logits = torch.randn(1, 4, 3)
    targets, weights = torch.tensor([[0, 2, OTHER, PADDING]]), torch.tensor([1.0, 2.0, 3.0])
    log_p = logits[0].log_softmax(-1)
    wanted = -(log_p[0, 0] * 1.0 + log_p[1, 2] * 3.0 + log_p[2].mean() * 0.5) / 4.5
    assert frame_loss(logits, targets, weights, options).item() == pytest.approx(wanted.item(), rel=1e-5)
    smooth = frame_loss(logits[:, :2], targets[:, :2], torch.ones(3), ExerciseTrainingOptions(label_smoothing=0.1))
    theirs = torch.nn.functional.cross_entropy(logits[0, :2], targets[0, :2], label_smoothing=0.1)
    assert smooth.item() == pytest.approx(theirs.item(), rel=1e-5)


def test_held_out_share_is_that_of_all_frames_at_once():
    from helpers.recognition_models import causal_encoder, offline, random_frames
    encoder = causal_encoder()
    values, present = random_frames(950)
    with torch.no_grad():
        encoder.head.bias.copy_(-torch.from_numpy(np.median(offline(encoder, values, present), axis=0)) + encoder.head.bias)
    likeliest = offline(encoder, values, present).argmax(-1)
    targets = np.where(np.arange(950) % 7, np.arange(950) % 3, OTHER)
    known = targets != OTHER
    found = share_right(encoder, [TrainingFrames(values, present.astype(np.float32), targets)])
    assert np.bincount(likeliest, minlength=3).min() > 50
    assert found == (likeliest == targets)[known].mean()
    assert np.isnan(share_right(encoder, []))


def test_classes_count_alike():
    weights = class_weights([TrainingFrames(None, None, np.array([0] * 90 + [1] * 10 + [OTHER] * 50))], 3)
    assert (weights[:2] * torch.tensor([90.0, 10.0])).tolist() == pytest.approx([50.0, 50.0]) and weights[2] == 0.0


def test_learning_rate_rises_then_falls_to_nothing():
    course = [learning_rate_course(100)(step) for step in range(101)]
    assert course[:6] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1.0, 1.0]) and course[100] == pytest.approx(0.0)
    assert all(np.diff(course[5:]) <= 0)


def test_wilson_interval_is_the_published_one():
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)         # Newcombe, Statistics in Medicine 1998, table I
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


def test_metrics_are_those_counted_by_hand():
    def frames(truth, repetition, published, count, person='p0'):
        return [Judged(f'{person}_{truth}', person, 0.0, truth, repetition, published, 'squat', 0.9, 0.1)] * count
    found = metrics_of(frames('squat', 1, 'rest', 3) + frames('squat', 1, 'squat', 2) + frames('squat', 2, 'squat', 8)
                       + frames('squat', 2, 'unknown', 2) + frames('rest', 0, 'rest', 5) + frames('reach', 2, 'squat', 4, 'p1')
                       + frames('wave', 1, 'unknown', 6), ('rest', 'squat', 'reach'))
    counts = found['frames']
    assert (counts['inside an exercise after its first repetition']['errors'],
            counts['inside an exercise after its first repetition']['n']) == (6, 14)
    assert counts['the same, likeliest class']['errors'] == 4
    assert counts['inside an exercise']['errors'] == 9
    assert counts['all, rest included']['n'] == 24
    assert counts['no class, answered unknown']['right'] == 1.0
    assert counts['trivial: always the most common exercise, inside']['errors'] == 4
    assert found['macro recall, all frames'] == pytest.approx((1.0 + 10 / 15 + 0.0) / 3)
    assert (found['repetitions']['errors'], found['repetitions']['n']) == (2, 3)
    assert (found['recordings of an exercise']['errors'], found['recordings of an exercise']['n']) == (1, 2)
    assert found['confusion'] == {'truth': ['rest', 'squat', 'reach', 'wave'], 'published': ['rest', 'squat', 'reach', 'unknown'],
                                  'counts': [[5, 0, 0, 0], [3, 10, 0, 2], [0, 4, 0, 0], [0, 0, 0, 6]]}
    assert found['by person, inside after the first repetition']['p1']['right'] == 0.0
