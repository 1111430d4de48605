"""The paper's ablation (its Table 11) on the same folds and windows: everything, without a row's values, these alone."""

import hashlib
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from poseformer_ros.evaluation.ablation import READINGS, ROWS, kept_values
from poseformer_ros.evaluation.protocol import folds
from poseformer_ros.evaluation.protocol.ablation_table import ABLATION, ALL_VALUES
from poseformer_ros.evaluation.protocol.samples import UNITS
from poseformer_ros.recognition.layout import FUSED
from poseformer_ros.recordings.feature_sequences import FeatureSequence
from poseformer_ros.recordings.labelled.labelled_motion import LabelledMotion
from poseformer_ros.training.classifiers.methods import METHODS
from poseformer_ros.training.figures.feature_inputs import FeatureInputs
from poseformer_ros.training.figures.outer_folds import Run, run_folds
from poseformer_ros.training.figures.plan import GROUPED, folds_in, settle

METHOD = 'trees'        # Extra Trees need no choices and a second a fold
# Windows inside the repetitions. Of rendered ones of 2 s everything is right with all parameters, so that nothing would be seen.
REAL_UNIT, RENDERED_UNIT = 'window_2s', 'window_1s'


def run_ablation(motions: Sequence[LabelledMotion], sequences: Sequence[FeatureSequence], classes: tuple[str, ...], out: Path,
                 unit: str, unprepared: Sequence[FeatureSequence] | None = None, rows: Collection[str] = tuple(ROWS)) -> None:
    """Train and ask what is not there yet, into `out`/ablation/READING/ROW.

    motions: what is done in the sequences, moment by moment. unit: of UNITS. rows: of ROWS.
    unprepared: the same recordings without preprocessing; without them that row is left out.
    Raises BadInput where other features were asked about in `out`.
    """
    settle(out / ABLATION, {'unit': unit, 'features': [_digest(sequence) for sequence in sequences]})
    samples = list(UNITS[unit].samples(motions))
    some = folds.folds_of(samples, folds_in(out, motions)[GROUPED])

    def run(reading: str, row: str, inputs: FeatureInputs) -> None:
        run_folds(Run(f'ablation {reading} {row}', METHODS[METHOD], samples, some, classes, out / ABLATION / reading / row), inputs)

    run(ALL_VALUES, ALL_VALUES, FeatureInputs(sequences))
    for row in rows:
        if ROWS[row].preprocessing:
            for reading in READINGS:
                run(reading, row, FeatureInputs(sequences, kept_values(FUSED, row, reading)))
        elif unprepared is not None:
            run(READINGS[0], row, FeatureInputs(unprepared))


def _digest(sequence: FeatureSequence) -> str:
    return hashlib.sha256(np.ascontiguousarray(sequence.values).tobytes()).hexdigest()


def rows_that_are_there(sequences: Sequence[FeatureSequence]) -> tuple[str, ...]:
    """Rows of ROWS about values that these sequences have; of skeletons, what needs images is not there."""
    parts = np.any([sequence.present.any(axis=0) for sequence in sequences], axis=0)
    there = np.asarray(parts)[FUSED.owner()]
    return tuple(row for row in ROWS if ROWS[row].preprocessing and (there & kept_values(FUSED, row, 'only')).any())
