"""Windows of frames to train on, varied as cameras, people and stages vary."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recognition.layout import FeatureLayout
from poseformer_ros.recognition.model_file import ModelFacts
from poseformer_ros.recognition.resampling import Resampler, between, without_broken
from poseformer_ros.recordings.feature_sequences import FeatureSequence
from poseformer_ros.skeleton.joints import JOINT_COUNT
from poseformer_ros.synthesis.motion.motion_clip import REST
from poseformer_ros.training.exercise.motions import PARTS as BODY_PARTS
from poseformer_ros.training.exercise.options import ExerciseTrainingOptions
from poseformer_ros.training.exercise.other_bodies import of_another_body

OTHER = -1              # target of a frame whose label is no class
SLOWEST_CAMERA = 3      # every third frame of 30 Hz is a camera at 10 Hz
LOST_FRAMES = 0.1       # share lost on top
BURST_FRAMES = (5, 40)  # frames in which a stage gives nothing, or a limb is hidden
BURST_PARTS = 0.3       # share of the parts that it takes
BEGINNING_FRAMES = (-60, 15)    # where a window begins that is to show a beginning, from the first frame of an exercise
LONGEST_GAP_S = 1.0     # as the classifier's `gap_s`; nothing is interpolated across it
FEWEST_FRAMES = 60      # of a window that shows a beginning
LEAST_DEVIATION = 1e-4  # in a feature's own unit; one that varies less tells nothing and is not blown up


@dataclass(frozen=True)
class TrainingFrames:
    """A recording at the model's rate with the model's parts. values (T, F), flags (T, P) float32, targets (T,) int."""

    values: np.ndarray
    flags: np.ndarray
    targets: np.ndarray


@dataclass(frozen=True)
class Standard:
    """Mean and standard deviation (F,) of the frames where a feature's part was there."""

    mean: np.ndarray
    deviation: np.ndarray


def training_frames(sequence: FeatureSequence, layout: FeatureLayout, facts: ModelFacts) -> TrainingFrames:
    """A recording as the running classifier would take it in: its parts, its rate."""
    columns = np.concatenate([np.arange(layout.size)[layout.part(part)] for part in facts.parts])
    present = sequence.present[:, [layout.names.index(part) for part in facts.parts]]
    targets = np.array([facts.classes.index(label) if label in facts.classes else OTHER for label in sequence.labels.tolist()])
    values, flags = without_broken(sequence.values[:, columns].astype(np.float32), present.astype(np.float32),
                                   np.repeat(np.arange(len(facts.parts)), facts.part_sizes))
    resampler, found, last_s = Resampler(facts.rate_hz, facts.part_sizes), [], -np.inf
    for index in np.flatnonzero(present.any(axis=1)):
        stamp_s, here = float(sequence.stamps_s[index]), slice(index, index + 1)
        if stamp_s - last_s > LONGEST_GAP_S:
            resampler.reset()
        last_s = stamp_s
        found += [(*frame, targets[index]) for frame in resampler(stamp_s, values[here], flags[here])]
    if not found:
        return TrainingFrames(values[:0], flags[:0], targets[:0])
    return TrainingFrames(np.concatenate([row[0] for row in found]), np.concatenate([row[1] for row in found]),
                          np.array([row[2] for row in found]))


def standard_of(recordings: Sequence[TrainingFrames], owner: np.ndarray) -> Standard:
    """Of all frames; owner (F,): the part of each feature."""
    count, total, squares = (np.zeros(len(owner)) for _ in range(3))
    for recording in recordings:
        there = recording.flags[:, owner] > 0
        values = np.where(there, recording.values, 0.0).astype(np.float64)
        count += there.sum(axis=0)
        total += values.sum(axis=0)
        squares += (values ** 2).sum(axis=0)
    mean = total / np.maximum(count, 1)
    deviation = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean ** 2, 0.0))
    return Standard(mean.astype(np.float32), np.where(deviation < LEAST_DEVIATION, 1.0, deviation).astype(np.float32))


class WindowMaker:
    """Random windows, each another variation of a stretch of a recording."""

    def __init__(self, options: ExerciseTrainingOptions, standard: Standard, facts: ModelFacts) -> None:
        """Raises BadInput for other bodies where the model sees more than the body's joints."""
        if options.other_bodies and facts.parts != BODY_PARTS:
            raise BadInput(f"other_bodies is {options.other_bodies} and the model sees {', '.join(facts.parts)}; "
                           f"let it see {' and '.join(BODY_PARTS)} alone, or set 0")
        self._options, self._standard = options, standard
        self._owner = np.repeat(np.arange(len(facts.parts)), facts.part_sizes)
        self._rest = facts.classes.index(REST)
        self._stages = np.unique([part.split('/')[0] for part in facts.parts], return_inverse=True)[1]

    def __call__(self, recording: TrainingFrames, rng: np.random.Generator) -> TrainingFrames:
        """A window of `window_frames` frames or fewer, where the recording ends before."""
        values, flags, targets = self._retimed(recording, rng)
        if self._options.other_bodies and rng.random() < self._options.other_bodies:
            height, joints = of_another_body(values[:, 0], values[:, 1:].reshape(-1, JOINT_COUNT, 3), rng)
            values = np.column_stack([height, joints.reshape(len(values), -1)]).astype(np.float32)
        flags = flags * self._parts_kept(len(flags), flags.shape[1], rng)
        noise = rng.standard_normal(values.shape, dtype=np.float32) * np.float32(self._options.noise)
        shift = rng.standard_normal((1, values.shape[1]), dtype=np.float32) * np.float32(self._options.shift)
        return TrainingFrames(values + (noise + shift) * self._standard.deviation, flags, targets)

    def _retimed(self, recording: TrainingFrames, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Another tempo, seen by another camera: frames between those that came are interpolated, as while running."""
        options, count = self._options, len(recording.targets)
        tempo = np.exp(rng.uniform(-1, 1) * np.log(options.tempo))
        at = self._first(recording.targets, tempo, rng) + tempo * np.arange(options.window_frames)
        at = at[at <= count - 1]
        came = self._frames_that_came(count, rng)
        after = np.clip(np.searchsorted(came, at), 1, len(came) - 1) if len(came) > 1 else np.zeros(len(at), int)
        before = np.maximum(after - 1, 0)
        share = np.clip((at - came[before]) / np.maximum(came[after] - came[before], 1), 0.0, 1.0)
        first, last = ((recording.values[came[side]], recording.flags[came[side]]) for side in (before, after))
        return *between(first, last, share[:, None], self._owner), recording.targets[np.rint(at).astype(int)]

    def _first(self, targets: np.ndarray, tempo: float, rng: np.random.Generator) -> float:
        """Where a window of targets (T,) begins: anywhere, or by chance near the beginning of an exercise."""
        latest = max(0.0, len(targets) - 1 - self._options.window_frames * tempo)
        begin = np.flatnonzero((targets[1:] != targets[:-1]) & (targets[1:] != self._rest) & (targets[1:] != OTHER)) + 1
        if self._options.beginnings and len(begin) and rng.random() < self._options.beginnings:
            return float(np.clip(rng.choice(begin) + tempo * rng.uniform(*BEGINNING_FRAMES), 0.0, len(targets) - FEWEST_FRAMES))
        return rng.uniform(0.0, latest)

    def _frames_that_came(self, count: int, rng: np.random.Generator) -> np.ndarray:
        """Indices of the frames that reach the model."""
        every = np.arange(count)
        if rng.random() >= self._options.slow_camera:
            return every
        step = int(rng.integers(1, SLOWEST_CAMERA + 1))
        came = every[int(rng.integers(step))::step]
        return came[rng.random(len(came)) >= LOST_FRAMES] if len(came) > 20 else every

    def _parts_kept(self, count: int, parts: int, rng: np.random.Generator) -> np.ndarray:
        """(T, P) float32, 0 where a part is made missing: some throughout, all of a stage that is off, some for a while."""
        kept = np.repeat(rng.random((1, parts)) >= self._options.parts_missing, count, axis=0)
        if self._stages.any() and rng.random() < self._options.stage_missing:
            kept[:, self._stages == rng.integers(self._stages.max() + 1)] = False
        if rng.random() < self._options.bursts:
            begin, length = int(rng.integers(count)), int(rng.integers(*BURST_FRAMES))
            kept[begin:begin + length] &= rng.random(parts) >= BURST_PARTS
        return kept.astype(np.float32)
