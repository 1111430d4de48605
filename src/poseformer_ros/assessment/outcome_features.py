"""A set in numbers that a clinical score can follow, the same for every exercise.

KIMORE's primary outcomes are extremes of such series within a repetition, its control factors their course (Capecci et al., IEEE
TNSRE 2019); here each series gives both, so that it is seen how the rest of the body was held.
"""

import warnings
from collections.abc import Sequence

import numpy as np

from poseformer_ros.assessment.body_series import NAMES, TURNS, body_series
from poseformer_ros.assessment.repetitions.segmentation import smoothed
from poseformer_ros.assessment.repetitions.signals import continuous_degrees
from poseformer_ros.assessment.smoothness import spectral_arc_length
from poseformer_ros.skeleton.joints import JOINT

ENDS = (0.03, 0.97)         # quantiles of a series within a repetition: its extremes without single wrong moments
MOVING = ('left_hand', 'right_hand', 'neck', 'pelvis')      # whose speed and smoothness are looked at
LEAST_MOMENTS = 5           # of a repetition
# A shoulder's hike and the head's place follow from others: more of the same would count double.
TOLD = tuple(name for name in NAMES if not name.endswith(('shoulder_hike', 'head_left')))


def outcome_features(stamps_s: np.ndarray, joints: np.ndarray, spans_s: Sequence[tuple[float, float]]) -> np.ndarray:
    """(F,): mean over the repetitions, and their deviation, of what `_of_repetition` tells, and their count; NaN where unknown.

    stamps_s: (T,). joints: (T, 24, 3) in the room without gaps; spine and collarbones are not used. spans_s: start and end of each
    repetition; without any, all is one.
    """
    series = body_series(joints)
    series |= {name: continuous_degrees(series[name]) for name in TURNS}
    values = np.stack([series[name] for name in TOLD], axis=1)
    places = np.stack([smoothed(stamps_s, joints[:, JOINT[name], axis]) for name in MOVING for axis in range(3)], axis=1)
    speeds = np.linalg.norm(np.gradient(places, stamps_s, axis=0).reshape(len(joints), len(MOVING), 3), axis=2)
    rate_hz = float(1.0 / np.median(np.diff(stamps_s)))
    inside = [(stamps_s >= start) & (stamps_s <= end) for start, end in spans_s]
    inside = [one for one in inside if one.sum() >= LEAST_MOMENTS] or [np.ones(len(stamps_s), bool)]
    found = np.stack([_of_repetition(values[one], speeds[one], rate_hz) for one in inside])
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)     # a series that is unknown throughout is NaN
        return np.concatenate([np.nanmean(found, axis=0), np.nanstd(found, axis=0), [len(inside)]])


def _of_repetition(values: np.ndarray, speeds: np.ndarray, rate_hz: float) -> np.ndarray:
    """Of each series mean, deviation, low and high end, range; seconds; of each MOVING joint SPARC and mean speed."""
    with warnings.catch_warnings():
        warnings.simplefilter('ignore', RuntimeWarning)
        low, high = np.nanquantile(values, ENDS, axis=0)
        course = np.stack([np.nanmean(values, axis=0), np.nanstd(values, axis=0), low, high, high - low], axis=1)
    smooth = [spectral_arc_length(speeds[:, column], rate_hz) for column in range(speeds.shape[1])]
    return np.concatenate([course.ravel(), [len(values) / rate_hz], smooth, speeds.mean(axis=0)])
