"""Repetitions in KIMORE's Kinect skeletons against the boundaries that were marked by hand."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.repetitions.segmentation import segment
from poseformer_ros.assessment.repetitions.signals import SIGNALS
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.recordings.kimore import RATE_HZ, read_track, sequence_names
from poseformer_ros.recordings.table_file import read_lines
from poseformer_ros.skeleton.joints import JOINT

BESIDE_S = 0.3      # a repetition whose middle lies within the marked span, give or take, is compared; others were not marked


@dataclass(frozen=True)
class CountedSequence:
    """name: subject and exercise. edges_s: (N, 2) start and end less those by hand, empty where the count differs."""

    name: str
    counted: int
    marked: int
    edges_s: np.ndarray


def counted_sequences(folder: Path) -> list[CountedSequence]:
    """Every sequence that has marks. Raises BadInput without the data."""
    return [_counted(folder, name, spans) for name, spans in marked_spans(folder).items()]


def marked_spans(folder: Path) -> dict[str, np.ndarray]:
    """(N, 2) seconds of the repetitions that were marked, by sequence. Raises BadInput without the data."""
    by_hand = folder / 'repetition_segmentation'
    marks = {exercise: _marks(by_hand / f'Es{exercise}_labels.csv', exercise) for exercise in range(1, 6)}
    return {name: np.array(marks[int(name[-1])][name[:-4]]) / RATE_HZ for name in sequence_names(folder)
            if name[:-4] in marks[int(name[-1])]}


def _marks(path: Path, exercise: int) -> dict[str, list[tuple[int, int]]]:
    """Spans in frames. Rows of Es5 hold start and end in turn, the others boundaries; a 0 or 1 begins a group, of another side."""
    found = {}
    for line in read_lines(path, 'give the folder of KIMORE').lines:
        frames, name = [int(cell) for cell in line.cells[1:] if cell], line.cells[0].split('/')[-1].strip()
        if exercise == 5:
            found[name] = list(zip(frames[::2], frames[1::2]))
        else:
            found[name] = [(a, b) for a, b in zip(frames, frames[1:]) if a > 1 and b > 1]
    return found


def _counted(folder: Path, name: str, spans: np.ndarray) -> CountedSequence:
    spec, track = exercise_specs()[f'kimore_es{name[-1]}'], read_track(folder, name)
    joints = np.full((len(track), len(JOINT), 3), np.nan)
    for joint, places in track.joints.items():
        joints[:, JOINT[joint]] = places
    found = segment(np.arange(len(track)) / RATE_HZ, SIGNALS[spec.signal](joints), spec.kind, spec.usual)
    said = np.array([(one.start_s, one.end_s) for one in found if not (one.half and spec.kind == 'circles')]).reshape(-1, 2)
    middle = said.mean(axis=1)
    inside = said[(middle > spans[0, 0] - BESIDE_S) & (middle < spans[-1, 1] + BESIDE_S)]
    return CountedSequence(name, len(inside), len(spans), inside - spans if len(inside) == len(spans) else np.empty((0, 2)))


def kimore_table(sequences: list[CountedSequence]) -> str:
    """By exercise and for all: exact counts, within one, edges."""
    groups = [(f'Es{k}', [one for one in sequences if one.name.endswith(f'Es{k}')]) for k in range(1, 6)]
    rows = []
    for name, of in [*groups, ('all', sequences)]:
        off = np.array([abs(one.counted - one.marked) for one in of])
        edges = np.concatenate([one.edges_s for one in of])
        rows.append((name, str(len(of)), f'{100 * np.mean(off == 0):.0f} %', f'{100 * np.mean(off <= 1):.0f} %',
                     *(f'{np.median(np.abs(edges[:, k])):.2f}' for k in (0, 1))))
    return markdown_table(('exercise', 'sequences', 'count exact', 'within one', 'start, median s', 'end, median s'), rows)
