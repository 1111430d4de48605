"""Crops as a silhouette stage and real sensors would give them: faults of masks and depth, and views shifted, turned and mirrored.

Everything random comes from the generator that is handed in.
"""

from dataclasses import replace

import cv2
import numpy as np

from poseformer_ros.person.square import Square
from poseformer_ros.skeleton.joints import JOINT, JOINT_COUNT
from poseformer_ros.synthesis.crop_window import CROP_PX
from poseformer_ros.synthesis.person_examples import (
    LEAST_MASK_PX,
    CropImages,
    Example,
    crop_images,
    crop_square,
    exact_mask,
    example_of,
    mirrored_example,
)

LEAST_CANDIDATE_PX = 40
HEAD = JOINT['head'] + 1

# What a segmentation loses together: hair and head, hands, forearms, feet, shanks; labels.
LOST_TOGETHER = [[JOINT[n] + 1 for n in names] for names in (
    ('head',), ('left_hand', 'left_wrist'), ('right_hand', 'right_wrist'), ('left_hand', 'left_wrist', 'left_elbow'),
    ('right_hand', 'right_wrist', 'right_elbow'), ('left_heel', 'right_heel', 'left_ankle', 'right_ankle'),
    ('left_heel', 'right_heel', 'left_ankle', 'right_ankle', 'left_knee', 'right_knee'))]


def augmented_example(crop: np.ndarray, rng: np.random.Generator) -> Example:
    """One example of a record of CROP, with faults of masks and sensors and another view; half of them mirrored."""
    images = crop_images(crop)
    mask = exact_mask(crop, images)
    images = replace(images, depth=_worse_depth(images.depth, images.label, rng))
    mask = _worse_mask(mask, images, rng)
    square = _another_view(crop_square(crop, images.depth, mask), rng)
    example = example_of(crop, images, mask, square)
    return mirrored_example(example) if rng.random() < 0.5 else example


def _another_view(square: Square, rng: np.random.Generator) -> Square:
    """Shifted, scaled and turned a little, and with another middle depth."""
    side = square.side_px * rng.uniform(0.92, 1.18)
    half = square.half_m * side / square.side_px
    turn = rng.normal(0, 0.06) if rng.random() < 0.85 else rng.normal(0, 0.25)
    centre = square.centre + rng.normal(0, 0.03, 2) * square.side_px
    return Square(centre, side, square.depth_m + rng.normal(0, 0.04) * half, half, turn)


def _worse_mask(mask: np.ndarray, images: CropImages, rng: np.random.Generator) -> np.ndarray:
    """A mask as segmentations give it: with what hangs on to the person, without limbs, too wide, too narrow, with holes."""
    candidate, known = images.candidate, np.isfinite(images.depth)
    kind = rng.random()
    if kind < 0.35 and np.count_nonzero(candidate & known) > LEAST_CANDIDATE_PX:
        mask = candidate & known
    elif kind < 0.42 and (mask & known).any():
        mask = _near_depth(images.depth, mask, rng.uniform(0.2, 0.6))
    if rng.random() < 0.3:
        mask = mask & ~np.isin(images.label, LOST_TOGETHER[rng.integers(len(LOST_TOGETHER))])
    if rng.random() < 0.2:
        mask = _cut(mask, rng)
    if rng.random() < 0.25:     # a patch of the surroundings at like depth
        mask = mask | (_patch(rng, 0.08, 0.35) & _near_depth(images.depth, mask, 0.4))
    if rng.random() < 0.4:
        size = int(rng.integers(2, 5))
        change = cv2.dilate if rng.random() < 0.5 else cv2.erode
        mask = change(mask.view(np.uint8), np.ones((size, size), np.uint8)) > 0
    return mask if np.count_nonzero(mask & known) > LEAST_MASK_PX else candidate


def _cut(mask: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A mask cut along a line, as by a wrong floor or wall."""
    angle, most = rng.uniform(0, 2 * np.pi), rng.uniform(0.1, 0.5)
    rows, columns = np.nonzero(mask)
    if not len(rows):
        return mask
    along = rows * np.sin(angle) + columns * np.cos(angle)
    gone = along < np.quantile(along, most * rng.random())
    cut = mask.copy()
    cut[rows[gone], columns[gone]] = False
    return cut


def _near_depth(depth: np.ndarray, mask: np.ndarray, within_m: float) -> np.ndarray:
    """(H, W) bool: pixels near the mask's median depth."""
    if not (mask & np.isfinite(depth)).any():
        return np.zeros(depth.shape, bool)
    with np.errstate(invalid='ignore'):
        return np.abs(depth - np.nanmedian(depth[mask])) < within_m


def _worse_depth(depth: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Sensors' faults beyond those rendered: waves, smeared edges, dark hair and cloth, sun, coarse pixels, things in between."""
    depth = depth.copy()
    if rng.random() < 0.4:
        depth += _waves(rng)
    if rng.random() < 0.2:
        depth += rng.standard_normal(depth.shape, dtype=np.float32) * np.float32(rng.uniform(0.002, 0.02))
    if rng.random() < 0.15:
        depth = _smeared(depth)
    if rng.random() < 0.2:
        _lose_hair(depth, label, rng)
    if rng.random() < 0.15:     # dark cloth
        dark = np.isin(label, rng.choice(np.arange(1, JOINT_COUNT + 1), int(rng.integers(1, 8)), replace=False))
        depth[dark & (rng.random(depth.shape) < rng.uniform(0.3, 0.95))] = np.nan
    if rng.random() < 0.15:     # sun, mirrors, glass
        depth[_patch(rng, 0.05, 0.3) & (rng.random(depth.shape) < rng.uniform(0.5, 1.0))] = np.nan
    if rng.random() < 0.2:
        depth[rng.random(depth.shape, dtype=np.float32) < rng.uniform(0.01, 0.35)] = np.nan
    if rng.random() < 0.2:      # somebody far away
        depth = _coarser(depth, int(rng.integers(2, 4)))
    if rng.random() < 0.08:
        depth = _with_thing_before(depth, rng)
    return depth


def _waves(rng: np.random.Generator) -> np.ndarray:
    """(CROP_PX, CROP_PX) float32 metres: errors that neighbours share."""
    coarse = rng.standard_normal((int(rng.integers(4, 40)),) * 2, dtype=np.float32) * np.float32(rng.uniform(0.002, 0.015))
    return cv2.resize(coarse, (CROP_PX, CROP_PX), interpolation=cv2.INTER_CUBIC)


def _smeared(depth: np.ndarray) -> np.ndarray:
    """As stereo gives it: near edges grow."""
    far = 20.0      # metres, stands for unknown
    nearest = cv2.erode(np.nan_to_num(depth, nan=far), np.ones((3, 3), np.uint8))
    return np.where(nearest < far - 1, nearest, np.nan).astype(np.float32)


def _lose_hair(depth: np.ndarray, label: np.ndarray, rng: np.random.Generator) -> None:
    """Lose readings of the upper part of the head."""
    rows = np.nonzero(label == HEAD)[0]
    if len(rows):
        hair = (label == HEAD) & (np.arange(CROP_PX)[:, None] < np.quantile(rows, rng.uniform(0.2, 0.7)))
        depth[hair & (rng.random(depth.shape) < rng.uniform(0.5, 1.0))] = np.nan


def _coarser(depth: np.ndarray, step: int) -> np.ndarray:
    """Every pixel as large as step x step were."""
    depth = np.repeat(np.repeat(depth[::step, ::step], step, 0), step, 1)[:CROP_PX, :CROP_PX]
    return np.pad(depth, ((0, CROP_PX - depth.shape[0]), (0, CROP_PX - depth.shape[1])), mode='edge')


def _with_thing_before(depth: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Something thin or broad between camera and person."""
    middle = np.median(depth[np.isfinite(depth)]) if np.isfinite(depth).any() else 2.0
    return np.where(_patch(rng, 0.03, 0.25), middle - rng.uniform(0.2, 0.8), depth).astype(np.float32)


def _patch(rng: np.random.Generator, least: float, most: float) -> np.ndarray:
    """(CROP_PX, CROP_PX) bool: an ellipse or box somewhere, of shares of the crop's side."""
    patch = np.zeros((CROP_PX, CROP_PX), np.uint8)
    centre = tuple(int(v) for v in rng.uniform(0.1, 0.9, 2) * CROP_PX)
    half = tuple(int(v) for v in rng.uniform(least, most, 2) * CROP_PX / 2 + 1)
    if rng.random() < 0.5:
        cv2.ellipse(patch, centre, half, float(rng.uniform(0, 180)), 0, 360, 1, -1)
    else:
        cv2.rectangle(patch, (centre[0] - half[0], centre[1] - half[1]), (centre[0] + half[0], centre[1] + half[1]), 1, -1)
    return patch > 0
