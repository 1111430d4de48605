"""Which parts of a reduced depth image could be a person: size and shape in metres."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.silhouette.components import Reduced, label, middle, window_of

HIGHEST_REACH_M = 2.7           # fingertips of a tall person with raised arms
SMALLEST_AREA_M2, LARGEST_AREA_M2 = 0.10, 1.3      # seen of a child or a person cut off; of a tall person
LOWEST_PERSON_M = 0.8           # crown of somebody who squats
LARGEST_CLUSTER_M2 = 4.0        # larger parts are walls; a person is not searched for in them
WIDEST_M = 2.3                  # arm span of a tall person
HEAD_SLICE_M = 0.2              # the top of the body that is looked at for a head
TRUNK_SHARE = 0.08              # of the pixels at either end in depth that may be arms stretched ahead and back
BODY_RADIUS_M = 0.4             # around the body's axis: trunk, legs and hanging arms
REACH_RADIUS_M = 1.1            # the same with arms stretched out
FRAGMENT_AREA_M2 = 0.10         # a part that self-occlusion cuts off: an arm ahead of the trunk, a head, a leg
SPECKLE_M2 = 0.004              # smaller parts are left to the full image
FRAGMENT_GAP_M = 0.35           # how far in depth it may lie from the body beside it
UPPER_BODY_AREA_M2 = 0.25       # the largest: head, shoulders and stretched arms, where these hide the chest
ARM_REACH_M = 0.75              # shoulder to fingertips: how far limbs may be ahead of the body's middle
TRUNK_DEPTH_M = 0.25            # how far parts hidden by a limb may be behind it
FRAGMENT_CONTACT = 0.06         # share of its outline that touches the body; an arm may touch with its end alone
FEET_NEAR_FLOOR_M = 0.3         # the lowest point of somebody whose feet are seen
SMALLEST_PIXELS = 30            # of a person in the reduced image
SQUARE = np.ones((3, 3), np.uint8)
BESIDE = np.ones((5, 5), np.uint8)      # two pixels: a thin neck or wrist may be lost between
EDGE_SHARE = 0.02               # of a row or column that is known where the depth camera sees at all
TELLING_SHARE = 0.3             # of the image known, below which it does not tell where the seen field ends
EDGE_BAND = 0.1                 # of the image in which the seen field's edge is looked for


@dataclass(frozen=True)
class Candidate:
    """A part of the reduced image that may be a person.

    window: rows and columns of the reduced image. mask: bool, its pixels in the window.
    position: (3,) metres, middle of its points, optical frame.
    likeness: 0 to 1, how much size and shape are a standing person's.
    contact: metres along which it touches the edge of the seen field.
    feet: whether its lowest point is near the floor; true when there is no floor.
    """

    window: tuple[slice, slice]
    mask: np.ndarray
    position: np.ndarray
    likeness: float
    contact: float
    feet: bool


def find(image: Reduced, allowed: np.ndarray, likely: float, farthest: float) -> list[Candidate]:
    """Candidates among the allowed pixels (h, w) bool; what furniture hangs on to is cut out around its head.

    likely: likeness from which a part is taken as it is. farthest: metres, mean depth of a part.
    """
    labels, count = label(image.depth, allowed)
    area, near = area_and_depth(image, labels, count)
    field = seen_field(image.depth)
    found = []
    large = np.flatnonzero((area > SMALLEST_AREA_M2) & (area < LARGEST_CLUSTER_M2) & (near < farthest))
    joined = np.zeros(count, bool)
    for number in large[np.argsort(-area[large], kind='stable')]:
        if joined[number]:
            continue
        window = _window(labels == number)
        part, near_labels = image.part(window), labels[window]
        mask = near_labels == number
        if image.floor is not None and part.height[mask].max() < LOWEST_PERSON_M:
            continue
        mask = with_fragments(part, near_labels, mask, area)
        joined[near_labels[mask]] = True
        candidate = describe(part, mask, window, field)
        if candidate.likeness < likely:
            standing = describe(part, around_head(part, mask), window, field)
            # Cut out of furniture, only somebody who stands on the floor is believed in.
            candidate = standing if standing.feet and standing.likeness > candidate.likeness else candidate
        found.append(candidate)
    return found


def area_and_depth(image: Reduced, labels: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Square metres and mean depth of each numbered part; number 0 is none."""
    inside = labels > 0
    numbers = labels[inside]
    area = np.bincount(numbers, image.pixel_area[inside], count)
    size = np.maximum(np.bincount(numbers, minlength=count), 1)
    return area, np.bincount(numbers, image.depth[inside], count) / size


def full_mask(candidate: Candidate, image: Reduced) -> np.ndarray:
    """The candidate's mask in the whole reduced image (h, w) bool."""
    mask = np.zeros(image.depth.shape, bool)
    mask[candidate.window] = candidate.mask
    return mask


def with_fragments(image: Reduced, labels: np.ndarray, mask: np.ndarray, area: np.ndarray) -> np.ndarray:
    """A part together with those beside it that the body's own edges cut off, also from each other."""
    possible = (area > SPECKLE_M2) & (area < UPPER_BODY_AREA_M2)
    joined, free = mask.copy(), possible[labels] & ~mask
    of_body = float(middle(image.ahead[mask]))
    met: dict[int, _Fragment] = {}
    while True:
        beside = free & (cv2.dilate(joined.view(np.uint8), BESIDE) > 0)
        touched = labels[beside]
        if not len(touched):
            return joined
        length = np.bincount(touched)
        gaps = np.abs(image.depth[beside] - _spread_depth(image.depth, joined)[beside])
        gap = np.bincount(touched, gaps) / np.maximum(length, 1)
        top = image.height[joined].max()
        grown = False
        for number in np.flatnonzero(length).tolist():
            if number not in met:
                met[number] = _fragment(image, labels == number)
            fragment = met[number]
            small = area[number] < FRAGMENT_AREA_M2 or fragment.top > top
            if small and _of_one_body(fragment, length[number], gap[number], of_body):
                joined, grown = joined | fragment.mask, True
        if not grown:
            return joined
        free &= ~joined


@dataclass(frozen=True)
class _Fragment:
    """mask: (h, w) bool. top: highest metres. ahead: median metres. outline: pixels of it."""

    mask: np.ndarray
    top: float
    ahead: float
    outline: int


def _fragment(image: Reduced, mask: np.ndarray) -> _Fragment:
    return _Fragment(mask, image.height[mask].max(), float(middle(image.ahead[mask])), _outline(mask))


def _of_one_body(fragment: _Fragment, contact: int, gap: float, of_body: float) -> bool:
    """Whether a fragment is along the body beside it, and little off it or where arms, thighs and head can be.

    contact: pixels that touch the body. gap: mean depth in metres between these and it. of_body: the body's, ahead.
    """
    return ((gap < FRAGMENT_GAP_M or -ARM_REACH_M < fragment.ahead - of_body < TRUNK_DEPTH_M)
            and contact >= FRAGMENT_CONTACT * fragment.outline)


def around_head(image: Reduced, mask: np.ndarray) -> np.ndarray:
    """The part of a mask that stands under its highest point: legs near the axis, arms within reach."""
    heights = np.sort(image.height[mask])
    top, bottom = _percentile(heights, 0.99), _percentile(heights, 0.01)
    head = mask & (image.height > top - HEAD_SLICE_M)
    off_axis = np.hypot(image.right - image.right[head].mean(), image.ahead - image.ahead[head].mean())
    waist = bottom + 0.55 * (top - bottom)
    with np.errstate(invalid='ignore'):
        inside = mask & (off_axis < np.where(image.height > waist, REACH_RADIUS_M, BODY_RADIUS_M))
    labels, _ = label(image.depth, inside)
    numbers = labels[head & (labels > 0)]
    return labels == np.bincount(numbers).argmax() if len(numbers) else np.zeros_like(mask)


def describe(image: Reduced, mask: np.ndarray, window: tuple[slice, slice],
             field: tuple[int, int, int, int]) -> Candidate:
    """Measure a part. image: of the window. field: first and last column and row that are seen, whole image."""
    if np.count_nonzero(mask) < SMALLEST_PIXELS:
        return Candidate(window, mask, np.full(3, np.nan), 0.0, 0.0, False)
    height = image.height[mask]
    ordered = np.sort(height)
    top, bottom = _percentile(ordered, 0.99), _percentile(ordered, 0.01)
    above, below, aside = contact(image, mask, window, field)
    feet = image.floor is None or bottom < FEET_NEAR_FLOOR_M
    likeness = _likeness(image, mask, height, top, bottom, above > 0.0)
    if not feet:
        # Somebody whose feet are hidden shows head and trunk; what hangs or lies on a table is lower or shorter.
        likeness *= _rises(top, 1.1, 1.4) * _falls(top, 2.1, 2.3) * _rises(top - bottom, 0.5, 0.7)
        # Nor does the image's side hide feet; its lower edge does.
        likeness *= 1.0 if below > 0.0 else _falls(aside + above, 0.3, 0.6)
    # Somebody half out at the side is followed, but not newly taken for a person: cupboards are cut there too.
    likeness *= 0.1 + 0.9 * _falls(aside, 0.5, 0.9)
    return Candidate(window, mask, image.points[mask].mean(0).astype(float), likeness, above + below + aside, feet)


def _likeness(image: Reduced, mask: np.ndarray, height: np.ndarray, top: float, bottom: float,
              head_outside: bool) -> float:
    """Product of what is usual of a person's height, width, depth, outline and head; each 0 to 1."""
    right, ahead, area = image.right[mask], image.ahead[mask], image.pixel_area[mask]
    tall = top - bottom
    stature = tall if image.floor is None else top
    width = float(area.sum()) / max(tall, 0.1)
    size = (_rises(stature, LOWEST_PERSON_M, 1.05) * _falls(stature, HIGHEST_REACH_M - 0.2, HIGHEST_REACH_M)
            * _rises(tall, 0.4, 0.6) * _rises(width, 0.08, 0.14) * _falls(width, 0.5, 0.7)
            * _falls(float(area.sum()), LARGEST_AREA_M2 - 0.3, LARGEST_AREA_M2))
    if size == 0.0:
        return 0.0
    upper = float(area[height > top - HEAD_SLICE_M].sum()) / HEAD_SLICE_M
    # What is uppermost is narrow: a head, raised hands, or both.
    head = 1.0 if head_outside else 0.3 + 0.7 * _falls(upper, 0.4, 0.55)
    legs = _falls(_extent(right[height < bottom + 0.4 * tall]), 0.8, 1.1)       # those of a table stand wider
    outline = _falls(_filled(mask), 0.72, 0.8)                                 # a cupboard fills its outline
    return (size * head * legs * outline * _falls(_extent(right), WIDEST_M - 0.3, WIDEST_M)
            * _falls(_extent(ahead, TRUNK_SHARE), 0.5 * stature, 0.5 * stature + 0.25))


def _filled(mask: np.ndarray) -> float:
    """Share of the smallest rectangle around a mask that the mask fills."""
    rows, columns = np.nonzero(mask)
    _, (side, other), _ = cv2.minAreaRect(np.stack([columns, rows], axis=1).astype(np.float32))
    return len(rows) / ((side + 1.0) * (other + 1.0))


def contact(image: Reduced, mask: np.ndarray, window: tuple[slice, slice],
             field: tuple[int, int, int, int]) -> tuple[float, float, float]:
    """Metres of a mask along the upper edge of the seen field, the lower one, and those at its sides.

    Where the mask reaches past an edge of the field, there is no edge.
    """
    left, right, top, bottom = (edge - start for edge, start in
                                zip(field, (window[1].start,) * 2 + (window[0].start,) * 2))
    rows, columns = window_of(mask)
    at_top = np.count_nonzero(mask[max(top, 0):top + 2].any(0)) if top - 1 <= rows.start <= top + 1 else 0
    at_bottom = np.count_nonzero(mask[bottom - 1:bottom + 1].any(0)) if bottom <= rows.stop <= bottom + 2 else 0
    at_left = np.count_nonzero(mask[:, max(left, 0):left + 2].any(1)) if left - 1 <= columns.start <= left + 1 else 0
    at_right = np.count_nonzero(mask[:, right - 1:right + 1].any(1)) if right <= columns.stop <= right + 2 else 0
    pixel = float(image.depth[mask].mean()) / image.intrinsics.fx
    return at_top * pixel, at_bottom * pixel, (at_left + at_right) * pixel


def seen_field(depth: np.ndarray) -> tuple[int, int, int, int]:
    """First and last column, first and last row that the depth camera sees; registration leaves unknown borders."""
    known = np.isfinite(depth)
    rows, columns = known.shape
    if np.count_nonzero(known) / known.size < TELLING_SHARE:
        return 0, columns - 1, 0, rows - 1
    of_column, of_row = (cv2.reduce(known.view(np.uint8), axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel() for axis in (0, 1))
    return *_seen(of_column / rows), *_seen(of_row / columns)


def _seen(share: np.ndarray) -> tuple[int, int]:
    last, band = len(share) - 1, max(1, round(EDGE_BAND * len(share)))
    seen = np.flatnonzero(share > EDGE_SHARE)
    if not len(seen):
        return 0, last
    return (int(seen[0]) if seen[0] < band else 0), (int(seen[-1]) if seen[-1] > last - band else last)


def _window(mask: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns around a part, wide enough for the fragments beside it."""
    rows, columns = window_of(mask)
    margin = max(2, (rows.stop - rows.start) // 2)
    return (slice(max(0, rows.start - margin), min(mask.shape[0], rows.stop + margin)),
            slice(max(0, columns.start - margin), min(mask.shape[1], columns.stop + margin)))


def _spread_depth(depth: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Depth of a part carried two pixels over its edge; the nearer one where two meet."""
    return cv2.erode(np.where(mask, depth, np.float32(1e3)), BESIDE)


def _outline(mask: np.ndarray) -> int:
    inner = cv2.erode(mask.view(np.uint8), SQUARE, borderType=cv2.BORDER_CONSTANT, borderValue=0)
    return int(np.count_nonzero(mask) - np.count_nonzero(inner))


def _percentile(ordered: np.ndarray, share: float) -> float:
    return float(ordered[round(share * (len(ordered) - 1))])


def _extent(values: np.ndarray, left_out: float = 0.02) -> float:
    """Length that values cover, without the given share of them at each end."""
    if len(values) < 2:
        return 0.0
    ordered = np.sort(values)
    return _percentile(ordered, 1.0 - left_out) - _percentile(ordered, left_out)


def _rises(value: float, none: float, full: float) -> float:
    return min(1.0, max(0.0, (value - none) / (full - none)))


def _falls(value: float, full: float, none: float) -> float:
    return 1.0 - _rises(value, full, none)
