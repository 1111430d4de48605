"""The data sets that recognition is judged on, as labelled motions: one table."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings import kimore, mars, utkinect
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.labelled import kimore_folders, mars_folders, mri
from poseformer_ros.recordings.labelled.labelled_motion import HEALTHY, PATIENTS, REST, LabelledMotion, positions_of, whole

KIMORE_CLASSES = ('Es1', 'Es2', 'Es3', 'Es4', 'Es5')
UTKINECT_CLASSES = ('walk', 'sitDown', 'standUp', 'pickUp', 'carry', 'throw', 'push', 'pull', 'waveHands', 'clapHands')
MARS_CLASSES = tuple(f'm{number:02d}' for number in range(1, 11))
BOUNDARIES = 'repetition_segmentation'
# KIMORE's groups by the beginning of a subject's name: experts, not experts; Parkinson's, stroke, back pain.
KIMORE_GROUPS = {'E': HEALTHY, 'NE': HEALTHY, 'P': PATIENTS, 'S': PATIENTS, 'B': PATIENTS}


@dataclass(frozen=True)
class MotionSet:
    """A data set. classes: in the order of the paper's tables. read: its motions, from its folder; raises BadInput."""

    classes: tuple[str, ...]
    read: Callable[[Path], Iterator[LabelledMotion]]


def kimore_motions(root: Path) -> Iterator[LabelledMotion]:
    """Every sequence of the packed file, or of the folders as they are published, with the marks of repetitions beside them.

    Outside the repetitions that were marked people rest. A sequence without marks counts as a whole one alone.
    """
    marks = kimore_marks(root / BOUNDARIES)
    if not (root / kimore.POSITIONS).is_file():
        for person, exercise, folder in kimore_folders.exercise_folders(root):
            yield kimore_motion(kimore_folders.read_folder(folder), person, exercise, marks[exercise].get(person, []))
        return
    for name in kimore.sequence_names(root):
        person, _, exercise = name.rpartition('_')
        yield kimore_motion(kimore.read_track(root, name), person, exercise, marks[exercise].get(person, []))


def kimore_marks(folder: Path) -> dict[str, dict[str, list[int]]]:
    """Exercise to subject to frame numbers; none where the folder is not there, which KIMORE itself does not bring."""
    if not folder.is_dir():
        return {name: {} for name in KIMORE_CLASSES}
    return {name: kimore.read_boundaries(folder / f'{name}_labels.csv') for name in KIMORE_CLASSES}


def kimore_motion(track: JointTrack, person: str, exercise: str, marks: list[int]) -> LabelledMotion:
    """One sequence with the frame numbers that bound its repetitions; the last of them may lie behind its end."""
    group = KIMORE_GROUPS.get(person.split('_')[0])
    if group is None or exercise not in KIMORE_CLASSES:
        raise BadInput(f"{track.name}: subject '{person}' or exercise '{exercise}' is not KIMORE's; subjects begin with "
                       f'{", ".join(KIMORE_GROUPS)}, exercises are {", ".join(KIMORE_CLASSES)}')
    labels, repetition = np.full(len(track), exercise, dtype='<U8'), np.zeros(len(track), int)
    if len(marks) > 1:
        labels[:marks[0]] = labels[marks[-1]:] = REST
        for number, (begin, end) in enumerate(zip(marks, marks[1:]), start=1):
            repetition[begin:end] = number
    return LabelledMotion(f'{person}_{exercise}', person, group, positions_of(track), track.rate_hz, labels, repetition)


def utkinect_motions(root: Path) -> Iterator[LabelledMotion]:
    """Every action that is marked; one of a single frame is left out."""
    for recording, actions in utkinect.read_labels(root / utkinect.LABELS).items():
        if not (root / f'joints_{recording}.txt').is_file():
            continue        # the marks are of all subjects, the folder may hold some
        frames, positions = utkinect.read_joints(root / f'joints_{recording}.txt')
        for action, (first, last) in actions.items():
            wanted = (frames >= first) & (frames <= last)
            if wanted.sum() > 1:
                track = utkinect.track_of(positions[wanted], f'{recording}_{action}')
                yield whole(track, track.name, recording.split('_')[0], '', action)


def mars_motions(root: Path) -> Iterator[LabelledMotion]:
    """Every part of every movement of the packed file, or every movement of the folders as they are published."""
    if not (root / mars.POSITIONS).is_file():
        for person, number, path in mars_folders.movement_files(root):
            yield whole(mars_folders.read_file(path), f'{person}_m{number:02d}', person, '', f'm{number:02d}')
        return
    for name in mars.sequence_names(root):
        person, movement, _ = name.split('_')
        yield whole(mars.read_track(root, name), name, person, '', movement)


def mri_motions(root: Path) -> Iterator[LabelledMotion]:
    """Every movement that is labelled."""
    for subject in mri.subjects(root):
        for movement, track in mri.read_movements(root, subject):
            yield whole(track, track.name, subject, '', movement)


MOTION_SETS: Mapping[str, MotionSet] = {
    'kimore': MotionSet(KIMORE_CLASSES, kimore_motions),
    'utkinect': MotionSet(UTKINECT_CLASSES, utkinect_motions),
    'mars': MotionSet(MARS_CLASSES, mars_motions),
    'mri': MotionSet(mri.MOVEMENTS, mri_motions),
}


def motions_of(name: str, root: Path) -> list[LabelledMotion]:
    """All motions of a data set. Raises BadInput for an unknown one, for a folder without it, and where one is damaged."""
    if name not in MOTION_SETS:
        raise BadInput(f"data set '{name}' is not known; choose one of {', '.join(MOTION_SETS)}")
    motions = list(MOTION_SETS[name].read(root))
    if not motions:
        raise BadInput(f'{root}: holds no motion of {name}; give the folder of the data set')
    return motions
