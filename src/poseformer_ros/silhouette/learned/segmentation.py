"""The default method: the finder network sees people, the person network judges each, they are tracked, one is followed."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.errors import BadInput
from poseformer_ros.options import check, option
from poseformer_ros.person.finder import PeopleMap, chosen_finder_model
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette import candidates, components
from poseformer_ros.silhouette.answers import to_send
from poseformer_ros.silhouette.candidates import Candidate
from poseformer_ros.silhouette.components import Reduced
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.learned.camera_doubt import depth_doubt, turned_doubt
from poseformer_ros.silhouette.learned.closer_look import PLACES, closer_look, likeliest_place, place_of
from poseformer_ros.silhouette.learned.look import Look, in_full, likeness
from poseformer_ros.silhouette.learned.people_apart import people_apart
from poseformer_ros.silhouette.learned.people_tracks import CHOICES, PeopleTracks, Sighting, Track
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.silhouette.refine import refine

# People whom the network is asked about in one image, at most: while nobody is followed; beside the followed.
ASKED_ALONE, ASKED_BESIDE = 4, 1
ASKED_AGAIN = 6             # images after which a known person who is not followed is asked about
ASKED_NEW = 3               # the same of somebody new while somebody is followed
CLOSER_AT_ONCE = 3          # images in which who has just gone out of sight is looked for closer
CLOSER_EVERY, CLOSER_AT = 4, 2      # images without anybody in which there is a closer look, beginning with the second
CUT_CONTACT_M, LEAVING_CONTACT_M = 0.2, 0.3     # along the image's border: more than a hand; a part of the trunk
DOUBT_EVERY = 45            # images without anybody, or with somebody who hovers, after which the camera is questioned
HOVERING_M = 1.2            # above the floor, where nobody lies: a camera on its side takes a wall for the floor
TOUCHING_M, APART_M = 0.5, 0.9      # between the middles of two people: shoulder to shoulder; out of an arm's reach
POINTED_AT = 4              # reduced pixels that a pixel may miss somebody by


@dataclass(frozen=True)
class LearnedSegmentationOptions:
    """What can be set of the learned method; each field becomes a ROS parameter `people.<name>`."""

    finder: str = option('', live=False, text='file of the finder network; empty for the one that ships')
    model: str = option('', live=False, text='file of the person network; empty for the one that ships')
    both_ways: bool = option(True, text='ask about the followed person in the mirror image too and take the mean: joints are 4 mm '
                             'better, for the time of one more look')
    farthest_m: float = option(6.0, 1.0, 10.0, 'depth beyond which nobody is looked for', unit='m')
    believed: float = option(0.92, 0.05, 1.0, 'likeness from which somebody new is a person, by the word of both networks')
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
class Seen:
    """What the networks say of an image, of each candidate that was found in it.

    matched: candidates that are known people. views: the person network's, like: the likeness by both; None where not asked.
    """

    look: Look
    found: list[Candidate]
    matched: dict[int, Track]
    views: list[PersonView | None]
    like: list[float | None]


class LearnedSegmentation:
    """Follows one of the people in sight. `reason` says why nobody is found, `doubt` what seems wrong with the camera."""

    def __init__(self, options: LearnedSegmentationOptions = LearnedSegmentationOptions()) -> None:
        """Raises BadInput when the network's file is missing, damaged or of another layout."""
        self._options = options
        self._finder = chosen_finder_model(options.finder)
        self._network = DepthView(chosen_person_model(options.model))
        self.people = PeopleTracks(options.gate_m, options.memory, options.patience, options.follow, options.believed,
                                   options.most_people)
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self.people.reset()
        self._in_sight: list[tuple[int, np.ndarray]] = []      # number and mask (h, w) of everybody in the last image
        self._step = 1
        self._images = self._strange = self._unseen = 0
        self.reason = self.doubt = ''

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """Find the followed person; None when nobody is there."""
        self._images += 1
        image = components.lift(*frame.reduced, floor)
        people = self._finder(image.depth, image.intrinsics.fx)
        seen = self._seen(frame, image, people)
        if self._look_closer(image) and not self._somebody(seen):
            closer = self._seen(frame, *closer_look(frame, floor, self._finder, self._place(image, people)), closer=True)
            seen = closer if self._somebody(closer) else seen
        self._unseen = 0 if self._somebody(seen) else self._unseen + 1
        sightings = [_sighting(candidate, likely, seen.look.image) for candidate, likely in zip(seen.found, seen.like)]
        chosen = self.people.update(sightings, seen.matched)
        self._note_in_sight(seen)
        self.reason = '' if self.people.tracks else self._why_nobody(seen.like)
        hovers = chosen is not None and _hovers(seen.found[chosen[0]], seen.look.image)
        self._question_camera(image, hovers or not self.people.tracks)
        if chosen is None:
            return None
        index, track = chosen
        return self._found(seen.look, seen.found[index], seen.views[index], track)

    def _seen(self, frame: RgbdFrame, image: Reduced, people: PeopleMap, closer: bool = False) -> Seen:
        """What both networks say of an image; closer: of a closer look."""
        found = people_apart(image, people, self._options.farthest_m, [track.position + track.step for track in self.people.tracks])
        matched = self.people.expected([candidate.position for candidate in found])
        look = Look(self._network, frame, image, self._options.both_ways)
        views = self._views(look, found, self._asked(found, matched), matched)
        like = [None if view is None else likeness(view.person, candidate.likeness, closer)
                for candidate, view in zip(found, views)]
        return Seen(look, found, matched, views, like)

    def _somebody(self, seen: Seen) -> bool:
        """Whether a known person is in sight, or a new one."""
        return bool(seen.matched) or any(likely is not None and likely >= self._options.believed for likely in seen.like)

    def _look_closer(self, image: Reduced) -> bool:
        """Where nobody is in sight and the camera sees finer than the image: at once for somebody known, then now and then."""
        lost = bool(self.people.tracks) and self._unseen < CLOSER_AT_ONCE
        return image.step > 1 and (lost or self._images % CLOSER_EVERY == CLOSER_AT)

    def _place(self, image: Reduced, people: PeopleMap) -> tuple[float, float]:
        """Where to look closer: where somebody was, or, by turns, where the network sees most of a person and everywhere."""
        if self.people.tracks:
            return place_of(image, max(self.people.tracks, key=lambda track: track.followed).position)
        turn = self._images // CLOSER_EVERY
        likeliest = likeliest_place(image, people) if turn % 2 == 0 else None
        return likeliest or PLACES[turn // 2 % len(PLACES)]

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

    def _note_in_sight(self, seen: Seen) -> None:
        known, image = {track.number for track in self.people.tracks}, seen.look.image
        self._step, self._in_sight = image.step, [(track.number, candidates.full_mask(seen.found[index], image))
                                                  for index, track in seen.matched.items() if track.number in known]

    def _question_camera(self, image: Reduced, strange: bool) -> None:
        """Now and then, while the images stay strange."""
        self._strange = self._strange + 1 if strange else 0
        if not strange:
            self.doubt = ''
        elif self._strange % DOUBT_EVERY == 0:
            self.doubt = depth_doubt(image.depth) or turned_doubt(image, self._finder, self._network, self._options.believed,
                                                                  self._options.farthest_m)

    def _asked(self, found: list[Candidate], matched: dict[int, Track]) -> list[int]:
        """Whom the network is asked about in this image: the followed person, and of the others some in turn."""
        followed = [index for index, track in matched.items() if self._is_followed(track)]
        new = not followed or self._images % ASKED_NEW == 0
        others = [index for index, candidate in enumerate(found) if index not in followed and
                  (self._is_due(matched[index]) if index in matched else new and self._could_be_somebody(candidate))]
        first = self._images // ASKED_NEW % max(1, len(others))
        return followed + (others[first:] + others[:first])[:ASKED_BESIDE if followed else ASKED_ALONE]

    def _could_be_somebody(self, candidate: Candidate) -> bool:
        """Whether the person network's word could still make a candidate a person."""
        return likeness(1.0, candidate.likeness) >= self._options.believed

    def _is_due(self, track: Track) -> bool:
        return (self._images + track.number) % ASKED_AGAIN == 0

    def _is_followed(self, track: Track) -> bool:
        return track.number == self.people.followed

    def _views(self, look: Look, found: list[Candidate], asked: list[int], matched: dict[int, Track]) -> list[PersonView | None]:
        """The network's word on those candidates that are asked about; in the mirror too on the followed and on newcomers."""
        masks = [candidates.full_mask(found[index], look.image) for index in asked]
        twice = [at for at, index in enumerate(asked) if index not in matched or self._is_followed(matched[index])]
        views = dict(zip(asked, look.at(masks, twice)))
        return [views.get(index) for index in range(len(found))]

    def _why_nobody(self, like: list[float | None]) -> str:
        asked = [likely for likely in like if likely is not None]
        if not like:
            return 'nothing that stands out in the depth image looks like a person'
        if not asked:
            return f'{len(like)} candidates, none with pixels that look enough like a person\'s'
        return (f'{len(like)} candidates, {len(like) - len(asked)} not much like a person, '
                f'{sum(likely < self._options.believed for likely in asked)} refused as no person '
                f'(the best with {max(asked):.2f}, wanted {self._options.believed:g})')

    def _found(self, look: Look, candidate: Candidate, view: PersonView | None, track: Track) -> Found | None:
        image, frame = look.image, look.frame
        mask = candidates.full_mask(candidate, image)
        if view is None:       # who is chosen only now was not asked about
            view = look.at([mask], [0])[0]
        if view is not None:
            mask = look.by_parts(mask, view)
        if not mask.any():
            return None
        fine = refine(frame.depth, frame.intrinsics, image, mask)
        if not fine.mask.any():
            return None
        answers = None if view is None else to_send(view, in_full(view.square, image))
        return Found(fine.roi, fine.mask, track.number, candidate.contact > 0.0, self._doubt_of(track, view), answers, fine.rim)


def _sighting(candidate: Candidate, like: float | None, image: Reduced) -> Sighting:
    aside = abs(candidate.position[0] / candidate.position[2]) * image.intrinsics.fx / image.intrinsics.width
    return Sighting(candidate.position, like, candidate.feet and candidate.contact <= CUT_CONTACT_M,
                    min(1.0, 2.0 * aside), _area(candidate, image), candidate.contact > LEAVING_CONTACT_M)


def _hovers(candidate: Candidate, image: Reduced) -> bool:
    """Whether everything of somebody who is whole in the image is far above the floor."""
    if image.floor is None or candidate.contact > 0.0:
        return False
    height = image.height[candidate.window][candidate.mask]
    return float(np.partition(height, len(height) // 20)[len(height) // 20]) > HOVERING_M


def _area(candidate: Candidate, image: Reduced) -> float:
    return float(image.pixel_area[candidate.window][candidate.mask].sum())
