"""A whole set of an exercise: its repetitions, what each measures, and its faults."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from poseformer_ros.assessment.exercise_spec import ExerciseSpec
from poseformer_ros.assessment.findings import Fault, faults_of
from poseformer_ros.assessment.measures import Measure, SetSeries, measured, set_series
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.excursions import RepetitionOptions
from poseformer_ros.assessment.repetitions.repetition import Repetition
from poseformer_ros.assessment.repetitions.segmentation import segment

ALWAYS = ('extent', 'duration', 'out', 'hold', 'back', 'sparc', 'ldlj', 'shake', 'margin', 'sway')
CONTROL = ('level', 'range')    # what is told of a series that is to be held: where, and how still


@dataclass(frozen=True)
class AssessedRepetition:
    """A repetition with its measures and faults. posture: joints (24, 3) in the room at the moment of the first fault, or at the
    far end."""

    repetition: Repetition
    measures: tuple[Measure, ...]
    faults: tuple[Fault, ...]
    posture: np.ndarray = field(repr=False)

    def measure(self, name: str) -> Measure:
        """A measure by name."""
        return next(measure for measure in self.measures if measure.name == name)


@dataclass(frozen=True)
class AssessedSet:
    """A set: what was done, its repetitions, the shares of its moments with a body and with all joints seen, and of each with
    a body the chance that its fit is right, NaN where unknown."""

    exercise: str
    repetitions: tuple[AssessedRepetition, ...]
    fitted: float
    seen: float
    quality: np.ndarray = field(repr=False)

    def doubtful(self, below: float) -> float:
        """Share of fits whose chance of being right is lower."""
        return float(np.mean(self.quality < below)) if len(self.quality) else 0.0


def assess_set(movement: Movement, spec: ExerciseSpec, options: RepetitionOptions = RepetitionOptions(),
               errors: bool = True) -> AssessedSet:
    """Assess a set; without standard errors it takes a fraction of the time. Raises BadInput where there is a body in too few of
    its moments."""
    series = set_series(movement, spec, errors)
    found = segment(series.stamps_s, series.signal, spec.kind, spec.usual, options)
    known = movement.known
    body = movement[known]
    assessed = tuple(_assessed(index, found, series, spec, body) for index in range(len(found)))
    return AssessedSet(spec.name, assessed, float(known.mean()), float(np.mean(~np.any(list(series.unseen.values()), axis=0))),
                       body.quality)


def assess_repetition(movement: Movement, spec: ExerciseSpec, number: int, options: RepetitionOptions = RepetitionOptions()
                      ) -> AssessedRepetition | None:
    """One repetition of a set that lasts, by number from 1, or the last where fewer are found: as `assess_set` tells it now
    without standard errors, in a fraction of the time. None where none is found; raises BadInput as that does."""
    series = set_series(movement, spec, errors=False)
    found = segment(series.stamps_s, series.signal, spec.kind, spec.usual, options)
    return _assessed(min(number, len(found)) - 1, found, series, spec, movement[movement.known]) if found else None


def wanted(spec: ExerciseSpec) -> tuple[str, ...]:
    """Names of the measures of an exercise: its outcomes, what its bands need, its controls, and those of every exercise."""
    controls = [f'{kind}:{series}' for series in spec.controls for kind in CONTROL]
    return tuple(dict.fromkeys([*spec.outcomes, *(band.measure for band in spec.bands), *controls, *ALWAYS]))


def _assessed(index: int, found: list[Repetition], series: SetSeries, spec: ExerciseSpec, body: Movement) -> AssessedRepetition:
    """body: the moments at which there is one."""
    measures = tuple(measured(name, series, spec, found, index) for name in wanted(spec))
    faults = tuple(faults_of(spec, measures))
    moment = faults[0].stamp_s if faults else found[index].far_s
    return AssessedRepetition(found[index], measures, faults, body.joints[int(np.argmin(np.abs(body.stamps_s - moment)))])


def fault_names(repetitions: Iterable[AssessedRepetition]) -> set[str]:
    """All faults that were named."""
    return {fault.name for one in repetitions for fault in one.faults}
