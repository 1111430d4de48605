"""Where a camera stands, and what stands around and before the person that it looks at; all by lot.

Room frame: y up, floor y = 0; the person is at the origin.
"""

from dataclasses import dataclass

import numpy as np

from poseformer_ros.synthesis.rendering import things
from poseformer_ros.synthesis.rendering.cameras import CameraPose, about_x, about_y, about_z
from poseformer_ros.synthesis.rendering.rooms import hall, rehab_room, turned
from poseformer_ros.synthesis.rendering.solids import placed
from poseformer_ros.synthesis.scene_caster import ROOM, Layer

FRONT_WALL_M = 4.3          # of a rehab room; cameras farther off stand in a hall
USUAL_HEIGHT_M = 1.1        # of a camera
MOST_THINGS = 8             # that stand about in a room
LEAST_DISTANCE_M = 0.55     # of such a thing from the person
LEANT_ON_SHARE = 0.2        # of the rooms, in which a thing stands closer than that
OCCLUDERS = ('table', 'chair', 'railing', 'couch', 'bags', 'monitor', 'plant', 'open_shelf')


@dataclass(frozen=True)
class View:
    """Where a camera is. azimuth_rad: from where the origin is seen, 0 from +z; distance_m along the floor."""

    pose: CameraPose
    azimuth_rad: float
    distance_m: float


def draw_view(target_height_m: float, height_range_m: tuple[float, float], rng: np.random.Generator) -> View:
    """A camera that looks at the origin from anywhere, more or less well aimed, sometimes rolled."""
    distance = float(rng.triangular(0.8, 2.6, 5.0)) if rng.random() < 0.9 else float(rng.uniform(0.6, 1.4))
    height = float(rng.triangular(height_range_m[0], USUAL_HEIGHT_M, height_range_m[1]))
    azimuth = float(rng.uniform(-np.pi, np.pi))
    aim = rng.normal(0.0, 0.10) if rng.random() < 0.8 else rng.uniform(-0.6, 0.6)
    tilt = np.arctan2(height - target_height_m * rng.uniform(0.7, 1.3), distance) + rng.normal(0.0, 0.08)
    if rng.random() < 0.1:
        tilt += rng.uniform(-0.5, 0.5)
    roll = rng.normal(0.0, 0.05) if rng.random() < 0.9 else rng.normal(0.0, 0.3)
    facing = np.array([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]])
    rotation = about_z(roll) @ about_x(tilt) @ about_y(aim) @ facing @ about_y(-azimuth)
    return View(CameraPose(rotation, about_y(azimuth) @ np.array([0.0, height, distance])), azimuth, distance)


def draw_room(view: View, rng: np.random.Generator) -> list[Layer]:
    """Walls and furniture around the origin as that camera sees them; nothing stands on the person's place."""
    seed = int(rng.integers(2**31))
    if view.distance_m < FRONT_WALL_M - 0.3 and rng.random() < 0.6:
        room = rehab_room(seed, (0.4, 2.6))
    else:
        room = hall(seed)
    room = turned(room, about_y(view.azimuth_rad))
    layers = [Layer((room.vertices, room.faces), ROOM)]
    for _ in range(rng.integers(0, MOST_THINGS + 1)):
        aside = float(rng.uniform(-2.2, 2.2))
        ahead = float(rng.uniform(-3.5, 1.5))
        if np.hypot(aside, ahead) < LEAST_DISTANCE_M or _in_sight(aside, ahead, view.distance_m):
            continue
        layers.append(_thing(tuple(things.THINGS), np.array([aside, 0.0, ahead]), view, rng))
    if rng.random() < LEANT_ON_SHARE:
        angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, LEAST_DISTANCE_M)
        layers.append(_thing(tuple(things.THINGS), np.array([distance * np.sin(angle), 0, distance * np.cos(angle)]), view, rng))
    return layers


def draw_occluder(view: View, rng: np.random.Generator) -> Layer:
    """A thing between the camera and the person."""
    share = rng.uniform(0.25, 0.8)
    at = np.array([rng.normal(0, 0.35), 0.0, share * view.distance_m])
    return _thing(OCCLUDERS, at, view, rng)


def _in_sight(aside: float, ahead: float, distance: float) -> bool:
    """Whether a thing would stand between the camera and the person."""
    return ahead > 0 and abs(aside) < 0.45 + 0.3 * ahead / distance


def _thing(names: tuple[str, ...], at: np.ndarray, view: View, rng: np.random.Generator) -> Layer:
    """One of the things at `at` (3,), metres aside, up and towards the camera."""
    mesh = things.THINGS[str(rng.choice(names))](rng)
    return Layer(placed(mesh, about_y(view.azimuth_rad) @ at, float(rng.uniform(-np.pi, np.pi))), ROOM)
