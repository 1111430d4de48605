"""A joint detector of a few lines, as somebody would add one: this file, and a row in `skeleton.methods.METHODS`."""

import numpy as np

from poseformer_ros.options import Method
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT, JointState, Skeleton, no_skeleton


class MiddleOfThePerson:
    """The pelvis in the middle of the person's depth points, and nothing else."""

    def reset(self) -> None:
        """Nothing is remembered."""

    def __call__(self, person: Silhouette) -> Skeleton:
        if not person.found:
            return no_skeleton()
        skeleton = no_skeleton()
        rows, columns = np.nonzero(person.mask & np.isfinite(person.depth))
        points = person.intrinsics.deproject(np.stack([columns, rows], axis=1), person.depth[rows, columns].astype(np.float64))
        positions, state = skeleton.positions.copy(), skeleton.state.copy()
        positions[JOINT['pelvis']], state[JOINT['pelvis']] = np.median(points, axis=0), JointState.OBSERVED
        return Skeleton(positions=positions, confidence=(state > 0).astype(float), state=state, covariance=skeleton.covariance,
                        pixels=person.intrinsics.project(positions) + [person.roi.x, person.roi.y], track_id=person.track_id)


TOY = Method(lambda options: MiddleOfThePerson())
