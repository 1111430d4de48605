"""Everybody who is seen, each with a number and with how surely it is a person; and whom of them the station follows."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

STEP_SHARE = 0.3            # of a newly seen step in the remembered one
LARGEST_STEP_M = 0.1        # remembered per image: 3 m/s at 30 Hz
PERSON_SHARE = 0.35         # of a new verdict in the remembered one
DROPPED_BELOW = 0.2         # a track that is less surely a person ends
IMAGES_PER_PATIENCE = 4     # in which somebody was followed, for each image that is waited
DESERTED = 10               # images without anybody, after which whoever comes is followed and nobody is waited for
CHOICES = ('whole', 'nearest', 'central', 'largest', 'first')


@dataclass(frozen=True)
class Sighting:
    """A candidate of one image.

    position: (3,) metres, optical frame. person: 0 to 1, its likeness to one, None when not asked about now.
    whole: whether nothing is cut off. leaving: whether the trunk goes through the image's border.
    aside: 0 in the middle of the image, 1 at its edge. area_m2: that is seen.
    """

    position: np.ndarray
    person: float | None
    whole: bool
    aside: float
    area_m2: float
    leaving: bool = False


@dataclass
class Track:
    """A person over some images; position and step (3,) per image in metres."""

    number: int
    position: np.ndarray
    person: float
    step: np.ndarray = field(default_factory=lambda: np.zeros(3))
    lost: int = 0           # images since last seen
    unwell: int = 0         # images in a row in which the person was not whole
    followed: int = 0       # images in which this was the person handed on
    seen: Sighting | None = None
    leaving: bool = False   # when last seen

    @property
    def sighting(self) -> Sighting:
        """Of this image; for tracks that are seen in it."""
        assert self.seen is not None, f'track {self.number} is not seen in this image'
        return self.seen


class PeopleTracks:
    """Numbers people, forgets who is gone or turns out to be none, and keeps to one of them."""

    def __init__(self, gate_m: float, memory: int, patience: int, follow: str, believed: float,
                 most: int = 6) -> None:
        """gate_m: how far somebody may be off the expected place. memory, patience: images. follow: one of CHOICES.
        believed: likeness from which somebody new is a person. most: people tracked at once."""
        self.gate_m, self.memory, self.patience, self.follow, self.believed = gate_m, memory, patience, follow, believed
        self._most = most
        self.reset()

    def reset(self) -> None:
        """Forget everybody; numbers begin at 1 again."""
        self.tracks: list[Track] = []
        self.followed = 0
        self._chosen = 0        # number of who is followed on request
        self._deserted = 0      # images in a row without anybody
        self._next = 1

    def state(self) -> dict[str, Any]:
        """Who is known and who is followed, as plain numbers for `resume`."""
        return {'followed': self.followed, 'chosen': self._chosen, 'next': self._next,
                'tracks': [{'number': t.number, 'position': t.position.tolist(), 'person': t.person, 'followed': t.followed}
                           for t in self.tracks]}

    def resume(self, known: dict[str, Any]) -> None:
        """Go on with those who were known before."""
        self.followed, self._chosen, self._next = known['followed'], known['chosen'], known['next']
        self.tracks = [Track(t['number'], np.array(t['position']), t['person'], followed=t['followed']) for t in known['tracks']]

    def expected(self, positions: list[np.ndarray]) -> dict[int, Track]:
        """Which track each position (3,) belongs to, nearest pairs first; what belongs to none is left out."""
        pairs = sorted((float(np.linalg.norm(position - track.position - track.step)), index, at)
                       for at, track in enumerate(self.tracks) for index, position in enumerate(positions))
        matched: dict[int, Track] = {}
        taken: set[int] = set()
        for distance, index, at in pairs:
            if distance <= self.gate_m and index not in matched and at not in taken:
                matched[index] = self.tracks[at]
                taken.add(at)
        return matched

    def update(self, sightings: list[Sighting], matched: dict[int, Track]) -> tuple[int, Track] | None:
        """Take in an image; returns the index of the followed person's sighting and the track, or None."""
        for track in self.tracks:
            track.seen = None
        for index, track in matched.items():
            _move(track, sightings[index])
        for index, sighting in enumerate(sightings):
            new = index not in matched and len(matched) < self._most
            if new and sighting.person is not None and sighting.person >= self.believed:
                matched[index] = Track(self._next, sighting.position, sighting.person, seen=sighting)
                self.tracks.append(matched[index])
                self._next += 1
        for track in self.tracks:
            if track.seen is None:
                track.lost += 1
                track.step = np.zeros(3)
        self.tracks = [t for t in self.tracks if t.lost <= self.memory and t.person > DROPPED_BELOW]
        seen = {index: track for index, track in matched.items() if any(track is t for t in self.tracks)}
        self._deserted = 0 if seen else self._deserted + 1
        if self._deserted >= DESERTED and self.followed != self._chosen:
            self.followed = 0
        return self._choose(seen)

    def choose(self, number: int) -> bool:
        """Follow the track of this number from now on, as long as it lasts; False when there is none."""
        if not any(track.number == number for track in self.tracks):
            return False
        self.followed = self._chosen = number
        return True

    def beside(self, track: Track) -> float:
        """Metres from a person to the nearest other one, also to where somebody was last seen; inf where there is none."""
        return min((float(np.linalg.norm(t.position - track.position)) for t in self.tracks if t is not track), default=np.inf)

    def _choose(self, seen: dict[int, Track]) -> tuple[int, Track] | None:
        """Keep to the followed person unless somebody better is there and the person has not been whole for a while.

        Somebody followed for longer, who was hidden or away, is gone back to: the patient, not who walked past.
        """
        current = next((index for index, track in seen.items() if track.number == self.followed), None)
        if current is None:
            away = next((t for t in self.tracks if t.number == self.followed), None)
            if not seen or (away is not None and (away.number == self._chosen or away.lost <= self._earned(away))):
                return None
            return self._take(max(seen, key=lambda index: self._rank(seen[index])), seen)
        track = seen[current]
        track.unwell = 0 if track.sighting.whole else track.unwell + 1
        if track.number == self._chosen:
            return self._take(current, seen)
        best = max(seen, key=lambda index: (seen[index].sighting.whole, seen[index].followed, self._rank(seen[index])))
        other_is_better = seen[best].sighting.whole and (track.leaving or track.unwell > self._earned(track)
                                                       or seen[best].followed > track.followed)
        return self._take(best if other_is_better else current, seen)

    def _rank(self, track: Track) -> tuple:
        seen = track.sighting
        wanted = {'whole': (1.0 - seen.aside) * track.person, 'nearest': -float(seen.position[2]), 'central': -seen.aside,
                  'largest': seen.area_m2, 'first': -float(track.number)}[self.follow]
        return (seen.whole, wanted) if self.follow == 'whole' else (wanted,)

    def _earned(self, track: Track) -> int:
        """Images that somebody is waited for: the longer followed, the more surely it is the patient; none who walked out."""
        return 0 if track.leaving else min(self.patience, track.followed // IMAGES_PER_PATIENCE)

    def _take(self, index: int, seen: dict[int, Track]) -> tuple[int, Track]:
        track = seen[index]
        if track.number != self.followed:
            track.unwell = 0
        track.followed += 1
        self.followed = track.number
        return index, track


def _move(track: Track, sighting: Sighting) -> None:
    step = np.clip(sighting.position - track.position, -LARGEST_STEP_M, LARGEST_STEP_M)
    track.step = (1 - STEP_SHARE) * track.step + STEP_SHARE * step
    track.position, track.lost, track.seen, track.leaving = sighting.position, 0, sighting, sighting.leaving
    if sighting.person is not None:
        track.person += PERSON_SHARE * (sighting.person - track.person)
