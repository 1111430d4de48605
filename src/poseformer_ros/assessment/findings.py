"""Faults of a repetition: measures outside their band, each with a sentence and a moment."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.assessment.exercise_spec import Band, ExerciseSpec
from poseformer_ros.assessment.measures import Measure

SIDES_OF = {'left': 'left', 'right': 'right'}


@dataclass(frozen=True)
class Fault:
    """A named fault of a repetition. joints: to mark on the body. sure: whether the measure is beyond its band by its standard
    error, and its joints were seen."""

    name: str
    sentence: str
    measure: str
    value: float
    bound: float
    unit: str
    stamp_s: float
    joints: tuple[str, ...]
    sure: bool


NO_FAULT = Fault('', '', '', np.nan, np.nan, '', np.nan, (), True)


def faults_of(spec: ExerciseSpec, measures: Sequence[Measure]) -> list[Fault]:
    """The faults of a repetition with these measures, the one that is furthest outside first."""
    by_name = {measure.name: measure for measure in measures}
    found = [(_beyond(band, by_name[band.measure]), band) for band in spec.bands if band.measure in by_name]
    faults = [_fault(band, by_name[band.measure], bound) for bound, band in found if bound is not None]
    return sorted(_once(faults), key=lambda fault: -abs(fault.value - fault.bound) / max(abs(fault.bound), 1e-9))


def _beyond(band: Band, measure: Measure) -> float | None:
    """The bound that a measure is beyond; a high bound of a difference or a shift holds for either sign."""
    value = abs(measure.value) if measure.name.startswith(('unlike', 'sides', 'shift')) else measure.value
    if not np.isfinite(value):
        return None
    if band.high is not None and value > band.high:
        return band.high
    return band.low if band.low is not None and value < band.low else None


def _fault(band: Band, measure: Measure, bound: float) -> Fault:
    weaker = 'right' if measure.value > 0 else 'left'
    sentence = band.sentence.format(value=_said(abs(measure.value)), bound=_said(bound), unit=measure.unit, side=weaker)
    error = measure.error if np.isfinite(measure.error) else 0.0
    joints = tuple(joint.format(side=weaker) for joint in band.joints)
    return Fault(band.fault.partition('/')[0], sentence, measure.name, measure.value, bound, measure.unit, measure.stamp_s, joints,
                 bool(measure.seen and abs(abs(measure.value) - bound) > error))


def _said(value: float) -> str:
    return f'{value:.1f}' if abs(value) < 10 else f'{value:.0f}'


def _once(faults: list[Fault]) -> list[Fault]:
    """One of each name, the most pronounced: a knee of each side may go inwards."""
    kept: dict[str, Fault] = {}
    for fault in faults:
        if fault.name not in kept or abs(fault.value) > abs(kept[fault.name].value):
            kept[fault.name] = fault
    return list(kept.values())
