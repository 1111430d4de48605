"""Recordings of a person as a fit reads them: joints over time, or pictures in which they are found."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.picture_folder import PictureFolder, open_folder
from poseformer_ros.camera.registration import DepthRegistration
from poseformer_ros.datasets import kimore, mars, utkinect
from poseformer_ros.datasets.joint_file import read_joint_file, skeletons_of
from poseformer_ros.datasets.joint_track import JointTrack
from poseformer_ros.datasets.kinect_joints import kinect_track
from poseformer_ros.errors import BadInput
from poseformer_ros.silhouette.person import LEVEL_CAMERA, Floor, Silhouette
from poseformer_ros.silhouette.stage import SilhouetteStage
from poseformer_ros.skeleton.dkp24 import Dkp24
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, Skeleton

PICTURE_RATE_HZ = 30.0
UTKINECT_FRAME_HZ = 30.0                    # its frame numbers count the sensor's pictures, some of which were not kept
STRAIGHT_KNEE_RAD = np.radians(25.0)        # with straighter knees a person counts as standing upright
MOST_TILT_RAD = np.radians(45.0)            # of a camera that looks at somebody
FOOT_QUANTILE = 0.1                         # of the feet's heights: a lifted foot and a glitch do not count
# Joints of the same name that lie elsewhere than SMPL's: v2's SpineBase is between the hips, SMPL's pelvis a hand above; v1's Spine
# is a point that `kinect_joints` makes up.
V2_ELSEWHERE, V1_ELSEWHERE = ('pelvis',), ('spine_centre',)
TO_OPTICAL = np.array([1.0, -1.0, -1.0])    # from a track, y up and facing +z, to a camera that looks at the person


@dataclass(frozen=True)
class Observation:
    """What is known of one moment.

    stamp_s: seconds. skeleton: joints in the optical frame. floor: None while unknown.
    person, frame: of pictures, the silhouette in which the joints were found, and the picture pair.
    """

    stamp_s: float
    skeleton: Skeleton
    floor: Floor | None = None
    person: Silhouette | None = None
    frame: RgbdFrame | None = None


class Observations(Protocol):
    """Moments in order; pictures are read as they are asked for."""

    def __len__(self) -> int:
        """How many."""

    def __iter__(self) -> Iterator[Observation]:
        """From the first."""


@dataclass(frozen=True)
class Source:
    """One recording that can be opened.

    name: for the files made from it. origin: where it comes from. group: of the table that it is counted in.
    detector: whose points its joints are, as in `FitOptions.joint_offsets`. rate_hz: nominal rate.
    open: reads it; raises BadInput.
    """

    name: str
    origin: str
    group: str
    detector: str
    rate_hz: float
    open: Callable[[], Observations]


def sources_at(path: Path, rate_hz: float | None = None) -> list[Source]:
    """The recordings in a file or folder; `rate_hz` of pictures that do not tell it.

    Known are KIMORE's and MARS' .npz files, UTKinect-Action3D's joints_*.txt, a folder of any of these, a joint file
    (`joint_file`), a folder of pictures, and a folder of such folders. Raises BadInput for anything else.
    """
    if not path.exists():
        raise BadInput(f'{path}: no such file or folder; give a recording')
    if path.is_dir():
        return _in_folder(path, rate_hz)
    if path.name == kimore.POSITIONS:
        return [_tracked(path, name, name.rpartition('_')[2], kimore.RATE_HZ, partial(kimore.read_track, path.parent, name))
                for name in kimore.sequence_names(path.parent)]
    if path.name == mars.POSITIONS:
        return [_tracked(path, name, name.split('_')[1], mars.RATE_HZ, partial(mars.read_track, path.parent, name))
                for name in mars.sequence_names(path.parent)]
    if path.suffix == '.txt':
        return [Source(path.stem, str(path.resolve()), 'UTKinect', 'none', utkinect.RATE_HZ, partial(_utkinect, path))]
    if path.suffix in ('.npz', '.csv'):
        return [_joint_file(path)]
    raise BadInput(f"{path}: ending '{path.suffix}' is not known; give .npz, .csv, UTKinect's .txt or a folder of pictures")


def _in_folder(path: Path, rate_hz: float | None) -> list[Source]:
    for name in (kimore.POSITIONS, mars.POSITIONS):
        if (path / name).is_file():
            return sources_at(path / name)
    if (path / 'depth').is_dir():
        return [_pictures(path, rate_hz)]
    inside = sorted(path.glob('joints_s*.txt')) or sorted(folder.parent for folder in path.rglob('depth') if folder.is_dir()
                                                          and not folder.parent.name.endswith('.part'))
    if not inside:
        raise BadInput(f'{path}: holds no recording that is known; give a folder with color/, depth/ and calibration.json')
    return [source for one in inside for source in sources_at(one, rate_hz)]


def _tracked(path: Path, name: str, group: str, rate_hz: float, read: Callable[[], JointTrack]) -> Source:
    return Source(name, f'{path.resolve()}: {name}', group, 'none', rate_hz, partial(_track_observations, read))


def _track_observations(read: Callable[[], JointTrack]) -> list[Observation]:
    track = read()
    return _observed(np.arange(len(track)) / track.rate_hz, skeletons_of(track_positions(track, V2_ELSEWHERE)))


def track_positions(track: JointTrack, elsewhere: tuple[str, ...] = ()) -> np.ndarray:
    """(T, 24, 3) metres in the optical frame of the sensor; NaN for joints that a track does not have, or has elsewhere."""
    positions = np.full((len(track), JOINT_COUNT, 3), np.nan)
    for name, places in track.joints.items():
        if name not in elsewhere:
            positions[:, JOINT[name]] = places * TO_OPTICAL
    return positions


def _utkinect(path: Path) -> list[Observation]:
    frames, positions = utkinect.read_joints(path)
    track = kinect_track(positions, utkinect.RATE_HZ, str(path))
    return _observed((frames - frames[0]) / UTKINECT_FRAME_HZ, skeletons_of(track_positions(track, V1_ELSEWHERE)))


def _joint_file(path: Path) -> Source:
    stamps, skeletons = read_joint_file(path)
    rate_hz = 1.0 / float(np.median(np.diff(stamps))) if len(stamps) > 1 else PICTURE_RATE_HZ
    return Source(path.stem, str(path.resolve()), path.stem, 'none', rate_hz, partial(_observed, stamps, skeletons))


def _observed(stamps_s: np.ndarray, skeletons: Sequence[Skeleton]) -> list[Observation]:
    floor = floor_below(np.stack([skeleton.positions for skeleton in skeletons]))
    return [Observation(float(stamp), skeleton, floor) for stamp, skeleton in zip(stamps_s, skeletons, strict=True)]


def floor_below(joints: np.ndarray) -> Floor | None:
    """The floor that joints (T, 24, 3) stand on, where no camera saw it: up is from the ankles to the neck of who stands upright.

    True to a few degrees and centimetres. None for joints without neck, legs or feet, and where up would be over
    MOST_TILT_RAD from the camera's own.
    """
    hips, knees, ankles, feet = (joints[:, [JOINT[f'left_{name}'], JOINT[f'right_{name}']]]
                                 for name in ('hip', 'knee', 'ankle', 'heel'))
    bend = np.max(_angle(knees - hips, ankles - knees), axis=1)
    way = joints[:, JOINT['neck']] - ankles.mean(axis=1)
    known = np.isfinite(bend) & np.isfinite(way).all(axis=1) & np.isfinite(feet).all(axis=(1, 2))
    if not known.any():
        return None
    standing = known & (bend <= max(STRAIGHT_KNEE_RAD, np.quantile(bend[known], 0.1)))
    up = np.median(way[standing], axis=0)
    up /= max(np.linalg.norm(up), 1e-9)
    if not _angle(up, LEVEL_CAMERA.normal) < MOST_TILT_RAD:
        return None
    return Floor(up, -float(np.quantile(feet[standing] @ up, FOOT_QUANTILE)))


def _angle(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Radians between vectors (..., 3)."""
    return np.arctan2(np.linalg.norm(np.cross(a, b), axis=-1), np.sum(a * b, axis=-1))


def _pictures(path: Path, rate_hz: float | None) -> Source:
    pictures = open_folder(path)
    told = _told(path / 'sequence.json')
    rate = float(rate_hz or told.get('rate_hz') or PICTURE_RATE_HZ)
    group = str(told.get('exercise') or path.resolve().name)
    return Source(path.resolve().name, str(path.resolve()), group, 'dkp24', rate, partial(PictureObservations, pictures, rate))


def _told(path: Path) -> dict:
    """What a rendered sequence tells of itself; nothing of another folder."""
    try:
        said = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


class PictureObservations:
    """Silhouette and DKP-24's points found in a folder of pictures, one after the other."""

    def __init__(self, pictures: PictureFolder, rate_hz: float) -> None:
        self._pictures, self._rate_hz = pictures, rate_hz

    def __len__(self) -> int:
        return len(self._pictures)

    def __iter__(self) -> Iterator[Observation]:
        pictures, find_person, find_joints = self._pictures, SilhouetteStage(), Dkp24()
        register = None
        if pictures.extrinsics is not None:
            register = DepthRegistration(pictures.depth_camera, pictures.color_camera, pictures.extrinsics.rotation,
                                         pictures.extrinsics.translation)
        for index in range(len(pictures)):
            depth = pictures.depth(index)
            frame = RgbdFrame(pictures.color(index), depth if register is None else register(depth), pictures.color_camera)
            person = find_person(frame)
            yield Observation(index / self._rate_hz, find_joints(person), person.floor, person, frame)
