"""The paper's ablation (its Table 11), every row by name and in both of its readings.

The table labels its rows "without X" and its text describes them as "trained with X". So each row names what it is about, and a
reading says whether a model sees everything but that, or that alone.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recognition.layout import FeatureLayout

READINGS = ('without', 'only')
SEED = 1100     # of the points and vertices that a row with a share takes


@dataclass(frozen=True)
class AblationRow:
    """One row. parts: whether a part of the layout is what the row is about.

    share: of these parts' points (of `point_size` values each) taken at random, evenly from each part.
    preprocessing: False for the row whose recordings are made without preprocessing; its vectors keep everything.
    """

    parts: Callable[[str], bool]
    share: float = 1.0
    point_size: int = 1
    preprocessing: bool = True


def _keypoints(detector: str = '') -> Callable[[str], bool]:
    return lambda name: name.startswith(f'keypoints/{detector}')


def _contours(name: str) -> bool:
    return name.startswith('contour/')


def _vertices(name: str) -> bool:
    return name == 'mesh/vertices'


ROWS = {
    'akaze': AblationRow(_keypoints('akaze')),
    'sift': AblationRow(_keypoints('sift')),
    'brisk': AblationRow(_keypoints('brisk')),
    'orb': AblationRow(_keypoints('orb')),
    'shi_tomasi': AblationRow(_keypoints('shi_tomasi')),
    'keypoints': AblationRow(_keypoints()),
    'half_contour_points': AblationRow(_contours, share=0.5, point_size=2),
    'contour_points': AblationRow(_contours, point_size=2),
    'preprocessing': AblationRow(lambda name: False, preprocessing=False),
    'mesh_25': AblationRow(_vertices, share=0.25, point_size=3),
    'mesh_50': AblationRow(_vertices, share=0.5, point_size=3),
    'mesh_100': AblationRow(_vertices, point_size=3),
}


def kept_values(layout: FeatureLayout, row: str, reading: str) -> np.ndarray:
    """(size,) bool: the values that a model sees in a row of the ablation.

    reading: 'without' keeps everything but the row's values, 'only' keeps these alone. The row 'preprocessing' keeps everything
    in either: its recordings differ, not its vectors.
    Raises BadInput for an unknown row or reading.
    """
    if row not in ROWS or reading not in READINGS:
        raise BadInput(f'ablation {row!r}, {reading!r}: the rows are {", ".join(ROWS)}, the readings {", ".join(READINGS)}')
    if not ROWS[row].preprocessing:
        return np.ones(layout.size, bool)
    about = np.zeros(layout.size, bool)
    rng = np.random.default_rng(SEED)
    for name, offset, size in zip(layout.names, layout.offsets, layout.sizes):
        if ROWS[row].parts(name):
            about[offset:offset + size] = _some(size, ROWS[row], rng)
    return about if reading == 'only' else ~about


def _some(size: int, row: AblationRow, rng: np.random.Generator) -> np.ndarray:
    points = size // row.point_size
    chosen = rng.permutation(points) < round(row.share * points)
    return np.repeat(chosen, row.point_size)
