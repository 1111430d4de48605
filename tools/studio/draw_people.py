"""Draws the sheet of docs/person_network.md: crops with their truth, and as the network is shown them in training.

    python tools/studio/draw_people.py out/person/crops docs/images
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from poseformer_ros.person.answers import OUTSIDE, SEEN
from poseformer_ros.person.square import DEPTH_CLIP
from poseformer_ros.skeleton.joints import BONES
from poseformer_ros.synthesis.person_crops import KIND_NAMES, LABEL_BITS, open_shard
from poseformer_ros.synthesis.person_examples import crop_images
from poseformer_ros.synthesis.scene_caster import SOMEBODY_ELSE
from poseformer_ros.training.person_augmentation import augmented_example

TILE_PX = 112
IN_A_ROW = 4
THINGS, WITH_OTHERS, CROWDED = 6, 3, 4
MOST_OUTSIDE = 4            # joints of a person on the sheet that are outside the image
LEAST_OTHER_PX = 600        # of somebody else, where one is wanted
DEPTH_SPAN_M = 1.2          # around the middle of a crop
SEEN_COLOR, HIDDEN_COLOR, BONE_COLOR = (80, 230, 80), (60, 60, 230), (255, 255, 255)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('crops', type=Path, help='folder of shards')
    parser.add_argument('out', type=Path)
    arguments = parser.parse_args()
    rooms, crowded = (open_shard(arguments.crops / f'{name}_0000.npy') for name in ('test', 'clutter'))
    crops = [*rooms[chosen(rooms)], *crowded[chosen_crowded(crowded)]]
    strips = [strip(crop, np.random.default_rng(index)) for index, crop in enumerate(crops)]
    strips += [np.zeros_like(strips[0])] * (-len(strips) % IN_A_ROW)
    sheet = np.vstack([np.hstack(strips[at:at + IN_A_ROW]) for at in range(0, len(strips), IN_A_ROW)])
    cv2.imwrite(str(arguments.out / 'person_crops.jpg'), sheet, [cv2.IMWRITE_JPEG_QUALITY, 82])


def chosen(crops: np.ndarray) -> list[int]:
    """One person of each kind, some with somebody else, and some things."""
    outside = (crops['sight'] == OUTSIDE).sum(axis=1)
    others = ((crops['label'] & LABEL_BITS) == SOMEBODY_ELSE).sum(axis=(1, 2))
    people = crops['person'] & (outside <= MOST_OUTSIDE)
    alone = [int(np.flatnonzero(people & (crops['kind'] == kind) & (others == 0))[0]) for kind in range(len(KIND_NAMES) - 1)
             if (people & (crops['kind'] == kind) & (others == 0)).any()]
    together = np.flatnonzero(people & (others > LEAST_OTHER_PX))[:WITH_OTHERS]
    return [*alone, *together.tolist(), *np.flatnonzero(~crops['person'])[:THINGS].tolist()]


def chosen_crowded(crops: np.ndarray) -> list[int]:
    """People and things of crowded rooms."""
    return [*np.flatnonzero(crops['person'])[:CROWDED].tolist(), *np.flatnonzero(~crops['person'])[:CROWDED].tolist()]


def strip(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Depth with joints, labels with the candidate's outline, and the square of one augmented example."""
    tiles = [with_joints(crop), labels(crop), square(crop, rng)]
    image = cv2.copyMakeBorder(np.hstack(tiles), 0, 2, 0, 6, cv2.BORDER_CONSTANT)
    text = KIND_NAMES[crop['kind']].replace('_', ' ')
    cv2.putText(image, text, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (20, 20, 20), 3, cv2.LINE_AA)
    cv2.putText(image, text, (4, 12), cv2.FONT_HERSHEY_SIMPLEX, 0.38, (255, 255, 255), 1, cv2.LINE_AA)
    return image


def with_joints(crop: np.ndarray) -> np.ndarray:
    depth = crop_images(crop).depth
    near = np.isfinite(depth) & (crop_images(crop).candidate | crop_images(crop).own)
    middle = np.median(depth[near]) if near.any() else 2.0
    image = enlarged(grey((middle + DEPTH_SPAN_M - depth) / (2 * DEPTH_SPAN_M)))
    if not crop['person']:
        return image
    fx, fy, cx, cy = crop['intrinsics']
    x, y, z = crop['joints'].T
    scale = TILE_PX / depth.shape[0]
    pixels = np.rint((np.stack([x / z * fx + cx, y / z * fy + cy], axis=1) + 0.5) * scale - 0.5).astype(int)
    for parent, joint in BONES:
        cv2.line(image, pixels[parent].tolist(), pixels[joint].tolist(), BONE_COLOR, 1, cv2.LINE_AA)
    for pixel, sight in zip(pixels.tolist(), crop['sight']):
        cv2.circle(image, pixel, 2, SEEN_COLOR if sight == SEEN else HIDDEN_COLOR, -1, cv2.LINE_AA)
    return image


def labels(crop: np.ndarray) -> np.ndarray:
    images = crop_images(crop)
    hue = (images.label.astype(int) * 67 % 180).astype(np.uint8)
    image = cv2.cvtColor(np.dstack([hue, np.full_like(hue, 190), np.full_like(hue, 235)]), cv2.COLOR_HSV2BGR)
    image[~images.own] = 40
    image[images.label == SOMEBODY_ELSE] = 110
    image = enlarged(image)
    candidate = enlarged(images.candidate.view(np.uint8))
    cv2.drawContours(image, cv2.findContours(candidate, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)[0], -1, BONE_COLOR, 1)
    return image


def square(crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What the network is shown: depth, black where unknown, tinted where the mask is."""
    relative, known, inside, _ = augmented_example(crop, rng).square
    image = grey(np.where(known > 0, (DEPTH_CLIP - relative) / (2 * DEPTH_CLIP), np.nan)).astype(float)
    image[..., 1:] *= np.where(inside > 0, 1.0, 0.55)[..., None]
    return enlarged(image.astype(np.uint8))


def grey(nearness: np.ndarray) -> np.ndarray:
    """(H, W, 3) uint8 of shares from 0, far, to 1; black where it is no number."""
    shade = np.where(np.isfinite(nearness), 25 + 230 * np.clip(nearness, 0, 1), 0).astype(np.uint8)
    return np.repeat(shade[..., None], 3, axis=2)


def enlarged(image: np.ndarray) -> np.ndarray:
    return cv2.resize(image, (TILE_PX, TILE_PX), interpolation=cv2.INTER_NEAREST)


if __name__ == '__main__':
    main()
