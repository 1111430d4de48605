"""A person model judged on rendered crops that it never saw, by the file that the station runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from tqdm import tqdm

from poseformer_ros.person.answers import (
    BACK,
    FACING_RAD,
    FRONT,
    LEAST_LOG_SCALE,
    MOST_LOG_SCALE,
    PARTS,
    Answers,
    mean,
    mirrored,
)
from poseformer_ros.person.model_file import PersonModel
from poseformer_ros.person.square import Square, from_square
from poseformer_ros.skeleton.joints import MIRROR
from poseformer_ros.synthesis.person_crops import open_shard
from poseformer_ros.synthesis.person_examples import (
    Example,
    candidate_mask,
    crop_images,
    crop_square,
    exact_mask,
    example_of,
    facing_angle,
    joints_in_square,
)

MASKS = {'exact': exact_mask, 'candidate': candidate_mask}
BATCH = 64
PAIRED = np.array(MIRROR) != np.arange(len(MIRROR))


@dataclass(frozen=True)
class JudgedPeople:
    """Truth and errors of n crops of people.

    kind: (n,) place in KIND_NAMES. stature_m, facing_rad (true): (n,). sight: (n, 24).
    true_side_m, chosen_side_m: (n, 24) distance of a joint from the true one, of the answer for the side that is truly seen and
    for the side that the facing answer says. facing_error_rad: (n,) 0 to pi. swapped: (n,) bool, the chosen side's joints fit
    better with left and right exchanged. surprise: (n, 24, 3) error of the true side in Laplace scales.
    """

    kind: np.ndarray
    stature_m: np.ndarray
    facing_rad: np.ndarray
    sight: np.ndarray
    true_side_m: np.ndarray
    chosen_side_m: np.ndarray
    facing_error_rad: np.ndarray
    swapped: np.ndarray
    surprise: np.ndarray


@dataclass(frozen=True)
class JudgedCrops:
    """What came of all crops.

    people: those that show a person. person_true, person_found: (N,) class of every crop, UNTOLD where the truth is open.
    parts: (PARTS, PARTS) pixels by true (row) and found part, of the crops of people.
    """

    people: JudgedPeople
    person_true: np.ndarray
    person_found: np.ndarray
    parts: np.ndarray


def judge(model: PersonModel, shards: Sequence[Path], mask: str = 'exact', both_ways: bool = False) -> JudgedCrops:
    """Run the model on every crop.

    mask: of MASKS, what the square is cut by and the network is shown. both_ways: take the mean with the mirror image's answers.
    """
    parts = np.zeros((PARTS, PARTS), np.int64)
    people, true, found = [], [], []
    for crops in tqdm(list(_batches(shards)), desc='judging', unit='batch'):
        squares, examples = zip(*(_example(crop, mask) for crop in crops))
        answers = _answers(model, np.stack([example.square for example in examples]), both_ways)
        true += [example.person for example in examples]
        found += answers.person.argmax(1).tolist()
        shown = np.flatnonzero(crops['person'])
        people += [_person(crops[i], squares[i], answers, int(i)) for i in shown]
        parts += _confusion(np.stack([example.parts for example in examples])[shown], answers.parts.argmax(1)[shown])
    stacked = JudgedPeople(*(np.array([getattr(one, f.name) for one in people]) for f in fields(JudgedPeople)))
    return JudgedCrops(stacked, np.array(true), np.array(found), parts)


def _answers(model: PersonModel, squares: np.ndarray, both_ways: bool) -> Answers:
    answers = model(squares)
    return mean(answers, mirrored(model(np.ascontiguousarray(squares[..., ::-1])))) if both_ways else answers


def likeliest_facing(logits: np.ndarray) -> float:
    """The likeliest of the bins (FACING_BINS,), moved between its neighbours; radians."""
    probability = np.exp(logits - logits.max())
    best = int(probability.argmax())
    near = np.arange(best - 1, best + 2) % len(FACING_RAD)
    return float(np.angle((probability[near] * np.exp(1j * FACING_RAD[near])).sum()))


def facing_side(logits: np.ndarray) -> int:
    """FRONT or BACK, whichever half of the bins is likelier."""
    probability = np.exp(logits - logits.max())
    towards = np.cos(FACING_RAD) > 0
    return FRONT if probability[towards].sum() >= probability[~towards].sum() else BACK


def metric_joints(places: np.ndarray, square: Square, intrinsics: np.ndarray) -> np.ndarray:
    """Joints (24, 3) in a square to metres in the optical frame. intrinsics: fx, fy, cx, cy of the image."""
    fx, fy, cx, cy = intrinsics
    column, row = from_square(places[:, :2], square).T
    depth = square.depth_m + places[:, 2] * square.half_m
    return np.stack([(column - cx) / fx * depth, (row - cy) / fy * depth, depth], axis=1)


def _batches(shards: Sequence[Path]) -> Iterator[np.ndarray]:
    for path in shards:
        shard = open_shard(path)
        yield from (shard[begin:begin + BATCH] for begin in range(0, len(shard), BATCH))


def _example(crop: np.ndarray, mask: str) -> tuple[Square, Example]:
    images = crop_images(crop)
    chosen = MASKS[mask](crop, images)
    square = crop_square(crop, images.depth, chosen)
    return square, example_of(crop, images, chosen, square)


def _person(crop: np.ndarray, square: Square, answers: Answers, index: int) -> JudgedPeople:
    """One crop's row of `JudgedPeople`."""
    facing_rad, towards = facing_angle(crop['front'], crop['joints'].mean(0))
    side, chosen = (FRONT if towards > 0 else BACK), facing_side(answers.facing[index])
    found = [metric_joints(answers.joints[index, s], square, crop['intrinsics']) for s in (side, chosen)]
    wrong = likeliest_facing(answers.facing[index]) - facing_rad
    true_side_m, chosen_side_m = (_distance(joints, crop['joints']) for joints in found)
    return JudgedPeople(crop['kind'], crop['stature_m'], np.asarray(facing_rad), crop['sight'], true_side_m, chosen_side_m,
                        np.abs(np.angle(np.exp(1j * wrong))), np.asarray(_swapped(found[1], crop['joints'])),
                        _surprise(answers, index, side, joints_in_square(crop, square)))


def _distance(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    return np.linalg.norm(found - true, axis=-1)


def _swapped(found: np.ndarray, true: np.ndarray) -> bool:
    return bool(_distance(found, true[list(MIRROR)])[PAIRED].mean() < _distance(found, true)[PAIRED].mean())


def _surprise(answers: Answers, index: int, side: int, true: np.ndarray) -> np.ndarray:
    """(24, 3): error of each coordinate in Laplace scales."""
    log_scale = np.clip(answers.log_scale[index, side], LEAST_LOG_SCALE, MOST_LOG_SCALE)
    return np.abs(answers.joints[index, side] - true) / np.exp(log_scale)


def _confusion(true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """(PARTS, PARTS) pixels by true and found part."""
    return np.bincount(PARTS * true.ravel() + found.ravel(), minlength=PARTS * PARTS).reshape(PARTS, PARTS)
