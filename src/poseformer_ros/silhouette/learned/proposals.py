"""What stands out in a reduced depth image and may be a person: parts that depth edges hold apart, and pieces of large ones."""

import numpy as np

from poseformer_ros.silhouette.candidates import FEET_NEAR_FLOOR_M, Candidate, area_and_depth, contact, seen_field, with_fragments
from poseformer_ros.silhouette.components import Reduced, label, middle

SMALLEST_AREA_M2, LARGEST_AREA_M2 = 0.05, 8.0
PERSON_AREA_M2 = 1.1        # what is larger has something hanging on to it, or is a piece of furniture
LOWEST_TOP_M = 0.2          # somebody lying on a mat
TALLEST_M = 2.3
REACH_M = 0.9               # sideways and ahead of a head, to be cut out with it
BODY_REACH_M, BODY_DEPTH_M = 0.9, 0.4      # from somebody's middle to head, feet and hands; along the line of sight
HEAD_APART_M = 0.4
HEADS = 3                   # at most, that are looked for in one part
MARGIN = 0.5                # of a part's height, around it
MOST_PARTS = 16             # of one image, the largest
FEWEST_PIXELS = 30
POINTS_PER_MIDDLE = 500     # of a part, that its middle is taken of
UNRATED = 1.0               # likeness of all: the network rates them


def proposals(image: Reduced, allowed: np.ndarray, farthest_m: float) -> list[Candidate]:
    """Candidates among the allowed pixels (h, w) bool, the largest first.

    farthest_m: mean depth of a part beyond which it is left out.
    """
    labels, boxes = label(image.depth, allowed)
    area, depth = area_and_depth(image, labels, len(boxes))
    large = np.flatnonzero((area > SMALLEST_AREA_M2) & (area < LARGEST_AREA_M2) & (depth < farthest_m))
    field = seen_field(image.depth)
    joined, found = np.zeros(len(boxes), bool), []
    for number in large[np.argsort(-area[large], kind='stable')][:MOST_PARTS]:
        if joined[number]:
            continue
        window = _window(boxes[number], labels.shape)
        part, near = image.part(window), labels[window]
        mask = near == number
        if image.floor is not None and part.height[mask].max() < LOWEST_TOP_M:
            continue
        mask = with_fragments(part, near, mask, area)
        joined[near[mask]] = True
        whole = float(part.pixel_area[mask].sum())
        masks = [mask] if whole < 2 * PERSON_AREA_M2 else []
        if whole > PERSON_AREA_M2 or np.ptp(part.height[mask]) > TALLEST_M:
            masks += [m for m in _around_heads(part, mask) if m.sum() < 0.9 * mask.sum()]
        found += [_candidate(part, m, window, field) for m in masks if np.count_nonzero(m) > FEWEST_PIXELS]
    return found


def cut_out(image: Reduced, mask: np.ndarray) -> Candidate:
    """A candidate of any pixels (h, w) bool of a reduced image."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    window = slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)
    return _candidate(image.part(window), mask[window], window, seen_field(image.depth))


def within_reach(image: Reduced, position: np.ndarray) -> np.ndarray:
    """(h, w) bool: what lies around a place, (3,) metres in the optical frame, as a body around its middle."""
    gap = image.points - position.astype(np.float32)
    with np.errstate(invalid='ignore'):
        return (np.abs(gap[..., 2]) < BODY_DEPTH_M) & ((gap ** 2).sum(-1) < BODY_REACH_M ** 2)


def _candidate(part: Reduced, mask: np.ndarray, window: tuple[slice, slice], field: tuple[int, int, int, int]) -> Candidate:
    lowest = np.partition(part.height[mask], 3)[3]      # without stray pixels
    points = part.points[mask]
    position = middle(points[::max(1, len(points) // POINTS_PER_MIDDLE)]).astype(float)
    return Candidate(window, mask, position, UNRATED, sum(contact(part, mask, window, field)),
                     part.floor is None or bool(lowest < FEET_NEAR_FLOOR_M))


def _around_heads(part: Reduced, mask: np.ndarray) -> list[np.ndarray]:
    """What lies within reach of the highest places of a part, which stand apart from one another."""
    heights = np.where(mask, part.height, -np.inf)
    cut = []
    for _ in range(HEADS):
        top = np.unravel_index(np.argmax(heights), heights.shape)
        if not np.isfinite(heights[top]):
            break
        with np.errstate(invalid='ignore'):
            aside = np.abs(part.right - part.right[top])
            reach = mask & (aside < REACH_M) & (np.abs(part.ahead - part.ahead[top]) < REACH_M)
            reach &= part.height > part.height[top] - TALLEST_M
            heights[~(aside > HEAD_APART_M)] = -np.inf
        cut.append(_connected(part.depth, reach, top))
    return cut


def _connected(depth: np.ndarray, mask: np.ndarray, place: tuple) -> np.ndarray:
    """What of a mask (h, w) depth edges do not hold apart from a place, (row, column), in it."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    numbers, _ = label(depth[box], mask[box])
    connected = np.zeros_like(mask)
    connected[box] = numbers == numbers[place[0] - rows[0], place[1] - columns[0]]
    return connected


def _window(box: np.ndarray, shape: tuple[int, int]) -> tuple[slice, slice]:
    x, y, width, height = (int(v) for v in box)
    margin = max(3, int(MARGIN * height))
    return (slice(max(0, y - margin), min(shape[0], y + height + margin)),
            slice(max(0, x - margin), min(shape[1], x + width + margin)))


def refined_by_parts(mask: np.ndarray, known: np.ndarray, person: np.ndarray, keep: float, add: float) -> np.ndarray:
    """A mask without what the network does not hold for the person, and with what it does, also beyond a gap.

    mask, known: (h, w) bool, known where depth is near the body's. person: (h, w) probability.
    """
    return (mask & (person > keep)) | (known & (person > add))
