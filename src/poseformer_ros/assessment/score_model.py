"""A clinical score from outcome features, by what was learned from scored people; the file is the user's own, none ships."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

MOST_DEVIATIONS = 4.0       # of a feature from its mean; more is a fault of the sensor


@dataclass(frozen=True)
class Score:
    """value: of `highest`. error: root mean square error of people who were left out, in this exercise."""

    value: float
    error: float
    highest: float


@dataclass(frozen=True)
class ScoreModel:
    """Linear in standardised features and in their mean over all that the person does.

    exercises: E names. base: (E,) mean score. mean, scale: (E, F) of the features. weights: (2 F,): of a set's own, of the person's
    mean. error: (E,). source: what it was learned from and how it was judged, for people.
    """

    exercises: tuple[str, ...]
    base: np.ndarray
    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray
    error: np.ndarray
    highest: float
    source: str

    def __call__(self, features: Mapping[str, np.ndarray]) -> dict[str, Score]:
        """Scores of one person's sets, exercise to features (F,); an exercise that was not learned has none."""
        known = [name for name in features if name in self.exercises]
        if not known:
            return {}
        rows = [self.exercises.index(name) for name in known]
        standard = standardised(np.stack([features[name] for name in known]), self.mean[rows], self.scale[rows])
        x = np.concatenate([standard, np.broadcast_to(standard.mean(axis=0), standard.shape)], axis=1)
        told = np.clip(self.base[rows] + x @ self.weights, 0.0, self.highest)
        return {name: Score(float(value), float(self.error[row]), self.highest) for name, value, row in zip(known, told, rows)}


def scores_of_sets(model: ScoreModel, sets: Sequence[tuple[str, np.ndarray]]) -> list[Score | None]:
    """Of each set (exercise, features) of one person; None where the exercise was not learned. Of sets of one exercise the last
    stands for it in what the person does."""
    everything = dict(sets)
    return [model({**everything, exercise: features}).get(exercise) for exercise, features in sets]


def standardised(features: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(n, F) in deviations from the mean, both (n, F); one that is unknown is at the mean."""
    return np.clip(np.nan_to_num((features - mean) / scale), -MOST_DEVIATIONS, MOST_DEVIATIONS)
