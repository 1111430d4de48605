"""The default method: what stands out in depth is a candidate, the person network judges it, people are tracked, one followed."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette import candidates, components, walls
from poseformer_ros.silhouette.background import Background
from poseformer_ros.silhouette.candidates import Candidate
from poseformer_ros.silhouette.components import Reduced
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.learned.camera_doubt import QUARTER_TURNS, depth_doubt, turned_doubt
from poseformer_ros.silhouette.learned.carried import LastSeen, apart_from
from poseformer_ros.silhouette.learned.look import Look, in_full
from poseformer_ros.silhouette.learned.newcomers import Newcomer, judged, pointed_at
from poseformer_ros.silhouette.learned.people_tracks import CHOICES, PeopleTracks, Sighting, Track
from poseformer_ros.silhouette.learned.proposals import proposals
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.silhouette.refine import refine

# Candidates that the network is asked about in one image, at most: in the first; while nobody is followed; beside the followed.
ASKED_FIRST, ASKED_ALONE, ASKED_BESIDE = 12, 4, 1
ASKED_AGAIN = 6             # images after which a known person who is not followed is asked about
REFUSED_FOR = 12            # images that a refused candidate is not asked about again where it stands
SAME_PLACE_M, SAME_AREA = 0.12, 0.3
CUT_CONTACT_M, LEAVING_CONTACT_M = 0.2, 0.3     # along the image's border: more than a hand; a part of the trunk
SECOND_LOOK = 15            # images without anybody after which what stood still is looked at too
DOUBT_AFTER, DOUBT_EVERY = 45, 15   # images without anybody, or with somebody who hovers, after which the camera is questioned
HOVERING_M = 1.2            # above the floor, where nobody lies: a camera on its side takes a wall for the floor
SURELY_NONE = 0.2           # what is less probably a person may become background
ONE_BODY = 0.5              # of the smaller one of two masks in the other, from which they are one person's
LOOKS, MUCH_LEFT = 2, 0.8   # times that a mask is looked at, and its share that the first look leaves where one is enough
TOUCHING_M, APART_M = 0.5, 0.9      # between the middles of two people: shoulder to shoulder; out of an arm's reach
POINTED_AT = 4              # reduced pixels that a pixel may miss somebody by


@dataclass(frozen=True)
class LearnedSegmentationOptions:
    """What can be set of the learned method; each field becomes a ROS parameter `people.<name>`."""

    model: str = option('', live=False, text='file of the person network; empty for the one that ships')
    both_ways: bool = option(True, text='ask about the followed person in the mirror image too and take the mean: joints are 4 mm '
                             'better, for the time of one more look')
    farthest_m: float = option(6.0, 1.0, 10.0, 'depth beyond which nobody is looked for', unit='m')
    believed: float = option(0.75, 0.05, 1.0, 'likeness from which somebody new is a person: the probability of one, '
                             'less where the joints are not clear')
    gate_m: float = option(0.7, 0.1, 2.0, 'how far somebody may be off the expected place', unit='m')
    memory: int = option(60, 1, 600, 'images that somebody out of sight keeps the number')
    patience: int = option(45, 0, 600, 'most images that a hidden or cut person is kept to while somebody whole is there; '
                           'earned one by one, by being followed for four images each')
    follow: str = option('whole', choices=CHOICES, text='whom to follow: somebody whole and central, the nearest, the most '
                         'central, the largest, or who was there first')
    most_people: int = option(6, 1, 32, 'people that are tracked at once')

    def __post_init__(self) -> None:
        check(self)


@dataclass(frozen=True)
class _Refused:
    position: np.ndarray
    area_m2: float
    image: int
    likeness: float


class LearnedSegmentation:
    """Follows one of the people in sight. `reason` says why nobody is found, `doubt` what seems wrong with the camera."""

    def __init__(self, options: LearnedSegmentationOptions = LearnedSegmentationOptions()) -> None:
        """Raises BadInput when the network's file is missing, damaged or of another layout."""
        self._options = options
        self._network = DepthView(chosen_person_model(options.model))
        self.people = PeopleTracks(options.gate_m, options.memory, options.patience, options.follow, options.believed,
                                   options.most_people)
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self.people.reset()
        self._background = Background()
        self._random = np.random.default_rng(0)
        self._refused: list[_Refused] = []
        self._in_sight: list[tuple[int, np.ndarray]] = []      # number and mask (h, w) of everybody in the last image
        self._last: LastSeen | None = None                      # of who was followed in the last image
        self._step = 1
        self._images = self._empty = self._strange = self._doubted = 0
        self.reason = self.doubt = ''

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """Find the followed person; None when nobody is there."""
        self._images += 1
        image = components.lift(*frame.reduced, floor)
        allowed, found = self._proposals(image)
        if self._last is not None and self._last.mask.shape == allowed.shape:
            found = apart_from(image, allowed, found, self._last)
        self._last = None
        matched = self.people.expected([candidate.position for candidate in found])
        asked = self._asked(found, matched, image)
        look = Look(self._network, frame, image, allowed, self._options.both_ways)
        views = self._views(look, found, asked, matched)
        likeness = self._likeness(look, found, views, matched)
        sightings = [_sighting(candidate, likely, image) for candidate, likely in zip(found, likeness)]
        self._note(found, sightings, matched, image)
        chosen = self.people.update(sightings, matched)
        known = {track.number for track in self.people.tracks}
        self._step, self._in_sight = image.step, [(track.number, candidates.full_mask(found[index], image))
                                                  for index, track in matched.items() if track.number in known]
        self._empty = 0 if self.people.tracks else self._empty + 1
        hovers = chosen is not None and _hovers(found[chosen[0]], image)
        self._strange = self._strange + 1 if hovers or not self.people.tracks else 0
        self._question_camera(image)
        if chosen is None:
            return None
        index, track = chosen
        return self._found(look, found[index], views[index], track)

    def state(self) -> dict[str, Any]:
        """Who is known, for `resume`."""
        return self.people.state()

    def resume(self, known: dict[str, Any]) -> None:
        """Go on with those who were known before."""
        self.people.resume(known)

    def follow(self, number: int, pixel: tuple[float, float]) -> int:
        """Follow somebody for as long as the number lasts.

        number: of a track; 0 for who is at a pixel, column and row of the full image, in the last image.
        Returns the number. Raises BadInput when nobody is there.
        """
        wanted = number or self._at(pixel)
        if wanted and self.people.choose(wanted):
            return wanted
        where = f'has the number {number}' if number else f'is at column {pixel[0]:g}, row {pixel[1]:g}'
        others = ', '.join(str(track.number) for track in self.people.tracks)
        raise BadInput(f'follow: nobody {where}; ' + (f'choose one of {others}' if others else 'nobody is known at all'))

    def _at(self, pixel: tuple[float, float]) -> int:
        """Number of who is at a pixel of the full image, or nearest to it; 0 where nobody is."""
        place = np.array(pixel)[::-1] / self._step
        away = {number: np.linalg.norm(np.argwhere(mask) - place, axis=1).min() for number, mask in self._in_sight if mask.any()}
        near = {number: distance for number, distance in away.items() if distance <= POINTED_AT}
        return min(near, key=near.__getitem__, default=0)

    def _doubt_of(self, track: Track, view: PersonView | None) -> float:
        """0 to 1: two people are in what was taken for one, or somebody is within reach."""
        near = (APART_M - self.people.beside(track)) / (APART_M - TOUCHING_M)
        return max(0.0 if view is None else view.two, min(1.0, max(0.0, near)))

    def _question_camera(self, image: Reduced) -> None:
        if self._empty == 0:
            self.reason = ''
        if self._strange == 0:
            self.doubt = ''
        elif self._strange >= DOUBT_AFTER and self._strange % DOUBT_EVERY == 0:
            turns = list(QUARTER_TURNS)[self._strange // DOUBT_EVERY % len(QUARTER_TURNS)]
            doubt = depth_doubt(image.depth) or turned_doubt(image.depth, image.intrinsics, turns, self._network,
                                                             self._options.believed, self._options.farthest_m)
            # What was said of one turn stands until all three have been tried again.
            self._doubted = self._strange if doubt else self._doubted
            if doubt or self._strange - self._doubted > len(QUARTER_TURNS) * DOUBT_EVERY:
                self.doubt = doubt

    def _proposals(self, image: Reduced) -> tuple[np.ndarray, list[Candidate]]:
        """What is neither floor, wall nor background (h, w) bool, and what stands out of it."""
        allowed = components.above_floor(image, candidates.HIGHEST_REACH_M)
        if self._empty % SECOND_LOOK != SECOND_LOOK - 1:
            allowed &= ~self._background(image.depth)
        allowed &= ~walls.on_walls(image, allowed, self._random)
        return allowed, proposals(image, allowed, self._options.farthest_m)

    def _asked(self, found: list[Candidate], matched: dict[int, Track], image: Reduced) -> list[int]:
        """Whom the network is asked about in this image: the followed person, and of the others some in turn."""
        due = [index for index, candidate in enumerate(found) if self._to_ask(candidate, matched.get(index), image)]
        followed = [index for index in due if self._is_followed(matched.get(index))]
        others = [index for index in due if index not in followed]
        first = self._images % max(1, len(others)) if self._images > 1 else 0
        most = ASKED_BESIDE if followed else ASKED_ALONE if self._images > 1 else ASKED_FIRST
        return followed + (others[first:] + others[:first])[:most]

    def _is_followed(self, track: Track | None) -> bool:
        return track is not None and track.number == self.people.followed

    def _views(self, look: Look, found: list[Candidate], asked: list[int], matched: dict[int, Track]) -> list[PersonView | None]:
        """The network's word on those candidates that are asked about."""
        masks = [candidates.full_mask(found[index], look.image) for index in asked]
        followed = [at for at, index in enumerate(asked) if self._is_followed(matched.get(index))]
        views = dict(zip(asked, look.at(masks, followed)))
        return [views.get(index) for index in range(len(found))]

    def _likeness(self, look: Look, found: list[Candidate], views: list[PersonView | None],
                  matched: dict[int, Track]) -> list[float | None]:
        """To a person, of each candidate that was asked about; newcomers enter `found` and `views` as they were looked at last."""
        likeness = [None if view is None else view.likeness for view in views]
        people = [candidates.full_mask(found[index], look.image) for index in matched]
        for index, view in enumerate(views):
            if view is None or index in matched:
                continue
            new = self._newcomer(look, found[index], view)
            mask = candidates.full_mask(new.candidate, look.image)
            if any(_is_one_body(mask, other) for other in people):
                likeness[index] = None      # somebody known, or found in this image already
                continue
            found[index], views[index], likeness[index] = new.candidate, new.view, new.likeness
            people += [mask] if new.likeness >= self._options.believed else []
        return likeness

    def _newcomer(self, look: Look, candidate: Candidate, view: PersonView) -> Newcomer:
        """Looked for closely only while nobody is known: it takes some ten looks."""
        new = judged(look, candidate, view, self._options.believed)
        if new.likeness >= self._options.believed or self.people.tracks:
            return new
        return pointed_at(look, candidate, view, self._options.believed) or new

    def _to_ask(self, candidate: Candidate, track: Track | None, image: Reduced) -> bool:
        if track is not None:
            return self._is_followed(track) or (self._images + track.number) % ASKED_AGAIN == 0
        area = _area(candidate, image)
        return not any(math.dist(r.position, candidate.position) < SAME_PLACE_M
                       and abs(r.area_m2 - area) < SAME_AREA * area for r in self._refused)

    def _note(self, found: list[Candidate], sightings: list[Sighting], matched: dict[int, Track], image: Reduced) -> None:
        """Remember who was refused, and what may become background: never what might be a person."""
        self._refused = [r for r in self._refused if self._images - r.image < REFUSED_FOR]
        none = {index: s.person for index, s in enumerate(sightings)
                if s.person is not None and s.person < self._options.believed}
        self._refused += [_Refused(found[i].position, sightings[i].area_m2, self._images, likeness)
                          for i, likeness in none.items() if i not in matched]
        people = [(c.window, c.mask) for i, (c, s) in enumerate(zip(found, sightings))
                  if i in matched or (s.person is not None and s.person > SURELY_NONE)]
        self._background.learn(image.depth, people)
        best = max((r.likeness for r in self._refused), default=0.0)
        self.reason = (f'{len(found)} candidates, {len(self._refused)} refused as no person (the best with {best:.2f}, wanted '
                       f'{self._options.believed:g})' if found else
                       'nothing of a person\'s size stands out from floor, walls and background')

    def _found(self, look: Look, candidate: Candidate, view: PersonView | None, track: Track) -> Found | None:
        image, frame = look.image, look.frame
        mask = candidates.full_mask(candidate, image)
        for again in range(LOOKS):
            if view is None or again:       # who is chosen only now was not asked about; what hung on drew the square away
                view = look.both_ways_at(mask)
            if view is None:
                break
            before, mask = mask, look.by_parts(mask, view)
            if np.count_nonzero(mask) > MUCH_LEFT * np.count_nonzero(before):
                break
        if not mask.any():
            return None
        self._last = LastSeen(mask, self._others(track, mask), image.depth, float(image.pixel_area[mask].sum()))
        roi, full = refine(frame.depth, frame.intrinsics, image, mask)
        answers = None if view is None else replace(view.answers, square=in_full(view.square, image))
        return Found(roi, full, track.number, candidate.contact > 0.0, self._doubt_of(track, view), answers) if full.any() else None

    def _others(self, track: Track, mask: np.ndarray) -> np.ndarray:
        """(h, w) bool: where everybody else is, beside somebody's mask (h, w)."""
        others = np.zeros_like(mask)
        for number, other in self._in_sight:
            others |= other & (number != track.number)
        return others & ~mask


def _sighting(candidate: Candidate, likeness: float | None, image: Reduced) -> Sighting:
    aside = abs(candidate.position[0] / candidate.position[2]) * image.intrinsics.fx / image.intrinsics.width
    return Sighting(candidate.position, likeness, candidate.feet and candidate.contact <= CUT_CONTACT_M,
                    min(1.0, 2.0 * aside), _area(candidate, image), candidate.contact > LEAVING_CONTACT_M)


def _hovers(candidate: Candidate, image: Reduced) -> bool:
    """Whether everything of somebody who is whole in the image is far above the floor."""
    if image.floor is None or candidate.contact > 0.0:
        return False
    height = image.height[candidate.window][candidate.mask]
    return float(np.partition(height, len(height) // 20)[len(height) // 20]) > HOVERING_M


def _is_one_body(mask: np.ndarray, other: np.ndarray) -> bool:
    """Whether two masks (h, w) show the same person."""
    return bool(np.count_nonzero(mask & other) > ONE_BODY * min(np.count_nonzero(mask), np.count_nonzero(other)))


def _area(candidate: Candidate, image: Reduced) -> float:
    return float(image.pixel_area[candidate.window][candidate.mask].sum())
