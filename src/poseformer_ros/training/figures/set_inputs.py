"""A window as part of its recording: what the whole holds, and where in the set it lies if it is of this exercise or that.

A window alone does not tell rest from exercise: people hold the posture before they begin, and pause in between.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.assessment.exercise_spec import ExerciseSpec, exercise_specs
from poseformer_ros.assessment.repetitions.repetition import Repetition
from poseformer_ros.assessment.repetitions.segmentation import segment, smoothed
from poseformer_ros.assessment.repetitions.signals import SIGNALS
from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recognition.motion_channels import cleaned
from poseformer_ros.recordings.labelled.labelled_motion import PLACE, LabelledMotion
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.training.figures.motion_inputs import moving

FAR_S = 6.0             # further from a set's ends it does not matter how far
AROUND_S = (2.0, 5.0)   # before and behind a window, over which the movement is looked at
AT_END_S = 0.3          # a repetition so near to an end of the recording may be cut off
NO_SET = 16             # values of `_place` where there is no repetition


@dataclass(frozen=True)
class FoundSet:
    """The repetitions of one exercise in a recording of so many seconds.

    value: (T,) distance of its signal from the median. speed: (T,) of the signal, a second. Both as shares of the usual extent.
    """

    repetitions: tuple[Repetition, ...]
    value: np.ndarray
    speed: np.ndarray
    seconds: float

    def __call__(self, first_s: float, last_s: float, rate_hz: float) -> np.ndarray:
        """(SET_VALUES,) of a window: its movement, what is around it, and its place among the repetitions."""
        inside = slice(round(first_s * rate_hz), round(last_s * rate_hz))
        value, speed = self.value[inside], self.speed[inside]
        around = [part.mean() for around_s in AROUND_S for part in (
            self.speed[max(0, inside.start - round(around_s * rate_hz)):inside.stop],
            self.speed[inside.start:inside.stop + round(around_s * rate_hz)])]
        return np.array([speed.mean(), speed.max(), value.mean(), np.ptp(value), *around, *self._place(first_s, last_s)])

    def _place(self, first_s: float, last_s: float) -> list[float]:
        if not self.repetitions:
            return [0.0] * NO_SET
        first, last, middle = self.repetitions[0], self.repetitions[-1], (first_s + last_s) / 2
        index = int(np.argmin([abs((one.start_s + one.end_s) / 2 - middle) for one in self.repetitions]))
        near = self.repetitions[index]
        usual = float(np.median([one.extent for one in self.repetitions]))
        takes = float(np.median([one.end_s - one.start_s for one in self.repetitions]))
        covered = sum(max(0.0, min(last_s, one.end_s) - max(first_s, one.start_s)) for one in self.repetitions)
        return [np.clip(middle - first.start_s, -FAR_S, FAR_S), np.clip(last.end_s - middle, -FAR_S, FAR_S),
                covered / (last_s - first_s), near.extent / usual, (near.end_s - near.start_s) / takes, float(near.half),
                middle - near.start_s, near.end_s - middle, index, len(self.repetitions) - 1 - index,
                float(near.start_s < AT_END_S), float(near.end_s > self.seconds - AT_END_S),
                first.extent / usual, last.extent / usual, float(first.start_s < AT_END_S),
                float(last.end_s > self.seconds - AT_END_S)]


def found_set(stamps_s: np.ndarray, joints: np.ndarray, spec: ExerciseSpec) -> FoundSet:
    """What the assessment counts in joints (T, 24, 3) if they are taken for this exercise."""
    signal = np.nan_to_num(SIGNALS[spec.signal](joints))
    repetitions = segment(stamps_s, signal, spec.kind, spec.usual)
    usual = float(np.median([one.extent for one in repetitions])) if repetitions else spec.usual
    path = smoothed(stamps_s, signal.real) + 1j * smoothed(stamps_s, signal.imag)
    away = np.abs(path - (np.median(path.real) + 1j * np.median(path.imag)))
    speed = np.abs(np.gradient(path, stamps_s))
    return FoundSet(tuple(repetitions), away / usual, speed / usual, float(stamps_s[-1]))


class RecordingInputs:
    """Inputs of windows of these motions, in which one of KIMORE's exercises is done each."""

    def __init__(self, motions: Sequence[LabelledMotion]) -> None:
        self._motions = motions
        self._specs = [spec for name, spec in exercise_specs().items() if name.startswith('kimore')]
        self._told: dict[int, tuple[np.ndarray, list[FoundSet]]] = {}

    def __call__(self, samples: Sequence[Sample], kind: str) -> np.ndarray:
        """(n, F), whatever the kind: of the whole recording, then of the window in a set of each exercise."""
        return np.stack([self._of(sample) for sample in samples])

    def _of(self, sample: Sample) -> np.ndarray:
        rate_hz = self._motions[sample.motion].rate_hz
        whole, sets = self._recording(sample.motion)
        places = [one(sample.begin / rate_hz, sample.end / rate_hz, rate_hz) for one in sets]
        return np.concatenate([whole, *places]).astype(np.float32)

    def _recording(self, index: int) -> tuple[np.ndarray, list[FoundSet]]:
        if index not in self._told:
            motion = self._motions[index]
            positions = cleaned(motion.positions)
            joints = np.full((len(motion), JOINT_COUNT, 3), np.nan)
            joints[:, [JOINT[name] for name in PLACE]] = positions
            stamps = np.arange(len(motion)) / motion.rate_hz
            self._told[index] = moving(positions), [found_set(stamps, joints, spec) for spec in self._specs]
        return self._told[index]
