"""KIMORE's clinical scores from skeletons, by leave one person out: how well an exercise was done, as clinicians judge it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVR
from tqdm import tqdm

from poseformer_ros.evaluation.protocol.folds import inner
from poseformer_ros.evaluation.protocol.scores import save_scores
from poseformer_ros.recognition.motion_channels import channels, cleaned, statistics
from poseformer_ros.recordings.labelled.labelled_motion import JOINTS, PLACE, LabelledMotion

HIGHEST = {'TS': 50.0, 'PO': 15.0, 'CF': 35.0}
MOST_DEVIATIONS = 4.0
SEED = 0
ENDS = ('left_hand', 'right_hand', 'head')      # whose places are looked at beside angles, distances and the trunk


@dataclass(frozen=True)
class ScoredMotions:
    """n motions with a score. features: (n, F). score: (n,). exercise: (n,) int. person: (n,) str."""

    features: np.ndarray
    score: np.ndarray
    exercise: np.ndarray
    person: np.ndarray


class Regressor(Protocol):
    """As scikit-learn's."""

    def fit(self, x: np.ndarray, y: np.ndarray) -> Any:
        """Learn."""

    def predict(self, x: np.ndarray) -> np.ndarray:
        """(n,)."""


@dataclass(frozen=True)
class ScoreMethod:
    """make: from one of `choices`, among which inner folds choose; None answers the exercise's mean score."""

    make: Callable[..., Regressor] | None
    choices: tuple[Mapping[str, float], ...] = ({},)


def _support_vectors(weight: float) -> Regressor:
    return SVR(C=weight, epsilon=2.0, gamma='scale')


def _ridge(penalty: float) -> Regressor:
    return Ridge(penalty)


def _trees() -> Regressor:
    return ExtraTreesRegressor(40, min_samples_leaf=3, max_features=0.1, random_state=SEED)


METHODS: Mapping[str, ScoreMethod] = {
    'mean of the exercise': ScoreMethod(None),
    'ridge': ScoreMethod(_ridge, ({'penalty': 3000.0}, {'penalty': 1000.0}, {'penalty': 10000.0})),
    'support vectors': ScoreMethod(_support_vectors, ({'weight': 8.0}, {'weight': 3.0}, {'weight': 20.0})),
    'extra trees': ScoreMethod(_trees),
}


def run_scores(motions: Sequence[LabelledMotion], scores: Mapping[str, Mapping[str, float]], folder: Path) -> None:
    """Tell every score by every method and write `folder`/score/method.csv, where it is not there yet."""
    wanted = {(score, name): folder / score / f'{name}.csv' for score in HIGHEST for name in METHODS}
    if all(path.is_file() for path in wanted.values()):
        return
    features = np.stack([score_features(motion) for motion in motions])
    for (score, name), path in wanted.items():
        if not path.is_file():
            scored = scored_motions(motions, scores, score, features)
            save_scores(path, scored.person, scored.exercise, scored.score, left_out(scored, METHODS[name], HIGHEST[score]))


def score_features(motion: LabelledMotion) -> np.ndarray:
    """(F,) of a motion between its first and last mark: angles, distances, trunk, hands and head; unrest; seconds a repetition.

    KIMORE's primary outcomes are extremes of such angles and distances over a repetition, its control factors their course.
    """
    inside = np.flatnonzero(motion.repetition)
    positions = cleaned(motion.positions)[slice(inside[0], inside[-1] + 1) if len(inside) else slice(None)]
    course = channels(positions[None], PLACE)[0]
    ends = [3 * PLACE[name] + axis for name in ENDS for axis in range(3)]
    course = np.concatenate([course[:, 3 * len(JOINTS):], course[:, ends]], axis=1)
    unrest = np.log1p(100.0 * np.abs(np.diff(course, 2, axis=0)).mean(axis=0))
    count = max(int(motion.repetition.max(initial=0)), 1)
    return np.concatenate([statistics(course), unrest, [len(course) / motion.rate_hz / count, count]])


def scored_motions(motions: Sequence[LabelledMotion], scores: Mapping[str, Mapping[str, float]], score: str,
                   features: np.ndarray) -> ScoredMotions:
    """Those of the motions whose person has this score ('TS', 'PO' or 'CF') for the exercise; features (n, F) of all of them."""
    known = [index for index, motion in enumerate(motions) if motion.person in scores.get(f'{score}_{motion.exercise}', {})]
    names = sorted({motion.exercise for motion in motions})
    told = [motions[index] for index in known]
    return ScoredMotions(features[known], np.array([scores[f'{score}_{motion.exercise}'][motion.person] for motion in told]),
                         np.array([names.index(motion.exercise) for motion in told]), np.array([motion.person for motion in told]))


def left_out(scored: ScoredMotions, method: ScoreMethod, highest: float) -> np.ndarray:
    """(n,) scores, each told by what was learned from all other people."""
    told = np.full(len(scored.score), np.nan)
    for person in tqdm(np.unique(scored.person), desc='people', leave=False):
        test = scored.person == person
        choice = _chosen(scored, ~test, method)
        told[test] = _told(scored, ~test, test, method, choice)
    return np.clip(told, 0.0, highest)


def _told(scored: ScoredMotions, train: np.ndarray, test: np.ndarray, method: ScoreMethod,
          choice: Mapping[str, float]) -> np.ndarray:
    """The exercise's mean and what the method adds.

    Features are standardised by exercise; beside a motion's own stands the mean
    over all that the person does, which steadies them. No score of the person enters.
    """
    kinds = np.unique(scored.exercise)
    means = np.array([scored.score[train & (scored.exercise == kind)].mean() for kind in kinds])
    base = means[np.searchsorted(kinds, scored.exercise)]
    if method.make is None:
        return base[test]
    standard = np.zeros(scored.features.shape)
    for kind in kinds:
        scaler = StandardScaler().fit(scored.features[train & (scored.exercise == kind)])
        standard[scored.exercise == kind] = scaler.transform(scored.features[scored.exercise == kind])
    standard = np.clip(standard, -MOST_DEVIATIONS, MOST_DEVIATIONS)
    personal = np.stack([standard[scored.person == person].mean(axis=0) for person in scored.person])
    x = np.concatenate([standard, personal], axis=1)
    model = method.make(**choice)
    model.fit(x[train], (scored.score - base)[train])
    return base[test] + model.predict(x[test])


def _chosen(scored: ScoredMotions, train: np.ndarray, method: ScoreMethod) -> Mapping[str, float]:
    """The options with the least error on inner folds of the training people."""
    if len(method.choices) == 1:
        return method.choices[0]
    return min(method.choices, key=lambda choice: _inner_error(scored, train, method, choice))


def _inner_error(scored: ScoredMotions, train: np.ndarray, method: ScoreMethod, choice: Mapping[str, float]) -> float:
    rows = np.flatnonzero(train)
    total = 0.0
    for held in inner(scored.person[rows].tolist()):
        test = np.isin(np.arange(len(train)), rows[held])
        total += float(np.abs(_told(scored, train & ~test, test, method, choice) - scored.score[test]).sum())
    return total
