"""A room of boxes with people of capsules, drawn by casting a ray through each pixel: depth with a known mask."""

from dataclasses import dataclass, field

import numpy as np

from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.silhouette.person import Floor

CAMERA = Intrinsics(320, 240, 267.0, 267.0, 159.5, 119.5)


@dataclass(frozen=True)
class View:
    """A camera in the world (x right, y up, z away from it); angles in radians, tilt is positive looking down."""

    height: float = 1.2
    tilt: float = 0.1
    roll: float = 0.0
    turn: float = 0.0

    @property
    def to_world(self) -> np.ndarray:
        """Rotation (3, 3) of optical-frame vectors into the world."""
        flip = np.diag([1.0, -1.0, 1.0])
        return _about_y(self.turn) @ flip @ _about_x(-self.tilt) @ _about_z(self.roll)

    @property
    def floor(self) -> Floor:
        """The true floor in the optical frame."""
        return Floor(self.to_world.T @ np.array([0.0, 1.0, 0.0]), self.height)


@dataclass(frozen=True)
class Scene:
    """Boxes as (low corner, high corner), each person as capsules (a, b, radius); metres in the world."""

    boxes: list = field(default_factory=list)
    people: list = field(default_factory=list)


@dataclass(frozen=True)
class Drawn:
    """An image with its truth: which person (from 1) each pixel shows, 0 for the room."""

    frame: RgbdFrame
    person: np.ndarray
    floor: Floor


def room(width: float = 5.0, depth: float = 6.0, height: float = 2.7) -> list:
    """Floor, ceiling and four walls, seen from inside; the camera stands at x = z = 0 half a metre off one wall."""
    w, t = width / 2, 0.1
    return [((-w, -t, -0.5), (w, 0, depth)), ((-w, height, -0.5), (w, height + t, depth)),
            ((-w - t, 0, -0.5), (-w, height, depth)), ((w, 0, -0.5), (w + t, height, depth)),
            ((-w, 0, depth), (w, height, depth + t)), ((-w, 0, -0.5 - t), (w, height, -0.5))]


def box(x: float, z: float, size: tuple[float, float, float], bottom: float = 0.0) -> tuple:
    """A box of size (x, y, z) with its middle at (x, z)."""
    return ((x - size[0] / 2, bottom, z - size[2] / 2), (x + size[0] / 2, bottom + size[1], z + size[2] / 2))


def table(x: float, z: float, width: float = 1.2, deep: float = 0.7, top: float = 0.75) -> list:
    """A table top on four legs."""
    legs = [box(x + sx * (width / 2 - 0.05), z + sz * (deep / 2 - 0.05), (0.05, top, 0.05))
            for sx in (-1, 1) for sz in (-1, 1)]
    return [box(x, z, (width, 0.03, deep), top - 0.03), *legs]


def person(x: float = 0.0, z: float = 2.5, stature: float = 1.75, arm: float = 0.15, squat: float = 0.0,
           bend: float = 0.0, forward: float = 0.0, facing: float = 0.0) -> list:
    """Capsules of a person.

    arm: angle of both arms away from hanging; squat: 0 standing to 1 thighs level; bend: of the trunk to the side;
    forward: angle of the arms to the front; facing: turn about the vertical, 0 towards the camera.
    """
    s = stature / 1.75
    thigh, shin = 0.42 * s, 0.43 * s
    knee_angle = squat * np.pi / 2
    hip = np.array([0.0, 0.07 * s + shin * np.cos(knee_angle * 0.35) + thigh * np.cos(knee_angle), 0.2 * s * squat])
    parts = []
    lean = _about_z(bend) @ _about_x(-0.5 * squat)
    neck = hip + lean @ np.array([0.0, 0.55 * s, 0.0])
    head = neck + lean @ np.array([0.0, 0.16 * s, 0.0])
    parts += [(head - lean @ [0, 0.04 * s, 0], head + lean @ [0, 0.05 * s, 0], 0.09 * s), (neck, head, 0.05 * s)]
    for side in (-1, 1):
        shoulder = neck + lean @ np.array([side * 0.18 * s, -0.06 * s, 0.0])
        trunk_top = neck + lean @ np.array([side * 0.09 * s, -0.13 * s, 0.0])
        joint = hip + np.array([side * 0.09 * s, 0.0, 0.0])
        parts += [(trunk_top, joint + np.array([0, 0.06 * s, 0]), 0.11 * s), (trunk_top, shoulder, 0.055 * s)]
        along = lean @ _about_x(forward) @ np.array([side * np.sin(arm), -np.cos(arm), 0.0])
        parts += [(shoulder, shoulder + 0.55 * s * along, 0.042 * s),
                  (shoulder + 0.55 * s * along, shoulder + 0.66 * s * along, 0.04 * s)]
        ankle = np.array([side * 0.12 * s, 0.07 * s, 0.05 * s])
        knee = joint + (ankle - joint) * 0.5 + np.array([0.0, 0.05 * s * squat, -0.38 * s * squat])
        parts += [(joint, knee, 0.075 * s), (knee, ankle, 0.05 * s),
                  (ankle - [0, 0.03 * s, 0], ankle + np.array([0.0, -0.03 * s, -0.13 * s]), 0.04 * s)]
    turn, place = _about_y(facing), np.array([x, 0.0, z])
    return [(turn @ a + place, turn @ b + place, r) for a, b, r in parts]


def draw(scene: Scene, view: View = View(), camera: Intrinsics = CAMERA, noise: float = 1.0,
         seed: int = 0) -> Drawn:
    """Cast the rays. noise scales the Kinect's axial noise and disparity steps; 0 is a clean image."""
    origin = np.array([0.0, view.height, 0.0])
    rays = camera.deproject_image(np.ones((camera.height, camera.width))).reshape(-1, 3) @ view.to_world.T
    nearest, owner = np.full(len(rays), np.inf), np.zeros(len(rays), int)
    with np.errstate(divide='ignore', invalid='ignore'):
        for low, high in scene.boxes:
            nearest = np.fmin(nearest, _box_distance(origin, rays, np.array(low), np.array(high)))
        for number, parts in enumerate(scene.people, start=1):
            for a, b, radius in parts:
                distance = _capsule_distance(origin, rays, a, b, radius)
                owner = np.where(distance < nearest, number, owner)
                nearest = np.fmin(nearest, distance)
    depth = np.where(np.isfinite(nearest), nearest, np.nan).reshape(camera.height, camera.width)
    if noise:
        depth = _kinect(depth, noise, np.random.default_rng(seed))
    color = np.full((camera.height, camera.width, 3), 90, np.uint8)
    frame = RgbdFrame(color, depth.astype(np.float32), camera)
    return Drawn(frame, owner.reshape(depth.shape), view.floor)


def _kinect(depth: np.ndarray, noise: float, random: np.random.Generator) -> np.ndarray:
    """Axial noise (Nguyen et al. 2012), disparity steps, ragged edges, nothing beyond 8 m."""
    rows, columns = np.indices(depth.shape)
    rows = np.clip(rows + np.rint(random.normal(0, 0.5 * noise, depth.shape)).astype(int), 0, depth.shape[0] - 1)
    columns = np.clip(columns + np.rint(random.normal(0, 0.5 * noise, depth.shape)).astype(int), 0, depth.shape[1] - 1)
    depth = depth[rows, columns]
    depth = depth + random.normal(0, 1, depth.shape) * noise * (0.0012 + 0.0019 * (depth - 0.4) ** 2)
    step = 0.0028 * noise   # one disparity step is 2.8 mm at 1 m, growing with the square of distance
    depth = 1.0 / (np.rint(1.0 / depth / step) * step)
    return np.where((depth > 0.4) & (depth < 8.0), depth, np.nan)


def _box_distance(origin: np.ndarray, rays: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    one, other = (low - origin) / rays, (high - origin) / rays
    enter, leave = np.minimum(one, other).max(1), np.maximum(one, other).min(1)
    return np.where((enter < leave) & (enter > 0), enter, np.inf)


def _capsule_distance(origin: np.ndarray, rays: np.ndarray, a: np.ndarray, b: np.ndarray, radius: float) -> np.ndarray:
    axis, from_a = b - a, origin - a
    along_ray, along_origin, length2 = rays @ axis, from_a @ axis, axis @ axis
    ray2 = np.einsum('ij,ij->i', rays, rays)
    p = ray2 * length2 - along_ray ** 2
    q = (rays @ from_a) * length2 - along_origin * along_ray
    r = (from_a @ from_a - radius ** 2) * length2 - along_origin ** 2
    distance = (-q - np.sqrt(q ** 2 - p * r)) / p
    place = along_origin + distance * along_ray
    body = np.where((place > 0) & (place < length2) & (distance > 0), distance, np.inf)
    return np.minimum(body, np.minimum(_ball(origin, rays, ray2, a, radius), _ball(origin, rays, ray2, b, radius)))


def _ball(origin: np.ndarray, rays: np.ndarray, ray2: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    from_centre = origin - centre
    q = rays @ from_centre
    distance = (-q - np.sqrt(q ** 2 - ray2 * (from_centre @ from_centre - radius ** 2))) / ray2
    return np.where(distance > 0, distance, np.inf)


def _about_x(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def _about_y(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def _about_z(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
