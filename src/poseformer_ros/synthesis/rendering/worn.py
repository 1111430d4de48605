"""What people wear or carry beyond the body's own surface: skirts and coats, long hair, bags; meshes in the room for one pose."""

import numpy as np

from poseformer_ros.body.kinematics import ShapedBody, world_transforms
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.rendering.solids import Mesh, cuboid, ellipsoid, rod, tube

RING_POINTS = 24


def skirt(joints: np.ndarray, hem: float, flare_m: float, front: np.ndarray, radius_m: float) -> Mesh:
    """A skirt or the lower part of a coat around both legs, from above the hips.

    joints: (24, 3) posed, metres. hem: 1 ends at the knees, 2 at the ankles. flare_m: how far it stands off below.
    front: (3,) unit vector that the pelvis faces. radius_m: of the hips.
    """
    hips, knees, ankles = (joints[[JOINT[f'left_{n}'], JOINT[f'right_{n}']]] for n in ('hip', 'knee', 'ankle'))
    up = joints[JOINT['lower_spine']] - joints[JOINT['pelvis']]
    rings = []
    for share in np.linspace(-0.25, hem, 9):
        if share < 0:
            legs = hips - share / 0.25 * up
        elif share < 1:
            legs = hips + share * (knees - hips)
        else:
            legs = knees + (share - 1) * (ankles - knees)
        radius = radius_m * np.interp(share, [-0.25, 0, 2], [0.85, 1.0, 0.75]) + flare_m * max(share, 0) / 2
        rings.append(_ring(legs, front, radius))
    return tube(np.array(rings))


def _ring(legs: np.ndarray, front: np.ndarray, radius: float) -> np.ndarray:
    """A loop (RING_POINTS, 3) around two places: a circle drawn out along the line between them."""
    left, right = legs
    across = left - right
    width = np.linalg.norm(across)
    across = across / max(width, 1e-6)
    ahead = front - (front @ across) * across
    ahead /= max(np.linalg.norm(ahead), 1e-6)
    angle = np.linspace(0, 2 * np.pi, RING_POINTS, endpoint=False)[:, None]
    return (left + right) / 2 + (width / 2 + radius * 0.75) * np.cos(angle) * across + radius * np.sin(angle) * ahead


def long_hair(body: ShapedBody, pose: np.ndarray, translation: np.ndarray, length_m: float, volume_m: float) -> Mesh:
    """Hair that falls from the crown behind the head to the shoulders or below."""
    place = world_transforms(body.joints, pose)
    head = place[JOINT['head']]
    crown = _in(head, np.array([0.0, 0.17, -0.01]), translation)
    nape = _in(head, np.array([0.0, -0.02, -0.07]), translation)
    # Hair hangs down the back, whatever the head does.
    tip = nape + np.array([0.0, -length_m, 0.0]) + 0.04 * -place[JOINT['upper_spine']][:3, 2]
    middle = _in(head, np.array([0.0, 0.10, -0.05]), translation)
    across = place[JOINT['head']][:3, 0]
    rings = []
    for centre, width in ((crown, 0.05), (middle, 0.10), (nape, 0.11), ((nape + tip) / 2, 0.11), (tip, 0.05)):
        angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)[:, None]
        behind = -place[JOINT['head']][:3, 2]
        rings.append(centre + (width + volume_m) * np.cos(angle) * across + (0.4 * width + volume_m) * np.sin(angle) * behind)
    return tube(np.array(rings))


def backpack(body: ShapedBody, pose: np.ndarray, translation: np.ndarray, size: np.ndarray) -> Mesh:
    """A bag on the back."""
    chest = world_transforms(body.joints, pose)[JOINT['spine_centre']]
    vertices, faces = ellipsoid((0.0, 0.1, -0.12 - size[2] / 2), size / 1.6, 8, 12)
    return np.array([_in(chest, v, translation) for v in vertices], np.float32), faces


def held_bag(joints: np.ndarray, side: str, rng: np.random.Generator) -> Mesh:
    """A bag that hangs from a hand."""
    hand = joints[JOINT[f'{side}_hand']]
    size = rng.uniform((0.15, 0.2, 0.08), (0.4, 0.4, 0.2))
    return cuboid(hand - [0, size[1] / 2 + rng.uniform(0.05, 0.25), 0], size)


def stick(joints: np.ndarray, side: str) -> Mesh:
    """A walking stick from a hand to the floor; a hand at the floor holds a short one."""
    hand = joints[JOINT[f'{side}_hand']]
    return rod(hand + [0, 0.02, 0], np.array([hand[0], min(0.0, hand[1] - 0.1), hand[2]]), 0.012)


def _in(frame: np.ndarray, place: np.ndarray, translation: np.ndarray) -> np.ndarray:
    return frame[:3, :3] @ place + frame[:3, 3] + translation
