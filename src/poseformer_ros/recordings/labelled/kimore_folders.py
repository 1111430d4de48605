"""KIMORE as it is published: a folder for each subject and exercise.

    CG|GPP / Expert|NotExpert|BackPain|Parkinson|Stroke / SUBJECT / Es1..Es5 / Raw / JointPosition*.csv

A line of JointPosition holds x, y, z in metres and a state (2 tracked, 1 inferred, 0 not tracked) of each of Kinect v2's 25 joints;
empty lines stand between frames. Colour, depth and the clinical sheets (.xlsx) beside it are not read.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings import kimore
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track
from poseformer_ros.recordings.table_file import numbers_of, read_lines

GROUPS = ('CG/Expert', 'CG/NotExpert', 'GPP/BackPain', 'GPP/Parkinson', 'GPP/Stroke')
JOINT_COUNT = 25
POSITION_FILES = 'JointPosition*.csv'
AGAIN = 'get the file again'


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


def subject_and_exercise(path: Path) -> tuple[str, str]:
    """Of a JointPosition*.csv, by the folders that it lies in; empty where they are not KIMORE's."""
    raw, exercise, subject = (path.resolve().parents[k].name if len(path.resolve().parents) > k else '' for k in range(3))
    return (subject, exercise) if raw == 'Raw' and re.fullmatch('Es[1-5]', exercise) else ('', '')


def read_folder(folder: Path) -> JointTrack:
    """The joints of one exercise; not tracked ones are NaN. Raises BadInput that names the file and the line."""
    paths = sorted((folder / 'Raw').glob(POSITION_FILES))
    if len(paths) != 1:
        raise BadInput(f'{folder / "Raw"}: holds {len(paths)} files {POSITION_FILES}, wanted one; get the folder again')
    return read_positions(paths[0])


def read_positions(path: Path) -> JointTrack:
    """The joints of one JointPosition*.csv, also one that a spreadsheet saved. Raises BadInput that names the line."""
    rows = read_lines(path, AGAIN)
    cells = [[cell for cell in line.cells if cell] for line in rows.lines]
    for line, words in zip(rows.lines, cells, strict=True):
        if len(words) != 4 * JOINT_COUNT:
            raise rows.bad(line, f'has {len(words)} numbers, wanted {4 * JOINT_COUNT}; {AGAIN}')
    table = numbers_of(rows, cells).reshape(-1, JOINT_COUNT, 4)
    return kinect_track(np.where(table[..., 3:] == 0, np.nan, table[..., :3]), kimore.RATE_HZ, str(path))
