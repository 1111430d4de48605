"""Depth crops of people and of things, with truth: what the person network learns from.

A crop is a square window of a camera's image around the person, or around something that stands out as a person would, wider than
the network's own square so that training can shift, turn and scale it. Crops come in shards; a shard is drawn from its own seed, so an
interrupted rendering goes on where it was and a split is the same whoever renders which shard.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.body.model import BodyModel
from poseformer_ros.body.people import Crowd, random_person
from poseformer_ros.camera.intrinsics import Intrinsics
from poseformer_ros.person.answers import HIDDEN, OUTSIDE, SEEN
from poseformer_ros.silhouette.components import label as component_labels
from poseformer_ros.skeleton.joints import JOINT_COUNT
from poseformer_ros.synthesis import person_scene as scenes
from poseformer_ros.synthesis.person_scene import ROOM, SOMEBODY_ELSE, Cast, Layer, Person, SceneCaster, View
from poseformer_ros.synthesis.rendered_recording import visible_joints
from poseformer_ros.synthesis.rendering.cameras import SENSORS
from poseformer_ros.synthesis.rendering.renderer import NOBODY, PartLabels
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

CROP_PX = 128
MARGIN = 1.4                    # of a crop's side to the longer side of the person's box
LEAST_SIDE_M, MOST_SIDE_M = 0.6, 3.4
CANDIDATE = 128                 # bit of a label: the pixel belongs to what depth edges hold apart around the person
LABEL_BITS = 31
POSES_PER_PERSON, VIEWS_PER_POSE = 8, 3
THING_SHARE = 0.5               # of the views, from which a crop of something else is taken too
LEAST_PERSON_PX = 60            # of a crop; what shows less of a person is left out
HELPER_SHARE, OCCLUDER_SHARE = 0.16, 0.17
CHILD_SHARE, CHILD_M = 0.25, (0.95, 1.5)
ADULT_M, ADULT_SIGMA_M, TALLEST_M = 1.70, 0.11, 2.05
COARSE = 96                     # columns of the image in which things are looked for

CROP = np.dtype([('depth', np.uint16, (CROP_PX, CROP_PX)), ('label', np.uint8, (CROP_PX, CROP_PX)),
                 ('joints', np.float32, (JOINT_COUNT, 3)), ('sight', np.uint8, JOINT_COUNT), ('front', np.float32, 3),
                 ('intrinsics', np.float32, 4), ('person', bool), ('kind', np.uint8), ('stature_m', np.float32)])
KIND_NAMES = (*scenes.KIND_SHARES, 'thing')


@dataclass(frozen=True)
class CropSplit:
    """What one split is drawn from. sensors: names in `SENSORS`. noises: models. heights: of the camera, metres. test: which
    recorded poses."""

    name: str
    seed: int
    sensors: tuple[str, ...]
    noises: tuple[NoiseModel, ...]
    heights: tuple[float, float] = (0.4, 2.6)
    test: bool = False


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


def _crops_of_pose(split: CropSplit, betas: np.ndarray, model: BodyModel, labels: PartLabels, crowd: Crowd,
                   rng: np.random.Generator) -> list[np.ndarray]:
    kind = str(rng.choice(list(scenes.KIND_SHARES), p=list(scenes.KIND_SHARES.values())))
    person = scenes.draw_person(model, betas, kind, split.test, rng)
    person = scenes.turned_person(person, float(rng.uniform(-np.pi, np.pi)), np.zeros(3))
    found = []
    for _ in range(VIEWS_PER_POSE):
        view = scenes.draw_view(float(person.joints[:, 1].mean()), split.heights, rng)
        layers = scenes.draw_room(view, rng)
        if rng.random() < OCCLUDER_SHARE:
            layers.append(scenes.draw_occluder(view, rng))
        helpers = _helper(model, random_person(model, crowd, draw_stature(rng), rng), person, split.test, rng) if rng.random() < HELPER_SHARE else []
        sensor = SENSORS[str(rng.choice(split.sensors))]
        noise = split.noises[rng.integers(len(split.noises))]
        caster = SceneCaster([*layers, *person.layers, *helpers], labels)
        taken = [person_crop(person, caster, view, sensor, noise, rng)]
        if rng.random() < THING_SHARE:
            taken.append(thing_crop(caster, view, sensor, noise, rng))
        found += [crop for crop in taken if crop is not None]
    return found


def draw_stature(rng: np.random.Generator) -> float:
    """Metres: mostly adults, and children as often as they are needed to be known."""
    if rng.random() < CHILD_SHARE:
        return float(rng.uniform(*CHILD_M))
    return float(np.clip(rng.normal(ADULT_M, ADULT_SIGMA_M), CHILD_M[1], TALLEST_M))


def _helper(model: BodyModel, betas: np.ndarray, person: Person, test: bool, rng: np.random.Generator) -> list[Layer]:
    """Somebody else beside, before or behind the person, touching or apart."""
    other = scenes.draw_person(model, betas, str(rng.choice(['standing', 'recorded', 'exercise', 'bending', 'sitting'])), test, rng,
                               SOMEBODY_ELSE)
    angle, distance = rng.uniform(0, 2 * np.pi), rng.uniform(0.35, 1.2)
    place = np.array([distance * np.sin(angle), 0.0, distance * np.cos(angle)])
    return scenes.turned_person(other, float(rng.uniform(-np.pi, np.pi)), place).layers


def person_crop(person: Person, caster: SceneCaster, view: View, sensor: Intrinsics, noise: NoiseModel,
                 rng: np.random.Generator) -> np.ndarray | None:
    optical = view.pose.to_optical(person.vertices)
    if optical[:, 2].min() < scenes.NEAREST_M:
        return None
    box = _box(sensor.project(optical), sensor)
    if box is None:
        return None
    window = _window(box, float(np.median(optical[:, 2])), sensor)
    cast = caster(view.pose, window)
    own = (cast.label > ROOM) & (cast.label < SOMEBODY_ELSE) & _inside(window, sensor)
    if np.count_nonzero(own) < LEAST_PERSON_PX:
        return None
    joints = view.pose.to_optical(person.joints)
    return _record(cast, window, sensor, view, noise, own, rng, person=True, joints=joints, front=view.pose.rotation @ person.front,
                   kind=KIND_NAMES.index(person.kind), stature_m=person.stature_m)


def thing_crop(caster: SceneCaster, view: View, sensor: Intrinsics, noise: NoiseModel, rng: np.random.Generator) -> np.ndarray | None:
    """A part of the image without the person, that depth edges hold apart, of a size that a person's part may have."""
    coarse = sensor.resized(COARSE, round(COARSE * sensor.height / sensor.width))
    cast = caster(view.pose, coarse)
    allowed = np.isfinite(cast.depth) & (cast.depth < 6.0) & (_height(cast.depth, coarse, view) > 0.04)
    numbers, boxes = component_labels(cast.depth, allowed)
    people = np.bincount(numbers.ravel(), (cast.label > ROOM).ravel(), len(boxes))
    size = np.bincount(numbers.ravel(), minlength=len(boxes))
    area = np.bincount(numbers.ravel(), np.nan_to_num(cast.depth).ravel() ** 2 / (coarse.fx * coarse.fy), len(boxes))
    usable = np.flatnonzero((area > 0.06) & (area < 6.0) & (size > 12) & (people < 0.1 * size) & (np.arange(len(boxes)) > 0))
    if not len(usable):
        return None
    number = rng.choice(usable)
    scale = sensor.width / COARSE
    x, y, w, h = boxes[number] * scale
    depth = float(np.median(cast.depth[numbers == number]))
    if rng.random() < 0.5:      # a part of it only, as a person would be cut out of it
        side = rng.uniform(0.5, 2.0) * sensor.fx / depth
        x, y = x + rng.uniform(0, max(w - side, 1)), y + rng.uniform(0, max(h - side, 1))
        w, h = min(w, side * rng.uniform(0.3, 1.0)), min(h, side)
    window = _window((x, y, x + w, y + h), depth, sensor)
    near = caster(view.pose, window)
    inside = _inside(window, sensor)
    rows, columns = (slice(int(0.5 * CROP_PX * (1 - 1 / MARGIN)), int(0.5 * CROP_PX * (1 + 1 / MARGIN))),) * 2
    core = np.zeros(near.depth.shape, bool)
    core[rows, columns] = True
    seen = (near.label > ROOM) & core
    if np.count_nonzero(seen) > 0.06 * np.count_nonzero(core & np.isfinite(near.depth) & inside):
        return None
    middle = core & inside & (np.abs(near.depth - depth) < 0.5)
    if np.count_nonzero(middle) < LEAST_PERSON_PX:
        return None
    return _record(near, window, sensor, view, noise, middle, rng, person=False, joints=np.full((JOINT_COUNT, 3), np.nan),
                   front=np.full(3, np.nan), kind=KIND_NAMES.index('thing'), stature_m=np.nan)


def _box(pixels: np.ndarray, sensor: Intrinsics) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of the pixels (V, 2) in the image; None when next to nothing is."""
    left, top = np.maximum(pixels.min(axis=0), 0.0)
    right, bottom = np.minimum(pixels.max(axis=0), [sensor.width, sensor.height])
    return (left, top, right, bottom) if right - left > 8 and bottom - top > 8 else None


def _window(box: tuple[float, float, float, float], depth: float, sensor: Intrinsics) -> Intrinsics:
    """A square of CROP_PX pixels around a box of the image."""
    left, top, right, bottom = box
    metre = sensor.fx / depth
    side = float(np.clip(MARGIN * max(right - left, bottom - top), LEAST_SIDE_M * metre, MOST_SIDE_M * metre))
    scale = CROP_PX / side
    x, y = (left + right - side) / 2, (top + bottom - side) / 2
    return Intrinsics(CROP_PX, CROP_PX, sensor.fx * scale, sensor.fy * scale, (sensor.cx + 0.5 - x) * scale - 0.5,
                      (sensor.cy + 0.5 - y) * scale - 0.5)


def _inside(window: Intrinsics, sensor: Intrinsics) -> np.ndarray:
    """(CROP_PX, CROP_PX) bool: pixels of the window that are in the camera's image."""
    at = np.arange(CROP_PX)
    u = (at - window.cx) / window.fx * sensor.fx + sensor.cx
    v = (at - window.cy) / window.fy * sensor.fy + sensor.cy
    return ((v > -0.5) & (v < sensor.height - 0.5))[:, None] & ((u > -0.5) & (u < sensor.width - 0.5))[None, :]


def _height(depth: np.ndarray, window: Intrinsics, view: View) -> np.ndarray:
    """Metres over the floor of each pixel."""
    return view.pose.floor.height(window.deproject_image(depth.astype(np.float64)))


def _record(cast: Cast, window: Intrinsics, sensor: Intrinsics, view: View, noise: NoiseModel, own: np.ndarray,
            rng: np.random.Generator, *, joints: np.ndarray, front: np.ndarray, **facts) -> np.ndarray:
    record = np.zeros((), CROP)
    inside = _inside(window, sensor)
    seen = noise(cast.depth, window, rng)
    seen[~inside] = np.nan
    label = np.where(inside, cast.label, ROOM)
    candidate = _candidate(seen, window, view, own)
    record['depth'] = np.nan_to_num(np.clip(1000.0 * seen, 0, 65535)).round().astype(np.uint16)
    record['label'] = label | np.where(candidate, CANDIDATE, 0).astype(np.uint8)
    record['joints'], record['front'] = joints, front
    record['intrinsics'] = window.fx, window.fy, window.cx, window.cy
    if facts['person']:
        record['sight'] = _sight(joints, window, sensor, cast, label)
    for name, value in facts.items():
        record[name] = value
    return record


def _candidate(depth: np.ndarray, window: Intrinsics, view: View, own: np.ndarray) -> np.ndarray:
    """(H, W) bool: the connected parts that mostly belong to what is looked at, with what hangs on to them."""
    with np.errstate(invalid='ignore'):
        near = np.abs(depth - np.nanmedian(depth[own])) < 0.9 if np.isfinite(depth[own]).any() else np.zeros(depth.shape, bool)
        numbers, boxes = component_labels(depth, near & (_height(depth, window, view) > 0.035))
    whole = np.bincount(numbers.ravel(), minlength=len(boxes))
    part = np.bincount(numbers[own], minlength=len(boxes))
    taken = (part > 0.5 * whole) & (whole > 6)
    part[0] = 0
    taken[int(part.argmax())] |= part.max() > 0
    taken[0] = False
    return taken[numbers]


def _sight(joints: np.ndarray, window: Intrinsics, sensor: Intrinsics, cast: Cast, label: np.ndarray) -> np.ndarray:
    """(24,) SEEN, HIDDEN or OUTSIDE the camera's image."""
    pixels = window.project(joints)
    parts = np.where((label > ROOM) & (label < SOMEBODY_ELSE), label.astype(np.int8) - 1, NOBODY).astype(np.int8)
    visible = visible_joints(joints, pixels, parts, cast.depth)
    image = sensor.project(joints)
    outside = (joints[:, 2] <= 0) | np.any((image < 0) | (image > [sensor.width - 1, sensor.height - 1]), axis=1)
    return np.where(outside, OUTSIDE, np.where(visible, SEEN, HIDDEN)).astype(np.uint8)


def write_shard(path: Path, split: CropSplit, index: int, count: int, model: BodyModel, crowd: Crowd) -> None:
    """Render a shard into a file, which appears only when it is whole."""
    if path.exists():
        return
    partial = path.with_suffix('.part.npy')
    np.save(partial, render_shard(split, index, count, model, crowd))
    partial.rename(path)
