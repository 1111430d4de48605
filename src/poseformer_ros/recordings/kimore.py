"""KIMORE's Kinect v2 skeletons (Capecci et al., IEEE TNSRE 2019, doi 10.1109/TNSRE.2019.2923060) from one .npz file."""

import math
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track
from poseformer_ros.recordings.npz_file import arrays_of
from poseformer_ros.recordings.table_file import read_lines, read_table

RATE_HZ = 30.0      # nominal; the recordings carry no stamps
POSITIONS, SCORES = 'kimore_positions_f32.npz', 'clinical_scores.csv'


def sequence_names(folder: Path | str) -> list[str]:
    """All `<subject>_Es<k>` in a folder's file. Raises BadInput without it."""
    with arrays_of(Path(folder) / POSITIONS) as arrays:
        return sorted(key.removesuffix('/xyz') for key in arrays if key.endswith('/xyz'))


def read_track(folder: Path | str, name: str) -> JointTrack:
    """One sequence, for example 'E_ID1_Es5'; joints not tracked are NaN. Raises BadInput for an unknown name."""
    path = Path(folder) / POSITIONS
    with arrays_of(path) as arrays:
        if f'{name}/xyz' not in arrays:
            raise BadInput(f"{path}: has no sequence '{name}'; names are like {next(iter(arrays))!r}")
        positions = arrays[f'{name}/xyz'].astype(np.float64)
        if f'{name}/state' in arrays:
            positions[arrays[f'{name}/state'] == 0] = np.nan
    return kinect_track(positions, RATE_HZ, name)


def read_boundaries(path: Path | str) -> dict[str, list[int]]:
    """Hand-made repetition boundaries, subject to frame numbers, of one `Es<k>_labels.csv`.

    Rows of Es2 and Es4 hold side flags 0 or 1 between the frames; they are left out. Raises BadInput for other rows.
    """
    rows, boundaries = read_lines(Path(path), 'give the folder of the repetition boundaries'), {}
    for line in rows.lines:
        cells = [cell for cell in line.cells[1:] if cell]
        if not line.cells[0] or not all(cell.isdigit() for cell in cells):
            raise rows.bad(line, f'is {list(line.cells)!r}, wanted a subject and whole frame numbers; get the file again')
        boundaries[line.cells[0].split('/')[-1].strip()] = [int(cell) for cell in cells if int(cell) > 1]
    return boundaries


def read_scores(path: Path | str) -> dict[str, dict[str, float]]:
    """`clinical_scores.csv`: 'TS_Es1' and so on to a subject's score; those that are missing are left out.

    TS: total, 0 to 50; PO: primary outcome, 0 to 15; CF: control factors, 0 to 35. Raises BadInput for another file.
    """
    columns = tuple(f'{score}_Es{exercise}' for score in ('TS', 'PO', 'CF') for exercise in range(1, 6))
    table = read_table(Path(path), ('subject', *columns), f'give the clinical scores of KIMORE: subject, {", ".join(columns)}')
    scores, subjects = table.numbers(columns), table.texts('subject')
    return {name: {subject: float(value) for subject, value in zip(subjects, scores[:, place], strict=True) if math.isfinite(value)}
            for place, name in enumerate(columns)}
