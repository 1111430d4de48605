"""The paper's ablation (its Table 11) from saved predictions, in both of its readings, with intervals by person."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from poseformer_ros.drawing.figure_plots import interval_plot
from poseformer_ros.drawing.page import Block, Heading, Plot, Table, Text
from poseformer_ros.evaluation.ablation import READINGS, ROWS
from poseformer_ros.evaluation.protocol.measures import people_interval
from poseformer_ros.evaluation.protocol.predictions import Predictions, load_predictions

ABLATION, ALL_VALUES = 'ablation', 'all'
# Our rows by the paper's.
PAPER_ROWS = {'without preprocessing': 'preprocessing', 'without 25 % of the mesh vertices': 'mesh_25',
              'without 50 % of the mesh vertices': 'mesh_50', 'without 3D mesh': 'mesh_100', 'without AKAZE': 'akaze',
              'without SIFT': 'sift', 'without BRISK': 'brisk', 'without ORB': 'orb', 'without Shi-Tomasi': 'shi_tomasi',
              'without all 2D keypoints': 'keypoints', 'without 50 % of the contour points': 'half_contour_points',
              'without contour points': 'contour_points', 'all parameters': ALL_VALUES}
NEEDS_IMAGES = 'needs RGB-D images; not from skeletons'
NEEDS_FEATURES = 'needs fused features: give --features'
TEXT = ('Windows inside the repetitions, of 2 s, of rendered recordings of 1 s; grouped folds of people, Extra Trees on statistics '
        'of the fused features. The paper says "without" in its table and "trained with" in its text: both are here. In brackets '
        '95 % by people; the change is against all parameters, person by person. Without the mesh means without its vertices: '
        'pose, shape and joints of the body stay.')


def ablation_blocks(folder: Path, printed: Mapping[str, float]) -> list[Block]:
    """Table and plot.

    folder: of the predictions, READING/ROW/FOLD.csv. printed: the paper's percent by its own names.
    """
    found = {(reading, row): load_predictions(paths) for reading in (ALL_VALUES, *READINGS) for row in (ALL_VALUES, *ROWS)
             if (paths := sorted((folder / reading / row).glob('*.csv')))}
    everything = found.get((ALL_VALUES, ALL_VALUES))
    rows = [(name, f'{value:.2f}', *_cells(found, PAPER_ROWS[name], everything)) for name, value in printed.items()]
    blocks: list[Block] = [Heading('Ablation'), Text(TEXT), Table(('row', "the paper's %", 'ours, without it: %', 'change',
                                                                   'ours, it alone: %'), rows)]
    if everything is None:
        return blocks
    bars = {_title(*key): (float(some.right.mean()), *people_interval(some.right, some.person)) for key, some in found.items()}
    return [*blocks, Plot('ablation', interval_plot(bars, None), 'ablation')]


def ablation_figures(folder: Path) -> dict[str, dict[str, object]]:
    """For figures.json: share right and its interval by people of each reading and row."""
    found = {}
    for path in sorted(folder.glob('*/*')):
        some = load_predictions(sorted(path.glob('*.csv')))
        found[f'ablation {path.parent.name} {path.name}'] = {
            'n': len(some.truth), 'errors': int((~some.right).sum()), 'right': float(some.right.mean()),
            'people95': list(people_interval(some.right, some.person))}
    return found


def change_interval(some: Predictions, other: Predictions) -> tuple[float, float, float]:
    """Share right of one less that of the other on the same samples, and its 95 % interval by people."""
    difference = some.right.astype(float) - other.right.astype(float)
    return (float(difference.mean()), *people_interval(difference, some.person))


def _cells(found: Mapping[tuple[str, str], Predictions], row: str, everything: Predictions | None) -> tuple[str, str, str]:
    if everything is None:
        return (NEEDS_FEATURES if row == ALL_VALUES or row.startswith('mesh') else NEEDS_IMAGES, '', '')
    if row == ALL_VALUES:
        return (_share(everything), '', '')
    without, alone = (found.get((reading, row)) for reading in READINGS)
    if without is None:
        return (NEEDS_IMAGES, '', '')
    change, low, high = change_interval(without, everything)
    return (_share(without), f'{100 * change:+.1f} ({100 * low:+.1f} to {100 * high:+.1f})', '' if alone is None else _share(alone))


def _share(some: Predictions) -> str:
    low, high = people_interval(some.right, some.person)
    return f'{100 * np.mean(some.right):.1f} ({100 * low:.1f} to {100 * high:.1f})'


def _title(reading: str, row: str) -> str:
    return 'all parameters' if reading == ALL_VALUES else f'{row}, {"without" if reading == READINGS[0] else "alone"}'
