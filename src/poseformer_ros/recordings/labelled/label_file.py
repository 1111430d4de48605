"""What is done when in recordings of one's own: a table, one line for each stretch.

    recording,person,label,begin_s,end_s
    monday_ada,ada,squat,3.2,5.1

Seconds count from the recording's first moment. Each line is one repetition; between them people rest.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.recordings.labelled.labelled_motion import REST
from poseformer_ros.recordings.table_file import read_table

COLUMNS = ('recording', 'person', 'label', 'begin_s', 'end_s')


@dataclass(frozen=True)
class Labels:
    """Of one recording. stretches: label, first and last second, in order."""

    person: str
    stretches: tuple[tuple[str, float, float], ...]


def read_label_file(path: Path) -> Mapping[str, Labels]:
    """Labels by recording. Raises BadInput that names the line."""
    table = read_table(path, COLUMNS, f'wanted a table of {", ".join(COLUMNS)}')
    times_s, texts = table.numbers(('begin_s', 'end_s')), zip(*(table.texts(column) for column in COLUMNS[:3]), strict=True)
    found: dict[str, Labels] = {}
    for line, (name, person, label), (begin_s, end_s) in zip(table.rows.lines, texts, times_s.tolist(), strict=True):
        before = found.get(name, Labels(person, ()))
        if person != before.person or not label or not begin_s < end_s or (before.stretches and begin_s < before.stretches[-1][2]):
            raise table.rows.bad(line, f'{name} has another person, no label, or a stretch that does not follow the one before it; '
                                       'give one person a recording and stretches in order')
        found[name] = Labels(person, (*before.stretches, (label, begin_s, end_s)))
    return found


def labels_at(labels: Labels | None, stamps_s: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Label (T,) str and repetition (T,) int of each moment; '' and 0 where nobody told."""
    if labels is None:
        return np.full(len(stamps_s), ''), np.zeros(len(stamps_s), int)
    names = [REST, *(label for label, _, _ in labels.stretches)]
    found, repetition = np.full(len(stamps_s), REST, dtype=f'<U{max(map(len, names))}'), np.zeros(len(stamps_s), int)
    count: dict[str, int] = {}
    for label, begin_s, end_s in labels.stretches:
        count[label] = count.get(label, 0) + 1
        inside = (stamps_s >= begin_s) & (stamps_s < end_s)
        found[inside], repetition[inside] = label, count[label]
    return found, repetition
