"""KIMORE's primary outcomes by the station against those of the Kinect's own joints, repetition by repetition."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from poseformer_ros.assessment.exercise_spec import ExerciseSpec, exercise_specs
from poseformer_ros.assessment.measures import measured, set_series
from poseformer_ros.assessment.movement import movement_of_joints
from poseformer_ros.assessment.repetitions.repetition import Repetition

LEAST_IMAGES = 5        # of a repetition that is compared
LEAST_MOMENTS, LEAST_REPETITIONS = 10, 3      # with a fit in a sequence, and in all of an exercise
LIMITS = 1.96           # standard deviations about the bias within which 95 % of the differences lie (Bland and Altman 1986)


def outcome_agreement(rows: np.ndarray) -> dict[str, dict[str, dict[str, Any]]]:
    """By exercise and primary outcome: how many repetitions, bias (fitted less true), limits of agreement, intraclass correlation.

    rows: records of `judge_motion.ROW` of sound sequences; the true joints are the Kinect's, brought onto the body. A repetition
    that the sequence's end cuts is left out, as is an image without a fit.
    """
    figures: dict[str, dict[str, dict[str, Any]]] = {}
    specs = exercise_specs()
    for exercise in sorted(specs.keys() & set(rows['exercise'].tolist())):
        spec = specs[exercise]
        some = rows[rows['exercise'] == exercise]
        pairs = [pair for name in np.unique(some['name']) for pair in _pairs(some[some['name'] == name], spec)]
        if len(pairs) >= LEAST_REPETITIONS:
            table = np.array(pairs)         # (repetitions, outcomes, 2)
            figures[exercise] = {name: _agreement(table[:, at]) for at, name in enumerate(spec.outcomes)}
    return figures


def intraclass_correlation(values: np.ndarray) -> float:
    """ICC(2,1), absolute agreement of single measurements, of values (N, k): N subjects, k raters (Shrout and Fleiss 1979)."""
    count, raters = values.shape
    between = raters * values.mean(axis=1).var(ddof=1)
    of_raters = count * values.mean(axis=0).var(ddof=1)
    rest = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    error = float((rest ** 2).sum()) / ((count - 1) * (raters - 1))
    return float((between - error) / (between + (raters - 1) * error + raters * (of_raters - error) / count))


def _pairs(rows: np.ndarray, spec: ExerciseSpec) -> Iterator[list[list[float]]]:
    """Of each repetition of a sequence each outcome, by the fit and by the true joints."""
    rows = rows[np.isfinite(rows['fitted']).all(axis=(1, 2))]
    whole = [number for number in np.unique(rows['repetition']).tolist()
             if number > 0 and (rows['repetition'] == number).sum() >= LEAST_IMAGES and rows['repetition'][-1] != number]
    if not whole or len(rows) < LEAST_MOMENTS:
        return
    stamps = rows['stamp_s'].astype(float)
    series = [set_series(movement_of_joints(stamps, rows[of].astype(float)), spec, errors=False) for of in ('fitted', 'true')]
    spans = [stamps[rows['repetition'] == number] for number in whole]
    repetitions = [Repetition(number, 0, span[0], float(span.mean()), float(span.mean()), span[-1], 0.0)
                   for number, span in enumerate(spans, 1)]
    for index in range(len(repetitions)):
        yield [[measured(name, of, spec, repetitions, index).value for of in series] for name in spec.outcomes]


def _agreement(pairs: np.ndarray) -> dict[str, Any]:
    """pairs: (N, 2) fitted and true."""
    off = pairs[:, 0] - pairs[:, 1]
    bias, spread = float(off.mean()), LIMITS * float(off.std(ddof=1))
    return {'repetitions': len(pairs), 'bias': bias, 'limits': [bias - spread, bias + spread],
            'icc': intraclass_correlation(pairs)}
