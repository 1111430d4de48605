"""The method `depth`: a person from depth alone, without weights, in a cluttered room that was never seen empty."""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.options import check, option
from poseformer_ros.silhouette import candidates, components, walls
from poseformer_ros.silhouette.background import Background
from poseformer_ros.silhouette.candidates import Candidate
from poseformer_ros.silhouette.found import Found
from poseformer_ros.silhouette.person import Floor
from poseformer_ros.silhouette.refine import refine
from poseformer_ros.silhouette.tracking import Tracker

CENTRE_WEIGHT = 0.5         # of standing in the middle of the image, against being whole (1), in whom to follow
LEAVING_CONTACT_M = 0.5     # along the image's border: the trunk goes through it
UNLIKELY = 0.02             # likeness below which not even a known person is recognised


@dataclass(frozen=True)
class DepthSegmentationOptions:
    """What can be set of the depth method; each field becomes a ROS parameter `segmentation.<name>`."""

    farthest_m: float = option(5.0, 1.0, 10.0, 'depth beyond which nobody is looked for: there noise hides the '
                               'shape of a body', unit='m')
    likeness: float = option(0.5, 0.05, 1.0, 'how much a part must be shaped like a person to be taken for one')
    gate_m: float = option(0.7, 0.1, 2.0, 'how far a followed person may be off the expected place', unit='m')
    memory: int = option(60, 1, 600, 'images that somebody out of sight keeps the number')
    patience: int = option(15, 0, 600, 'most images that a hidden or cut person is kept to while somebody whole is '
                           'there; earned one by one, by being followed for 30 images each')
    cut_contact_m: float = option(0.2, 0.0, 1.0, 'length along the image border from which a person is not whole; '
                                  'a hand that leaves the image is shorter', unit='m')

    def __post_init__(self) -> None:
        check(self)


class DepthSegmentation:
    """Floor and walls removed, parts of a person's size and shape, one person followed."""

    def __init__(self, options: DepthSegmentationOptions = DepthSegmentationOptions()) -> None:
        self._options = options
        self._tracker = Tracker(options.gate_m, options.memory, options.patience)
        self.reset()

    def reset(self) -> None:
        """Forget everybody."""
        self._tracker.reset()
        self._background = Background()
        self._random = np.random.default_rng(0)

    def __call__(self, frame: RgbdFrame, floor: Floor | None) -> Found | None:
        """Find the followed person; None when nobody is there."""
        image = components.lift(*frame.reduced, floor)
        people = self._candidates(image)
        chosen = self._tracker([c.position for c in people], [self._quality(c, image) for c in people],
                               [c.likeness >= self._options.likeness for c in people],
                               [c.contact > LEAVING_CONTACT_M for c in people])
        if chosen is None:
            return None
        index, number = chosen
        fine = refine(frame.depth, frame.intrinsics, image, candidates.full_mask(people[index], image))
        return Found(fine.roi, fine.mask, number, people[index].contact > 0.0, rim=fine.rim) if fine.mask.any() else None

    def _candidates(self, image: components.Reduced) -> list[Candidate]:
        allowed = components.above_floor(image, candidates.HIGHEST_REACH_M)
        allowed &= ~self._background(image.depth)
        allowed &= ~walls.on_walls(image, allowed, self._random)
        found = candidates.find(image, allowed, self._options.likeness, self._options.farthest_m)
        people = [c for c in found if c.likeness > UNLIKELY]
        self._background.learn(image.depth, [(c.window, c.mask) for c in people])
        return people

    def _quality(self, candidate: Candidate, image: components.Reduced) -> float:
        """1 for a whole person, and a share for standing in the middle."""
        aside = abs(candidate.position[0] / candidate.position[2]) * image.intrinsics.fx / image.intrinsics.width
        whole = candidate.feet and candidate.contact <= self._options.cut_contact_m
        return float(whole) + CENTRE_WEIGHT * (1.0 - min(1.0, 2.0 * aside)) * candidate.likeness
