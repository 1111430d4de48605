"""Whether the camera itself is why nobody is found: wrong units, upside down, on its side."""

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.finder import FinderModel
from poseformer_ros.person.view import DepthView, PersonView
from poseformer_ros.silhouette.candidates import full_mask
from poseformer_ros.silhouette.components import Reduced, lift
from poseformer_ros.silhouette.learned.look import likeness
from poseformer_ros.silhouette.learned.people_apart import people_apart

NEAREST_MEDIAN_M, FARTHEST_MEDIAN_M = 0.3, 12.0     # of a room's depth image
FEWEST_KNOWN = 0.02                                 # of the pixels with depth, below which nothing can be told
MOST_ASKED = 6
BLURRED_M = 0.12            # median scale of joints at which a view tells next to nothing; people have 0.03 to 0.08
QUARTER_TURNS = {2: 'upside down', 1: 'turned on its side, to the right', 3: 'turned on its side, to the left'}


def depth_doubt(depth: np.ndarray) -> str:
    """What is wrong with a depth image (h, w) in metres, for people; empty when nothing is."""
    known = depth[np.isfinite(depth)]
    if len(known) < FEWEST_KNOWN * depth.size:
        return f'only {100 * len(known) / depth.size:.1f} % of the depth image are known; is something before the camera?'
    middle = float(np.median(known))
    if not NEAREST_MEDIAN_M < middle < FARTHEST_MEDIAN_M:
        return f'the median depth is {middle:.2g} m: wrong unit? 16UC1 is read as millimetres, 32FC1 as metres'
    return ''


def turned_doubt(image: Reduced, finder: FinderModel, look: DepthView, believed: float, farthest_m: float) -> str:
    """Say so if a person is seen better in the image turned by quarter turns; else empty."""
    like = likeness_turned(image, finder, look, farthest_m)
    turns = int(np.argmax(like))
    return turned_words(turns) if turns and like[turns] > believed else ''


def turned_words(quarter_turns: int) -> str:
    """What it means that a person is seen best in the image turned counter-clockwise by so much, and the remedy."""
    return (f'a person is seen when the image is turned: the camera seems to be {QUARTER_TURNS[quarter_turns]}; '
            f'turn it, or set input.rotate to {90 * quarter_turns}')


def likeness_turned(image: Reduced, finder: FinderModel, look: DepthView, farthest_m: float) -> list[float]:
    """How much what is most like a person is like one whose joints are clear, in the image turned counter-clockwise by 0 to 3
    quarter turns. Somebody who stands looks like somebody who lies in an image on its side, but less clearly."""
    return [_likeness(np.ascontiguousarray(np.rot90(image.depth, turns)), turned_intrinsics(image.intrinsics, turns), finder, look,
                      farthest_m) for turns in range(4)]


def _likeness(depth: np.ndarray, camera: Intrinsics, finder: FinderModel, look: DepthView, farthest_m: float) -> float:
    """Of an image (h, w) as it is; 0 when nothing is like a person."""
    image = lift(depth, camera, 1, None)
    found = people_apart(image, finder(depth, camera.fx), farthest_m)[:MOST_ASKED]
    views = look(depth, camera, [full_mask(candidate, image) for candidate in found])
    return max((likeness(view.person, one.likeness) * _clarity(view) for one, view in zip(found, views) if view is not None),
               default=0.0)


def _clarity(view: PersonView) -> float:
    """0 to 1: how sure the network is of the joints."""
    return float(np.exp(-(np.median(view.scale_m) / BLURRED_M) ** 2))


def turned_intrinsics(camera: Intrinsics, quarter_turns: int) -> Intrinsics:
    """Intrinsics of the image turned counter-clockwise by 0, 1, 2 or 3 quarter turns."""
    if quarter_turns == 0:
        return camera
    right, bottom = camera.width - 1 - camera.cx, camera.height - 1 - camera.cy
    if quarter_turns == 2:
        return Intrinsics(camera.width, camera.height, camera.fx, camera.fy, right, bottom)
    cx, cy = (camera.cy, right) if quarter_turns == 1 else (bottom, camera.cx)
    return Intrinsics(camera.height, camera.width, camera.fy, camera.fx, cx, cy)
