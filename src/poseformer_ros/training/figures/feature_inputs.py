"""Sequences of fused features as what classifiers see, and as motions of the joints that were found."""

from collections.abc import Sequence

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recognition.motion_channels import movement, statistics
from poseformer_ros.recordings.feature_sequences import FeatureSequence
from poseformer_ros.recordings.labelled.labelled_motion import JOINTS, LabelledMotion
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.training.classifiers.interface import BOTH_WAYS, MOVING, STATISTICS
from poseformer_ros.training.figures.motion_inputs import as_series

# From fusion's body frame (away from the camera, left, up) to a track's (y up, who faces the camera faces +z).
TRACK_FROM_BODY = np.array([[0.0, -1.0, 0.0], [0.0, 0.0, 1.0], [-1.0, 0.0, 0.0]])


class FeatureInputs:
    """Inputs of samples of these sequences. kept: (F,) bool, the values that a model sees; all when left out."""

    def __init__(self, sequences: Sequence[FeatureSequence], kept: np.ndarray | None = None) -> None:
        self._sequences, self._kept = sequences, np.ones(FUSED.size, bool) if kept is None else kept

    def __call__(self, samples: Sequence[Sample], kind: str) -> np.ndarray:
        """(n, F) statistics or (n, L, C) series, float32. Raises BadInput for a kind that fused features do not have."""
        if kind == BOTH_WAYS:
            raise BadInput('both_ways: fused features have no mirror image; take moving, or skeletons')
        windows = [self._sequences[sample.motion].values[sample.begin:sample.end, self._kept] for sample in samples]
        if kind == STATISTICS:
            return np.stack([statistics(window) for window in windows])
        if kind == MOVING:
            return np.stack([np.concatenate([statistics(window), movement(window)]) for window in windows])
        return as_series(windows, max(self._seconds(sample) for sample in samples))

    def _seconds(self, sample: Sample) -> float:
        return (sample.end - sample.begin) / rate_hz(self._sequences[sample.motion])


def rate_hz(sequence: FeatureSequence) -> float:
    """Moments a second."""
    return 1.0 / float(np.median(np.diff(sequence.stamps_s)))


def motion_of(sequence: FeatureSequence) -> LabelledMotion:
    """The joints of the fitted body over time; NaN where there is none."""
    part = FUSED.part('mesh/joints')
    joints = sequence.values[:, part].reshape(-1, JOINT_COUNT, 3) @ TRACK_FROM_BODY.T
    there = sequence.present[:, FUSED.names.index('mesh/joints')]
    positions = np.where(there[:, None, None], joints[:, [JOINT[name] for name in JOINTS]], np.nan)
    return LabelledMotion(sequence.facts['name'], sequence.facts['person'], '', positions, rate_hz(sequence), sequence.labels,
                          sequence.repetition)
