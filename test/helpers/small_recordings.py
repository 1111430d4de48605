"""The same few images as a folder and as a bag, and a motion as a file of joints."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from helpers.bag_messages import STORE, header, serialized, topic
from helpers.fit_motion import exercise
from poseformer_ros.body.model import default_body_path, load_body_model
from poseformer_ros.camera.depth import metres_from_millimetres, millimetres_from_metres
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.recordings.bags.writer import BagWriter
from poseformer_ros.synthesis.capsule.live_studio import LiveStudio

RATE_HZ = 10.0
NANO = 10**9
COLOR, DEPTH, INFO = '/camera/color/image_raw', '/camera/aligned_depth_to_color/image_raw', '/camera/color/camera_info'


def images(count: int = 3) -> list[RgbdFrame]:
    """The capsule figure; depth in whole millimetres, as files have it."""
    studio = LiveStudio()
    frames = [studio(index, RATE_HZ)[0] for index in range(count)]
    return [replace(frame, depth=metres_from_millimetres(millimetres_from_metres(frame.depth))) for frame in frames]


def write_folder(folder: Path, frames: list[RgbdFrame]) -> Path:
    for name in ('color', 'depth'):
        (folder / name).mkdir(parents=True)
    for index, frame in enumerate(frames):
        cv2.imwrite(str(folder / 'color' / f'{index:04d}.png'), frame.color)
        cv2.imwrite(str(folder / 'depth' / f'{index:04d}.png'), millimetres_from_metres(frame.depth))
    k = frames[0].intrinsics
    (folder / 'calibration.json').write_text(json.dumps({'fx': k.fx, 'fy': k.fy, 'cx': k.cx, 'cy': k.cy}))
    (folder / 'sequence.json').write_text(json.dumps({'rate_hz': RATE_HZ, 'person': 'ada'}))
    return folder


def write_bag(folder: Path, frames: list[RgbdFrame], depth_late_s: float = 0.004) -> Path:
    """Colour as rgb8 with padded rows, depth as 16UC1 a little later, and depth whose colour is lost."""
    kinds = {COLOR: 'sensor_msgs/msg/Image', DEPTH: 'sensor_msgs/msg/Image', INFO: 'sensor_msgs/msg/CameraInfo'}
    bag = BagWriter(folder)
    for name, kind in kinds.items():
        bag.add_topic(topic(name, kind))
    for index, frame in enumerate(frames):
        at = 1_700_000_000 * NANO + round(index / RATE_HZ * NANO)
        late = at + round(depth_late_s * NANO)
        bag.write(INFO, _info(frame, at), at, at)
        bag.write(COLOR, _raw(cv2.cvtColor(frame.color, cv2.COLOR_BGR2RGB), 'rgb8', at, padding=8), at, at)
        bag.write(DEPTH, _raw(millimetres_from_metres(frame.depth), '16UC1', late), late, late)
        lone = at + round(0.05 * NANO)
        bag.write(DEPTH, _raw(np.zeros(frame.depth.shape, np.uint16), '16UC1', lone), lone, lone)
    bag.close({})
    return folder


def write_joints(path: Path, moments: int = 6, name: str = 'kimore_es5') -> np.ndarray:
    """Joints of a known motion (moments, 24, 3), known to a millimetre."""
    joints = exercise(load_body_model(default_body_path()), name).joints[30:30 + moments]
    np.savez(path, positions=joints, stamps_s=5.0 + np.arange(len(joints)) / RATE_HZ,
             covariance=np.tile(1e-6 * np.eye(3), (*joints.shape[:2], 1, 1)))
    return joints


def _raw(pixels: np.ndarray, encoding: str, stamp_ns: int, padding: int = 0) -> bytes:
    height, width = pixels.shape[:2]
    rows = np.ascontiguousarray(pixels).view(np.uint8).reshape(height, -1)
    rows = np.pad(rows, ((0, 0), (0, padding)), constant_values=77)
    return serialized('sensor_msgs/msg/Image', header=header(stamp_ns), height=height, width=width, encoding=encoding,
                      is_bigendian=0, step=rows.shape[1], data=rows.ravel())


def _info(frame: RgbdFrame, stamp_ns: int) -> bytes:
    k = frame.intrinsics
    roi = STORE.types['sensor_msgs/msg/RegionOfInterest'](x_offset=0, y_offset=0, height=0, width=0, do_rectify=False)
    return serialized('sensor_msgs/msg/CameraInfo', header=header(stamp_ns), height=k.height, width=k.width,
                      distortion_model='plumb_bob', d=np.zeros(5), k=k.matrix.ravel(), r=np.eye(3).ravel(),
                      p=np.hstack([k.matrix, np.zeros((3, 1))]).ravel(), binning_x=0, binning_y=0, roi=roi)
