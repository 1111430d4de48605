"""From MakeHuman's A-pose with bent elbows to SMPL's T-pose, with all bones of the full rig.

The bones turn about their heads; each turn is a rotation in the world's frame that also carries the bones below. Left
turns are worked out, right ones are their mirror image.
"""

import numpy as np
from scipy.spatial.transform import Rotation

LEG_OUTWARD_RAD = np.deg2rad(3.0)       # SMPL's legs stand slightly apart
CLAVICLE_LIFT_RAD = np.deg2rad(10.0)    # the shoulder girdle's share in lifting the arm by about 48 degrees
FINGER_STRAIGHTENING = 0.6              # share of the relaxed curl that is taken away

ARM = (1.0, 0.0, 0.0)
LEG = (np.sin(LEG_OUTWARD_RAD), -np.cos(LEG_OUTWARD_RAD), 0.0)
FINGERS = (2, 3, 4, 5)


def tpose(heads: np.ndarray, names: tuple[str, ...], parents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """World transforms that bring a rest body to the T-pose.

    heads: (S, B, 3) bones' heads at rest, of S bodies. Returns rotations (S, B, 3, 3) and shifts (S, B, 3): a point p
    at rest goes to rotation @ p + shift; and the bones' heads go along.
    """
    skeleton = _Skeleton(heads, names, parents)
    _straighten_leg(skeleton)
    _raise_arm(skeleton)
    _flatten_hand(skeleton)
    return _both_sides(skeleton)


def skin(points: np.ndarray, weights: np.ndarray, rotations: np.ndarray, shifts: np.ndarray) -> np.ndarray:
    """Linear blend skinning of (S, V, 3) with weights (V, B)."""
    blended = np.einsum('vb,sbij->svij', weights, rotations, optimize=True)
    return np.einsum('svij,svj->svi', blended, points) + np.einsum('vb,sbi->svi', weights, shifts, optimize=True)


class _Skeleton:
    """The rig's state while it is being posed."""

    def __init__(self, heads: np.ndarray, names: tuple[str, ...], parents: np.ndarray) -> None:
        self.names, self.parents = names, parents
        self.rest = heads
        self.rotations = np.broadcast_to(np.eye(3), (*heads.shape, 3)).copy()
        self.heads = heads.copy()

    def head(self, name: str) -> np.ndarray:
        return self.heads[:, self.names.index(name)]

    def turn(self, name: str, rotation: np.ndarray) -> None:
        """Turn a bone and all below it about its head; rotation (S, 3, 3)."""
        bone = self.names.index(name)
        pivot = self.heads[:, bone].copy()
        for below in self._subtree(bone):
            self.rotations[:, below] = rotation @ self.rotations[:, below]
            self.heads[:, below] = pivot + _apply(rotation, self.heads[:, below] - pivot)

    def aim(self, name: str, tip: str, direction: tuple[float, float, float], share: float = 1.0) -> None:
        """Turn a bone the shortest way until its tip lies in a direction, or only a share of that way."""
        at = _unit(self.head(tip) - self.head(name))
        axis = np.cross(at, direction)
        sine = np.linalg.norm(axis, axis=-1, keepdims=True)
        angle = np.arctan2(sine, (at @ np.asarray(direction))[:, None])
        self.turn(name, _rotations(axis / np.maximum(sine, 1e-12) * angle * share))

    def _subtree(self, bone: int) -> list[int]:
        below = [bone]
        for child in range(bone + 1, len(self.parents)):
            if self.parents[child] in below:
                below.append(child)
        return below


def _straighten_leg(skeleton: _Skeleton) -> None:
    before = skeleton.rotations.copy()
    skeleton.aim('upperleg01.L', 'lowerleg01.L', LEG)
    skeleton.aim('lowerleg01.L', 'foot.L', LEG)
    foot = skeleton.names.index('foot.L')
    undo = before[:, foot] @ np.swapaxes(skeleton.rotations[:, foot], -1, -2)
    skeleton.turn('foot.L', undo)       # the sole stays as flat as it was


def _raise_arm(skeleton: _Skeleton) -> None:
    count = len(skeleton.heads)
    skeleton.turn('clavicle.L', _about((0.0, 0.0, 1.0), np.full(count, CLAVICLE_LIFT_RAD)))
    skeleton.aim('upperarm01.L', 'lowerarm01.L', ARM)
    # Turned about itself until the elbow's bend lies in the floor's plane: palms will look down.
    forearm = skeleton.head('wrist.L') - skeleton.head('lowerarm01.L')
    twist = -np.arctan2(-forearm[:, 1], forearm[:, 2])
    _twist(skeleton, ('upperarm01.L', 'upperarm02.L'), twist)
    skeleton.aim('lowerarm01.L', 'wrist.L', ARM)


def _flatten_hand(skeleton: _Skeleton) -> None:
    first, last = skeleton.head('finger2-1.L'), skeleton.head('finger5-1.L')
    across = first - last               # along the knuckles, from the little finger to the index finger: forward
    _twist(skeleton, ('lowerarm01.L', 'lowerarm02.L', 'wrist.L'), np.arctan2(across[:, 1], across[:, 2]))
    skeleton.aim('wrist.L', 'finger3-1.L', ARM)
    for finger in FINGERS:
        for joint, tip in ((1, 2), (2, 3)):
            skeleton.aim(f'finger{finger}-{joint}.L', f'finger{finger}-{tip}.L', ARM, FINGER_STRAIGHTENING)


def _twist(skeleton: _Skeleton, bones: tuple[str, ...], angle: np.ndarray) -> None:
    """Turn about the arm's direction, each bone of a chain by an equal share more than the one before."""
    for bone in bones:
        skeleton.turn(bone, _about(ARM, angle / len(bones)))


def _both_sides(skeleton: _Skeleton) -> tuple[np.ndarray, np.ndarray]:
    flip = np.diag([-1.0, 1.0, 1.0])
    for bone, name in enumerate(skeleton.names):
        if name.endswith('.R'):
            left = skeleton.names.index(name[:-1] + 'L')
            skeleton.rotations[:, bone] = flip @ skeleton.rotations[:, left] @ flip
            skeleton.heads[:, bone] = skeleton.heads[:, left] @ flip
    return skeleton.rotations, skeleton.heads - _apply(skeleton.rotations, skeleton.rest)


def _apply(rotations: np.ndarray, points: np.ndarray) -> np.ndarray:
    return np.einsum('...ij,...j->...i', rotations, points)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _about(axis: tuple[float, float, float], angle: np.ndarray) -> np.ndarray:
    return _rotations(np.asarray(axis) * angle[:, None])


def _rotations(vectors: np.ndarray) -> np.ndarray:
    return Rotation.from_rotvec(vectors).as_matrix()
