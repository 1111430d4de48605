"""One person followed among several, by where they are in the room."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np


@dataclass
class Track:
    """A person seen over some images; position (3,) and step (3,) per image in metres, optical frame."""

    number: int
    position: np.ndarray
    step: np.ndarray = field(default_factory=lambda: np.zeros(3))
    lost: int = 0
    unwell: int = 0     # images in a row in which the person was not whole
    followed: int = 0   # images in which this was the person handed on
    leaving: bool = False   # whether the image's border cut the trunk when last seen


STEP_SHARE = 0.3        # of a newly seen step in the remembered one
IMAGES_PER_PATIENCE = 30  # in which somebody was followed, for each image that is waited
LARGEST_STEP_M = 0.1    # remembered per image: 3 m/s at 30 Hz


class Tracker:
    """Numbers the people and keeps to one of them."""

    def __init__(self, gate_m: float, memory: int, patience: int) -> None:
        """gate_m: metres a person may be off the expected place; memory, patience: images (see the options)."""
        self._gate_m, self._memory, self._patience = gate_m, memory, patience
        self.reset()

    def reset(self) -> None:
        """Forget everybody; numbers begin at 1 again."""
        self._tracks: list[Track] = []
        self._followed: int = 0
        self._next = 1

    def __call__(self, positions: Sequence[np.ndarray], quality: Sequence[float], likely: Sequence[bool],
                 leaving: Sequence[bool]) -> tuple[int, int] | None:
        """Follow one of those who are seen in an image.

        positions: of each, (3,) metres, optical frame.
        quality: of each, to choose whom to follow; 1 and more is a whole person.
        likely: of each, whether somebody not yet known may be taken for a new person.
        leaving: of each, whether the image's border cuts the trunk.
        Returns the index of who is followed and the person's number, or None.
        """
        seen = self._associate(positions)
        for index, track in seen.items():
            track.leaving = leaving[index]
        for index, position in enumerate(positions):
            if index not in seen and likely[index]:
                seen[index] = Track(self._next, position)
                self._tracks.append(seen[index])
                self._next += 1
        self._tracks = [t for t in self._tracks if t.lost <= self._memory]
        if not seen:
            return None
        chosen = self._choose(seen, quality)
        return None if chosen is None else (chosen, seen[chosen].number)

    def _associate(self, positions: Sequence[np.ndarray]) -> dict[int, Track]:
        """Nearest pairs first; a track moves to its place, the others count as lost."""
        pairs = sorted((float(np.linalg.norm(p - t.position - t.step)), index, number)
                       for number, t in enumerate(self._tracks) for index, p in enumerate(positions))
        seen: dict[int, Track] = {}
        taken = set()
        for distance, index, number in pairs:
            if distance > self._gate_m or index in seen or number in taken:
                continue
            seen[index] = self._tracks[number]
            taken.add(number)
        for number, track in enumerate(self._tracks):
            if number not in taken:
                track.lost += 1
                track.step = np.zeros(3)
        for index, track in seen.items():
            step = np.clip(positions[index] - track.position, -LARGEST_STEP_M, LARGEST_STEP_M)
            track.step = (1 - STEP_SHARE) * track.step + STEP_SHARE * step
            track.position, track.lost = positions[index], 0
        return seen

    def _choose(self, seen: dict[int, Track], quality: Sequence[float]) -> int | None:
        """Keep to the followed person unless somebody whole is there and the person has not been so for a while.

        Somebody followed for longer, who was hidden or away, is gone back to: the patient, not who walked past.
        """
        best = max(seen, key=lambda index: (quality[index] >= 1.0, seen[index].followed, quality[index]))
        current = next((index for index, track in seen.items() if track.number == self._followed), None)
        if current is None:
            away = next((t for t in self._tracks if t.number == self._followed), None)
            waited_for = away is not None and not away.leaving and away.lost <= self._earned(away)
            return None if waited_for else self._take(best, seen)
        track = seen[current]
        track.unwell = 0 if quality[current] >= 1.0 else track.unwell + 1
        given_up = track.leaving or track.unwell > self._earned(track)
        other_is_better = quality[best] >= 1.0 and (given_up or seen[best].followed > track.followed)
        return self._take(best if other_is_better else current, seen)

    def _earned(self, track: Track) -> int:
        """Images that somebody is waited for: the longer followed, the more surely it is the patient."""
        return min(self._patience, track.followed // IMAGES_PER_PATIENCE)

    def _take(self, index: int, seen: dict[int, Track]) -> int:
        track = seen[index]
        if track.number != self._followed:
            track.unwell = 0
        track.followed += 1
        self._followed = track.number
        return index
