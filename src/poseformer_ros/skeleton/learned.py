"""24 joints from the depth of a crop by the person network; left and right by where the person faces, followed over time."""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.options import check, option
from poseformer_ros.person.answers import FACING_RAD, HIDDEN, OUTSIDE, SEEN
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette.answers import that_came
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.facing import FacingFilter, FacingOptions
from poseformer_ros.skeleton.joints import JOINT_COUNT, JointState, Skeleton, no_skeleton

LEAP_M = 0.3                # from one image to the next, farther than anybody goes: images before tell nothing of where one faces
RIGHT_WITHIN_M = 0.1        # confidence is the chance that a joint lies within this of its true place


@dataclass(frozen=True)
class LearnedJointsOptions:
    """How joints are learned from depth; each field becomes a ROS parameter `learned.<name>`."""

    model: str = option('', live=False, text='file of the person network; empty for the one that ships')
    lost_m: float = option(0.15, 0.02, 1.0, 'a joint outside the image whose scale is larger is missing', unit='m')

    def __post_init__(self) -> None:
        check(self)


class LearnedJoints:
    """The network's joints of the followed person. Keeps where the person faces."""

    def __init__(self, options: LearnedJointsOptions = LearnedJointsOptions(), facing: FacingOptions = FacingOptions()) -> None:
        """Raises BadInput when the network's file is missing, damaged or of another layout."""
        self._options = options
        self._look = DepthView(chosen_person_model(options.model), both_ways=True)
        self._facing = FacingFilter(facing)
        self.reset()

    def reset(self) -> None:
        """Forget where the person was and faced."""
        self._facing.reset()
        self._place = np.full(3, np.nan)        # metres, optical frame

    def __call__(self, person: Silhouette) -> Skeleton:
        """Find the joints; all MISSING when nobody is there or no depth is known of the person."""
        view = self._view(person) if person.found else None
        if view is None:
            return replace(no_skeleton(), track_id=person.track_id, doubt=person.doubt)
        place = view.intrinsics.deproject(view.square.centre, np.float64(view.square.depth_m))
        if np.linalg.norm(place - self._place) > LEAP_M:
            self._facing.reset()
        self._place = place
        facing = self._facing(view.facing, FACING_RAD, person.track_id)
        skeleton = skeleton_of(view, facing.back, person.intrinsics, self._options.lost_m)
        return replace(skeleton, pixels=skeleton.pixels + [person.roi.x, person.roi.y], track_id=person.track_id,
                       doubt=person.doubt, facing_rad=facing.angle_rad, facing_sigma_rad=facing.sigma_rad, detector='learned')

    def _view(self, person: Silhouette) -> PersonView | None:
        """The answers that came with the silhouette where the same network gave them, else the network is asked."""
        came = that_came(person, self._look.model.sha256)
        return self._look(person.depth, person.intrinsics, [person.mask])[0] if came is None else came


def skeleton_of(view: PersonView, back: bool, intrinsics: Intrinsics, lost_m: float) -> Skeleton:
    """Joints as if the back or the front were seen; intrinsics of the image that was looked at."""
    side = int(back)
    positions, pixels, scale, sight = (getattr(view, name)[side] for name in ('positions', 'pixels', 'scale_m', 'sight'))
    outside = (sight[:, OUTSIDE] > 0.5) | ~_inside(pixels, intrinsics)
    seen = np.where(sight[:, HIDDEN] > sight[:, SEEN], JointState.OCCLUDED, JointState.OBSERVED)
    state = np.where(outside, JointState.INFERRED, seen)
    missing = (outside & (scale.mean(axis=1) > lost_m)) | (positions[:, 2] <= 0)
    blank = np.where(missing, np.nan, 1.0)[:, None]
    return replace(no_skeleton(), positions=positions * blank, pixels=pixels * blank,
                   covariance=_covariance(positions, scale) * blank[..., None],
                   confidence=np.where(missing, 0.0, 1.0 - np.exp(-RIGHT_WITHIN_M / scale.max(axis=1))),
                   state=np.where(missing, JointState.MISSING, state).astype(np.uint8))


def _inside(pixels: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """(24,) bool: pixels of a crop that has nothing of the person beyond it count as inside also a little outside the crop."""
    size = np.array([intrinsics.width, intrinsics.height])
    return np.all((pixels > -0.15 * size) & (pixels < 1.15 * size), axis=1)


def _covariance(positions: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """(24, 3, 3) of Laplace scales across columns and rows and along the ray; the variance of a scale b is 2 b^2."""
    axes = np.zeros((JOINT_COUNT, 3, 3))
    axes[:, 0, 0] = axes[:, 1, 1] = 1.0
    axes[:, :, 2] = positions / positions[:, 2:]
    return np.einsum('jik,jk,jlk->jil', axes, 2 * scale ** 2, axes)
