"""The default method: what stands out in depth is a candidate, the person network judges it, people are tracked, one followed."""

from dataclasses import dataclass

import cv2
import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.options import check, option
from poseformer_ros.person.model_file import chosen_person_model
from poseformer_ros.person.square import Square, network_input, square_around
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette import candidates, components, walls
from poseformer_ros.silhouette.background import Background
from poseformer_ros.silhouette.camera_doubt import QUARTER_TURNS, depth_doubt, turned_doubt
from poseformer_ros.silhouette.candidates import Candidate
from poseformer_ros.silhouette.components import Reduced
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.people_tracks import CHOICES, PeopleTracks, Sighting, Track
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.silhouette.proposals import proposals, refined_by_parts
from poseformer_ros.silhouette.refine import refine

ASKED_AT_ONCE = 12          # candidates in one image, at most
ASKED_AGAIN = 6             # images after which a known person who is not followed is asked about
REFUSED_FOR = 12            # images that a refused candidate is not asked about again where it stands
SAME_PLACE_M, SAME_AREA = 0.12, 0.3
CUT_CONTACT_M, LEAVING_CONTACT_M = 0.2, 0.3     # along the image's border: more than a hand; a part of the trunk
SECOND_LOOK = 15            # images without anybody after which what stood still is looked at too
DOUBT_AFTER, DOUBT_EVERY = 45, 15   # images without anybody, or with somebody who hovers, after which the camera is questioned
HOVERING_M = 1.2            # above the floor, where nobody lies: a camera on its side takes a wall for the floor
SURELY_NONE = 0.2           # what is less probably a person may become background
KEPT, ADDED = 0.3, 0.5      # probability of a person's pixel that is kept in the mask, that is added to it
LOOKS, MUCH_LEFT = 2, 0.8   # times that a mask is looked at, and its share that the first look leaves where one is enough
NEAR_BODY_M = 0.3           # beyond the body's own depths, for a pixel to be added


@dataclass(frozen=True)
class LearnedSegmentationOptions:
    """What can be set of the learned method; each field becomes a ROS parameter `people.<name>`."""

    model: str = option('', live=False, text='file of the person network; empty for the one that ships')
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
        model = chosen_person_model(options.model)
        self._look, self._look_twice = DepthView(model), DepthView(model, both_ways=True)
        self.people = PeopleTracks(options.gate_m, options.memory, options.patience, options.follow, options.believed,
                                   options.most_people)
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self.people.reset()
        self._background = Background()
        self._random = np.random.default_rng(0)
        self._refused: list[_Refused] = []
        self._images = self._empty = self._strange = self._doubted = 0
        self.reason = self.doubt = ''

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """Find the followed person; None when nobody is there."""
        self._images += 1
        image = components.lift(*frame.reduced, floor)
        allowed, found = self._proposals(image)
        matched = self.people.expected([candidate.position for candidate in found])
        views = self._views(frame, image, found, matched)
        likeness = [self._likeness(frame, image, allowed, candidate, view, index in matched)
                    for index, (candidate, view) in enumerate(zip(found, views))]
        sightings = [_sighting(candidate, likely, image) for candidate, likely in zip(found, likeness)]
        self._note(found, sightings, matched, image)
        chosen = self.people.update(sightings, matched)
        self._empty = 0 if self.people.tracks else self._empty + 1
        hovers = chosen is not None and _hovers(found[chosen[0]], image)
        self._strange = self._strange + 1 if hovers or not self.people.tracks else 0
        self._question_camera(image)
        if chosen is None:
            return None
        index, track = chosen
        return self._found(frame, image, allowed, found[index], views[index], track)

    def _question_camera(self, image: Reduced) -> None:
        if self._empty == 0:
            self.reason = ''
        if self._strange == 0:
            self.doubt = ''
        elif self._strange >= DOUBT_AFTER and self._strange % DOUBT_EVERY == 0:
            turns = list(QUARTER_TURNS)[self._strange // DOUBT_EVERY % len(QUARTER_TURNS)]
            doubt = depth_doubt(image.depth) or turned_doubt(image.depth, image.intrinsics, turns, self._look,
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

    def _views(self, frame: RgbdFrame, image: Reduced, found: list[Candidate],
               matched: dict[int, Track]) -> list[PersonView | None]:
        """The network's word on those candidates that are to be asked about in this image."""
        asked = [index for index, candidate in enumerate(found) if self._to_ask(candidate, matched.get(index), image)]
        masks = {index: candidates.full_mask(found[index], image) for index in asked[:ASKED_AT_ONCE]}
        around = {index: square_around(mask, image.depth, image.intrinsics.fx) for index, mask in masks.items()}
        squares = {index: square for index, square in around.items() if square is not None}
        inputs = [_input(frame, image, masks[index], square) for index, square in squares.items()]
        views = dict(zip(squares, self._look.look(inputs, list(squares.values()), image.intrinsics)))
        return [views.get(index) for index in range(len(found))]

    def _look_at(self, look: DepthView, frame: RgbdFrame, image: Reduced, mask: np.ndarray) -> PersonView | None:
        """The network's word on one mask (h, w) of the reduced image."""
        square = square_around(mask, image.depth, image.intrinsics.fx)
        return None if square is None else look.look([_input(frame, image, mask, square)], [square], image.intrinsics)[0]

    def _likeness(self, frame: RgbdFrame, image: Reduced, allowed: np.ndarray, candidate: Candidate, view: PersonView | None,
                  known: bool) -> float | None:
        """To a person; of somebody new the least of two looks, since what the network takes for a person once it seldom does
        when what hangs on is left off and the mirror image is asked too."""
        if view is None or known or view.likeness < self._options.believed:
            return None if view is None else view.likeness
        mask = _with_parts(candidates.full_mask(candidate, image), allowed, image, view)
        again = self._look_at(self._look_twice, frame, image, mask)
        return min(view.likeness, 0.0 if again is None else again.likeness)

    def _to_ask(self, candidate: Candidate, track: Track | None, image: Reduced) -> bool:
        if track is not None:
            return track.number == self.people.followed or (self._images + track.number) % ASKED_AGAIN == 0
        area = _area(candidate, image)
        return not any(np.linalg.norm(r.position - candidate.position) < SAME_PLACE_M
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

    def _found(self, frame: RgbdFrame, image: Reduced, allowed: np.ndarray, candidate: Candidate, view: PersonView | None,
               track: Track) -> Found | None:
        mask = candidates.full_mask(candidate, image)
        for _ in range(LOOKS):
            if view is None:
                break
            before, mask = mask, _with_parts(mask, allowed, image, view)
            if np.count_nonzero(mask) > MUCH_LEFT * np.count_nonzero(before):
                break
            view = self._look_at(self._look, frame, image, mask)    # what hung on to the person drew the square away
        if not mask.any():
            return None
        roi, full = refine(frame.depth, frame.intrinsics, image, mask)
        return Found(roi, full, track.number, candidate.contact > 0.0) if full.any() else None


def _input(frame: RgbdFrame, image: Reduced, mask: np.ndarray, square: Square) -> np.ndarray:
    """The network's input from the full depth image and the reduced mask."""
    start = image.step // 2
    full = Square(square.centre * image.step + start, square.side_px * image.step, square.depth_m, square.half_m)
    return network_input(frame.depth, mask, full, square)


def _sighting(candidate: Candidate, likeness: float | None, image: Reduced) -> Sighting:
    aside = abs(candidate.position[0] / candidate.position[2]) * image.intrinsics.fx / image.intrinsics.width
    return Sighting(candidate.position, likeness, candidate.feet and candidate.contact <= CUT_CONTACT_M,
                    min(1.0, 2.0 * aside), _area(candidate, image), candidate.contact > LEAVING_CONTACT_M)


def _hovers(candidate: Candidate, image: Reduced) -> bool:
    """Whether everything of somebody who is whole in the image is far above the floor."""
    height = image.height[candidate.window][candidate.mask]
    return image.floor is not None and candidate.contact == 0.0 and float(np.nanpercentile(height, 5)) > HOVERING_M


def _area(candidate: Candidate, image: Reduced) -> float:
    return float(image.pixel_area[candidate.window][candidate.mask].sum())


def _with_parts(mask: np.ndarray, allowed: np.ndarray, image: Reduced, view: PersonView) -> np.ndarray:
    """The mask (h, w) by what the network holds for the person's pixels."""
    to_image = view.square.grid_to_image(view.parts.shape[0])
    person = cv2.warpAffine((1.0 - view.parts[..., 0]).astype(np.float32), to_image, mask.shape[::-1], flags=cv2.INTER_LINEAR)
    body = image.depth[mask & (person > ADDED)]
    if len(body) < 20:
        return mask
    with np.errstate(invalid='ignore'):
        near = (image.depth > np.nanpercentile(body, 2) - NEAR_BODY_M) & (image.depth < np.nanpercentile(body, 98) + NEAR_BODY_M)
    return refined_by_parts(mask, near & allowed, person, KEPT, ADDED)
