"""Centre of mass of the body from its joints, by the usual segment masses."""

import numpy as np

from poseformer_ros.skeleton.joints import JOINT

# (share of body mass, proximal joint, distal joint, place of the segment's centre between them): Winter, Biomechanics
# and Motor Control of Human Movement, 4th ed., table 4.1; the trunk from pelvis to neck, the head at its joint. SMPL's pelvis lies
# above the hips, which puts the whole 1.5 % of stature higher than on people; the frozen benchmarks' motions are balanced with it.
SEGMENTS = tuple((share, JOINT[f'{side}_{a}'], JOINT[f'{side}_{b}'], place) for side in ('left', 'right')
                 for share, a, b, place in ((0.100, 'hip', 'knee', 0.433), (0.0465, 'knee', 'ankle', 0.433),
                                            (0.0145, 'ankle', 'heel', 0.5), (0.028, 'shoulder', 'elbow', 0.436),
                                            (0.016, 'elbow', 'wrist', 0.430), (0.006, 'wrist', 'hand', 0.5))) + (
    (0.497, JOINT['pelvis'], JOINT['neck'], 0.44), (0.081, JOINT['neck'], JOINT['head'], 1.0))


def centre_of_mass(joints: np.ndarray) -> np.ndarray:
    """(..., 3) metres from joints (..., 24, 3)."""
    total = sum(share for share, *_ in SEGMENTS)
    return sum((share * ((1 - place) * joints[..., a, :] + place * joints[..., b, :])
                for share, a, b, place in SEGMENTS), np.zeros(3, joints.dtype)) / total
