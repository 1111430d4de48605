"""Published figures of depth cameras: standard deviations and steps, by distance and by the surface's angle.

Angles are between a surface's normal and the ray that meets it, radians, as measured in the middle of the image; distances are
metres along the optical axis.
"""

import math

import numpy as np

# Kinect v1: Nguyen, Izadi and Lovell, 3DIMPVT 2012. Axial, metres: 0.0012 + 0.0019 (z - 0.4)^2 for surfaces turned up to
# 60 degrees; beyond, 0.0001 / sqrt(z) theta^2 / (pi/2 - theta)^2 is added. Here it is added
# everywhere, so that there is no step: up to 60 degrees and from 1 m on it is at most 0.4 mm.
# Lateral, pixels: 0.8 + 0.035 theta / (pi/2 - theta).
KINECT_V1_AXIAL_M = 0.0012
KINECT_V1_AXIAL_PER_M = 0.0019
KINECT_V1_AXIAL_FROM_M = 0.4
KINECT_V1_AXIAL_ANGLE = 0.0001
KINECT_V1_LATERAL_PX = 0.8
KINECT_V1_LATERAL_ANGLE_PX = 0.035

# Kinect v1: Khoshelham and Elberink, Sensors 2012, 12, 1437: depth and disparity are linked by 1/Z = c - m d with
# m = 2.85e-5 per cm, and disparity comes in whole numbers: a step of 7 cm at 5 m.
KINECT_V1_DISPARITY_STEP_PER_M = 2.85e-3
KINECT_V1_BASELINE_M = 0.075

# Kinect v2 indoors: Fankhauser et al., ICAR 2015. Axial, millimetres with z in metres:
# 1.5 - 0.5 z + 0.3 z^2 + 0.1 z^(3/2) theta^2 / (pi/2 - theta)^2. Lateral: 1.6 mm.
KINECT_V2_AXIAL_MM = (1.5, -0.5, 0.3)
KINECT_V2_AXIAL_ANGLE_MM = 0.1
KINECT_V2_LATERAL_M = 0.0016

STEEPEST_RAD = math.radians(85.0)     # the angle terms grow without bound towards 90 degrees


def kinect_v1_axial_sigma(depth: np.ndarray, angle: np.ndarray | float = 0.0) -> np.ndarray:
    """Standard deviation in metres of a Kinect v1 reading (Nguyen et al. 2012)."""
    level = KINECT_V1_AXIAL_M + KINECT_V1_AXIAL_PER_M * (depth - KINECT_V1_AXIAL_FROM_M) ** 2
    if np.isscalar(angle) and angle == 0.0:
        return level
    return level + KINECT_V1_AXIAL_ANGLE * _steepness(angle) ** 2 / np.sqrt(depth)


def kinect_v1_lateral_sigma(angle: np.ndarray | float) -> np.ndarray:
    """Standard deviation in pixels of where a Kinect v1 sees a border (Nguyen et al. 2012)."""
    return KINECT_V1_LATERAL_PX + KINECT_V1_LATERAL_ANGLE_PX * _steepness(angle)


def kinect_v1_depth_step(depth: np.ndarray) -> np.ndarray:
    """Metres between two neighbouring readings of a Kinect v1 (Khoshelham and Elberink 2012)."""
    return KINECT_V1_DISPARITY_STEP_PER_M * depth * depth


def kinect_v2_axial_sigma(depth: np.ndarray, angle: np.ndarray | float = 0.0) -> np.ndarray:
    """Standard deviation in metres of a Kinect v2 reading indoors (Fankhauser et al. 2015)."""
    c0, c1, c2 = KINECT_V2_AXIAL_MM
    steep = KINECT_V2_AXIAL_ANGLE_MM * depth * np.sqrt(depth) * _steepness(angle) ** 2
    return 0.001 * (c0 + c1 * depth + c2 * depth * depth + steep)


def _steepness(angle: np.ndarray | float) -> np.ndarray:
    angle = np.minimum(angle, STEEPEST_RAD)
    return angle / (0.5 * math.pi - angle)
