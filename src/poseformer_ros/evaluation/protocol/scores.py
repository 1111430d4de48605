"""Clinical scores that were told, in files, and their figures."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.whole_file import write_whole

HEAD = ('person', 'exercise', 'true', 'told')
DRAWS, SEED = 2000, 17      # of the bootstrap


def save_scores(path: Path, person: np.ndarray, exercise: np.ndarray, true: np.ndarray, told: np.ndarray) -> None:
    """Write a line for each motion; all (n,)."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(HEAD)
    writer.writerows((*row[:2], f'{row[2]:.4f}', f'{row[3]:.4f}') for row in zip(person, exercise, true, told))
    write_whole(path, text.getvalue())


def figures_of_file(path: Path) -> dict[str, Any]:
    """`score_figures` of a file that `save_scores` wrote. Raises BadInput for another."""
    with open(path, newline='') as file:
        lines = list(csv.reader(file))
    if len(lines) < 2 or tuple(lines[0]) != HEAD:
        raise BadInput(f'{path}: holds no scores; remove it and run again')
    person, _, true, told = np.array(lines[1:]).T
    return score_figures(told.astype(float), true.astype(float), person)


def score_figures(told: np.ndarray, true: np.ndarray, person: np.ndarray) -> dict[str, Any]:
    """Mean absolute deviation, its 95 % interval by people, root mean square error, rank correlation (Spearman)."""
    error = np.abs(told - true)
    names = np.unique(person)
    sums, counts = (np.array([values[person == name].sum() for name in names]) for values in (error, np.ones(len(error))))
    drawn = np.random.default_rng(SEED).integers(len(names), size=(DRAWS, len(names)))
    interval = np.quantile(sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1), (0.025, 0.975))
    ranks = [_ranks(values) for values in (told, true)]
    return {'n': len(true), 'mad': float(error.mean()), 'mad people95': interval.tolist(),
            'rmse': float(np.sqrt((error ** 2).mean())),
            'rank correlation': float(np.corrcoef(ranks[0], ranks[1])[0, 1]) if np.ptp(told) > 0 else None}


def _ranks(values: np.ndarray) -> np.ndarray:
    """Ranks; values that are level share theirs."""
    levels, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[place]
