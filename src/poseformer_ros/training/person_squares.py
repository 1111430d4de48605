"""From a rendered crop to what the person network is shown and asked: masks as a silhouette stage finds them, sensors' faults, views.

All in one square's coordinates; everything random comes from the generator that is handed in.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.person.answers import FACING_BINS, FACING_RAD, HIDDEN, NOBODY, OUTSIDE, PARTS_PX, PERSON, TWO
from poseformer_ros.person.square import INPUT_PX, Square, network_input, resampled, square_around, to_square
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT, MIRROR
from poseformer_ros.synthesis.person_crops import CANDIDATE, CROP_PX, LABEL_BITS
from poseformer_ros.synthesis.person_scene import ROOM, SOMEBODY_ELSE

UNTOLD = -1                     # a class that is not asked for
LEAST_OWN_SHARE = 0.35          # of a mask, from which it is a person's; under half of that it is nobody's
TWO_SHARE = 0.25                # of the person's pixels, from which somebody else in the mask makes two
FARTHEST_ASKED = 1.3            # half sides from the middle within which a joint outside the image is asked for
HIDDEN_WEIGHT, OUTSIDE_WEIGHT = 0.6, 0.2
SIDE_OVERLAP = 0.35             # cosine of the chest's direction up to which both sides are asked
FACING_KAPPA = 8.0              # of the bins' targets, a spread of about 20 degrees

# What a segmentation loses together: hair and head, hands, forearms, feet, shanks.
_GROUPS = [[JOINT[n] for n in names] for names in (
    ('head',), ('left_hand', 'left_wrist'), ('right_hand', 'right_wrist'), ('left_hand', 'left_wrist', 'left_elbow'),
    ('right_hand', 'right_wrist', 'right_elbow'), ('left_heel', 'right_heel', 'left_ankle', 'right_ankle'),
    ('left_heel', 'right_heel', 'left_ankle', 'right_ankle', 'left_knee', 'right_knee'))]


@dataclass(frozen=True)
class Asked:
    """One square and its answers, as arrays to be stacked.

    square: (CHANNELS, 96, 96) float32. joints: (24, 3) column, row, depth in half sides. joint_weight: (2, 24), of the front's and
    the back's answers. sight: (24,) int64, UNTOLD where nothing is asked. facing: (FACING_BINS,) probabilities, zero where unknown.
    person: int64 class. parts: (48, 48) int64, 0 nobody, else joint + 1 as if the front were seen. half_m: of the square.
    """

    square: np.ndarray
    joints: np.ndarray
    joint_weight: np.ndarray
    sight: np.ndarray
    facing: np.ndarray
    person: int
    parts: np.ndarray
    half_m: float


def asked(crop: np.ndarray, rng: np.random.Generator, disturbed: bool = True) -> Asked:
    """Make one example of a record of CROP. disturbed: with faults of masks and sensors, and views shifted and turned."""
    depth = np.where(crop['depth'] > 0, crop['depth'] * np.float32(0.001), np.float32(np.nan))
    label = crop['label'] & LABEL_BITS
    own = (label > ROOM) & (label < SOMEBODY_ELSE)
    candidate = (crop['label'] & CANDIDATE) > 0
    mask = (own if crop['person'] else candidate) & np.isfinite(depth)
    if disturbed:
        depth = _worse_depth(depth, label, rng)
        mask = _worse_mask(mask, candidate, label, depth, rng)
    focal = float(crop['intrinsics'][0])
    square = square_around(mask, depth, focal) or _middle(focal)
    if disturbed:
        square = _another_view(square, rng)
    example = _answers(crop, depth, mask, label, square)
    return _mirrored(example) if disturbed and rng.random() < 0.5 else example


def _middle(focal: float) -> Square:
    """Of a crop in which no depth is left: the crop itself, two metres off."""
    return Square(np.full(2, (CROP_PX - 1) / 2), CROP_PX / 1.4, 2.0, CROP_PX / 2.8 * 2.0 / focal)


def _answers(crop: np.ndarray, depth: np.ndarray, mask: np.ndarray, label: np.ndarray, square: Square) -> Asked:
    own = (label > ROOM) & (label < SOMEBODY_ELSE)
    joints, weight, sight = np.zeros((JOINT_COUNT, 3), np.float32), np.zeros((2, JOINT_COUNT), np.float32), np.full(JOINT_COUNT, UNTOLD)
    facing, parts = np.zeros(FACING_BINS, np.float32), np.zeros((PARTS_PX, PARTS_PX), np.int64)
    person = _person_class(mask, own, label)
    if crop['person'] and person != NOBODY:
        fx, fy, cx, cy = crop['intrinsics']
        at = crop['joints']
        pixels = np.stack([at[:, 0] / at[:, 2] * fx + cx, at[:, 1] / at[:, 2] * fy + cy], axis=1)
        joints[:, :2], joints[:, 2] = to_square(pixels, square), (at[:, 2] - square.depth_m) / square.half_m
        sight = crop['sight'].astype(np.int64)
        facing_rad, towards = facing_angle(crop['front'], at.mean(0), square.angle_rad)
        weight[0], weight[1] = towards > -SIDE_OVERLAP, towards < SIDE_OVERLAP
        far = np.abs(joints[:, :2]).max(axis=1) > np.where(sight == OUTSIDE, FARTHEST_ASKED, 1.8)
        weight *= np.where(far | (at[:, 2] < 0.1), 0.0, np.select([sight == HIDDEN, sight == OUTSIDE], [HIDDEN_WEIGHT, OUTSIDE_WEIGHT], 1.0))
        facing = np.exp(FACING_KAPPA * (np.cos(FACING_RAD - facing_rad) - 1)).astype(np.float32)
        facing /= facing.sum()
        parts = _part_labels(np.where(own, label, 0), square, towards < 0)
    return Asked(network_input(depth, mask, square), np.clip(joints, -4, 4), weight, sight, facing, person, parts, square.half_m)


def facing_angle(front: np.ndarray, place: np.ndarray, turned_rad: float = 0.0) -> tuple[float, float]:
    """Where a chest with direction `front` (3,), optical frame, faces as seen along the ray to `place` (3,).

    Returns the angle about the image's vertical, 0 towards the camera and positive to the image's right, and the cosine between the
    chest's direction and the way to the camera.
    """
    ray = place / np.linalg.norm(place)
    across = np.cross([0.0, 1.0, 0.0], ray)
    across /= np.linalg.norm(across)
    down = np.cross(ray, across)
    c, s = np.cos(turned_rad), np.sin(turned_rad)
    right = c * (front @ across) + s * (front @ down)
    return float(np.arctan2(right, -(front @ ray))), float(-(front @ ray))


def _person_class(mask: np.ndarray, own: np.ndarray, label: np.ndarray) -> int:
    size, of_own = max(1, np.count_nonzero(mask)), np.count_nonzero(mask & own)
    others = np.count_nonzero(mask & (label == SOMEBODY_ELSE))
    if others + of_own < 0.5 * LEAST_OWN_SHARE * size:
        return NOBODY
    if others + of_own < LEAST_OWN_SHARE * size or others > 4 * max(of_own, 1):
        return UNTOLD
    return TWO if others > TWO_SHARE * of_own else PERSON


def _part_labels(label: np.ndarray, square: Square, back: bool) -> np.ndarray:
    """(48, 48) int64. Of a person seen from behind left and right are exchanged, so that they are the image's alone."""
    small = resampled(label, square, 0)[1::INPUT_PX // PARTS_PX, 1::INPUT_PX // PARTS_PX].astype(np.int64)
    return _EXCHANGED[small] if back else small


_EXCHANGED = np.array([0, *(np.array(MIRROR) + 1)], np.int64)


def _mirrored(example: Asked) -> Asked:
    """The image mirrored: left is right."""
    joints = example.joints[list(MIRROR)] * np.array([-1, 1, 1], np.float32)
    return Asked(example.square[:, :, ::-1].copy(), joints, example.joint_weight[:, list(MIRROR)], example.sight[list(MIRROR)],
                 example.facing[::-1].copy(), example.person, _EXCHANGED[example.parts[:, ::-1]], example.half_m)


def _another_view(square: Square, rng: np.random.Generator) -> Square:
    """Shifted, scaled and turned a little, and with another middle depth."""
    side = square.side_px * rng.uniform(0.92, 1.18)
    half = square.half_m * side / square.side_px
    turn = rng.normal(0, 0.06) if rng.random() < 0.85 else rng.normal(0, 0.25)
    return Square(square.centre + rng.normal(0, 0.03, 2) * square.side_px, side, square.depth_m + rng.normal(0, 0.04) * half, half, turn)


def _worse_mask(mask: np.ndarray, candidate: np.ndarray, label: np.ndarray, depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A mask as segmentations give it: with what hangs on to the person, without limbs, too wide, too narrow, with holes."""
    kind = rng.random()
    known = np.isfinite(depth)
    if kind < 0.35 and np.count_nonzero(candidate & known) > 40:
        mask = candidate & known
    elif kind < 0.42:
        with np.errstate(invalid='ignore'):
            mask = np.abs(depth - np.nanmedian(depth[mask])) < rng.uniform(0.2, 0.6) if (mask & known).any() else mask
    if rng.random() < 0.3:
        lost = np.isin(label, np.array(_GROUPS[rng.integers(len(_GROUPS))]) + 1)
        mask = mask & ~lost
    if rng.random() < 0.2:      # cut along a line, as by a wrong floor or wall
        angle, share = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.5)
        rows, columns = np.nonzero(mask)
        if len(rows):
            along = rows * np.sin(angle) + columns * np.cos(angle)
            cut = mask.copy()
            gone = along < np.quantile(along, share * rng.random())
            cut[rows[gone], columns[gone]] = False
            mask = cut
    if rng.random() < 0.25:     # a patch of the surroundings at like depth
        mask = mask | (_patch(rng, 0.08, 0.35) & _near_depth(depth, mask, 0.4))
    if rng.random() < 0.4:
        size = int(rng.integers(2, 5))
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        mask = change(mask.view(np.uint8), np.ones((size, size), np.uint8)) > 0
    return mask if np.count_nonzero(mask & known) > 20 else candidate


def _near_depth(depth: np.ndarray, mask: np.ndarray, within_m: float) -> np.ndarray:
    with np.errstate(invalid='ignore'):
        return np.abs(depth - np.nanmedian(depth[mask])) < within_m if (mask & np.isfinite(depth)).any() else np.zeros(depth.shape, bool)


def _worse_depth(depth: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sensors' faults beyond those rendered: slow waves, dark hair and cloth, sun, smeared edges, coarse pixels, things in between."""
    depth = depth.copy()
    if rng.random() < 0.4:      # errors that neighbours share
        coarse = rng.standard_normal((int(rng.integers(4, 40)),) * 2, dtype=np.float32) * np.float32(rng.uniform(0.002, 0.015))
        depth += cv2.resize(coarse, (CROP_PX, CROP_PX), interpolation=cv2.INTER_CUBIC)
    if rng.random() < 0.2:
        depth += rng.standard_normal(depth.shape, dtype=np.float32) * np.float32(rng.uniform(0.002, 0.02))
    if rng.random() < 0.15:     # stereo: near edges grow, and everything is smooth
        nearest = cv2.erode(np.nan_to_num(depth, nan=20.0), np.ones((3, 3), np.uint8))
        depth = np.where(nearest < 19, nearest, np.nan).astype(np.float32)
    if rng.random() < 0.2:
        rows = np.nonzero(label == JOINT['head'] + 1)[0]
        if len(rows):
            hair = (label == JOINT['head'] + 1) & (np.arange(CROP_PX)[:, None] < np.quantile(rows, rng.uniform(0.2, 0.7)))
            depth[hair & (rng.random(depth.shape) < rng.uniform(0.5, 1.0))] = np.nan
    if rng.random() < 0.15:     # dark cloth
        dark = np.isin(label, rng.choice(np.arange(1, JOINT_COUNT + 1), int(rng.integers(1, 8)), replace=False))
        depth[dark & (rng.random(depth.shape) < rng.uniform(0.3, 0.95))] = np.nan
    if rng.random() < 0.15:     # sun, mirrors, glass
        depth[_patch(rng, 0.05, 0.3) & (rng.random(depth.shape) < rng.uniform(0.5, 1.0))] = np.nan
    if rng.random() < 0.2:
        depth[rng.random(depth.shape, dtype=np.float32) < rng.uniform(0.01, 0.35)] = np.nan
    if rng.random() < 0.2:      # coarse pixels of somebody far away
        step = int(rng.integers(2, 4))
        depth = np.repeat(np.repeat(depth[::step, ::step], step, 0), step, 1)[:CROP_PX, :CROP_PX]
        depth = np.pad(depth, ((0, CROP_PX - depth.shape[0]), (0, CROP_PX - depth.shape[1])), mode='edge')
    if rng.random() < 0.08:     # something thin or broad in between
        middle = np.median(depth[np.isfinite(depth)]) if np.isfinite(depth).any() else 2.0
        depth = np.where(_patch(rng, 0.03, 0.25), middle - rng.uniform(0.2, 0.8), depth).astype(np.float32)
    return depth


def _patch(rng: np.random.Generator, least: float, most: float) -> np.ndarray:
    """An ellipse or box somewhere, of shares of the crop's side."""
    patch = np.zeros((CROP_PX, CROP_PX), np.uint8)
    centre = tuple(int(v) for v in rng.uniform(0.1, 0.9, 2) * CROP_PX)
    half = tuple(int(v) for v in rng.uniform(least, most, 2) * CROP_PX / 2 + 1)
    if rng.random() < 0.5:
        cv2.ellipse(patch, centre, half, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    else:
        cv2.rectangle(patch, (centre[0] - half[0], centre[1] - half[1]), (centre[0] + half[0], centre[1] + half[1]), 1, -1)
    return patch > 0
