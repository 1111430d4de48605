"""A recording as a sequence of feature vectors, one .npz file each: what recognition is trained and judged on."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recognition.layout import FeatureLayout
from poseformer_ros.recordings.npz_file import arrays_of

ARRAYS = ('values', 'present', 'labels', 'repetition', 'stamps_s')
REMEDY = 'make it again with `poseformer features` or `poseformer train exercise`'


@dataclass(frozen=True)
class FeatureSequence:
    """One recording, frame by frame.

    values: (T, F) float32, 0 in missing parts. present: (T, P) bool, by part of the layout; nothing where nobody was found.
    labels: (T,) str, the exercise or 'rest'. repetition: (T,) int from 1, 0 at rest. stamps_s: (T,) seconds, growing.
    facts: at least 'name', 'person' and 'layout' (its version).
    """

    values: np.ndarray
    present: np.ndarray
    labels: np.ndarray
    repetition: np.ndarray
    stamps_s: np.ndarray
    facts: dict[str, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.values)


def save_feature_sequence(path: str | Path | BinaryIO, sequence: FeatureSequence) -> None:
    """Write a sequence's file; the same sequence gives the same bytes."""
    np.savez_compressed(path, **{name: getattr(sequence, name) for name in ARRAYS}, facts=json.dumps(sequence.facts))


def load_feature_sequence(path: str | Path, layout: FeatureLayout) -> FeatureSequence:
    """Read a sequence's file. Raises BadInput where it is none, or of another layout."""
    path = Path(path)
    with arrays_of(path) as arrays:
        missing = [name for name in (*ARRAYS, 'facts') if name not in arrays]
        if missing:
            raise BadInput(f"{path}: no array '{missing[0]}', so it is no feature sequence; {REMEDY}")
        try:
            sequence = FeatureSequence(**{name: arrays[name] for name in ARRAYS}, facts=dict(json.loads(str(arrays['facts']))))
        except (ValueError, TypeError) as error:
            raise BadInput(f'{path}: cannot be read ({error}); {REMEDY}') from error
    check_sequence(sequence, layout, str(path))
    return sequence


def check_sequence(sequence: FeatureSequence, layout: FeatureLayout, name: str) -> None:
    """Raise BadInput unless shapes, stamps and facts are those of a sequence of this layout."""
    if sequence.facts.get('layout') != layout.version:
        raise BadInput(f"{name}: features of layout '{sequence.facts.get('layout')}', wanted '{layout.version}'; {REMEDY}")
    count = len(sequence.stamps_s)
    shapes = {'values': (count, layout.size), 'present': (count, len(layout.names)), 'labels': (count,), 'repetition': (count,)}
    for array, shape in shapes.items():
        if getattr(sequence, array).shape != shape:
            raise BadInput(f'{name}: {array} {getattr(sequence, array).shape}, wanted {shape}; {REMEDY}')
    if not count or not np.isfinite(sequence.stamps_s).all() or (np.diff(sequence.stamps_s) <= 0).any():
        raise BadInput(f'{name}: stamps of {count} frames are none, not numbers or do not grow; {REMEDY}')
    for fact in ('name', 'person'):
        if not isinstance(sequence.facts.get(fact), str):
            raise BadInput(f"{name}: its facts do not say the '{fact}'; {REMEDY}")
