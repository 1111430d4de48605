"""MARS' Kinect v2 joints of ten rehabilitation movements (An and Ogras, ACM TECS 2021) from one .npz file."""

from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack
from poseformer_ros.recordings.kinect_joints import kinect_track
from poseformer_ros.recordings.npz_file import arrays_of

RATE_HZ = 10.0      # about; the radar's frame rate
POSITIONS = 'mars_kinect25_f32.npz'


def sequence_names(folder: Path | str) -> list[str]:
    """All `s<subject>_m<movement>_<part>` in a folder's file. Raises BadInput without it."""
    with arrays_of(Path(folder) / POSITIONS) as arrays:
        return sorted(arrays)


def read_track(folder: Path | str, name: str) -> JointTrack:
    """One sequence, for example 's2_m06_train'. Raises BadInput for an unknown name.

    MARS stores x mirrored against Kinect camera space; it is put right here.
    """
    path = Path(folder) / POSITIONS
    with arrays_of(path) as arrays:
        if name not in arrays:
            raise BadInput(f"{path}: has no sequence '{name}'; names are like {next(iter(arrays))!r}")
        positions = arrays[name].astype(np.float64)
    return kinect_track(positions * [-1.0, 1.0, 1.0], RATE_HZ, name)
