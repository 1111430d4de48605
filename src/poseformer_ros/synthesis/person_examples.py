"""From a crop to what the person network is shown and what it should answer, all in one square's coordinates."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.person.answers import (
    BACK,
    FACING_BINS,
    FACING_RAD,
    FRONT,
    HIDDEN,
    NOBODY,
    OUTSIDE,
    PARTS_PX,
    PERSON,
    SIDES,
    TWO,
)
from poseformer_ros.person.square import INPUT_PX, Square, network_input, resampled, square_around, to_square
from poseformer_ros.skeleton.joints import JOINT_COUNT, MIRROR
from poseformer_ros.synthesis.crop_window import CROP_PX, MARGIN
from poseformer_ros.synthesis.person_crops import CANDIDATE, LABEL_BITS
from poseformer_ros.synthesis.scene_caster import ROOM, SOMEBODY_ELSE

UNTOLD = -1                     # a class that is not asked for
LEAST_OWN_SHARE = 0.35          # of a mask, from which it is a person's; under half of that it is nobody's
TWO_SHARE = 0.25                # of the person's pixels, from which somebody else in the mask makes two
FARTHEST_INSIDE = 1.8           # half sides from the middle within which a joint is asked for
FARTHEST_OUTSIDE = 1.3          # the same of a joint outside the image
MOST_JOINT = 4.0                # half sides; a target beyond is cut
NEAREST_JOINT_M = 0.1
HIDDEN_WEIGHT, OUTSIDE_WEIGHT = 0.6, 0.2
SIDE_OVERLAP = 0.35             # cosine of the chest's direction up to which both sides are asked
FACING_KAPPA = 8.0              # of the bins' targets, a spread of about 20 degrees
LEAST_MASK_PX = 20              # of known depth under a mask
EMPTY_DEPTH_M = 2.0             # of the square of a crop in which no depth is known

# Labels with left and right exchanged.
EXCHANGED = np.array([0, *(np.array(MIRROR) + 1)], np.int64)


@dataclass(frozen=True)
class Example:
    """One square and the answers to it.

    square: (CHANNELS, 96, 96) float32. joints: (24, 3) float32 column, row and depth in half sides. joint_weight: (SIDES, 24)
    float32, of the front's and the back's answers. sight: (24,) int64, UNTOLD where nothing is asked. facing: (FACING_BINS,)
    float32 probabilities, zero where unknown. person: class, or UNTOLD. parts: (48, 48) int64, 0 nobody, else joint + 1 as if the
    front were seen. half_m: of the square.
    """

    square: np.ndarray
    joints: np.ndarray
    joint_weight: np.ndarray
    sight: np.ndarray
    facing: np.ndarray
    person: int
    parts: np.ndarray
    half_m: float


@dataclass(frozen=True)
class CropImages:
    """The images of a crop, all (CROP_PX, CROP_PX).

    depth: float32 metres, NaN where unknown. label: uint8 without the candidate's bit. candidate: bool, pixels that depth edges
    hold apart around the person or thing.
    """

    depth: np.ndarray
    label: np.ndarray
    candidate: np.ndarray

    @property
    def own(self) -> np.ndarray:
        """Pixels of the person."""
        return (self.label > ROOM) & (self.label < SOMEBODY_ELSE)


def crop_images(crop: np.ndarray) -> CropImages:
    """The images of a record of CROP."""
    depth = np.where(crop['depth'] > 0, crop['depth'] * np.float32(0.001), np.float32(np.nan))
    return CropImages(depth, crop['label'] & LABEL_BITS, (crop['label'] & CANDIDATE) > 0)


def exact_mask(crop: np.ndarray, images: CropImages) -> np.ndarray:
    """(CROP_PX, CROP_PX) bool: the person's pixels whose depth is known, of a thing the candidate's."""
    return (images.own if crop['person'] else images.candidate) & np.isfinite(images.depth)


def candidate_mask(crop: np.ndarray, images: CropImages) -> np.ndarray:
    """(CROP_PX, CROP_PX) bool: what depth edges hold apart; the exact mask where that is next to nothing."""
    mask = images.candidate & np.isfinite(images.depth)
    return mask if np.count_nonzero(mask) > LEAST_MASK_PX else exact_mask(crop, images)


def crop_square(crop: np.ndarray, depth: np.ndarray, mask: np.ndarray) -> Square:
    """The square around a mask; of a crop in which no depth is left, the crop itself, two metres off."""
    focal = float(crop['intrinsics'][0])
    side = CROP_PX / MARGIN
    return square_around(mask, depth, focal) or Square(np.full(2, (CROP_PX - 1) / 2), side, EMPTY_DEPTH_M,
                                                       side / 2 * EMPTY_DEPTH_M / focal)


def plain_example(crop: np.ndarray) -> Example:
    """A crop as it is, under the exact mask."""
    images = crop_images(crop)
    mask = exact_mask(crop, images)
    return example_of(crop, images, mask, crop_square(crop, images.depth, mask))


def example_of(crop: np.ndarray, images: CropImages, mask: np.ndarray, square: Square) -> Example:
    """A record of CROP under a mask, in a square."""
    person = person_class(mask, images.label)
    shown = network_input(images.depth, mask, square)
    if not crop['person'] or person == NOBODY:
        return Example(shown, np.zeros((JOINT_COUNT, 3), np.float32), np.zeros((SIDES, JOINT_COUNT), np.float32),
                       np.full(JOINT_COUNT, UNTOLD), np.zeros(FACING_BINS, np.float32), person,
                       np.zeros((PARTS_PX, PARTS_PX), np.int64), square.half_m)
    facing_rad, towards = facing_angle(crop['front'], crop['joints'].mean(0), square.angle_rad)
    joints = joints_in_square(crop, square)
    weight = _joint_weight(joints, crop, towards)
    parts = _part_labels(np.where(images.own, images.label, ROOM), square, towards < 0)
    return Example(shown, np.clip(joints, -MOST_JOINT, MOST_JOINT), weight, crop['sight'].astype(np.int64),
                   _facing_bins(facing_rad), person, parts, square.half_m)


def joints_in_square(crop: np.ndarray, square: Square) -> np.ndarray:
    """(24, 3) float32: column and row from -1 to 1 over the square, and depth from its middle in half sides."""
    fx, fy, cx, cy = crop['intrinsics']
    at = crop['joints']
    pixels = np.stack([at[:, 0] / at[:, 2] * fx + cx, at[:, 1] / at[:, 2] * fy + cy], axis=1)
    joints = np.zeros((JOINT_COUNT, 3), np.float32)
    joints[:, :2], joints[:, 2] = to_square(pixels, square), (at[:, 2] - square.depth_m) / square.half_m
    return joints


def facing_angle(front: np.ndarray, place: np.ndarray, turned_rad: float = 0.0) -> tuple[float, float]:
    """Where a chest with direction `front` (3,), optical frame, faces as seen along the ray to `place` (3,).

    turned_rad: by which the square is turned in the image. Returns the angle about the square's vertical, 0 towards the camera
    and positive to the right, and the cosine between the chest's direction and the way to the camera.
    """
    ray = place / np.linalg.norm(place)
    across = np.cross([0.0, 1.0, 0.0], ray)
    across /= np.linalg.norm(across)
    down = np.cross(ray, across)
    c, s = np.cos(turned_rad), np.sin(turned_rad)
    right = c * (front @ across) + s * (front @ down)
    return float(np.arctan2(right, -(front @ ray))), float(-(front @ ray))


def person_class(mask: np.ndarray, label: np.ndarray) -> int:
    """NOBODY, PERSON or TWO, by whose pixels (labels (H, W)) a mask (H, W) holds; UNTOLD where that is open."""
    own = (label > ROOM) & (label < SOMEBODY_ELSE)
    size, of_own = max(1, int(np.count_nonzero(mask))), int(np.count_nonzero(mask & own))
    others = int(np.count_nonzero(mask & (label == SOMEBODY_ELSE)))
    if others + of_own < 0.5 * LEAST_OWN_SHARE * size:
        return NOBODY
    if others + of_own < LEAST_OWN_SHARE * size or others > 4 * max(of_own, 1):
        return UNTOLD
    return TWO if others > TWO_SHARE * of_own else PERSON


def mirrored_example(example: Example) -> Example:
    """The image mirrored: left is right."""
    joints = example.joints[list(MIRROR)] * np.array([-1, 1, 1], np.float32)
    return Example(example.square[:, :, ::-1].copy(), joints, example.joint_weight[:, list(MIRROR)], example.sight[list(MIRROR)],
                   example.facing[::-1].copy(), example.person, EXCHANGED[example.parts[:, ::-1]], example.half_m)


def _joint_weight(joints: np.ndarray, crop: np.ndarray, towards: float) -> np.ndarray:
    """(SIDES, 24) float32. towards: cosine between the chest's direction and the way to the camera."""
    weight = np.zeros((SIDES, JOINT_COUNT), np.float32)
    weight[FRONT], weight[BACK] = towards > -SIDE_OVERLAP, towards < SIDE_OVERLAP
    sight = crop['sight']
    far = np.abs(joints[:, :2]).max(axis=1) > np.where(sight == OUTSIDE, FARTHEST_OUTSIDE, FARTHEST_INSIDE)
    of_sight = np.select([sight == HIDDEN, sight == OUTSIDE], [HIDDEN_WEIGHT, OUTSIDE_WEIGHT], 1.0)
    weight *= np.where(far | (crop['joints'][:, 2] < NEAREST_JOINT_M), 0.0, of_sight)
    return weight


def _facing_bins(facing_rad: float) -> np.ndarray:
    """(FACING_BINS,) float32 probabilities around an angle (von Mises)."""
    facing = np.exp(FACING_KAPPA * (np.cos(FACING_RAD - facing_rad) - 1)).astype(np.float32)
    return facing / facing.sum()


def _part_labels(label: np.ndarray, square: Square, back: bool) -> np.ndarray:
    """(48, 48) int64. Of a person seen from behind left and right are exchanged, so that they are the image's alone."""
    small = resampled(label, square, 0)[1::INPUT_PX // PARTS_PX, 1::INPUT_PX // PARTS_PX].astype(np.int64)
    return EXCHANGED[small] if back else small
