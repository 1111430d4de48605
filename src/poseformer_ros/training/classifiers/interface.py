"""What every classifier takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

STATISTICS, MOVING, BOTH_WAYS, SERIES, IN_RECORDING = 'statistics', 'moving', 'both_ways', 'series', 'in_recording'
SET_VALUES = 24             # of a window in a set of one exercise: the last values of IN_RECORDING, exercise after exercise


class Classifier(Protocol):
    """Learns from one kind of input and answers with probabilities."""

    def fit(self, inputs: np.ndarray, targets: np.ndarray, people: np.ndarray) -> None:
        """inputs: (n, F) statistics or in a recording, (n, 2, F) both ways or (n, L, C) series. targets: (n,) int classes.
        people: (n,) str, for inner folds."""

    def probabilities(self, inputs: np.ndarray) -> np.ndarray:
        """(n, classes), rows that sum to one."""


@dataclass(frozen=True)
class ClassifierMethod:
    """A row of the comparison.

    text: for people.
    input: STATISTICS, MOVING (these, and how much everything moves), BOTH_WAYS (the same of a person and of the mirror image),
        SERIES or IN_RECORDING (of the whole recording, then of the window in a set of each exercise).
    make: from number of classes, seed and one of `choices`.
    choices: options that inner folds choose from; the first is taken where there is no other.
    stand_in: makes what is judged on inner folds instead, where the method itself takes long and a part of it has the options.
    """

    text: str
    input: str
    make: Callable[..., Classifier]
    choices: tuple[Mapping[str, Any], ...] = ({},)
    stand_in: Callable[..., Classifier] | None = None
