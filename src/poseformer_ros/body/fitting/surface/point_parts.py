"""Of which part of the body each depth point is, by what the person network said of the silhouette."""

import numpy as np

from poseformer_ros.person.square import to_square
from poseformer_ros.person.view import WHOLE
from poseformer_ros.silhouette.person import Silhouette
from poseformer_ros.skeleton.joints import JOINT_COUNT, MIRROR, PARENT

LEAST_CHANCE = 0.2      # that a point is of a vertex's part or one beside it: hips do not pull at the hands that lie on them


def _beside(joint: int, other: int) -> bool:
    return joint == other or PARENT[joint] == other or PARENT[other] == joint


# (24, 24): 1 where a place of one joint's part may be called the other's: next to each other, and on either side, which the network
# names by the image.
_ALIKE = np.array([[_beside(joint, other) or _beside(joint, MIRROR[other]) for other in range(JOINT_COUNT)]
                   for joint in range(JOINT_COUNT)], np.float32)


def part_chances(person: Silhouette, points: np.ndarray) -> np.ndarray | None:
    """(24, N) the chance that a depth point (N, 3), metres in the optical frame, is of each joint's part or of one beside it.

    None where the silhouette's answers came without parts.
    """
    said = person.answers
    if said is None or not said.parts.size:
        return None
    rows, columns = said.parts.shape[1:]
    places = to_square(person.intrinsics.project(points) + [person.roi.x, person.roi.y], said.square)
    at = np.clip((0.5 * (places + 1.0) * [columns, rows]).astype(int), 0, [columns - 1, rows - 1])
    return _ALIKE @ (said.parts[1:, at[:, 1], at[:, 0]] / np.float32(WHOLE))
