"""Answers of a method to the samples of a fold, in a file each: every table is made from these and needs no training."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recordings.labelled.labelled_motion import REST
from poseformer_ros.recordings.whole_file import write_whole

HEAD = ('fold', 'sample', 'person', 'group', 'truth')


@dataclass(frozen=True)
class Predictions:
    """Of n samples. classes: names of the columns. probabilities: (n, C). truth, person, group, sample, fold: (n,) str."""

    classes: tuple[str, ...]
    probabilities: np.ndarray
    truth: np.ndarray
    person: np.ndarray
    group: np.ndarray
    sample: np.ndarray
    fold: np.ndarray

    @property
    def answer(self) -> np.ndarray:
        """(n,) str, the likeliest class."""
        return np.array(self.classes)[self.probabilities.argmax(axis=1)]

    @property
    def right(self) -> np.ndarray:
        """(n,) bool."""
        return self.answer == self.truth

    def of(self, chosen: np.ndarray) -> 'Predictions':
        """Those chosen by a mask (n,) or by indices."""
        return replace(self, **{name: getattr(self, name)[chosen] for name in
                                ('probabilities', 'truth', 'person', 'group', 'sample', 'fold')})


def by_motion(predictions: Predictions) -> Predictions:
    """One answer for each motion, from all its samples: the mean of their probabilities without REST, of which nobody asks here."""
    kept = [index for index, name in enumerate(predictions.classes) if name != REST]
    motion = motion_of(predictions)
    doing = np.flatnonzero(predictions.truth != REST)
    first = doing[np.sort(np.unique(motion[doing], return_index=True)[1])]
    sums = np.stack([predictions.probabilities[motion == motion[index]][:, kept].sum(axis=0) for index in first])
    return replace(predictions.of(first), classes=tuple(predictions.classes[index] for index in kept),
                   probabilities=sums / sums.sum(axis=1, keepdims=True))


def together(one: Predictions, other: Predictions) -> Predictions:
    """The mean of two answers of the same classes to each motion that both speak of."""
    _, chosen, of_other = np.intersect1d(motion_of(one), motion_of(other), return_indices=True)
    return replace(one.of(chosen), probabilities=(one.probabilities[chosen] + other.probabilities[of_other]) / 2)


def motion_of(predictions: Predictions) -> np.ndarray:
    """(n,) str, which motion each sample is of."""
    return np.array([key.split(':')[0] for key in predictions.sample.tolist()])


def predictions_of(samples: Sequence[Sample], fold: str, classes: Sequence[str], probabilities: np.ndarray) -> Predictions:
    """Answers (n, C) to these samples."""
    truth, person, group, key = (np.array([getattr(sample, name) for sample in samples])
                                 for name in ('label', 'person', 'group', 'key'))
    return Predictions(tuple(classes), probabilities, truth, person, group, key, np.full(len(samples), fold))


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Write a fold's file: a line for each sample, probabilities to five digits."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow((*HEAD, *predictions.classes))
    for row in zip(predictions.fold, predictions.sample, predictions.person, predictions.group, predictions.truth,
                   predictions.probabilities):
        writer.writerow((*row[:-1], *(f'{value:.5f}' for value in row[-1])))
    write_whole(path, text.getvalue())


def load_predictions(paths: Sequence[Path]) -> Predictions:
    """All folds of a method together. Raises BadInput for a file that is not one of predictions, or none at all."""
    if not paths:
        raise BadInput('no predictions are there yet; run `poseformer reproduce` without --report-only')
    heads, rows = set(), []
    for path in paths:
        with open(path, newline='') as file:
            lines = list(csv.reader(file))
        if not lines or tuple(lines[0][:len(HEAD)]) != HEAD or any(len(line) != len(lines[0]) for line in lines):
            raise BadInput(f'{path}: holds no predictions; remove it and run again')
        heads.add(tuple(lines[0][len(HEAD):]))
        rows += lines[1:]
    if len(heads) != 1:
        raise BadInput(f'{paths[0].parent}: folds of different classes; remove the folder and run again')
    columns = np.array([row[:len(HEAD)] for row in rows], dtype=str).reshape(-1, len(HEAD))
    probabilities = np.array([row[len(HEAD):] for row in rows], dtype=float)
    fold, sample, person, group, truth = columns.T
    return Predictions(heads.pop(), probabilities, truth, person, group, sample, fold)
