"""Recordings by where they lie: one table of what is known, how it is recognised and how it is read."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings import kimore, mars, utkinect
from poseformer_ros.recordings.bags.bag_images import BagImages
from poseformer_ros.recordings.bags.metadata import METADATA_FILE
from poseformer_ros.recordings.bags.reader import is_bag
from poseformer_ros.recordings.image_folder import open_folder
from poseformer_ros.recordings.image_observations import ImageObservations
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track
from poseformer_ros.recordings.labelled import kimore_folders
from poseformer_ros.recordings.observations import Observation, Observations, observed
from poseformer_ros.recordings.own_joints.joint_file import read_joint_file, skeletons_of
from poseformer_ros.recordings.own_joints.joint_form import JointForm
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

IMAGE_RATE_HZ = 30.0
UTKINECT_FRAME_HZ = 30.0                    # its frame numbers count the sensor's images, some of which were not kept
# Joints of the same name that lie elsewhere than SMPL's: v2's SpineBase is between the hips, SMPL's pelvis a hand above; v1's Spine
# is a point that `kinect_joints` makes up.
V2_ELSEWHERE, V1_ELSEWHERE = ('pelvis',), ('spine_centre',)
TO_OPTICAL = np.array([1.0, -1.0, -1.0])    # from a track, y up and facing +z, to a camera that looks at the person


@dataclass(frozen=True)
class Given:
    """What is said of recordings that do not tell it: images a second, and how joint files of one's own are meant."""

    rate_hz: float | None = None
    joints: JointForm = JointForm()


@dataclass(frozen=True)
class StoredRecording:
    """One recording that can be opened.

    name: for the files made from it. origin: where it comes from. group: of the table that it is counted in.
    images: whether it is images, in which the joints are yet to be found. rate_hz: nominal rate.
    open: reads it; raises BadInput. files: that it is read from. person: who is recorded; '' where it is not told.
    meant: how the user said that its numbers are meant; '' where he did not.
    """

    name: str
    origin: str
    group: str
    images: bool
    rate_hz: float
    open: Callable[[], Observations]
    files: tuple[Path, ...]
    person: str = ''
    meant: str = ''


@dataclass(frozen=True)
class Loader:
    """One kind of recording.

    name: for people. recognises: whether a path that exists is of this kind.
    read: the recordings there, with what is said of them. Raises BadInput.
    """

    name: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path, Given], list[StoredRecording]]


def recordings_at(path: Path, given: Given = Given()) -> list[StoredRecording]:
    """The recordings in a file or folder, with what is said of them.

    Raises BadInput for a path that no row of LOADERS recognises, or that does not hold what it should.
    """
    return _loader(path).read(path, given)


def paths_at(path: Path) -> list[Path]:
    """The path itself, or of a folder of recordings those in it: what is wrong with one keeps nobody from the others.

    Raises BadInput where `recordings_at` would find nothing to read.
    """
    return _paths_inside(path) if _loader(path).read is _inside else [path]


def _loader(path: Path) -> Loader:
    if not path.exists():
        raise BadInput(f'{path}: no such file or folder; give a recording')
    for loader in LOADERS:
        if loader.recognises(path):
            return loader
    raise BadInput(f"{path}: ending '{path.suffix}' is not known; give .npz, .csv, UTKinect's .txt, a bag or a folder of images")


def _holds(name: str, path: Path) -> bool:
    """Whether a path is the file of that name or a folder with it."""
    return path.name == name if path.is_file() else (path / name).is_file()


def _file(name: str, path: Path) -> Path:
    return path / name if path.is_dir() else path


def _kimore(path: Path, given: Given) -> list[StoredRecording]:
    path = _file(kimore.POSITIONS, path)
    return [_tracked(path, name, name.rpartition('_')[2], kimore.RATE_HZ, partial(kimore.read_track, path.parent, name),
                     name.rpartition('_')[0])
            for name in kimore.sequence_names(path.parent)]


def _kimore_file(path: Path, given: Given) -> list[StoredRecording]:
    person, exercise = kimore_folders.subject_and_exercise(path)
    name = f'{person}_{exercise}' if person else path.stem
    return [StoredRecording(name, str(path.resolve()), exercise or 'KIMORE', False, kimore.RATE_HZ,
                            partial(_track_observations, partial(kimore_folders.read_positions, path)), (path,), person)]


def _mars(path: Path, given: Given) -> list[StoredRecording]:
    path = _file(mars.POSITIONS, path)
    return [_tracked(path, name, name.split('_')[1], mars.RATE_HZ, partial(mars.read_track, path.parent, name), name.split('_')[0])
            for name in mars.sequence_names(path.parent)]


def _tracked(path: Path, name: str, group: str, rate_hz: float, read: Callable[[], JointTrack], person: str) -> StoredRecording:
    return StoredRecording(name, f'{path.resolve()}: {name}', group, False, rate_hz, partial(_track_observations, read),
                           (path,), person)


def _track_observations(read: Callable[[], JointTrack]) -> list[Observation]:
    track = read()
    return observed(np.arange(len(track)) / track.rate_hz, skeletons_of(track_positions(track, V2_ELSEWHERE)))


def track_positions(track: JointTrack, elsewhere: tuple[str, ...] = ()) -> np.ndarray:
    """(T, 24, 3) metres in the optical frame of the sensor; NaN for joints that a track does not have, or has elsewhere."""
    positions = np.full((len(track), JOINT_COUNT, 3), np.nan)
    for name, places in track.joints.items():
        if name not in elsewhere:
            positions[:, JOINT[name]] = places * TO_OPTICAL
    return positions


def _utkinect(path: Path, given: Given) -> list[StoredRecording]:
    name = path.stem.removeprefix('joints_')
    return [StoredRecording(path.stem, str(path.resolve()), 'UTKinect', False, utkinect.RATE_HZ, partial(_utkinect_joints, path),
                            (path,), name.split('_')[0])]


def _utkinect_joints(path: Path) -> list[Observation]:
    frames, positions = utkinect.read_joints(path)
    track = kinect_track(positions, utkinect.RATE_HZ, str(path))
    return observed((frames - frames[0]) / UTKINECT_FRAME_HZ, skeletons_of(track_positions(track, V1_ELSEWHERE)))


def _joint_file(path: Path, given: Given) -> list[StoredRecording]:
    stamps, skeletons = read_joint_file(path, given.joints)
    meant = f': {given.joints}' if str(given.joints) else ''
    known_hz = 1.0 / float(np.median(np.diff(stamps))) if len(stamps) > 1 else IMAGE_RATE_HZ
    return [StoredRecording(path.stem, f'{path.resolve()}{meant}', path.stem, False, known_hz, partial(observed, stamps, skeletons),
                            (path,), meant=meant)]


def _images(path: Path, given: Given) -> list[StoredRecording]:
    images = open_folder(path)
    told = _told(path / 'sequence.json')
    rate = float(given.rate_hz or told.get('rate_hz') or IMAGE_RATE_HZ)
    group = str(told.get('exercise') or path.resolve().name)
    return [StoredRecording(path.resolve().name, str(path.resolve()), group, True, rate,
                            partial(ImageObservations, images, rate),
                            (path / 'calibration.json', *images.color_paths, *images.depth_paths), str(told.get('person', '')))]


def _bag(path: Path, given: Given) -> list[StoredRecording]:
    name = path.stem if path.is_file() else path.resolve().name
    files = tuple(sorted(path.iterdir())) if path.is_dir() else (path,)
    return [StoredRecording(name, str(path.resolve()), name, True, given.rate_hz or IMAGE_RATE_HZ, partial(BagImages, path), files)]


def _told(path: Path) -> dict:
    """What a rendered sequence tells of itself; nothing of another folder."""
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _inside(path: Path, given: Given) -> list[StoredRecording]:
    """What lies in a folder: joint files of UTKinect, or KIMORE's as it is published, folders of images and bags at any depth."""
    return [recording for one in _paths_inside(path) for recording in recordings_at(one, given)]


def _paths_inside(path: Path) -> list[Path]:
    folders = {folder.parent for folder in path.rglob('depth') if folder.is_dir() and not folder.parent.name.endswith('.part')}
    bags = {file.parent for file in path.rglob(METADATA_FILE)}
    inside = sorted(path.glob('joints_s*.txt')) or sorted({*path.rglob(kimore_folders.POSITION_FILES), *folders, *bags})
    if not inside:
        raise BadInput(f'{path}: holds no recording that is known; give a folder with color/, depth/ and calibration.json, or bags')
    return inside


# The first that recognises a path reads it.
LOADERS = (
    Loader('KIMORE', partial(_holds, kimore.POSITIONS), _kimore),
    Loader('MARS', partial(_holds, mars.POSITIONS), _mars),
    Loader('bag', is_bag, _bag),
    Loader('image folder', lambda path: (path / 'depth').is_dir(), _images),
    Loader('folder of recordings', Path.is_dir, _inside),
    Loader('UTKinect-Action3D', lambda path: path.suffix == '.txt', _utkinect),
    Loader('KIMORE file', lambda path: path.match(kimore_folders.POSITION_FILES), _kimore_file),
    Loader('joint file', lambda path: path.suffix in ('.npz', '.csv'), _joint_file),
)
