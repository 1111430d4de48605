"""Clinical scores: figures by hand, and that nothing of a person's own scores is learned from."""

from dataclasses import replace

import numpy as np
import pytest
from helpers.labelled_motions import EXERCISES, labelled_motions

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.scores import figures_of_file, save_scores, score_figures
from poseformer_ros.recordings import kimore
from poseformer_ros.training.figures.clinical_score import (
    METHODS,
    ScoredMotions,
    learned_score,
    left_out,
    score_features,
    spec_name,
)

HEAD = 'group,subject,' + ','.join(f'{score}_Es{k}' for score in ('TS', 'PO', 'CF') for k in range(1, 6))


def scored(people: int = 12) -> ScoredMotions:
    """Score 25 + 8 x what 200 features tell of with noise; two exercises each."""
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=2 * people)
    features = hidden[:, None] + 0.5 * rng.normal(size=(2 * people, 200))
    person = np.repeat([f'p{number:02d}' for number in range(people)], 2)
    return ScoredMotions(features, 25 + 8 * hidden, np.tile([0, 1], people), person)


def test_figures_by_hand():
    found = score_figures(np.array([1.0, 2.0, 4.0]), np.array([1.0, 3.0, 8.0]), np.array(['a', 'b', 'c']))
    assert found['mad'] == pytest.approx(5 / 3) and found['rmse'] == pytest.approx(np.sqrt(17 / 3))
    assert found['rank correlation'] == pytest.approx(1.0)
    level = score_figures(np.array([1.0, 1.0, 2.0, 2.0]), np.array([1.0, 2.0, 3.0, 4.0]), np.array(list('abcd')))
    assert level['rank correlation'] == pytest.approx(2 / np.sqrt(5))      # ranks 1.5 1.5 3.5 3.5 against 1 2 3 4


@pytest.mark.parametrize('name', METHODS)
def test_what_depends_on_a_feature_is_told_better_than_by_the_mean(name):
    data = scored()
    error = np.abs(left_out(data, METHODS[name], 50.0) - data.score).mean()
    mean = np.abs(left_out(data, METHODS['mean of the exercise'], 50.0) - data.score).mean()
    assert error == mean if METHODS[name].make is None else error < 0.8 * mean


@pytest.mark.parametrize('name', ('mean of the exercise', 'support vectors'))
def test_a_persons_own_scores_do_not_matter(name):
    data = scored()
    own = data.person == 'p03'
    other = replace(data, score=np.where(own, 0.0, data.score))
    first, second = (left_out(one, METHODS[name], 50.0) for one in (data, other))
    assert np.array_equal(first[own], second[own]) and not np.array_equal(first[~own], second[~own])


def test_a_learned_model_tells_those_it_was_learned_from():
    """Everybody's score is their number; a model that knew nothing would tell 12 of everybody."""
    motions = labelled_motions(5)
    scores = {f'TS_{exercise}': {f'P{number}': number + 10.0 for number in range(5)} for exercise in EXERCISES}
    model = learned_score(motions, scores)
    for person in ('P0', 'P4'):
        own = {spec_name(motion.exercise): score_features(motion, found=True) for motion in motions if motion.person == person}
        told = [score.value for score in model(own).values()]
        assert np.mean(told) < 11.5 if person == 'P0' else np.mean(told) > 12.5


def test_scores_come_back_from_their_file(tmp_path):
    save_scores(tmp_path / 's.csv', np.array(['a', 'b']), np.array([0, 1]), np.array([10.0, 20.0]), np.array([11.0, 17.0]))
    assert figures_of_file(tmp_path / 's.csv')['mad'] == pytest.approx(2.0)
    (tmp_path / 's.csv').write_text('x\n1\n')
    with pytest.raises(BadInput, match='s.csv'):
        figures_of_file(tmp_path / 's.csv')


def test_clinical_scores_are_read_and_missing_ones_left_out(tmp_path):
    path = tmp_path / 'clinical_scores.csv'
    path.write_text(f'{HEAD}\nExpert,E_ID1,{",".join(map(str, range(15)))}\nStroke,S_ID1,nan,,{",".join(map(str, range(13)))}\n')
    found = kimore.read_scores(path)
    assert found['TS_Es1'] == {'E_ID1': 0.0} and found['CF_Es5'] == {'E_ID1': 14.0, 'S_ID1': 12.0}
    path.write_text(f'{HEAD}\nExpert,E_ID1,many\n')
    with pytest.raises(BadInput, match='line 2'):
        kimore.read_scores(path)
