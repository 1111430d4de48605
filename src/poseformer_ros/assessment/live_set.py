"""A set while it is done: count and phase as they happen, and the repetitions so far."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from poseformer_ros.assessment.exercise_spec import ExerciseSpec
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.excursions import BOTH_WAYS, CIRCLES, ExcursionFinder, RepetitionOptions
from poseformer_ros.assessment.repetitions.signals import SIGNALS


class Phase(IntEnum):
    """Where in a repetition; the same numbers as in `AssessmentLive.msg`."""

    NO_SET = 0
    REST = 1
    OUT = 2
    BACK = 3
    LOST = 4        # nobody is seen


@dataclass(frozen=True)
class LiveState:
    """count: whole repetitions so far. finished: whether one has just been completed."""

    count: int
    phase: Phase
    finished: bool


class LiveSet:
    """Follows a set of a known exercise moment by moment."""

    def __init__(self, spec: ExerciseSpec, options: RepetitionOptions = RepetitionOptions()) -> None:
        self.spec = spec
        # Excursions of circles are read from one axis: a whole circle goes to either side of the middle once.
        self._finder = ExcursionFinder(BOTH_WAYS if spec.kind == CIRCLES else spec.kind, spec.usual, options)
        self._excursions = 0
        self._signal = SIGNALS[spec.signal]

    def __call__(self, moment: Movement) -> LiveState:
        """Take a movement of one moment."""
        if not moment.known[0]:
            return LiveState(self.count, Phase.LOST, False)
        before = self.count
        value = float(np.real(self._signal(moment.joints)[0]))
        if self._finder(float(moment.stamps_s[0]), value) is not None:
            self._excursions += 1
        phase = Phase.REST if self._finder.side == 0 else Phase.BACK if self._finder.going_back else Phase.OUT
        return LiveState(self.count, phase, self.count > before)

    @property
    def count(self) -> int:
        """Whole repetitions so far."""
        return self._excursions // 2 if self.spec.kind == CIRCLES else self._excursions
