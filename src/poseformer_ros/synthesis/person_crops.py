"""Depth crops of people and of things, with truth: what the person network learns from.

A crop is a square window of a camera's image around the person, or around something that stands out as a person would, wider
than the network's own square so that training can shift, turn and scale it. Crops come in shards; a shard is drawn from its own
seed, so an interrupted rendering goes on where it was and a split is the same whoever renders which shard.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.body.people import Crowd, random_person
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.errors import BadInput
from poseformer_ros.person.answers import HIDDEN, OUTSIDE, SEEN
from poseformer_ros.silhouette.components import label as component_labels
from poseformer_ros.silhouette.components import window_of
from poseformer_ros.skeleton.joints import JOINT_COUNT
from poseformer_ros.synthesis.crop_window import CROP_PX, MARGIN, box_in_image, crop_window, height_over_floor, inside_image
from poseformer_ros.synthesis.person_scene import KIND_SHARES, Person, draw_person, turned_person
from poseformer_ros.synthesis.person_views import View, draw_occluder, draw_room, draw_view
from poseformer_ros.synthesis.rendered_recording import visible_joints
from poseformer_ros.synthesis.rendering.cameras import SENSORS
from poseformer_ros.synthesis.rendering.renderer import NOBODY, PartLabels
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel
from poseformer_ros.synthesis.scene_caster import ROOM, SOMEBODY_ELSE, Cast, Caster, SceneCaster

CANDIDATE = 128                 # bit of a label: the pixel belongs to what depth edges hold apart around the person
LABEL_BITS = 31
POSES_PER_PERSON, VIEWS_PER_POSE = 8, 3
THING_SHARE = 0.5               # of the views, from which a crop of something else is taken too
LEAST_CROP_PX = 60              # pixels of the person or thing in a crop; what shows less is left out
NEAREST_M = 0.25                # a view that the person comes nearer to is left out
HELPER_SHARE, OCCLUDER_SHARE = 0.16, 0.17
HELPER_KINDS, HELPER_DISTANCE_M = ('standing', 'recorded', 'exercise', 'bending', 'sitting'), (0.35, 1.2)
CHILD_SHARE, CHILD_M = 0.25, (0.95, 1.5)
ADULT_M, ADULT_SIGMA_M, TALLEST_M = 1.70, 0.11, 2.05
COARSE_PX = 96                  # columns of the image in which things are looked for
FARTHEST_THING_M, LEAST_HEIGHT_M = 6.0, 0.04
THING_AREA_M2 = (0.06, 6.0)     # that a person or a part of one may have too
MOST_OF_PERSON = 0.1            # of a thing's pixels in the coarse image
MOST_OF_PERSON_NEAR = 0.06      # of the pixels in a thing's crop
THING_THICKNESS_M = 0.5
CANDIDATE_THICKNESS_M, CANDIDATE_HEIGHT_M = 0.9, 0.035
LEAST_PART_PX = 6               # of a connected part that is taken along

# depth: millimetres as the sensor gives it, 0 unknown. label: ROOM, a part of the person (joint + 1) or SOMEBODY_ELSE in
# LABEL_BITS, and CANDIDATE. joints: metres, optical frame. sight: as in `person.answers`. front: unit vector out of the chest,
# optical frame. intrinsics: fx, fy, cx, cy of the crop. person: or a thing, whose joints, front and stature are NaN. kind: place in
# KIND_NAMES.
CROP = np.dtype([('depth', np.uint16, (CROP_PX, CROP_PX)), ('label', np.uint8, (CROP_PX, CROP_PX)),
                 ('joints', np.float32, (JOINT_COUNT, 3)), ('sight', np.uint8, JOINT_COUNT), ('front', np.float32, 3),
                 ('intrinsics', np.float32, 4), ('person', bool), ('kind', np.uint8), ('stature_m', np.float32)])
KIND_NAMES = (*KIND_SHARES, 'thing')


@dataclass(frozen=True)
class CropSplit:
    """What one split is drawn from.

    sensors: names in `SENSORS`. noises: each as likely as the others. camera_height_m: lowest and highest.
    test_poses: whether recorded poses are those that are kept for tests. crowded: whether it shows crowded rooms (`clutter_crops`).
    """

    name: str
    seed: int
    sensors: tuple[str, ...]
    noises: tuple[NoiseModel, ...]
    camera_height_m: tuple[float, float] = (0.4, 2.6)
    test_poses: bool = False
    crowded: bool = False


@dataclass(frozen=True)
class Shot:
    """A camera before a scene. caster: of the scene."""

    caster: Caster
    view: View
    sensor: Intrinsics
    noise: NoiseModel


def render_shard(split: CropSplit, index: int, count: int, model: BodyModel, crowd: Crowd) -> np.ndarray:
    """Shard `index` of a split: (count,) records of CROP of people like a crowd's; the same arguments give the same bytes."""
    rng = np.random.default_rng((split.seed, index))
    labels = PartLabels(model)
    crops: list[np.ndarray] = []
    while len(crops) < count:
        betas = random_person(model, crowd, draw_stature(rng), rng)
        for _ in range(POSES_PER_PERSON):
            crops += _crops_of_pose(split, betas, model, labels, crowd, rng)
    return np.array(crops[:count], CROP)


def write_shard(path: Path, crops: np.ndarray) -> None:
    """Write a shard's records into a file, which appears only when it is whole."""
    partial = path.with_suffix('.part.npy')
    np.save(partial, crops)
    partial.rename(path)


def open_shard(path: Path, count: int | None = None, records: np.dtype = CROP) -> np.ndarray:
    """A shard's records (N,), mapped and not read. Raises BadInput for a file that holds no such records, or not `count`."""
    try:
        shard = np.load(path, mmap_mode='r', allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise BadInput(f'{path}: no shard ({error}); remove it and render it again') from error
    if getattr(shard, 'dtype', None) != records or shard.ndim != 1 or count not in (None, len(shard)):
        wanted = 'the records of this recipe' if count is None else f'{count} records of this recipe'
        raise BadInput(f'{path}: holds other things than {wanted}; remove it and render it again')
    return shard


def _crops_of_pose(split: CropSplit, betas: np.ndarray, model: BodyModel, labels: PartLabels, crowd: Crowd,
                   rng: np.random.Generator) -> list[np.ndarray]:
    kind = str(rng.choice(list(KIND_SHARES), p=list(KIND_SHARES.values())))
    person = draw_person(model, betas, kind, split.test_poses, rng)
    person = turned_person(person, float(rng.uniform(-np.pi, np.pi)), np.zeros(3))
    found = []
    for _ in range(VIEWS_PER_POSE):
        view = draw_view(float(person.joints[:, 1].mean()), split.camera_height_m, rng)
        layers = draw_room(view, rng)
        if rng.random() < OCCLUDER_SHARE:
            layers.append(draw_occluder(view, rng))
        if rng.random() < HELPER_SHARE:
            layers = [*layers, *person.layers, *draw_helper(model, crowd, split.test_poses, rng, SOMEBODY_ELSE).layers]
        else:
            layers = [*layers, *person.layers]
        sensor = SENSORS[str(rng.choice(split.sensors))]
        noise = split.noises[rng.integers(len(split.noises))]
        shot = Shot(SceneCaster(layers, labels), view, sensor, noise)
        found.append(person_crop(person, shot, rng))
        if rng.random() < THING_SHARE:
            found.append(thing_crop(shot, rng))
    return [crop for crop in found if crop is not None]


def draw_stature(rng: np.random.Generator) -> float:
    """Metres: mostly adults, and children as often as they are needed to be known."""
    if rng.random() < CHILD_SHARE:
        return float(rng.uniform(*CHILD_M))
    return float(np.clip(rng.normal(ADULT_M, ADULT_SIGMA_M), CHILD_M[1], TALLEST_M))


def draw_helper(model: BodyModel, crowd: Crowd, test_poses: bool, rng: np.random.Generator, label: int) -> Person:
    """Somebody else beside, before or behind the person, touching or apart. label: of the pixels, as of `draw_person`."""
    betas = random_person(model, crowd, draw_stature(rng), rng)
    other = draw_person(model, betas, str(rng.choice(HELPER_KINDS)), test_poses, rng, label)
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(*HELPER_DISTANCE_M)
    place = np.array([distance * np.sin(angle), 0.0, distance * np.cos(angle)])
    return turned_person(other, float(rng.uniform(-np.pi, np.pi)), place)


def person_crop(person: Person, shot: Shot, rng: np.random.Generator) -> np.ndarray | None:
    """A record of CROP around the person; None when next to nothing of the person is in the image."""
    camera, sensor = shot.view.pose, shot.sensor
    optical = camera.to_optical(person.vertices)
    if optical[:, 2].min() < NEAREST_M:
        return None
    box = box_in_image(sensor.project(optical), sensor)
    if box is None:
        return None
    window = crop_window(box, float(np.median(optical[:, 2])), sensor)
    cast = shot.caster(camera, window)
    own = (cast.label > ROOM) & (cast.label < SOMEBODY_ELSE) & inside_image(window, sensor)
    if np.count_nonzero(own) < LEAST_CROP_PX:
        return None
    record = _record(cast, window, shot, own, rng)
    joints = camera.to_optical(person.joints)
    record['joints'], record['front'] = joints, camera.rotation @ person.front
    record['sight'] = joint_sight(joints, window, sensor, np.where(own, cast.label, ROOM), cast.depth)
    record['person'], record['kind'], record['stature_m'] = True, KIND_NAMES.index(person.kind), person.stature_m
    return record


def thing_crop(shot: Shot, rng: np.random.Generator) -> np.ndarray | None:
    """A part of the image without the person, that depth edges hold apart, of a size that a person's part may have."""
    place = _thing_place(shot, rng)
    if place is None:
        return None
    window = crop_window(*place, shot.sensor)
    cast = shot.caster(shot.view.pose, window)
    inside, core = inside_image(window, shot.sensor), _core()
    seen = (cast.label > ROOM) & core
    if np.count_nonzero(seen) > MOST_OF_PERSON_NEAR * np.count_nonzero(core & np.isfinite(cast.depth) & inside):
        return None
    middle = core & inside & (np.abs(cast.depth - place[1]) < THING_THICKNESS_M)
    if np.count_nonzero(middle) < LEAST_CROP_PX:
        return None
    record = _record(cast, window, shot, middle, rng)
    record['joints'] = record['front'] = record['stature_m'] = np.nan
    record['kind'] = KIND_NAMES.index('thing')
    return record


def _thing_place(shot: Shot, rng: np.random.Generator) -> tuple[tuple[float, float, float, float], float] | None:
    """Box (left, top, right, bottom) in the image and depth of a thing; None where there is none without the person."""
    sensor = shot.sensor
    coarse = sensor.resized(COARSE_PX, round(COARSE_PX * sensor.height / sensor.width))
    cast = shot.caster(shot.view.pose, coarse)
    allowed = (np.isfinite(cast.depth) & (cast.depth < FARTHEST_THING_M)
               & (height_over_floor(cast.depth, coarse, shot.view) > LEAST_HEIGHT_M))
    numbers, count = component_labels(cast.depth, allowed)
    people = np.bincount(numbers.ravel(), (cast.label > ROOM).ravel(), count)
    size = np.bincount(numbers.ravel(), minlength=count)
    area = np.bincount(numbers.ravel(), np.nan_to_num(cast.depth).ravel() ** 2 / (coarse.fx * coarse.fy), count)
    usable = np.flatnonzero((area > THING_AREA_M2[0]) & (area < THING_AREA_M2[1]) & (size > 12) & (people < MOST_OF_PERSON * size)
                            & (np.arange(count) > 0))
    if not len(usable):
        return None
    number = rng.choice(usable)
    thing = numbers == number
    rows, columns = window_of(thing)
    x, y, w, h = (sensor.width / COARSE_PX * side for side in
                  (columns.start, rows.start, columns.stop - columns.start, rows.stop - rows.start))
    depth = float(np.median(cast.depth[thing]))
    if rng.random() < 0.5:      # a part of it only, as a person would be cut out of it
        side = rng.uniform(0.5, 2.0) * sensor.fx / depth
        x, y = x + rng.uniform(0, max(w - side, 1)), y + rng.uniform(0, max(h - side, 1))
        w, h = min(w, side * rng.uniform(0.3, 1.0)), min(h, side)
    return (x, y, x + w, y + h), depth


def _core() -> np.ndarray:
    """(CROP_PX, CROP_PX) bool: a crop without its margin."""
    middle = slice(int(0.5 * CROP_PX * (1 - 1 / MARGIN)), int(0.5 * CROP_PX * (1 + 1 / MARGIN)))
    core = np.zeros((CROP_PX, CROP_PX), bool)
    core[middle, middle] = True
    return core


def _record(cast: Cast, window: Intrinsics, shot: Shot, own: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A record with images and intrinsics. own: (CROP_PX, CROP_PX) bool, pixels of what is looked at."""
    record = np.zeros((), CROP)
    inside = inside_image(window, shot.sensor)
    seen = shot.noise(cast.depth, window, rng)
    seen[~inside] = np.nan
    candidate = _candidate(seen, window, shot.view, own)
    record['depth'] = np.nan_to_num(np.clip(1000.0 * seen, 0, 65535)).round().astype(np.uint16)
    record['label'] = np.where(inside, cast.label, ROOM) | np.where(candidate, CANDIDATE, 0).astype(np.uint8)
    record['intrinsics'] = window.fx, window.fy, window.cx, window.cy
    return record


def _candidate(depth: np.ndarray, window: Intrinsics, view: View, own: np.ndarray) -> np.ndarray:
    """(H, W) bool: the connected parts that mostly belong to what is looked at, with what hangs on to them."""
    if not np.isfinite(depth[own]).any():
        return np.zeros(depth.shape, bool)
    with np.errstate(invalid='ignore'):
        near = np.abs(depth - np.nanmedian(depth[own])) < CANDIDATE_THICKNESS_M
        numbers, count = component_labels(depth, near & (height_over_floor(depth, window, view) > CANDIDATE_HEIGHT_M))
    whole = np.bincount(numbers.ravel(), minlength=count)
    part = np.bincount(numbers[own], minlength=count)
    taken = (part > 0.5 * whole) & (whole > LEAST_PART_PX)
    part[0] = 0
    taken[int(part.argmax())] |= part.max() > 0
    taken[0] = False
    return taken[numbers]


def joint_sight(joints: np.ndarray, window: Intrinsics, sensor: Intrinsics, label: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """(24,) SEEN, HIDDEN or OUTSIDE the camera's image.

    label: (H, W) of the window, the person's parts and ROOM everywhere else. depth: (H, W) without noise.
    """
    parts = np.where(label > ROOM, label.astype(np.int8) - 1, NOBODY).astype(np.int8)
    visible = visible_joints(joints, window.project(joints), parts, depth)
    image = sensor.project(joints)
    outside = (joints[:, 2] <= 0) | np.any((image < 0) | (image > [sensor.width - 1, sensor.height - 1]), axis=1)
    return np.where(outside, OUTSIDE, np.where(visible, SEEN, HIDDEN)).astype(np.uint8)
