"""The people of one image: the finder network's pixels of people, put together by where each sees its person's middle."""

from collections.abc import Collection

import numpy as np

from poseformer_ros.person.finder import PeopleMap
from poseformer_ros.silhouette.candidates import FEET_NEAR_FLOOR_M, HIGHEST_REACH_M, Candidate, contact, seen_field
from poseformer_ros.silhouette.components import Reduced, above_floor, label, middle, window_of

PERSON, KNOWN_PERSON = 0.4, 0.2     # probability of a person's pixel; where somebody known was
KNOWN_REACH_M = 1.0         # around the middle of somebody known
FARTHEST_VOTE_M = 3.0       # longer than anybody's reach: an answer that is no vote
CELL_M = 0.15               # of the room, in which votes are counted
ALONG = 0.5                 # of a metre along the line of sight counts as one across: limbs are ahead of and behind a trunk
NEAR_M = 0.45               # from a person's middle within which votes are that person's
STRAY_M = 0.9               # the same of pixels that are nobody else's
FEWEST_PIXELS = 30
SMALLEST_AREA_M2 = 0.03     # that is seen of a person
MOSTLY = 0.5                # of a part that depth edges hold apart, which is then somebody's as a whole
MOST_PEOPLE = 12
POINTS_PER_MIDDLE = 500     # of a person, that the middle is taken of


def people_apart(image: Reduced, people: PeopleMap, farthest_m: float, known: Collection[np.ndarray] = ()) -> list[Candidate]:
    """An image's people, the largest first; their likeness is the mean of their pixels'.

    farthest_m: depth beyond which nobody is looked for. known: where somebody was in the last image, (3,) metres each: there less
    is needed.
    """
    field = seen_field(image.depth)
    return [_candidate(image, mask, _held(people, mask), field) for mask in _masks(image, people, farthest_m, known)]


def _masks(image: Reduced, people: PeopleMap, farthest_m: float, known: Collection[np.ndarray]) -> list[np.ndarray]:
    """The same as masks (h, w) bool."""
    with np.errstate(invalid='ignore'):
        held = (people.person > KNOWN_PERSON) & (image.depth < farthest_m) & _in_reach(people.votes)
    rows, columns = np.nonzero(held)
    enough = people.person[rows, columns] > PERSON
    for position in known:
        enough |= _distance(image.points[rows, columns], position.astype(np.float32)) < KNOWN_REACH_M
    rows, columns = rows[enough], columns[enough]
    votes = image.points[rows, columns]
    votes[:, :2] += people.votes[rows, columns]
    votes[:, 2] *= ALONG
    number = _numbered(votes)
    masks = []
    for person in range(1, number.max(initial=0) + 1):
        mask = np.zeros(held.shape, bool)
        mask[rows[number == person], columns[number == person]] = True
        if np.count_nonzero(mask) >= FEWEST_PIXELS and image.pixel_area[mask].sum() >= SMALLEST_AREA_M2:
            masks.append(mask)
    return sorted(_filled(image, masks), key=lambda mask: -float(image.pixel_area[mask].sum()))


def _in_reach(votes: np.ndarray) -> np.ndarray:
    """(h, w) bool of votes (h, w, 2)."""
    return (np.abs(votes[..., 0]) < FARTHEST_VOTE_M) & (np.abs(votes[..., 1]) < FARTHEST_VOTE_M)


def _held(people: PeopleMap, mask: np.ndarray) -> float:
    """Mean probability of a mask's pixels that are held for a person's."""
    pixels = people.person[mask]
    return float(pixels[pixels > KNOWN_PERSON].mean())


def _filled(image: Reduced, masks: list[np.ndarray]) -> list[np.ndarray]:
    """Masks with the rest of what depth edges hold apart where most of that is one person's: whom the network takes for flat."""
    numbers, count = label(image.depth, above_floor(image, HIGHEST_REACH_M))
    pixels = np.bincount(numbers.ravel(), minlength=count)
    people = np.zeros(numbers.shape, bool)
    for mask in masks:
        people |= mask
    filled = []
    for mask in masks:
        own = (np.bincount(numbers[mask], minlength=count) > MOSTLY * pixels) & (pixels >= FEWEST_PIXELS)
        own[0] = False
        filled.append(mask | (own[numbers] & ~people))
    return filled


def _candidate(image: Reduced, mask: np.ndarray, likeness: float, field: tuple[int, int, int, int]) -> Candidate:
    window = window_of(mask)
    part, mask = image.part(window), mask[window]
    lowest = np.partition(part.height[mask], 3)[3]      # without stray pixels
    points = part.points[mask]
    position = middle(points[::max(1, len(points) // POINTS_PER_MIDDLE)]).astype(float)
    return Candidate(window, mask, position, likeness, sum(contact(part, mask, window, field)),
                     part.floor is None or bool(lowest < FEET_NEAR_FLOOR_M))


def _numbered(votes: np.ndarray) -> np.ndarray:
    """(n,) int: for each vote (n, 3) the number of its person, 0 where it is far from all."""
    number = np.zeros(len(votes), int)
    middles: list[np.ndarray] = []
    left = np.ones(len(votes), bool)
    while np.count_nonzero(left) >= FEWEST_PIXELS and len(middles) < MOST_PEOPLE:
        middle = _densest(votes[left])
        near = left & (_distance(votes, middle) < NEAR_M)
        if np.count_nonzero(near) < FEWEST_PIXELS:
            break
        middles.append(votes[near].mean(0))
        number[near] = len(middles)
        left &= ~near
    if middles:
        away = np.stack([_distance(votes[left], middle) for middle in middles], axis=1)
        number[left] = np.where(away.min(1) < STRAY_M, away.argmin(1) + 1, 0)
    return number


def _densest(votes: np.ndarray) -> np.ndarray:
    """(3,) the mean of the votes in the cell that holds most."""
    cells = np.floor(votes / CELL_M).astype(np.int64)
    cells -= cells.min(0)
    sides = cells.max(0) + 1
    flat = (cells[:, 0] * sides[1] + cells[:, 1]) * sides[2] + cells[:, 2]
    return votes[flat == np.bincount(flat).argmax()].mean(0)


def _distance(votes: np.ndarray, middle: np.ndarray) -> np.ndarray:
    return np.linalg.norm(votes - middle, axis=1)
