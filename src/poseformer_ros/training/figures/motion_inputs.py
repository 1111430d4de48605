"""Samples as inputs of classifiers, kept in files by what they were made from."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recognition.motion_channels import channels, cleaned, movement, own_way, statistics
from poseformer_ros.recordings.labelled.labelled_motion import PLACE, LabelledMotion, mirrored
from poseformer_ros.training.classifiers.interface import BOTH_WAYS, MOVING, STATISTICS

VERSION = 1                 # changes with the numbers
STEPS_S = 15.0              # of a series: 15 Hz, as the model that ships
MOST_STEPS = 64             # longer samples are shrunk to these: whole sequences
LEAST_STEPS = 8


class MotionInputs:
    """Inputs of samples of these motions; files below `cache` that were made from the same motions and samples are read."""

    def __init__(self, motions: Sequence[LabelledMotion], cache: Path) -> None:
        self._motions, self._cache = motions, cache
        self._digest = digest_of(motions)
        self._cleaned: dict[int, np.ndarray] = {}

    def __call__(self, samples: Sequence[Sample], kind: str) -> np.ndarray:
        """(n, F) statistics, (n, 2, F) both ways or (n, L, C) series, float32."""
        told = repr((VERSION, self._digest, kind, [sample.key for sample in samples]))
        path = self._cache / f'{kind}_{hashlib.sha256(told.encode()).hexdigest()[:16]}.npy'
        if path.is_file():
            return np.load(path)
        found = self._made(samples, kind)
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix('.part.npy')
        np.save(part, found)
        part.replace(path)
        return found

    def _made(self, samples: Sequence[Sample], kind: str) -> np.ndarray:
        if kind == MOVING:
            return np.stack([moving(self._positions(sample)) for sample in samples])
        if kind == BOTH_WAYS:
            seen = map(self._positions, samples)
            return np.stack([[moving(positions), moving(mirrored(positions))] for positions in seen])
        windows = [channels(self._positions(sample)[None], PLACE)[0] for sample in samples]
        if kind == STATISTICS:
            return np.stack([statistics(window) for window in windows])
        return as_series(windows, max((sample.end - sample.begin) / self._motions[sample.motion].rate_hz for sample in samples))

    def _positions(self, sample: Sample) -> np.ndarray:
        """Cleaned within the whole recording: the sensor's own jumps, of two frames at most."""
        if sample.motion not in self._cleaned:
            self._cleaned[sample.motion] = cleaned(self._motions[sample.motion].positions)
        return self._cleaned[sample.motion][sample.begin:sample.end]


def moving(positions: np.ndarray) -> np.ndarray:
    """(F,) of a window (T, 20, 3): statistics of its channels and of the body's own way, and how much all of them move."""
    window = np.concatenate([make(positions[None], PLACE)[0] for make in (channels, own_way)], axis=1)
    return np.concatenate([statistics(window), movement(window)])


def as_series(windows: Sequence[np.ndarray], seconds: float) -> np.ndarray:
    """Windows (T, C), the longest of so many seconds, as (n, L, C) of one length."""
    steps = int(np.clip(round(seconds * STEPS_S), LEAST_STEPS, MOST_STEPS))
    return np.stack([resampled(window, steps) for window in windows])


def resampled(window: np.ndarray, steps: int) -> np.ndarray:
    """(T, C) as (steps, C), evenly from the first to the last frame."""
    at = np.linspace(0, len(window) - 1, steps)
    before = np.minimum(at.astype(int), max(len(window) - 2, 0))
    share = (at - before)[:, None].astype(window.dtype)
    return window[before] * (1 - share) + window[np.minimum(before + 1, len(window) - 1)] * share


def digest_of(motions: Sequence[LabelledMotion]) -> str:
    """Of all that a motion holds: the same motions have the same."""
    found = hashlib.sha256()
    for motion in motions:
        found.update(repr((motion.name, motion.person, motion.group, motion.rate_hz, motion.labels.tolist())).encode())
        found.update(np.ascontiguousarray(motion.positions).tobytes())
        found.update(np.ascontiguousarray(motion.repetition).tobytes())
    return found.hexdigest()


