"""KIMORE as it is published: a folder for each subject and exercise.

    CG|GPP / Expert|NotExpert|BackPain|Parkinson|Stroke / SUBJECT / Es1..Es5 / Raw / JointPosition*.csv

A line of JointPosition holds x, y, z in metres and a state (2 tracked, 1 inferred, 0 not tracked) of each of Kinect v2's 25 joints;
empty lines stand between frames. Colour, depth and the clinical sheets (.xlsx) beside it are not read.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings import kimore
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track

GROUPS = ('CG/Expert', 'CG/NotExpert', 'GPP/BackPain', 'GPP/Parkinson', 'GPP/Stroke')
JOINT_COUNT = 25
POSITION_FILES = 'JointPosition*.csv'


def subject_folders(root: Path) -> list[Path]:
    """All folders of a subject, by group and name."""
    return [folder for group in GROUPS for folder in sorted((root / group).glob('*')) if folder.is_dir()]


def exercise_folders(root: Path) -> Iterator[tuple[str, str, Path]]:
    """Subject, exercise ('Es1') and folder of everything that has a Raw folder; raises BadInput where there is nothing."""
    found = [(subject.name, folder.name, folder) for subject in subject_folders(root) for folder in sorted(subject.glob('Es[1-5]'))
             if (folder / 'Raw').is_dir()]
    if not found:
        raise BadInput(f'{root}: no {GROUPS[0]}/SUBJECT/Es1/Raw in it; give the folder that holds CG and GPP')
    yield from found


def read_folder(folder: Path) -> JointTrack:
    """The joints of one exercise; not tracked ones are NaN. Raises BadInput that names the file and the line."""
    paths = sorted((folder / 'Raw').glob(POSITION_FILES))
    if len(paths) != 1:
        raise BadInput(f'{folder / "Raw"}: holds {len(paths)} files {POSITION_FILES}, wanted one; get the folder again')
    rows = []
    for number, line in enumerate(paths[0].read_text(errors='replace').splitlines(), start=1):
        cells = [cell for cell in line.strip().rstrip(',').split(',') if cell.strip()]
        if not cells:
            continue
        if len(cells) != 4 * JOINT_COUNT:
            raise BadInput(f'{paths[0]}: line {number} has {len(cells)} numbers, wanted {4 * JOINT_COUNT}; get the file again')
        try:
            rows.append([float(cell) for cell in cells])
        except ValueError as error:
            raise BadInput(f'{paths[0]}: line {number}: {error}; get the file again') from error
    table = np.array(rows).reshape(-1, JOINT_COUNT, 4)
    return kinect_track(np.where(table[..., 3:] == 0, np.nan, table[..., :3]), kimore.RATE_HZ, str(paths[0]))
