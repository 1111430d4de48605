"""KIMORE's clinical scores from skeletons, by leave one person out: how well an exercise was done, as clinicians judge it."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from sklearn.ensemble import VotingRegressor
from sklearn.linear_model import Ridge
from sklearn.svm import SVR
from tqdm import tqdm

from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.outcome_features import outcome_features
from poseformer_ros.assessment.repetitions.segmentation import segment
from poseformer_ros.assessment.repetitions.signals import SIGNALS
from poseformer_ros.assessment.score_model import ScoreModel, standardised
from poseformer_ros.evaluation.protocol.folds import inner
from poseformer_ros.evaluation.protocol.scores import save_scores
from poseformer_ros.recognition.motion_channels import cleaned
from poseformer_ros.recordings.labelled.labelled_motion import PLACE, LabelledMotion
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.training.figures.encoder_features import encoder_features

TOTAL = 'TS'
HIGHEST = {TOTAL: 50.0, 'PO': 15.0, 'CF': 35.0}
JUDGED = 5                  # inner folds: with two a choice is made for half the people
LEAST_SCALE = 1e-9          # of a feature; one that never changes tells nothing


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
    """make: from one of `choices`, among which inner folds choose; None answers the exercise's mean score.

    features: a key of FEATURES.
    """

    make: Callable[..., Regressor] | None
    choices: tuple[Mapping[str, float], ...] = ({},)
    features: str = 'marked'


def _support_vectors(weight: float) -> Regressor:
    return SVR(C=weight, epsilon=2.0, gamma='scale')


def _ridge(penalty: float) -> Regressor:
    return Ridge(penalty)


def _both(penalty: float, weight: float) -> Regressor:
    return VotingRegressor([('ridge', Ridge(penalty)), ('support vectors', SVR(C=weight, epsilon=2.0, gamma='scale'))])


PENALTIES = tuple({'penalty': penalty} for penalty in (300.0, 100.0, 30.0, 1000.0))
WEIGHTS = ({'weight': 20.0}, {'weight': 8.0}, {'weight': 50.0})
BOTH = ({'penalty': 100.0, 'weight': 20.0}, {'penalty': 300.0, 'weight': 8.0}, {'penalty': 30.0, 'weight': 50.0})
OWN = 'ridge, repetitions found'
METHODS: Mapping[str, ScoreMethod] = {
    'mean of the exercise': ScoreMethod(None),
    'ridge': ScoreMethod(_ridge, PENALTIES),
    OWN: ScoreMethod(_ridge, PENALTIES, 'found'),
    'support vectors': ScoreMethod(_support_vectors, WEIGHTS),
    'mean of ridge and support vectors': ScoreMethod(_both, BOTH),
    'mean of ridge and support vectors, repetitions found': ScoreMethod(_both, BOTH, 'found'),
    "ridge on the encoder's values": ScoreMethod(_ridge, PENALTIES, 'encoder'),
}


def run_scores(motions: Sequence[LabelledMotion], scores: Mapping[str, Mapping[str, float]], folder: Path) -> None:
    """Tell every score by every method and write `folder`/score/method.csv, where it is not there yet."""
    wanted = {(score, name): folder / score / f'{name}.csv' for score in HIGHEST for name in METHODS}
    if all(path.is_file() for path in wanted.values()):
        return
    features = {name: np.stack([of(motion) for motion in motions]) for name, of in FEATURES.items()}
    for (score, name), path in wanted.items():
        if not path.is_file():
            scored = scored_motions(motions, scores, score, features[METHODS[name].features])
            save_scores(path, scored.person, scored.exercise, scored.score, left_out(scored, METHODS[name], HIGHEST[score]))


def score_features(motion: LabelledMotion, found: bool = False) -> np.ndarray:
    """(F,) `outcome_features` of a motion's repetitions: the marked ones, or those that the assessment finds."""
    joints = np.full((len(motion), JOINT_COUNT, 3), np.nan)
    joints[:, [JOINT[name] for name in PLACE]] = cleaned(motion.positions)
    stamps = np.arange(len(motion)) / motion.rate_hz
    return outcome_features(stamps, joints, _found(motion, stamps, joints) if found else _marked(motion, stamps))


# From the marked repetitions, from those that the assessment finds by itself, and from the exercise model that ships.
FEATURES: Mapping[str, Callable[[LabelledMotion], np.ndarray]] = {
    'marked': score_features, 'found': partial(score_features, found=True), 'encoder': encoder_features}


def _marked(motion: LabelledMotion, stamps: np.ndarray) -> list[tuple[float, float]]:
    inside = [stamps[motion.repetition == number] for number in range(1, int(motion.repetition.max(initial=0)) + 1)]
    return [(one[0], one[-1]) for one in inside if len(one)]


def _found(motion: LabelledMotion, stamps: np.ndarray, joints: np.ndarray) -> list[tuple[float, float]]:
    spec = exercise_specs()[spec_name(motion.exercise)]
    return [(one.start_s, one.end_s) for one in segment(stamps, SIGNALS[spec.signal](joints), spec.kind, spec.usual)]


def spec_name(exercise: str) -> str:
    """The assessment's name of KIMORE's exercise."""
    return f'kimore_{exercise.lower()}'


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

    Features are standardised by exercise; beside a motion's own stands the mean over all that the person does, which steadies
    them. No score of the person enters.
    """
    base, mean, scale = _levels(scored, train)
    if method.make is None:
        return base[scored.exercise][test]
    x = _inputs(scored, mean, scale)
    model = method.make(**choice)
    model.fit(x[train], (scored.score - base[scored.exercise])[train])
    return base[scored.exercise][test] + model.predict(x[test])


def _levels(scored: ScoredMotions, train: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """By exercise of the training people: mean score (E,), and of the features (E, F) mean and deviation."""
    rows = [train & (scored.exercise == kind) for kind in range(scored.exercise.max() + 1)]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)     # a feature that nobody has is NaN, and left out later
        mean = np.stack([np.nanmean(scored.features[of], axis=0) for of in rows])
        scale = np.stack([np.nanstd(scored.features[of], axis=0) for of in rows])
    return np.array([scored.score[of].mean() for of in rows]), mean, np.where(scale > LEAST_SCALE, scale, np.inf)


def _inputs(scored: ScoredMotions, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(n, 2 F): a motion's own features, and their mean over all that the person does."""
    standard = standardised(scored.features, mean[scored.exercise], scale[scored.exercise])
    personal = np.stack([standard[scored.person == person].mean(axis=0) for person in scored.person])
    return np.concatenate([standard, personal], axis=1)


def learned_score(motions: Sequence[LabelledMotion], scores: Mapping[str, Mapping[str, float]]) -> ScoreModel:
    """A model of the total score from all that is scored, by the ridge on repetitions that the assessment finds.

    Its errors are of people who were left out, each told by what was learned from the others.
    """
    method, highest = METHODS[OWN], HIGHEST[TOTAL]
    scored = scored_motions(motions, scores, TOTAL, np.stack([score_features(motion, found=True) for motion in motions]))
    everybody = np.ones(len(scored.score), bool)
    error = left_out(scored, method, highest) - scored.score
    base, mean, scale = _levels(scored, everybody)
    ridge = Ridge(_chosen(scored, everybody, method)['penalty'], fit_intercept=False)
    ridge.fit(_inputs(scored, mean, scale), scored.score - base[scored.exercise])
    by_exercise = np.array([np.sqrt(np.mean(error[scored.exercise == kind] ** 2)) for kind in range(len(base))])
    names = tuple(spec_name(name) for name in sorted({motion.exercise for motion in motions}))
    deviation = np.abs(error).mean()
    plain = np.abs(left_out(scored, ScoreMethod(None), highest) - scored.score).mean()
    source = (f'{len(np.unique(scored.person))} people scored by clinicians; whoever was left out was told with a mean absolute '
              f"deviation of {deviation:.1f} of {highest:.0f} (each exercise's mean score: {plain:.1f})")
    return ScoreModel(names, base, mean, scale, ridge.coef_, by_exercise, highest, source)


def _chosen(scored: ScoredMotions, train: np.ndarray, method: ScoreMethod) -> Mapping[str, float]:
    """The options with the least error on inner folds of the training people."""
    if len(method.choices) == 1:
        return method.choices[0]
    return min(method.choices, key=lambda choice: _inner_error(scored, train, method, choice))


def _inner_error(scored: ScoredMotions, train: np.ndarray, method: ScoreMethod, choice: Mapping[str, float]) -> float:
    rows = np.flatnonzero(train)
    total = 0.0
    for held in inner(scored.person[rows].tolist(), JUDGED):
        test = np.isin(np.arange(len(train)), rows[held])
        total += float(np.abs(_told(scored, train & ~test, test, method, choice) - scored.score[test]).sum())
    return total
