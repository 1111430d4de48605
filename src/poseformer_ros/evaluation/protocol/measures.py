"""Figures of predictions (protocol: recognition): shares with intervals by person, recall, precision, ROC."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from poseformer_ros.evaluation.protocol.predictions import Predictions
from poseformer_ros.evaluation.shares import wilson

DRAWS = 2000        # of the bootstrap
SEED = 17
Figures = dict[str, Any]


def figures_of(predictions: Predictions) -> Figures:
    """Everything that a report says of a method in one unit. Intervals are shares: 0.95 is 95 %."""
    right, truth = predictions.right, predictions.truth
    by_person = {name: float(right[predictions.person == name].mean()) for name in sorted(set(predictions.person.tolist()))}
    worst = min(by_person, key=lambda name: (by_person[name], name))
    return {
        'n': len(truth), 'errors': int((~right).sum()), 'right': float(right.mean()),
        'wilson95': list(wilson(int(right.sum()), len(right))), 'people95': list(people_interval(right, predictions.person)),
        'people': len(by_person), 'macro recall': macro_recall(predictions), 'worst person': [worst, by_person[worst]],
        'groups': {name: _share(right[predictions.group == name]) for name in sorted(set(predictions.group.tolist()) - {''})},
        'classes': class_figures(predictions), 'confusion': confusion(predictions),
    }


def people_interval(right: np.ndarray, person: np.ndarray) -> tuple[float, float]:
    """95 % interval of the share right, people drawn with replacement: samples of one person are not independent."""
    names = np.unique(person)
    hits, counts = (np.array([weight[person == name].sum() for name in names], float) for weight in (right, np.ones(len(right))))
    drawn = np.random.default_rng(SEED).integers(len(names), size=(DRAWS, len(names)))
    low, high = np.quantile(hits[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.025, 0.975))
    return float(low), float(high)


def macro_recall(predictions: Predictions) -> float:
    """Mean over the classes that occur of the share of their samples that is right."""
    return float(np.mean([predictions.right[predictions.truth == name].mean() for name in np.unique(predictions.truth)]))


def confusion(predictions: Predictions) -> list[list[int]]:
    """Counts: a row for each true class, a column for each answer."""
    place = {name: index for index, name in enumerate(predictions.classes)}
    counts = np.zeros((len(place), len(place)), int)
    rows, columns = ([place[name] for name in names.tolist()] for names in (predictions.truth, predictions.answer))
    np.add.at(counts, (rows, columns), 1)
    return counts.tolist()


def class_figures(predictions: Predictions) -> Mapping[str, Figures]:
    """Precision, recall, F1, number and area under the ROC curve of each class; None where nothing is to divide by."""
    found = {}
    for column, name in enumerate(predictions.classes):
        true, said = predictions.truth == name, predictions.answer == name
        hits = int((true & said).sum())
        precision, recall = _ratio(hits, int(said.sum())), _ratio(hits, int(true.sum()))
        both = None if precision is None or recall is None else _ratio(2 * precision * recall, precision + recall)
        found[name] = {'n': int(true.sum()), 'precision': precision, 'recall': recall, 'f1': both,
                       'auc': roc(predictions.probabilities[:, column], true).area}
    return found


@dataclass(frozen=True)
class Roc:
    """One class against the others. false_share, true_share: (k,) growing, from 0 to 1. area: None where one side is empty."""

    false_share: np.ndarray
    true_share: np.ndarray
    area: float | None


def roc(score: np.ndarray, true: np.ndarray) -> Roc:
    """ROC curve of a score (n,); samples of the same score are crossed together."""
    if true.all() or not true.any():
        return Roc(np.array([0.0, 1.0]), np.array([0.0, 1.0]), None)
    order = np.argsort(-score, kind='stable')
    last = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    hits, misses = np.cumsum(true[order])[last], np.cumsum(~true[order])[last]
    false_share, true_share = (np.append(0.0, found / found[-1]) for found in (misses, hits))
    return Roc(false_share, true_share, _area(false_share, true_share))


def _share(right: np.ndarray) -> Figures:
    return {'n': len(right), 'right': float(right.mean()), 'wilson95': list(wilson(int(right.sum()), len(right)))}


def _ratio(part: float, of: float) -> float | None:
    return part / of if of else None


def _area(across: np.ndarray, height: np.ndarray) -> float:
    return float((np.diff(across) * (height[1:] + height[:-1]) / 2).sum())
