"""Centre of mass, base of support and margin of stability, from joints in the room (y up, floor at y = 0).

Ours, as printed in reports: the extrapolated centre of mass is XCoM = CoM + v sqrt(l / g), with l the length of the straight leg
from hip to floor; the margin of stability is the least distance of XCoM's foot point from the edge of the base of support, positive
inside (Hof, Gazendam and Sinke, J. Biomechanics 2005). The base is the convex hull of the outlines of the feet on the floor, whose
size follows from the leg's
length: 0.31 of it long and 0.11 wide, a quarter of the length behind the ankle (Winter's shares of stature). Indicative: no force
plate saw it, and agreement of depth cameras with one is poor for sway (PMC5759879).
"""

import cv2
import numpy as np

from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT

GRAVITY = 9.81              # m/s^2
FOOT_LENGTH, FOOT_WIDTH = 0.152 / 0.491, 0.055 / 0.491    # of hip to ankle: Winter, figure 4.1
BEHIND_ANKLE = 0.25         # of the foot's length
ANKLE_HEIGHT = 0.039 / 0.491
ON_FLOOR_M = 0.10           # a foot whose ball is higher above the lower one's carries nothing
# (share of body mass, proximal joint, distal joint, place of the segment's centre between them): Winter, Biomechanics and Motor
# Control of Human Movement, 4th ed., table 4.1. The trunk lies between the middle of the hips and the neck, as two halves, the head
# at its joint.
LIMBS = tuple((share, JOINT[f'{side}_{a}'], JOINT[f'{side}_{b}'], place) for side in ('left', 'right')
              for share, a, b, place in ((0.100, 'hip', 'knee', 0.433), (0.0465, 'knee', 'ankle', 0.433),
                                         (0.0145, 'ankle', 'heel', 0.5), (0.028, 'shoulder', 'elbow', 0.436),
                                         (0.016, 'elbow', 'wrist', 0.430), (0.006, 'wrist', 'hand', 0.5)))
HEAD = (0.081, JOINT['neck'], JOINT['head'], 1.0)
TRUNK_SHARE, TRUNK_PLACE = 0.497, 0.44
SEGMENTS = (*LIMBS, *((TRUNK_SHARE / 2, JOINT[f'{side}_hip'], JOINT['neck'], TRUNK_PLACE) for side in ('left', 'right')), HEAD)
Segments = tuple[tuple[float, int, int, float], ...]


def centre_of_mass(joints: np.ndarray, segments: Segments = SEGMENTS) -> np.ndarray:
    """(..., 3) metres from joints (..., 24, 3)."""
    total = sum(share for share, *_ in segments)
    return sum((share * ((1 - place) * joints[..., a, :] + place * joints[..., b, :])
                for share, a, b, place in segments), np.zeros(3, joints.dtype)) / total


def centre_of_mass_error(covariance: np.ndarray) -> np.ndarray:
    """Standard error (..., 3) in metres from the joints' covariances (..., 24, 3, 3), taken for independent of each other."""
    weights = centre_of_mass(np.broadcast_to(np.eye(JOINT_COUNT)[:, :, None], (JOINT_COUNT, JOINT_COUNT, 3)))[:, 0]
    return np.sqrt(np.einsum('...jkk,j->...k', covariance, weights ** 2))


def extrapolated_centre_of_mass(centre: np.ndarray, stamps_s: np.ndarray, leg_m: float) -> np.ndarray:
    """(T, 3) from smooth centres of mass (T, 3). leg_m: from hip to floor."""
    return centre + np.gradient(centre, stamps_s, axis=0) * np.sqrt(leg_m / GRAVITY)


def hip_height(leg_m: float) -> float:
    """Length of the straight leg from hip to floor, from thigh and shank."""
    return leg_m * (1 + ANKLE_HEIGHT)


def base_of_support(joints: np.ndarray, leg_m: float) -> np.ndarray:
    """Corners (N, 2), x and z in metres, of the convex hull around the feet of one moment's joints (24, 3) that are on the floor.

    leg_m: thigh and shank.
    """
    balls = np.array([joints[JOINT[f'{side}_heel']] for side in ('left', 'right')])
    ankles = np.array([joints[JOINT[f'{side}_ankle']] for side in ('left', 'right')])
    down = balls[:, 1] < balls[:, 1].min() + ON_FLOOR_M
    outlines = [_outline(ankle[[0, 2]], ball[[0, 2]], leg_m) for ankle, ball, stands in zip(ankles, balls, down) if stands]
    return cv2.convexHull(np.concatenate(outlines).astype(np.float32))[:, 0]


def _outline(ankle: np.ndarray, ball: np.ndarray, leg_m: float) -> np.ndarray:
    ahead = (ball - ankle) / max(float(np.linalg.norm(ball - ankle)), 1e-9)
    aside = np.array([-ahead[1], ahead[0]]) * FOOT_WIDTH * leg_m / 2
    heel, toe = ankle - BEHIND_ANKLE * FOOT_LENGTH * leg_m * ahead, ankle + (1 - BEHIND_ANKLE) * FOOT_LENGTH * leg_m * ahead
    return np.array([heel - aside, heel + aside, toe + aside, toe - aside])


def margin_of_stability(joints: np.ndarray, stamps_s: np.ndarray, leg_m: float) -> np.ndarray:
    """(T,) metres, positive where the extrapolated centre of mass is above the base of support; NaN where nobody is."""
    known = np.isfinite(joints).all(axis=(1, 2))
    margin = np.full(len(joints), np.nan)
    if known.sum() < 3:
        return margin
    places = extrapolated_centre_of_mass(centre_of_mass(joints[known]), stamps_s[known], hip_height(leg_m))
    margin[known] = [cv2.pointPolygonTest(base_of_support(body, leg_m), (float(place[0]), float(place[2])), True)
                     for body, place in zip(joints[known], places)]
    return margin


def sway_speed(centre: np.ndarray, stamps_s: np.ndarray) -> float:
    """Mean speed in m/s of the foot point of smooth centres of mass (T, 3)."""
    steps = np.linalg.norm(np.diff(centre[:, [0, 2]], axis=0), axis=1)
    return float(steps.sum() / max(stamps_s[-1] - stamps_s[0], 1e-9))
