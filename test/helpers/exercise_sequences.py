"""Made-up recordings whose exercises are waves of known features: what a classifier must find, and nothing else."""

import numpy as np

from poseformer_ros.recognition.layout import layout_of
from poseformer_ros.recordings.feature_sequences import FeatureSequence

LAYOUT = layout_of('waves-1', {'arm': 2, 'leg': 2, 'noise': 3})
MOVED = {'arm_lift': 0, 'reach': 1, 'squat': 2}     # feature that each exercise moves
EXERCISES = tuple(MOVED)


def wave_sequence(exercise, person, seconds=10.0, rate_hz=30.0):
    """1.5 s of rest, then repetitions of two seconds with a second of rest between; 'wander', of no class, sways throughout."""
    rng = np.random.default_rng((*exercise.encode(), *person.encode()))
    stamps = np.arange(int(seconds * rate_hz)) / rate_hz
    number = np.floor((stamps - 1.5) / 3.0).astype(int)
    since = stamps - 1.5 - 3.0 * number
    moving = (number >= 0) & (since < 2.0)
    values = 0.05 * rng.standard_normal((len(stamps), LAYOUT.size)) + 0.05 * rng.standard_normal(LAYOUT.size)
    if exercise == 'wander':
        values[:, 3], moving[:] = 1.0 + 0.5 * np.sin(2.0 * stamps), True
    else:
        values[:, MOVED[exercise]] += rng.uniform(0.8, 1.2) * moving * np.minimum(1.0, 2.0 * np.sin(0.5 * np.pi * since))
    return FeatureSequence(values.astype(np.float32), np.ones((len(stamps), 3), bool), np.where(moving, exercise, 'rest'),
                           np.where(moving, number + 1, 0), stamps,
                           {'name': f'{exercise}_{person}', 'person': person, 'layout': LAYOUT.version})
