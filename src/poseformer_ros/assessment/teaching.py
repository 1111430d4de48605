"""An exercise that is shown once: which signal it moves, which way, and how far."""

import numpy as np

from poseformer_ros.assessment.exercise_spec import Band, ExerciseSpec, exercise_specs
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.excursions import BOTH_WAYS, ONE_WAY
from poseformer_ros.assessment.repetitions.segmentation import segment, smoothed
from poseformer_ros.assessment.repetitions.signals import SIGNALS
from poseformer_ros.errors import BadInput

# What each signal moves by while somebody stands still, in its unit: a signal is chosen by its range against it.
STILL = {'shoulders_turn': 4.0, 'elbows': 6.0, 'trunk_left': 1.0, 'pelvis_left': 1.5, 'pelvis_right': 1.5,
         'pelvis_drop': 1.0, 'squat_depth': 1.0}
STILL_DEG = 4.0
LEAST = 4.0         # times that; less is no movement
NOT_TAUGHT = ('circling_pelvis', 'lesser_knee', 'upper_body_left')
EXTENT_BAND = 'incomplete_range'


def taught_exercise(name: str, movement: Movement) -> ExerciseSpec:
    """The exercise of one demonstration, from rest to rest.

    Its one target is the range, two thirds of what was shown. Raises BadInput where nothing moved, or where more than one
    repetition was shown.
    """
    movement = movement[movement.known]
    if len(movement) < 15:
        raise BadInput(f'teach {name}: a body in {len(movement)} moments only; show the exercise once, in view')
    ranges = {signal: _range(movement, signal) for signal in SIGNALS if signal not in NOT_TAUGHT}
    signal = max(ranges, key=lambda one: ranges[one] / STILL.get(one, STILL_DEG))
    usual = ranges[signal]
    if usual < LEAST * STILL.get(signal, STILL_DEG):
        raise BadInput(f'teach {name}: no joint moved far enough to count by; show the exercise once, with its whole range')
    values = SIGNALS[signal](movement.joints)
    kind = ONE_WAY if len(segment(movement.stamps_s, values, ONE_WAY, usual)) == 1 else BOTH_WAYS
    shown = len(segment(movement.stamps_s, values, kind, usual))
    if shown != 1:
        raise BadInput(f'teach {name}: {shown} repetitions were seen; show it once, from rest to rest')
    template = next(band for band in exercise_specs()['kimore_es1'].bands if band.fault == EXTENT_BAND)
    unit = '%' if signal.startswith(('pelvis', 'squat')) else 'deg'
    return ExerciseSpec(name, name.replace('_', ' '), signal, kind, float(usual), unit, (),
                        (Band(template.measure, EXTENT_BAND, template.sentence, low=template.low),))


def exercise_text(spec: ExerciseSpec) -> dict[str, dict[str, object]]:
    """What to write into a YAML file of exercises of one's own."""
    bands = {band.fault: {'measure': band.measure, 'low': band.low, 'sentence': band.sentence} for band in spec.bands}
    return {spec.name: {'title': spec.title, 'signal': spec.signal, 'kind': spec.kind, 'usual': round(spec.usual, 2),
                        'unit': spec.unit, 'outcomes': list(spec.outcomes), 'bands': bands}}


def _range(movement: Movement, signal: str) -> float:
    values = smoothed(movement.stamps_s, SIGNALS[signal](movement.joints))
    return float(np.quantile(values, 0.98) - np.quantile(values, 0.02))
