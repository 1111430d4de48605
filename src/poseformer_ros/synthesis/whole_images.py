"""Whole depth images of people as they are, and of empty rooms, with truth and with what makes each hard.

An image is drawn from a generator of its own: the same bytes whoever renders it, in whatever order.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.body.people import Crowd, random_person
from poseformer_ros.camera.frame import RgbdFrame
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.synthesis.clutter_crops import Blackened, crowd_of_things
from poseformer_ros.synthesis.motion.everyday_poses import KINDS
from poseformer_ros.synthesis.person_crops import CHILD_M, NEAREST_M, CropSplit, draw_helper, draw_stature, joint_sight
from poseformer_ros.synthesis.person_examples import facing_angle
from poseformer_ros.synthesis.person_scene import Person, draw_person, turned_person
from poseformer_ros.synthesis.person_views import View, draw_occluder, draw_room, draw_view
from poseformer_ros.synthesis.rendering.cameras import SENSORS, CameraPose
from poseformer_ros.synthesis.rendering.renderer import PartLabels
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel
from poseformer_ros.synthesis.scene_caster import OWN_PARTS, ROOM, Cast, Layer, SceneCaster

LEAST_SHOWN = 0.2               # of a person; who shows less in the image is drawn anew
QUARTER, HALF, MOST = 0.15, 0.375, 0.75     # of a person hidden: a quarter is nearer to 0.25 than to 0.5, and so on
CUT_SHARE = 0.02                # of the vertices beyond a border, from which it cuts somebody
WHOLE_SHARE = 0.05              # hidden at most of somebody who counts as whole
TOUCHING_M = 0.06               # between two people's surfaces
NEAR_M, FAR_M = 1.2, 4.0        # along the floor
TALL_M = 1.9
ROLLED_RAD, TILTED_RAD = 0.2, 0.4
FRONT_RAD, BACK_RAD = np.radians(45.0), np.radians(135.0)
DESK_SHARE = 0.25               # of the things in a crowded room from which next to no depth comes
UPRIGHT = ('standing', 'exercise')
BORDERS = ('left', 'right', 'top', 'bottom')
WORN = ('skirt', 'long_hair', 'backpack', 'bag', 'stick')
TAGS = ('whole', 'whole and standing', *(f'cut by the {border} border' for border in BORDERS), 'hidden by a quarter',
        'hidden by a half', 'somebody beside', 'somebody touching', *(kind.replace('_', ' ') for kind in KINDS), 'front', 'side',
        'back', 'child', 'tall', *(name.replace('_', ' ') for name in WORN), 'near', 'far', 'camera rolled', 'camera tilted')


@dataclass(frozen=True)
class World:
    """What images are drawn from: a split's sensors, noises and heights; people like a crowd's; labels of the model's surface."""

    split: CropSplit
    model: BodyModel
    crowd: Crowd
    labels: PartLabels


@dataclass(frozen=True)
class Mix:
    """Shares of the images: kinds of pose, which add up to 1; those with a thing before the person; with somebody else."""

    kinds: Mapping[str, float]
    occluder: float
    helper: float


@dataclass(frozen=True)
class TruePerson:
    """joints: (24, 3) metres, optical frame. front: (3,) unit vector out of the chest. sight: (24,) as in `person.answers`.
    mask: (H, W) bool, where the person is seen.
    """

    joints: np.ndarray
    front: np.ndarray
    sight: np.ndarray
    mask: np.ndarray


@dataclass(frozen=True)
class WholeImage:
    """frame: depth with the sensor's noise, colour black. people: who is in it, first the one it is drawn for; nobody in an empty
    room. tags: those of TAGS that hold for the first. sensor, noise: names.
    """

    frame: RgbdFrame
    people: tuple[TruePerson, ...]
    tags: frozenset[str]
    sensor: str
    noise: str


def person_image(world: World, mix: Mix, rng: np.random.Generator) -> WholeImage:
    """Somebody somewhere in a room before a camera; who shows too little is drawn anew."""
    while True:
        image = _tried(world, mix, rng)
        if image is not None:
            return image


def empty_image(world: World, crowded: bool, rng: np.random.Generator) -> WholeImage:
    """A furnished room without anybody; crowded: with rows of desks and screens, some of them black, and many things."""
    view = draw_view(float(rng.uniform(0.5, 1.1)), world.split.camera_height_m, rng)
    layers = draw_room(view, rng)
    caster: SceneCaster | Blackened
    if crowded:
        layers += crowd_of_things(view, rng)
        black = np.flatnonzero(rng.random(len(layers)) < DESK_SHARE)
        caster = Blackened(SceneCaster(layers, world.labels), black[black > 0], rng)
    else:
        caster = SceneCaster(layers, world.labels)
    sensor, noise = _camera(world.split, rng)
    cast = caster(view.pose, SENSORS[sensor])
    return WholeImage(depth_frame(noise(cast.depth, SENSORS[sensor], rng), SENSORS[sensor]), (), frozenset(), sensor, noise.name)


def depth_frame(depth: np.ndarray, intrinsics: Intrinsics) -> RgbdFrame:
    """A frame whose colour image is black."""
    return RgbdFrame(np.zeros((*depth.shape, 3), np.uint8), depth.astype(np.float32), intrinsics)


def _camera(split: CropSplit, rng: np.random.Generator) -> tuple[str, NoiseModel]:
    return str(rng.choice(split.sensors)), split.noises[rng.integers(len(split.noises))]


def _tried(world: World, mix: Mix, rng: np.random.Generator) -> WholeImage | None:
    model, crowd, split = world.model, world.crowd, world.split
    kind = str(rng.choice(list(mix.kinds), p=list(mix.kinds.values())))
    person = draw_person(model, random_person(model, crowd, draw_stature(rng), rng), kind, split.test_poses, rng)
    person = turned_person(person, float(rng.uniform(-np.pi, np.pi)), np.zeros(3))
    view = draw_view(float(person.joints[:, 1].mean()), split.camera_height_m, rng)
    room = draw_room(view, rng)
    if rng.random() < mix.occluder:
        room.append(draw_occluder(view, rng))
    people = [person]
    if rng.random() < mix.helper:
        people.append(draw_helper(model, crowd, split.test_poses, rng, OWN_PARTS))
    sensor, noise = _camera(split, rng)
    if min(view.pose.to_optical(one.vertices)[:, 2].min() for one in people) < NEAREST_M:
        return None
    return image_of(world.labels, room, people, view, SENSORS[sensor], sensor, noise, rng)


def image_of(labels: PartLabels, room: list[Layer], people: list[Person], view: View, intrinsics: Intrinsics, sensor: str,
             noise: NoiseModel, rng: np.random.Generator) -> WholeImage | None:
    """People, drawn with OWN_PARTS, in a room before a camera; None where the first of them shows too little."""
    cast = SceneCaster([*room, *(layer for one in people for layer in one.layers)], labels)(view.pose, intrinsics)
    begins = np.cumsum([len(room), *(len(one.layers) for one in people)])
    masks = [(cast.layer >= begin) & (cast.layer < end) & (cast.label > ROOM) for begin, end in zip(begins, begins[1:])]
    alone = _alone(people[0], view.pose, intrinsics, labels)
    beyond = _beyond(people[0], view.pose, intrinsics)
    covered = 1.0 - masks[0].sum() / max(1, int(alone.sum()))
    if (1.0 - covered) * (1.0 - beyond['anywhere']) < LEAST_SHOWN:
        return None
    true = tuple(_true_person(one, mask, view.pose, intrinsics, cast) for one, mask in zip(people, masks))
    by_things = float((alone & ~masks[0] & (cast.label == ROOM)).sum()) / max(1, int(alone.sum()))
    tags = _tags(people, view, beyond, covered, by_things) | _facing_tag(true[0])
    return WholeImage(depth_frame(noise(cast.depth, intrinsics, rng), intrinsics), true, tags, sensor, noise.name)


def _alone(person: Person, camera: CameraPose, intrinsics: Intrinsics, labels: PartLabels) -> np.ndarray:
    """(H, W) bool: the person's pixels if nothing stood before them, nor what belongs to the pose."""
    own = [layer for layer in person.layers if layer.label != ROOM]
    return SceneCaster(own, labels)(camera, intrinsics).label > ROOM


def _beyond(person: Person, camera: CameraPose, intrinsics: Intrinsics) -> dict[str, float]:
    """Share of the vertices beyond each border of the image, and beyond any."""
    column, row = intrinsics.project(camera.to_optical(person.vertices)).T
    outside = {'left': column < -0.5, 'right': column > intrinsics.width - 0.5, 'top': row < -0.5,
               'bottom': row > intrinsics.height - 0.5}
    shares = {border: float(beyond.mean()) for border, beyond in outside.items()}
    return {**shares, 'anywhere': float(np.any(list(outside.values()), axis=0).mean())}


def _true_person(person: Person, mask: np.ndarray, camera: CameraPose, intrinsics: Intrinsics, cast: Cast) -> TruePerson:
    joints = camera.to_optical(person.joints)
    sight = joint_sight(joints, intrinsics, intrinsics, np.where(mask, cast.label, ROOM), cast.depth)
    return TruePerson(joints, camera.rotation @ person.front, sight, mask)


def _tags(people: list[Person], view: View, beyond: dict[str, float], covered: float, by_things: float) -> frozenset[str]:
    person, up = people[0], view.pose.rotation[:, 1]
    roll, tilt = np.arctan2(up[0], -up[1]), np.arcsin(np.clip(-up[2], -1.0, 1.0))
    apart = _distance(people[0], people[1]) if len(people) > 1 else None
    whole = beyond['anywhere'] == 0.0 and covered <= WHOLE_SHARE
    holds = {'whole': whole, 'whole and standing': whole and person.kind in UPRIGHT,
             **{f'cut by the {border} border': beyond[border] > CUT_SHARE for border in BORDERS},
             'hidden by a quarter': QUARTER <= by_things < HALF, 'hidden by a half': HALF <= by_things < MOST,
             'somebody beside': apart is not None and apart > TOUCHING_M,
             'somebody touching': apart is not None and apart <= TOUCHING_M,
             person.kind.replace('_', ' '): True,
             'child': person.stature_m < CHILD_M[1], 'tall': person.stature_m >= TALL_M,
             **{name.replace('_', ' '): name in person.worn for name in WORN},
             'near': view.distance_m < NEAR_M, 'far': view.distance_m > FAR_M,
             'camera rolled': abs(roll) > ROLLED_RAD, 'camera tilted': abs(tilt) > TILTED_RAD}
    return frozenset(tag for tag, true in holds.items() if true)


def _facing_tag(person: TruePerson) -> frozenset[str]:
    angle = abs(facing_angle(person.front, person.joints.mean(0))[0])
    return frozenset({'front' if angle < FRONT_RAD else 'back' if angle > BACK_RAD else 'side'})


def _distance(one: Person, other: Person) -> float:
    """Metres between two people's bare bodies, from every eighth vertex."""
    a, b = one.vertices[::8].astype(np.float64), other.vertices[::8].astype(np.float64)
    squares = (a ** 2).sum(1)[:, None] + (b ** 2).sum(1)[None] - 2 * a @ b.T
    return float(np.sqrt(max(0.0, squares.min())))
