"""Depth cameras and where they stand: intrinsics as data, and a rig that is still or moves slowly.

Room frame: y up, floor at y = 0, the person at the origin facing +z. Optical frame: x right, y down, z forward.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.geometry.rotations import about_x, about_y, about_z
from poseformer_ros.options import check, option
from poseformer_ros.silhouette.person import Floor

SENSORS = {
    'kinect_v1': Intrinsics(640, 480, 525.0, 525.0, 319.5, 239.5),          # OpenNI's defaults, Xtion too
    'kinect_v2': Intrinsics(512, 424, 365.456, 365.456, 254.878, 205.395),  # a unit's factory values, from libfreenect2
    'azure_nfov': Intrinsics(640, 576, 504.0, 504.0, 320.0, 330.0),         # depth mode NFOV unbinned, 75 x 65 degrees
    'realsense_848': Intrinsics(848, 480, 433.0, 433.0, 423.5, 239.5),      # D400 data sheet, 87 x 58 degrees, +-3
}


def sensor(name: str) -> Intrinsics:
    """Intrinsics by name. Raises BadInput for a name that is not in SENSORS."""
    if name not in SENSORS:
        raise BadInput(f'camera: sensor {name!r} is not known; choose one of {", ".join(SENSORS)}')
    return SENSORS[name]


@dataclass(frozen=True)
class CameraPose:
    """A camera in the room: a room point p is at `rotation @ (p - centre)` in the optical frame.

    rotation: (3, 3). centre: (3,) metres.
    """

    rotation: np.ndarray
    centre: np.ndarray

    def to_optical(self, points: np.ndarray) -> np.ndarray:
        """Room points (..., 3) to the optical frame."""
        rotation, centre = self.rotation.astype(points.dtype), self.centre.astype(points.dtype)
        return (points - centre) @ rotation.T

    @property
    def floor(self) -> Floor:
        """The floor of the room in the optical frame."""
        return Floor(self.rotation[:, 1].copy(), float(self.centre[1]))


@dataclass(frozen=True)
class RigOptions:
    """Where the camera stands and how it moves. A motion swings to either side of the middle by its amplitude."""

    height_m: float = option(1.1, 0.3, 3.0, 'of the camera over the floor', unit='m')
    distance_m: float = option(2.8, 1.0, 6.0, 'from the camera to the person along the floor', unit='m')
    tilt_rad: float = option(0.05, -0.5, 0.8, 'how far the camera looks down', unit='rad')
    view_rad: float = option(0.0, -3.2, 3.2, 'from where the person is seen: 0 front, positive from the left', unit='rad')
    aim_rad: float = option(0.0, -0.6, 0.6, 'how far the camera looks past the person to its right', unit='rad')
    roll_rad: float = option(0.0, 0.0, 0.5, 'amplitude of the swing about the optical axis', unit='rad')
    turn_rad: float = option(0.0, 0.0, 0.5, 'amplitude of the swing to left and right', unit='rad')
    nod_rad: float = option(0.0, 0.0, 0.3, 'amplitude of the swing up and down', unit='rad')
    drive_m: float = option(0.0, 0.0, 1.0, 'amplitude of the way to and from the person', unit='m')
    period_s: float = option(12.0, 2.0, 120.0, 'of the slowest swing', unit='s')

    def __post_init__(self) -> None:
        check(self)

    @property
    def still(self) -> bool:
        """Whether nothing moves."""
        return not (self.roll_rad or self.turn_rad or self.nod_rad or self.drive_m)


def camera_pose(rig: RigOptions, seconds: float) -> CameraPose:
    """Where the camera is at a time. The swings have periods that do not repeat together."""
    phase = 2 * np.pi * seconds / rig.period_s
    turn = rig.aim_rad + rig.turn_rad * np.sin(phase)
    roll = rig.roll_rad * np.sin(1.31 * phase)
    tilt = rig.tilt_rad + rig.nod_rad * np.sin(0.83 * phase)
    distance = rig.distance_m + rig.drive_m * np.sin(0.61 * phase)
    facing = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])     # looks along -z of the room
    rotation = about_z(roll) @ about_x(tilt) @ about_y(-turn) @ facing @ about_y(-rig.view_rad)
    centre = about_y(rig.view_rad) @ np.array([0.0, rig.height_m, distance])
    return CameraPose(rotation, centre)
