"""An exercise model judged on recordings of people it never saw, by the classifier that runs (protocol: recognition)."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.drawing.confusion import write_confusion
from poseformer_ros.evaluation.shares import wilson
from poseformer_ros.recognition.decision import NOBODY, UNKNOWN, ExerciseClassifier
from poseformer_ros.recognition.model_file import ExerciseModel
from poseformer_ros.recordings.feature_sequences import FeatureSequence
from poseformer_ros.synthesis.motion.motion_clip import REST

SOMEBODY = 1                # track id; a recording is of one person
METRICS, PREDICTIONS, CONFUSION = 'metrics.json', 'predictions.csv', 'confusion.png'
HEAD = ('recording', 'person', 'stamp_s', 'truth', 'repetition', 'published', 'likeliest', 'score', 'entropy')


@dataclass(frozen=True)
class Judged:
    """One frame's truth and answer. published: the classifier's label. likeliest: of its probabilities, never unknown."""

    recording: str
    person: str
    stamp_s: float
    truth: str
    repetition: int
    published: str
    likeliest: str
    score: float
    entropy: float


def evaluate(model: ExerciseModel, sequences: Sequence[FeatureSequence], out: Path) -> dict:
    """Run every recording through the classifier, frame by frame; returns the metrics.

    Writes into out: metrics.json, predictions.csv (every frame) and confusion.png. model: opened with the sequences' layout.
    """
    out.mkdir(parents=True, exist_ok=True)
    frames = [frame for sequence in tqdm(sequences, desc='judging') for frame in judge(model, sequence)]
    metrics = metrics_of(frames, model.facts.classes)
    (out / METRICS).write_text(json.dumps(metrics, indent=1) + '\n')
    with open(out / PREDICTIONS, 'w', newline='') as file:
        writer = csv.writer(file, lineterminator='\n')
        writer.writerow(HEAD)
        writer.writerows((*(getattr(f, name) for name in HEAD[:2]), f'{f.stamp_s:.4f}', *(getattr(f, name) for name in HEAD[3:7]),
                          f'{f.score:.4f}', f'{f.entropy:.4f}') for f in frames)
    write_confusion(metrics['confusion'], out / CONFUSION)
    return metrics


def judge(model: ExerciseModel, sequence: FeatureSequence) -> list[Judged]:
    """The classifier's answer at every frame of a recording."""
    classifier, found = ExerciseClassifier(model), []
    for values, present, stamp_s, truth, repetition in zip(sequence.values, sequence.present, sequence.stamps_s.tolist(),
                                                           sequence.labels.tolist(), sequence.repetition.tolist()):
        answer = classifier(values, present, stamp_s, SOMEBODY if present.any() else NOBODY)
        found.append(Judged(sequence.facts['name'], sequence.facts['person'], stamp_s, truth, repetition, answer.label,
                            answer.class_names[int(np.argmax(answer.probabilities))], answer.score, answer.entropy))
    return found


def metrics_of(frames: Sequence[Judged], classes: Sequence[str]) -> dict:
    """All figures. An answer 'unknown' to a frame of a class counts as wrong wherever the published label is judged."""
    known = [f for f in frames if f.truth in classes]
    inside = [f for f in known if f.truth != REST]
    later = [f for f in inside if f.repetition > 1]
    others = [f for f in frames if f.truth not in classes]
    common = Counter(f.truth for f in inside).most_common(1)
    return {
        'recordings': len({f.recording for f in frames}), 'people': sorted({f.person for f in frames}),
        'frames': {
            'inside an exercise after its first repetition': _share(later, _published_right),
            'the same, likeliest class': _share(later, lambda f: f.likeliest == f.truth),
            'inside an exercise': _share(inside, _published_right),
            'all, rest included': _share(known, _published_right),
            'all, likeliest class': _share(known, lambda f: f.likeliest == f.truth),
            'no class, answered unknown': _share(others, lambda f: f.published == UNKNOWN),
            'trivial: always the most common exercise, inside': _share(inside, lambda f: f.truth == common[0][0]),
        },
        'macro recall, all frames': _macro_recall(known),
        'repetitions': _share(*_voted(inside, lambda f: (f.recording, f.truth, f.repetition))),
        'recordings of an exercise': _share(*_voted(inside, lambda f: (f.recording, f.truth))),
        'by class': {name: _share([f for f in known if f.truth == name], _published_right) for name in classes},
        'by person, inside after the first repetition': {
            person: _share([f for f in later if f.person == person], _published_right)
            for person in sorted({f.person for f in later})},
        'confusion': confusion(frames, classes),
    }


def confusion(frames: Sequence[Judged], classes: Sequence[str]) -> dict:
    """Counts of frames: a row for each true label, a column for each published one."""
    rows = [*classes, *sorted({f.truth for f in frames} - set(classes))]
    columns = [*classes, UNKNOWN]
    counts = Counter((f.truth, f.published) for f in frames)
    return {'truth': rows, 'published': columns, 'counts': [[counts[row, column] for column in columns] for row in rows]}


def _published_right(frame: Judged) -> bool:
    return frame.published == frame.truth


def _share(frames: Sequence, right: Callable[..., bool]) -> dict:
    """Errors, number, share right and its Wilson interval; the frames of a recording are not independent, so it is narrow."""
    count = len(frames)
    correct = sum(map(right, frames))
    return {'errors': count - correct, 'n': count, 'right': correct / count if count else None,
            'wilson95': [round(end, 4) for end in wilson(correct, count)]}


def _macro_recall(frames: Sequence[Judged]) -> float | None:
    """Mean over the classes of the share of their frames that is published right."""
    shares = [np.mean([_published_right(f) for f in frames if f.truth == name]) for name in sorted({f.truth for f in frames})]
    return float(np.mean(shares)) if shares else None


def _voted(frames: Sequence[Judged], group: Callable[[Judged], tuple]) -> tuple[list[list[Judged]], Callable[..., bool]]:
    """Frames in groups, and whether a group's most frequent published label is the true one."""
    groups = [list(some) for _, some in groupby(sorted(frames, key=group), group)]
    return groups, lambda some: Counter(f.published for f in some).most_common(1)[0][0] == some[0].truth
