"""Joint layouts of Kinect v1 (20 joints) and v2 (25 joints) in the names of `skeleton.joints`."""

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.recordings.joint_track import JointTrack

_LIMBS = (('left', 4, 12), ('right', 8, 16))     # the same numbers in both versions
_ARM = ('shoulder', 'elbow', 'wrist', 'hand')
_LEG = ('hip', 'knee', 'ankle', 'heel')          # Kinect's foot is the ball of the foot, which SMPL's order calls heel
_COMMON = {**{f'{side}_{joint}': arm + k for side, arm, _ in _LIMBS for k, joint in enumerate(_ARM)},
           **{f'{side}_{joint}': leg + k for side, _, leg in _LIMBS for k, joint in enumerate(_LEG)}}
# Kinect v1's ShoulderCenter and v2's Neck lie at the root of the neck.
KINECT_V1 = {'pelvis': 0, 'spine_centre': 1, 'neck': 2, 'head': 3, **_COMMON}
KINECT_V2 = {'pelvis': 0, 'spine_centre': 1, 'neck': 2, 'head': 3, **_COMMON}
JOINT_COUNTS = {20: KINECT_V1, 25: KINECT_V2}


def kinect_track(positions: np.ndarray, rate_hz: float, name: str) -> JointTrack:
    """A track of positions (T, 20 or 25, 3) in Kinect camera space, turned so that who faces the sensor faces +z.

    Kinect camera space: metres, x to the sensor's left, y up, z forward. Raises BadInput for another shape.
    """
    if positions.ndim != 3 or positions.shape[1] not in JOINT_COUNTS or positions.shape[2] != 3 or len(positions) < 2:
        raise BadInput(f'{name}: shape {positions.shape}, wanted (T, 20, 3) or (T, 25, 3) with T of 2 or more; '
                       'give Kinect v1 or v2 joints')
    turned = np.asarray(positions, np.float64) * [-1.0, 1.0, -1.0]
    joints = {joint: turned[:, index] for joint, index in JOINT_COUNTS[positions.shape[1]].items()}
    if positions.shape[1] == 20:        # v1's Spine lies centimetres above its HipCenter, too near for a direction
        joints['spine_centre'] = (joints['pelvis'] + joints['neck']) / 2
    return JointTrack(joints, rate_hz, name)
