"""A set while it is done: count and phase as they happen, and the repetitions so far."""

from collections import deque
from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from poseformer_ros.assessment.exercise_spec import ExerciseSpec
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.excursions import BOTH_WAYS, CIRCLES, ExcursionFinder, RepetitionOptions
from poseformer_ros.assessment.repetitions.segmentation import LEAST_RANGE, segment
from poseformer_ros.assessment.repetitions.signals import SIGNALS

LOOK_S = 0.4        # how often circles are counted
OVER_S = 1.0        # a circle is over when its end is so long ago: sooner its end is not known, nor whether it is one
SETTLED_S = 20.0    # the same of one that what comes after does not change
KEPT_S = 60.0       # of the way: what lies before a circle that is not settled tells its middle


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
        # The phase of a circle is read from one axis: a whole circle goes to either side of the middle once.
        self._finder = ExcursionFinder(BOTH_WAYS if spec.kind == CIRCLES else spec.kind, spec.usual, options)
        self._excursions = 0
        self._circles = CircleCounter(spec.usual)
        self._signal = SIGNALS[spec.signal]

    def __call__(self, moment: Movement) -> LiveState:
        """Take a movement of one moment."""
        if not moment.known[0]:
            return LiveState(self.count, Phase.LOST, False)
        before = self.count
        value, stamp_s = self._signal(moment.joints)[0], float(moment.stamps_s[0])
        if self._finder(stamp_s, float(np.real(value))) is not None:
            self._excursions += 1
        if self.spec.kind == CIRCLES:
            self._circles(stamp_s, complex(value))
        phase = Phase.REST if self._finder.side == 0 else Phase.BACK if self._finder.going_back else Phase.OUT
        return LiveState(self.count, phase, self.count > before)

    @property
    def count(self) -> int:
        """Whole repetitions so far."""
        return self._circles.count if self.spec.kind == CIRCLES else self._excursions


class CircleCounter:
    """Counts circles as they happen: a turn is about a middle, which is known better and better, so the last ones are looked at
    again until they are settled.

    stamps_s, places: what is still looked at.
    """

    def __init__(self, usual: float) -> None:
        """usual: range of the exercise in the signal's unit."""
        self.count = 0
        self.stamps_s: deque[float] = deque()
        self.places: deque[complex] = deque()
        self._usual = usual
        self._settled, self._settled_s = 0, -np.inf
        self._looked_s = -np.inf

    def __call__(self, stamp_s: float, place: complex) -> None:
        """Take a place, as `segment` does for CIRCLES."""
        self.stamps_s.append(stamp_s)
        self.places.append(place)
        while stamp_s - self.stamps_s[0] > KEPT_S:
            self.stamps_s.popleft()
            self.places.popleft()
        if stamp_s - self._looked_s >= LOOK_S:
            self._looked_s = stamp_s
            self._look(stamp_s)

    def _look(self, stamp_s: float) -> None:
        found = segment(np.array(self.stamps_s), np.array(self.places), CIRCLES, self._usual)
        over = [one for one in found if one.end_s < stamp_s - OVER_S and one.extent > LEAST_RANGE * self._usual
                and (one.start_s + one.end_s) / 2 > self._settled_s]
        self.count = max(self.count, self._settled + len(over))
        settled = [one.end_s for one in over if one.end_s < stamp_s - SETTLED_S]
        if settled:
            self._settled, self._settled_s = self._settled + len(settled), settled[-1]
