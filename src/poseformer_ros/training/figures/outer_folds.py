"""Methods trained and asked fold by fold; what is there already is kept, so that a run that was cut off goes on."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from poseformer_ros.evaluation.protocol.folds import Fold, inner
from poseformer_ros.evaluation.protocol.predictions import predictions_of, save_predictions
from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recordings.whole_file import write_json
from poseformer_ros.training.classifiers.interface import ClassifierMethod

SEED = 0
# Samples and the kind of input (of a method) to (n, F) or (n, L, C).
Inputs = Callable[[Sequence[Sample], str], np.ndarray]


@dataclass(frozen=True)
class Run:
    """One method on one unit under one scheme of folds. folder: for its predictions and choices, a file a fold."""

    name: str
    method: ClassifierMethod
    samples: Sequence[Sample]
    folds: Sequence[Fold]
    classes: tuple[str, ...]
    folder: Path
    seed: int = SEED

    def path(self, fold: Fold) -> Path:
        """Of a fold's predictions."""
        return self.folder / f'{fold.name}.csv'


def run_folds(run: Run, inputs: Inputs) -> list[Path]:
    """Train and ask in every fold that is not there yet; returns all files."""
    missing = [fold for fold in run.folds if not run.path(fold).is_file()]
    if missing:
        x = inputs(run.samples, run.method.input)
        targets = np.array([run.classes.index(sample.label) for sample in run.samples])
        people = np.array([sample.person for sample in run.samples])
        for fold in tqdm(missing, desc=run.name, initial=len(run.folds) - len(missing), total=len(run.folds), unit='fold'):
            _run_fold(run, fold, x, targets, people)
    return [run.path(fold) for fold in run.folds]


def _run_fold(run: Run, fold: Fold, x: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
    train = (x[fold.train], targets[fold.train], people[fold.train])
    choice = chosen(run.method, *train, len(run.classes), run.seed)
    model = run.method.make(len(run.classes), run.seed, **choice)
    model.fit(*train)
    write_json(run.folder / f'{fold.name}.json', dict(choice))
    save_predictions(run.path(fold), predictions_of([run.samples[index] for index in fold.test], fold.name, run.classes,
                                                    model.probabilities(x[fold.test])))


def chosen(method: ClassifierMethod, x: np.ndarray, targets: np.ndarray, people: np.ndarray, classes: int,
           seed: int) -> Mapping[str, Any]:
    """The options that are right most often on inner folds of the training people; the first of those that are level."""
    if len(method.choices) == 1:
        return method.choices[0]
    return max(method.choices, key=lambda choice: _inner_right(method, choice, x, targets, people, classes, seed))


def _inner_right(method: ClassifierMethod, choice: Mapping[str, Any], x: np.ndarray, targets: np.ndarray, people: np.ndarray,
                 classes: int, seed: int) -> int:
    right, make = 0, method.stand_in or method.make
    for judged in inner(people.tolist()):
        if judged.all():
            continue
        model = make(classes, seed, **choice)
        model.fit(x[~judged], targets[~judged], people[~judged])
        right += int((model.probabilities(x[judged]).argmax(axis=1) == targets[judged]).sum())
    return right
