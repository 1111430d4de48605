"""Classifiers of hand-made statistics, by scikit-learn: majority, a linear model, Extra Trees, FCBF before these, boosted trees."""

from collections.abc import Sequence

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from poseformer_ros.training.classifiers.fcbf import fcbf
from poseformer_ros.training.classifiers.interface import SET_VALUES, Classifier

MOST_DEVIATIONS = 6.0       # a wild statistic goes no further
ITERATIONS, TOLERANCE = 200, 1e-3
TREES = 150


class Majority:
    """Always how often each class occurred, whatever is seen."""

    def __init__(self, classes: int, seed: int) -> None:
        self._share = np.full(classes, 1.0 / classes)

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """Count."""
        self._share = np.bincount(targets, minlength=len(self._share)) / len(targets)

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """The same for all."""
        return np.tile(self._share, (len(inputs), 1))


class Shallow:
    """A model of scikit-learn on standardised statistics; classes that it never saw have no chance."""

    def __init__(self, model, classes: int, threshold: float | None = None) -> None:
        self._model, self._classes, self._threshold = model, classes, threshold
        self._scaler, self._kept = StandardScaler(), np.arange(0)

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """Scale and choose features by these samples alone."""
        self._scaler.fit(inputs)
        self._kept = np.arange(inputs.shape[1]) if self._threshold is None else fcbf(inputs, targets, self._threshold)
        self._model.fit(self._standard(inputs), targets)

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes)."""
        found = np.zeros((len(inputs), self._classes))
        found[:, self._model.classes_] = self._model.predict_proba(self._standard(inputs))
        return found

    def _standard(self, inputs: np.ndarray) -> np.ndarray:
        return np.clip(self._scaler.transform(inputs), -MOST_DEVIATIONS, MOST_DEVIATIONS)[:, self._kept]


class Vote:
    """The mean of several classifiers' probabilities."""

    def __init__(self, members: Sequence[Classifier]) -> None:
        self._members = members

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """Each for itself."""
        for member in self._members:
            member.fit(inputs, targets, people)

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes)."""
        return np.mean([member.probabilities(inputs) for member in self._members], axis=0)


class BothWays:
    """A classifier that learns from everybody and their mirror image, and answers for both together.

    For answers that have no side: a patient whose left side is weak moves as the mirror image of one whose right side is.
    """

    def __init__(self, one_way: Classifier) -> None:
        self._one_way = one_way

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """inputs: (n, 2, F)."""
        self._one_way.fit(inputs.reshape(-1, inputs.shape[2]), np.repeat(targets, 2), np.repeat(people, 2))

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes) of (n, 2, F)."""
        return np.mean([self._one_way.probabilities(inputs[:, way]) for way in (0, 1)], axis=0)


class InSet:
    """Two questions, Extra Trees for each: which exercise the recording is of, and whether a window lies in a set of that one.

    Rest is the last class. A window of a recording in which nothing but rest is marked teaches nothing.
    """

    def __init__(self, classes: int, seed: int) -> None:
        self._exercises = classes - 1
        self._which, self._rests = trees(self._exercises, seed), trees(2, seed)

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """inputs: (n, F) in a recording."""
        which = self._exercise_of_recording(inputs, targets)
        known = which < self._exercises
        inputs, targets, people, which = inputs[known], targets[known], people[known], which[known]
        self._which.fit(inputs, which, people)
        self._rests.fit(self._as_if(inputs, which), (targets == self._exercises).astype(int), people)

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes)."""
        which = self._which.probabilities(inputs)
        rests = np.stack([self._rests.probabilities(self._as_if(inputs, np.full(len(inputs), exercise)))[:, 1]
                          for exercise in range(self._exercises)], axis=1)
        return np.column_stack([which * (1.0 - rests), (which * rests).sum(axis=1)])

    def _exercise_of_recording(self, inputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """(n,) of each window's recording, which is known by what is said of it as a whole; that of rest where nothing else is."""
        _, recording = np.unique(inputs[:, :-self._exercises * SET_VALUES], axis=0, return_inverse=True)
        which = np.full(recording.max() + 1, self._exercises)
        np.minimum.at(which, recording, targets)
        return which[recording]

    def _as_if(self, inputs: np.ndarray, which: np.ndarray) -> np.ndarray:
        """(n, SET_VALUES + exercises): of each window in a set of the exercise `which` (n,), and which that is."""
        sets = inputs[:, -self._exercises * SET_VALUES:].reshape(len(inputs), self._exercises, SET_VALUES)
        return np.column_stack([sets[np.arange(len(inputs)), which], np.eye(self._exercises)[which]])


def linear(classes: int, seed: int, strength: float = 0.01) -> Shallow:
    """Logistic regression; strength: the inverse of its penalty."""
    return Shallow(LogisticRegression(C=strength, max_iter=ITERATIONS, tol=TOLERANCE), classes)


def trees(classes: int, seed: int, count: int = TREES) -> Shallow:
    """Extra Trees (Geurts et al., Machine Learning 2006)."""
    return Shallow(ExtraTreesClassifier(count, random_state=seed), classes)


def boosted(classes: int, seed: int) -> Shallow:
    """Boosted trees on histograms (Ke et al., NeurIPS 2017), small and each split of a tenth of the features: people are few."""
    model = HistGradientBoostingClassifier(max_iter=60, max_leaf_nodes=8, l2_regularization=5.0, max_features=0.1,
                                           early_stopping=False, random_state=seed)
    return Shallow(model, classes)


def fcbf_trees(classes: int, seed: int, threshold: float = 0.05) -> Shallow:
    """The paper's comparison (its Table 10): features ranked by FCBF, then Extra Trees."""
    return Shallow(ExtraTreesClassifier(TREES, random_state=seed), classes, threshold)


def vote(classes: int, seed: int, strength: float = 0.01) -> Vote:
    """Linear model and Extra Trees together: one is wrong where people hold themselves otherwise, the other where they move so."""
    return Vote([linear(classes, seed, strength), trees(classes, seed)])
