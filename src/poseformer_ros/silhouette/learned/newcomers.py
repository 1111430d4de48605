"""Whether somebody new is a person."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.person.view import PersonView
from poseformer_ros.silhouette import candidates
from poseformer_ros.silhouette.candidates import Candidate
from poseformer_ros.silhouette.learned.look import Look
from poseformer_ros.silhouette.learned.proposals import FEWEST_PIXELS, cut_out, within_reach

GUESSES = 3                 # looks in which a person may come out of what was refused
SURE = 0.9                  # likeness from which that is believed
# Squares beside a mask's own: shifted by shares of its side, right and down, and times as large.
BESIDE = ((0.0, 0.0, 1.0), (0.1, 0.0, 1.0), (-0.1, 0.0, 1.0), (0.0, 0.1, 1.0), (0.0, -0.1, 1.0), (0.0, 0.0, 0.85), (0.0, 0.0, 1.2),
          (0.1, 0.1, 1.1), (-0.1, -0.1, 0.9))


@dataclass(frozen=True)
class Newcomer:
    """candidate: with the mask that was looked at last. view: of it. likeness: 0 to 1, to a person."""

    candidate: Candidate
    view: PersonView
    likeness: float


def judged(look: Look, candidate: Candidate, view: PersonView, believed: float) -> Newcomer:
    """A candidate without what hung on, believed where the likeness is as high as `believed`.

    The likeness is the least of two looks: what the network takes for a person once it seldom does when it is asked about the
    person's pixels alone, and in the mirror too.
    """
    if view.likeness < believed:
        return Newcomer(candidate, view, view.likeness)
    alone = look.by_parts(candidates.full_mask(candidate, look.image), view)
    again = look.both_ways_at(alone)
    if again is None or again.likeness < believed:
        return Newcomer(candidate, view, 0.0 if again is None else again.likeness)
    return Newcomer(cut_out(look.image, alone), again, min(view.likeness, again.likeness))


def pointed_at(look: Look, candidate: Candidate, view: PersonView, believed: float) -> Newcomer | None:
    """Whom the network points at in a candidate that was refused, or around its middle: somebody may hang on to something, or be
    cut into pieces by what stands before. view: of the candidate."""
    found = _pointed_at(look, candidates.full_mask(candidate, look.image), view, believed)
    if found is not None:
        return found
    around = look.allowed & within_reach(look.image, candidate.position)
    return _pointed_at(look, around, look.at([around])[0], believed)


def _pointed_at(look: Look, mask: np.ndarray, view: PersonView | None, believed: float) -> Newcomer | None:
    """Whom the network finds in a mask (h, w), viewed once, by being asked again about the pixels that it held for a person.

    Asked so often it finds people in furniture too: only who looks like a person from squares beside is one.
    """
    for _ in range(GUESSES):
        wanted = mask if view is None else look.by_parts(mask, view)
        if np.count_nonzero(wanted) < FEWEST_PIXELS or np.array_equal(wanted, mask):
            return None
        mask, view = wanted, look.both_ways_at(wanted)
        if view is not None and view.likeness >= believed:
            likeness = float(np.mean([beside.likeness for beside in look.from_beside(mask, BESIDE)]))
            return Newcomer(cut_out(look.image, mask), view, likeness) if likeness >= SURE else None
    return None
