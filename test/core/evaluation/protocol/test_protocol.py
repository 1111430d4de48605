"""Folds, measures and saved predictions against what is worked out by hand."""

import numpy as np
import pytest
from helpers.labelled_motions import labelled_motion, labelled_motions
from sklearn.metrics import roc_auc_score

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol import folds
from poseformer_ros.evaluation.protocol.measures import class_figures, confusion, figures_of, people_interval, roc
from poseformer_ros.evaluation.protocol.predictions import (
    Predictions,
    by_motion,
    load_predictions,
    predictions_of,
    save_predictions,
    together,
)
from poseformer_ros.evaluation.protocol.samples import UNITS, beginnings, repetitions, sequences, windows
from poseformer_ros.recordings.labelled.labelled_motion import REST


def predictions(truth: str, answer: str, people: str = '') -> Predictions:
    """Of classes a, b, c: a letter a sample; people by letters, all different where left out."""
    classes = ('a', 'b', 'c')
    chances = np.array([[0.8 if name == said else 0.1 for name in classes] for said in answer])
    count = len(truth)
    return Predictions(classes, chances, np.array(list(truth)), np.array(list(people) or [f'p{i}' for i in range(count)]),
                       np.array([''] * count), np.array([str(i) for i in range(count)]), np.array(['f'] * count))


def test_nobody_is_in_training_and_test_of_any_fold():
    samples = list(windows(labelled_motions(7), 10, True))
    people, groups = folds.people_of(samples), folds.groups_of(samples)
    for scheme in (folds.one_out(people), folds.grouped(people, 3, groups), folds.healthy_to_patients(groups)):
        made = folds.folds_of(samples, scheme)
        for fold in made:
            assert not {samples[i].person for i in fold.train} & {samples[i].person for i in fold.test}
            assert len(fold.train) + len(fold.test) == len(samples)
        tested = np.concatenate([fold.test for fold in made])
        assert len(set(tested.tolist())) == len(tested)
    assert sum(len(people) for people in folds.grouped(people, 3, groups).values()) == 7


def test_the_leaky_twin_leaks_and_tests_everything_once():
    samples = list(windows(labelled_motions(4), 10, True))
    made = folds.leaky(len(samples))
    assert all({samples[i].person for i in fold.train} & {samples[i].person for i in fold.test} for fold in made)
    assert sorted(np.concatenate([fold.test for fold in made]).tolist()) == list(range(len(samples)))


def test_inner_folds_part_people():
    people = ['a'] * 3 + ['b'] * 2 + ['c']
    judged = np.stack(folds.inner(people, 3))
    assert (judged.sum(axis=0) == 1).all()
    assert all(len(set(np.array(people)[row])) == 1 for row in judged)


def test_one_person_alone_is_refused():
    samples = list(sequences(labelled_motions(1)))
    with pytest.raises(BadInput, match='nobody is left'):
        folds.folds_of(samples, folds.one_out(['P0']))


def test_a_fold_file_of_other_people_is_refused(tmp_path):
    made = {'one_out': folds.one_out(['a', 'b'])}
    assert folds.load_or_write_folds(tmp_path / 'folds.json', made) == made
    assert folds.load_or_write_folds(tmp_path / 'folds.json', made) == made
    with pytest.raises(BadInput, match='folds.json'):
        folds.load_or_write_folds(tmp_path / 'folds.json', {'one_out': folds.one_out(['a', 'c'])})


def test_samples_lie_where_they_should():
    motion = labelled_motion('P1', 'Es2', 1, repetitions=3, frames=20)      # frames 10 to 70 of 80
    assert [(s.begin, s.end) for s in repetitions([motion])] == [(10, 30), (30, 50), (50, 70)]
    assert [(s.begin, s.end, s.label) for s in sequences([motion])] == [(0, 80, 'Es2')]
    inside = list(windows([motion], 16, False))
    assert [s.begin for s in inside] == [16, 32, 48]            # the first has 6 of 16 inside, the last 6 of 16
    assert [s.label for s in windows([motion], 16, True)] == [REST, 'Es2', 'Es2', 'Es2', REST]
    assert [(s.begin, s.end) for s in beginnings([motion], 2.0)] == [(10, 30)]
    assert [(s.begin, s.end) for s in beginnings([motion], 60.0)] == [(10, 80)]
    assert len({s.key for s in UNITS['moment'].samples([motion])}) == 15


def test_confusion_precision_and_recall_by_hand():
    found = predictions('aabbbc', 'abbbac')
    assert confusion(found) == [[1, 1, 0], [1, 2, 0], [0, 0, 1]]
    classes = class_figures(found)
    assert classes['a']['precision'] == 0.5 and classes['a']['recall'] == 0.5 and classes['a']['f1'] == 0.5
    assert classes['b']['recall'] == pytest.approx(2 / 3) and classes['c']['f1'] == 1.0
    figures = figures_of(found)
    assert figures['errors'] == 2 and figures['n'] == 6 and figures['macro recall'] == pytest.approx((0.5 + 2 / 3 + 1) / 3)


def test_a_class_that_never_occurs_has_no_recall():
    classes = class_figures(predictions('aab', 'aab'))
    assert classes['c']['recall'] is None and classes['c']['auc'] is None


def test_roc_is_scikit_learns_also_where_scores_are_level():
    rng = np.random.default_rng(3)
    score, true = rng.integers(0, 6, 200) / 5.0, rng.random(200) < 0.3
    assert roc(score, true).area == pytest.approx(roc_auc_score(true, score))


def test_the_interval_is_of_people_not_of_samples():
    """Two people, one always right and one always wrong: among people anything is possible, whatever the number of samples."""
    right = np.array([True] * 500 + [False] * 500)
    assert people_interval(right, np.array(['a'] * 500 + ['b'] * 500)) == (0.0, 1.0)
    low, high = people_interval(right, np.arange(1000).astype(str))
    assert 0.45 < low < 0.5 < high < 0.55


def test_worst_person_and_groups():
    found = predictions('aabb', 'aaba', 'xxyy')
    assert figures_of(found)['worst person'] == ['y', 0.5]


def test_predictions_come_back_from_their_files(tmp_path):
    samples = list(sequences(labelled_motions(2)))
    chances = np.random.default_rng(0).dirichlet(np.ones(3), len(samples))
    save_predictions(tmp_path / 'one.csv', predictions_of(samples[:4], 'one', ('Es1', 'Es2', 'Es5'), chances[:4]))
    save_predictions(tmp_path / 'two.csv', predictions_of(samples[4:], 'two', ('Es1', 'Es2', 'Es5'), chances[4:]))
    found = load_predictions([tmp_path / 'one.csv', tmp_path / 'two.csv'])
    assert np.allclose(found.probabilities, chances, atol=1e-5) and found.classes == ('Es1', 'Es2', 'Es5')
    assert found.truth.tolist() == [s.label for s in samples] and found.fold.tolist() == ['one'] * 4 + ['two'] * 2
    (tmp_path / 'one.csv').write_text('fold,sample\n1,2\n')
    with pytest.raises(BadInput, match='one.csv'):
        load_predictions([tmp_path / 'one.csv'])


def test_windows_of_a_motion_answer_together():
    """Two of four windows say the second and one does not know, but the one that says the first is sure."""
    motions = labelled_motions(1)
    samples = [s for s in windows(motions, 20, False) if s.motion in (0, 2)]
    chances = np.array([[0.9, 0.1, 0.0], [0.4, 0.6, 0.0], [0.4, 0.6, 0.0], [0.5, 0.5, 0.0]] * 2)
    found = by_motion(predictions_of(samples, 'f', ('Es1', 'Es2', 'Es5'), chances))
    assert found.truth.tolist() == ['Es1', 'Es5'] and found.answer.tolist() == ['Es1', 'Es1']
    assert np.allclose(found.probabilities, [[2.2 / 4, 1.8 / 4, 0]] * 2)


def test_two_answers_to_a_motion_are_one_and_what_only_one_speaks_of_is_left_out():
    samples = list(sequences(labelled_motions(2)))
    one = predictions_of(samples[:4], 'f', ('Es1', 'Es2', 'Es5'), np.array([[0.6, 0.4, 0], [0.5, 0.1, 0.4], [0, 0, 1], [1, 0, 0]]))
    other = predictions_of(samples[2::-1], 'g', ('Es1', 'Es2', 'Es5'), np.array([[0, 1, 0], [0, 0.7, 0.3], [0.8, 0.1, 0.1]]))
    found = together(one, other)
    assert found.truth.tolist() == ['Es1', 'Es2', 'Es5'] and found.answer.tolist() == ['Es1', 'Es2', 'Es2']
    assert np.allclose(found.probabilities, [[0.7, 0.25, 0.05], [0.25, 0.4, 0.35], [0, 0.5, 0.5]])
