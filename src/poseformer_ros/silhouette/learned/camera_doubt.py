"""Whether the camera itself is why nobody is found: wrong units, upside down, on its side."""

import numpy as np

from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.view import DepthView
from poseformer_ros.silhouette.candidates import HIGHEST_REACH_M, full_mask
from poseformer_ros.silhouette.components import above_floor, lift
from poseformer_ros.silhouette.floor import FloorFinder
from poseformer_ros.silhouette.learned.proposals import proposals
from poseformer_ros.silhouette.walls import on_walls

NEAREST_MEDIAN_M, FARTHEST_MEDIAN_M = 0.3, 12.0     # of a room's depth image
FEWEST_KNOWN = 0.02                                 # of the pixels with depth, below which nothing can be told
MOST_ASKED = 6
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


def turned_doubt(depth: np.ndarray, intrinsics: Intrinsics, quarter_turns: int, look: DepthView, believed: float,
                 farthest_m: float) -> str:
    """Say so if a person would be found in the image (h, w) turned counter-clockwise by quarter turns; else empty."""
    likeness = likeness_turned(depth, intrinsics, quarter_turns, look, farthest_m)
    return turned_words(quarter_turns) if likeness > believed else ''


def turned_words(quarter_turns: int) -> str:
    """What it means that a person is seen only in the image turned counter-clockwise by so much, and the remedy."""
    return (f'a person is seen when the image is turned: the camera seems to be {QUARTER_TURNS[quarter_turns]}; '
            f'turn it, or set input.rotate to {90 * quarter_turns}')


def likeness_turned(depth: np.ndarray, intrinsics: Intrinsics, quarter_turns: int, look: DepthView, farthest_m: float) -> float:
    """How much what is most like a person is like one in the image (h, w) turned counter-clockwise by quarter turns; 0 when nothing
    stands out."""
    turned, camera = np.ascontiguousarray(np.rot90(depth, quarter_turns)), turned_intrinsics(intrinsics, quarter_turns)
    image = lift(turned, camera, 1, FloorFinder()(turned, camera))
    allowed = above_floor(image, HIGHEST_REACH_M)
    allowed &= ~on_walls(image, allowed, np.random.default_rng(0))
    masks = [full_mask(c, image) for c in proposals(image, allowed, farthest_m)[:MOST_ASKED]]
    views = look(turned, camera, masks)
    return max((view.likeness for view in views if view is not None), default=0.0)


def turned_intrinsics(camera: Intrinsics, quarter_turns: int) -> Intrinsics:
    """Intrinsics of the image turned counter-clockwise by 0, 1, 2 or 3 quarter turns."""
    if quarter_turns == 0:
        return camera
    right, bottom = camera.width - 1 - camera.cx, camera.height - 1 - camera.cy
    if quarter_turns == 2:
        return Intrinsics(camera.width, camera.height, camera.fx, camera.fy, right, bottom)
    cx, cy = (camera.cy, right) if quarter_turns == 1 else (bottom, camera.cx)
    return Intrinsics(camera.height, camera.width, camera.fy, camera.fx, cx, cy)
