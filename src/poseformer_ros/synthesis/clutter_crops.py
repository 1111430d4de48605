"""Crops of crowded rooms whose dark screens, windows and edges give no depth: what real rooms show and rendered ones seldom do.

Most show things alone; people stand among them in some, so that holes alone tell nothing.
"""

from dataclasses import replace

import cv2
import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.body.people import Crowd, random_person
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.synthesis.person_crops import CROP, CropSplit, Shot, draw_stature, person_crop, thing_crop
from poseformer_ros.synthesis.person_scene import Person, draw_person, turned_person
from poseformer_ros.synthesis.person_views import View, draw_room, draw_view
from poseformer_ros.synthesis.rendering import things
from poseformer_ros.synthesis.rendering.cameras import SENSORS, CameraPose, about_y
from poseformer_ros.synthesis.rendering.renderer import PartLabels
from poseformer_ros.synthesis.rendering.solids import Mesh, cuboid, joined, placed
from poseformer_ros.synthesis.scene_caster import ROOM, Cast, Caster, Layer, SceneCaster

VIEWS_PER_PERSON, THINGS_PER_VIEW = 6, 4
PERSON_SHARE = 0.35             # of the views, from which the person's crop is taken too
BLACK_SHARE = 0.25              # of the things, whose surface gives next to no depth
BLACK_WALLS_SHARE = 0.1         # of the views, in which the walls do
PATCHY_SHARE = 0.5              # of the views with patches without depth
PERSON_KINDS = ('standing', 'recorded', 'sitting', 'exercise', 'bending')
DESK_FROM_PERSON_M, THING_FROM_PERSON_M = 0.75, 0.5


def render_clutter_shard(split: CropSplit, index: int, count: int, model: BodyModel, crowd: Crowd) -> np.ndarray:
    """Shard `index` of a split: (count,) records of CROP; the same arguments give the same bytes."""
    rng = np.random.default_rng((split.seed, 0xC1, index))
    labels = PartLabels(model)
    crops: list[np.ndarray] = []
    while len(crops) < count:
        kind = str(rng.choice(PERSON_KINDS))
        person = draw_person(model, random_person(model, crowd, draw_stature(rng), rng), kind, split.test_poses, rng)
        person = turned_person(person, float(rng.uniform(-np.pi, np.pi)), np.zeros(3))
        for _ in range(VIEWS_PER_PERSON):
            crops += _crops_of_view(split, person, labels, rng)
    return np.array(crops[:count], CROP)


def _crops_of_view(split: CropSplit, person: Person, labels: PartLabels, rng: np.random.Generator) -> list[np.ndarray]:
    view = draw_view(float(person.joints[:, 1].mean()), split.camera_height_m, rng)
    layers = [*draw_room(view, rng), *crowd_of_things(view, rng)]
    black = rng.random(len(layers)) < BLACK_SHARE
    black[0] = rng.random() < BLACK_WALLS_SHARE
    caster = Blackened(SceneCaster([*layers, *person.layers], labels), np.flatnonzero(black), rng)
    sensor, noise = SENSORS[str(rng.choice(split.sensors))], split.noises[rng.integers(len(split.noises))]
    shot = Shot(caster, view, sensor, noise)
    taken = [thing_crop(shot, rng) for _ in range(THINGS_PER_VIEW)]
    if rng.random() < PERSON_SHARE:
        taken.append(person_crop(person, shot, rng))
    return [crop for crop in taken if crop is not None]


class Blackened:
    """A caster some of whose layers, and patches of whose images, give no depth. black: places of those layers."""

    def __init__(self, caster: Caster, black: np.ndarray, rng: np.random.Generator) -> None:
        self._caster, self._black, self._rng = caster, black, rng
        self._lost_share = rng.uniform(0.5, 1.0)
        self._patchy = rng.random() < PATCHY_SHARE
        self._cells, self._level = int(rng.integers(4, 24)), float(rng.uniform(0.4, 1.6))

    def __call__(self, camera: CameraPose, window: Intrinsics) -> Cast:
        """As of SceneCaster."""
        cast = self._caster(camera, window)
        lost = np.isin(cast.layer, self._black) & (self._rng.random(cast.depth.shape) < self._lost_share)
        if self._patchy:
            coarse = self._rng.standard_normal((self._cells, self._cells), dtype=np.float32)
            lost |= (cv2.resize(coarse, cast.depth.shape[::-1], interpolation=cv2.INTER_CUBIC) > self._level) & (cast.label == ROOM)
        return replace(cast, depth=np.where(lost, np.nan, cast.depth).astype(np.float32))


def crowd_of_things(view: View, rng: np.random.Generator) -> list[Layer]:
    """Rows of desks with screens, and whatever else stands about, close together."""
    layers = []
    for _ in range(rng.integers(1, 4)):
        layers += _row_of_desks(view, rng)
    for _ in range(rng.integers(2, 8)):
        at = np.array([rng.uniform(-2.5, 2.5), 0.0, rng.uniform(-3.0, 1.0)])
        if np.hypot(at[0], at[2]) > THING_FROM_PERSON_M:
            mesh = things.THINGS[str(rng.choice(list(things.THINGS)))](rng)
            layers.append(Layer(placed(mesh, about_y(view.azimuth_rad) @ at, float(rng.uniform(-np.pi, np.pi))), ROOM))
    return layers


def _row_of_desks(view: View, rng: np.random.Generator) -> list[Layer]:
    """Desks side by side, anywhere but on the person's place; each thing at them is a layer of its own."""
    height, depth, width = rng.uniform(0.65, 0.8), rng.uniform(0.6, 0.9), rng.uniform(1.0, 1.8)
    start = np.array([rng.uniform(-2.5, 1.5), 0.0, rng.uniform(-3.0, 1.2)])
    turn = float(rng.uniform(-np.pi, np.pi)) if rng.random() < 0.4 else float(rng.normal(0, 0.3))
    layers = []
    for desk in range(rng.integers(1, 4)):
        middle = start + about_y(turn) @ np.array([desk * width, 0, 0])
        if np.hypot(middle[0], middle[2]) >= DESK_FROM_PERSON_M:
            meshes = _desk(np.array([width, height, depth]), rng)
            layers += [Layer(placed(placed(mesh, middle, turn), np.zeros(3), view.azimuth_rad), ROOM) for mesh in meshes]
    return layers


def _desk(size: np.ndarray, rng: np.random.Generator) -> list[Mesh]:
    """A desk of `size` (3,) metres wide, high and deep, with screens, boxes and bags on it, perhaps a chair before it."""
    width, height, depth = size
    meshes = [joined([cuboid((0, height, 0), (width, 0.03, depth)), cuboid((-width / 2, height / 2, 0), (0.04, height, depth)),
                      cuboid((width / 2, height / 2, 0), (0.04, height, depth))])]
    meshes += [_screen(size, rng) for _ in range(rng.integers(0, 4))]
    for _ in range(rng.integers(0, 3)):
        box = rng.uniform((0.05, 0.05, 0.05), (0.4, 0.45, 0.5))
        meshes.append(cuboid((rng.uniform(-width, width) * 0.45, height + box[1] / 2, rng.uniform(-depth, depth) * 0.4), box))
    if rng.random() < 0.6:
        chair = things.chair(rng)
        place = np.array([0, 0, depth / 2 + rng.uniform(0.1, 0.4)])
        meshes.append(placed(chair, place, float(rng.normal(np.pi, 0.8))))
    return meshes


def _screen(desk: np.ndarray, rng: np.random.Generator) -> Mesh:
    """A screen on its foot, somewhere on a desk of a size (3,)."""
    width, height, depth = desk
    x, z = rng.uniform(-width, width) * 0.4, rng.uniform(-depth, depth) * 0.3
    w, h = rng.uniform(0.35, 0.65), rng.uniform(0.25, 0.42)
    lift = rng.uniform(0.05, 0.15)
    parts = [cuboid((0, height + lift + h / 2, 0), (w, h, rng.uniform(0.03, 0.2))),
             cuboid((0, height + lift / 2, 0), (0.05, lift, 0.05))]
    return placed(joined(parts), np.array([x, 0, z]), float(rng.normal(0, 0.5)))
