"""What a fit tells of one frame."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from poseformer_ros.body.model import SHAPE_COUNT
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState


class FitState(IntEnum):
    """State of the fit; the same numbers as in `BodyFit.msg`."""

    NONE = 0        # nobody is there
    FITTED = 1
    LOST = 2        # somebody is there, but too little is measured or the body does not go with it
    DOUBTFUL = 3    # fitted, but its quality is below the threshold


@dataclass(frozen=True)
class BodyFitResult:
    """The body model fitted to one person; arrays are NaN unless `fitted`, the shape's is the last known.

    pose: (24, 3) rotation vectors in radians, relative to the parent; the first turns the pelvis in the optical frame.
    betas: (10,) shape. translation: (3,) metres, optical frame.
    joints: (24, 3) metres, optical frame.
    joint_state: (24,) of JointState: OBSERVED where a measurement supported the joint, else INFERRED; MISSING unless fitted.
    joint_covariance: (24, 3, 3) square metres, from the normal equations.
    joint_residual: metres, root mean square distance of the joints that were measured and believed.
    surface_residual: metres, the same of surface and depth; NaN when depth was not used.
    state: of the fit. track_id: the person's number.
    silhouette_overlap: of the posed mesh with the silhouette, intersection over union; NaN when not measured.
    quality: in [0, 1], the chance that all joints lie within 10 cm of their true places; NaN without a depth image.
    """

    pose: np.ndarray
    betas: np.ndarray
    translation: np.ndarray
    joints: np.ndarray
    joint_state: np.ndarray
    joint_covariance: np.ndarray
    joint_residual: float
    surface_residual: float
    state: FitState
    track_id: int
    silhouette_overlap: float = np.nan
    quality: float = np.nan

    @property
    def fitted(self) -> bool:
        """Whether there is a body, doubtful or not."""
        return self.state in (FitState.FITTED, FitState.DOUBTFUL)


def no_fit(state: FitState, track_id: int, betas: np.ndarray | None = None) -> BodyFitResult:
    """Of a frame without a fitted body."""
    return BodyFitResult(pose=np.full((JOINT_COUNT, 3), np.nan), translation=np.full(3, np.nan),
                         betas=np.zeros(SHAPE_COUNT) if betas is None else betas, joints=np.full((JOINT_COUNT, 3), np.nan),
                         joint_state=np.full(JOINT_COUNT, JointState.MISSING, np.uint8),
                         joint_covariance=np.full((JOINT_COUNT, 3, 3), np.nan), joint_residual=np.nan,
                         surface_residual=np.nan, state=state, track_id=track_id)
