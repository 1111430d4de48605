"""Motions of a known body in KIMORE's packed file, as a Kinect v2 would have recorded them, with marks of the repetitions."""

from pathlib import Path

import numpy as np

from poseformer_ros.body.kinematics import shaped_body
from poseformer_ros.body.model import BodyModel
from poseformer_ros.recordings import kimore
from poseformer_ros.recordings.kinect_joints import KINECT_V2
from poseformer_ros.recordings.labelled.motion_sets import BOUNDARIES, KIMORE_CLASSES
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.motion.motion_clip import MotionClip

SENSOR_AT = np.array([0.0, -1.0, 2.8])      # of the room's origin, in Kinect camera space


def joints_of(clip: MotionClip, model: BodyModel) -> np.ndarray:
    """(T, 24, 3) metres in the room."""
    body = shaped_body(model, clip.betas)
    return np.stack([body.posed_joints(pose, place) for pose, place in zip(clip.poses, clip.translations)])


def write_tiny_kimore(folder: Path, sequences: dict[str, tuple[np.ndarray, list[int]]]) -> Path:
    """sequences: '<subject>_Es<k>' to joints (T, 24, 3) in the room, and the row of marks."""
    arrays = {}
    for name, (joints, _) in sequences.items():
        recorded = np.zeros((len(joints), 25, 3), np.float32)
        for joint, place in KINECT_V2.items():
            recorded[:, place] = joints[:, JOINT[joint]] * [-1, 1, -1] + SENSOR_AT
        arrays[f'{name}/xyz'] = recorded
    np.savez(folder / kimore.POSITIONS, **arrays)
    (folder / BOUNDARIES).mkdir()
    for exercise in KIMORE_CLASSES:
        rows = [f'CG/Expert/{name[:-4]},{",".join(map(str, marks))},\n' for name, (_, marks) in sequences.items()
                if name.endswith(exercise)]
        (folder / BOUNDARIES / f'{exercise}_labels.csv').write_text(''.join(rows or ['CG/Expert/E_ID9,10,20,30,\n']))
    return folder
