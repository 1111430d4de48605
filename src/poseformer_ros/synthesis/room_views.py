"""Whole depth images of rooms with nobody, somebody or several people, reduced as the silhouette stage reduces them, with truth.

What the finder network learns from. Views come in shards; a shard is drawn from its own seed, so an interrupted rendering goes on
where it was and is the same whoever renders it.
"""

from dataclasses import dataclass, replace

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.body.people import Crowd, random_person
from poseformer_ros.camera.frame import reduction
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.skeleton.joints import JOINT
from poseformer_ros.synthesis.clutter_crops import Blackened, crowd_of_things
from poseformer_ros.synthesis.person_crops import NEAREST_M, CropSplit, draw_helper, draw_stature
from poseformer_ros.synthesis.person_scene import Person, draw_person, turned_person
from poseformer_ros.synthesis.person_views import View, draw_occluder, draw_room, draw_view
from poseformer_ros.synthesis.rendering.cameras import SENSORS
from poseformer_ros.synthesis.rendering.renderer import PartLabels
from poseformer_ros.synthesis.scene_caster import OWN_PARTS, ROOM, Caster, Layer, SceneCaster

VIEW_PX = (160, 176)            # rows and columns of a record, at least those of every sensor's reduced image, upright or not
MOST_PEOPLE = 4
VIEWS_PER_PERSON = 3
KIND_SHARES = {'standing': 0.17, 'exercise': 0.15, 'recorded': 0.13, 'sitting': 0.16, 'lying': 0.11, 'bending': 0.08,
               'kneeling': 0.05, 'crouching': 0.06, 'on_all_fours': 0.04, 'with_frame': 0.05}
EMPTY_SHARE, HELPER_SHARE, OCCLUDER_SHARE, SECOND_OCCLUDER_SHARE = 0.3, 0.2, 0.35, 0.1
PASSER_SHARES = (0.75, 0.15, 0.1)       # of the views, with nobody, one, two more people anywhere
PASSER_KINDS = ('standing', 'recorded', 'exercise', 'sitting')
CROWDED_SHARE, BLACK_SHARE = 0.4, 0.25  # of the views: crowded rooms; of their things: those that give next to no depth
PORTRAIT_SHARE = 0.08                   # of the cameras, mounted upright
MIDDLE_JOINTS = tuple(JOINT[name] for name in ('pelvis', 'spine_centre', 'upper_spine'))

# depth: millimetres, 0 unknown. person: whose pixels, 0 nobody's. size: rows and columns that are the image's. focal_px: of the
# record. middle: column and row of each person's trunk, NaN where there is none.
VIEW = np.dtype([('depth', np.uint16, VIEW_PX), ('person', np.uint8, VIEW_PX), ('size', np.int16, 2), ('focal_px', np.float32),
                 ('middle', np.float32, (MOST_PEOPLE, 2))])


@dataclass(frozen=True)
class _World:
    split: CropSplit
    model: BodyModel
    crowd: Crowd
    labels: PartLabels


def render_views(split: CropSplit, index: int, count: int, model: BodyModel, crowd: Crowd) -> np.ndarray:
    """Shard `index` of a split: (count,) records of VIEW; the same arguments give the same bytes."""
    rng = np.random.default_rng((split.seed, 0x5EE, index))
    world = _World(split, model, crowd, PartLabels(model))
    views: list[np.ndarray] = []
    while len(views) < count:
        person = None if rng.random() < EMPTY_SHARE else _drawn_person(world, rng)
        taken = [_view(world, person, rng) for _ in range(VIEWS_PER_PERSON)]
        views += [view for view in taken if view is not None]
    return np.array(views[:count], VIEW)


def view_depth(view: np.ndarray) -> np.ndarray:
    """(rows, columns) float32 metres of a record of VIEW, NaN where unknown."""
    rows, columns = view['size']
    depth = view['depth'][:rows, :columns].astype(np.float32) / 1000
    return np.where(depth > 0, depth, np.float32(np.nan))


def _drawn_person(world: _World, rng: np.random.Generator) -> Person:
    kind = str(rng.choice(list(KIND_SHARES), p=list(KIND_SHARES.values())))
    betas = random_person(world.model, world.crowd, draw_stature(rng), rng)
    return turned_person(draw_person(world.model, betas, kind, world.split.test_poses, rng), float(rng.uniform(-np.pi, np.pi)),
                         np.zeros(3))


def _view(world: _World, person: Person | None, rng: np.random.Generator) -> np.ndarray | None:
    """A record; None where somebody stands in the camera."""
    target = float(rng.uniform(0.5, 1.1)) if person is None else float(person.joints[:, 1].mean())
    view = draw_view(target, world.split.camera_height_m, rng)
    people = [] if person is None else [person, *_others(world, view, rng)]
    if any(view.pose.to_optical(one.vertices)[:, 2].min() < NEAREST_M for one in people):
        return None
    room = draw_room(view, rng)
    if person is not None and rng.random() < OCCLUDER_SHARE:
        room.append(draw_occluder(view, rng))
    if person is not None and rng.random() < SECOND_OCCLUDER_SHARE:
        room.append(draw_occluder(view, rng))
    things = len(room)
    crowded = rng.random() < CROWDED_SHARE
    if crowded:
        room += crowd_of_things(view, rng)
    caster: Caster = SceneCaster([*room, *(layer for one in people for layer in one.layers)], world.labels)
    if crowded:
        black = np.flatnonzero(rng.random(len(room)) < BLACK_SHARE)
        caster = Blackened(caster, black[black >= min(things, 1)], rng)
    return _record(world, view, room, people, caster, rng)


def _others(world: _World, view: View, rng: np.random.Generator) -> list[Person]:
    """Who else is in the room: a helper beside, people anywhere."""
    others = []
    if rng.random() < HELPER_SHARE:
        others.append(draw_helper(world.model, world.crowd, world.split.test_poses, rng, OWN_PARTS))
    for _ in range(rng.choice(len(PASSER_SHARES), p=PASSER_SHARES)):
        betas = random_person(world.model, world.crowd, draw_stature(rng), rng)
        other = draw_person(world.model, betas, str(rng.choice(PASSER_KINDS)), world.split.test_poses, rng)
        place = np.array([rng.uniform(-1.8, 1.8), 0.0, rng.uniform(-2.5, 1.5)])
        others.append(turned_person(other, float(rng.uniform(-np.pi, np.pi)), place))
    return others[:MOST_PEOPLE - 1]


def _record(world: _World, view: View, room: list[Layer], people: list[Person], caster: Caster,
            rng: np.random.Generator) -> np.ndarray:
    """Cast at twice the reduced size, so that noise at edges is as thin as a camera's, and every second pixel taken."""
    sensor = SENSORS[str(rng.choice(world.split.sensors))]
    if rng.random() < PORTRAIT_SHARE:
        sensor = Intrinsics(sensor.height, sensor.width, sensor.fy, sensor.fx, sensor.cy, sensor.cx)
    step = reduction(sensor.width if sensor.width > sensor.height else sensor.height)
    rows, columns = (min(most, size // step) for most, size in zip(VIEW_PX, (sensor.height, sensor.width)))
    fine = replace(sensor.resized(2 * (sensor.width // step), 2 * (sensor.height // step)), width=2 * columns, height=2 * rows)
    cast = caster(view.pose, fine)
    noise = world.split.noises[rng.integers(len(world.split.noises))]
    depth = noise(cast.depth, fine, rng)[1::2, 1::2]
    record = np.zeros((), VIEW)
    record['depth'][:rows, :columns] = np.nan_to_num(np.clip(1000.0 * depth, 0, 32767)).round()
    person = np.zeros(cast.depth.shape, np.uint8)
    begins = np.cumsum([len(room), *(len(one.layers) for one in people)])
    record['middle'] = np.nan
    for number, (one, begin, end) in enumerate(zip(people, begins, begins[1:])):
        person[(cast.layer >= begin) & (cast.layer < end) & (cast.label > ROOM)] = number + 1
        middle = fine.project(view.pose.to_optical(one.joints[list(MIDDLE_JOINTS)].mean(0)[None]))[0]
        record['middle'][number] = (middle - 1.0) / 2.0
    record['person'][:rows, :columns] = person[1::2, 1::2]
    record['size'], record['focal_px'] = (rows, columns), fine.fx / 2.0
    return record
