"""A studio recipe (YAML): which people, motions, cameras and noises are rendered, split by split."""

import dataclasses
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
import numpy as np
import yaml

from poseformer_ros.body.model import BodyModel
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.motions import CMU, checked_motion, motion
from poseformer_ros.synthesis.rendered_recording import RecordingPlan
from poseformer_ros.synthesis.rendering.cameras import RigOptions, sensor
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel
from poseformer_ros.synthesis.sessions import SESSION


@dataclass(frozen=True)
class CameraEntry:
    """A camera of a recipe: its name, sensor and rig."""

    name: str
    sensor: str
    rig: RigOptions


@dataclass(frozen=True)
class Split:
    """One split of a recipe.

    people: seeds; each is one body with its way of moving. motions: names, see `synthesis.motions`.
    scenes: how many; each takes a motion in turn and a person, a camera and a room by lot. each_noise: whether a scene is
    rendered once with each of the noises, so that noises can be compared, or with one of them by lot. passer_by: share of
    scenes through which somebody else walks. rendered: whether images are rendered, or only the motion is wanted.
    """

    name: str
    people: tuple[int, ...]
    motions: tuple[str, ...]
    cameras: tuple[CameraEntry, ...]
    noises: tuple[NoiseModel, ...]
    scenes: int
    each_noise: bool = True
    passer_by: float = 0.0
    color_delay_s: float = 0.0
    rendered: bool = True


@dataclass(frozen=True)
class Recipe:
    """A whole recipe. rate_hz and seconds: of each sequence. classes: labels that a recogniser is to learn; all when empty."""

    name: str
    seed: int
    rate_hz: float
    seconds: float
    splits: tuple[Split, ...] = field(default=())
    classes: tuple[str, ...] = ()


@dataclass(frozen=True)
class SequencePlan:
    """One sequence of a recipe before its motion is made: cheap to list, and small enough to send to another process."""

    name: str
    split: str
    person: int
    motion: str
    camera: CameraEntry
    noise: NoiseModel
    room: int
    seed: int
    passer_by: bool
    color_delay_s: float
    rate_hz: float
    seconds: float
    rendered: bool = True


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a mapping of the file may hold: these names with values of these types, nothing else."""


class _PeopleEntry(_Entry):
    first: int = msgspec.field(name='from')
    count: Annotated[int, msgspec.Meta(ge=1)]


class _NoiseEntry(_Entry):
    kind: str
    strength: float = 1.0


_RIG = [(field.name, float, field.default) for field in dataclasses.fields(RigOptions)]
# Any for the type checker: its fields are those of RigOptions.
_CameraEntry: Any = msgspec.defstruct('_CameraEntry', [('sensor', str), *_RIG], bases=(_Entry,))


class _SplitEntry(_Entry):
    people: tuple[int, ...] | _PeopleEntry
    motions: tuple[str, ...]
    cameras: dict[str, _CameraEntry]
    noises: tuple[_NoiseEntry, ...]
    scenes: Annotated[int, msgspec.Meta(ge=1)]
    each_noise: bool = True
    passer_by: Annotated[float, msgspec.Meta(ge=0.0, le=1.0)] = 0.0
    color_delay_s: float = 0.0
    rendered: bool = True


class _RecipeEntry(_Entry):
    name: str
    seed: int
    rate_hz: float
    seconds: float
    splits: dict[str, dict[str, Any]]
    classes: tuple[str, ...] = ()


def load_recipe(path: Path) -> Recipe:
    """Read a recipe. Raises BadInput that names the file and the entry, also when two splits share something."""
    try:
        content = msgspec.convert(yaml.safe_load(Path(path).read_text()), _RecipeEntry)
        splits = tuple(_split(name, entry) for name, entry in content.splits.items())
    except (OSError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise BadInput(f'{path}: {error}; give a recipe like studio/bench_v1.yaml') from error
    except (BadInput, msgspec.ValidationError) as error:
        raise BadInput(f'{path}: {error}; compare with studio/bench_v1.yaml') from error
    recipe = Recipe(content.name, content.seed, content.rate_hz, content.seconds, splits, content.classes)
    _check_disjoint(recipe, path)
    return recipe


def sequence_plans(recipe: Recipe) -> list[SequencePlan]:
    """All sequences in their order; the same recipe gives the same list."""
    return [plan for split in recipe.splits for plan in _split_plans(recipe, split)]


def recording_plan(plan: SequencePlan, model: BodyModel) -> RecordingPlan:
    """Make the motion and begin shortly before it leaves rest, a session at its beginning."""
    clip = motion(plan.motion, plan.person, plan.seed, model)
    start_s = 0.0 if plan.motion.startswith(SESSION) else _start(clip.repetition > 0, clip.rate_hz, plan.seconds)
    return RecordingPlan(name=plan.name, clip=clip, sensor=plan.camera.sensor, rig=plan.camera.rig, noise=plan.noise,
                         passer_by=plan.passer_by, room=plan.room, rate_hz=plan.rate_hz, seconds=plan.seconds,
                         start_s=start_s, color_delay_s=plan.color_delay_s, seed=plan.seed, person=f'person_{plan.person}',
                         camera=plan.camera.name)


def _start(active: np.ndarray, rate_hz: float, seconds: float) -> float:
    """Half a second before the first repetition, but so that the sequence fits; the middle where nothing is repeated."""
    latest = max(0.0, len(active) / rate_hz - seconds)
    first = np.argmax(active) / rate_hz - 0.5 if active.any() else 0.5 * latest
    return float(np.clip(first, 0.0, latest))


def _split(name: str, said: dict[str, Any]) -> Split:
    try:
        entry = msgspec.convert(said, _SplitEntry)
        return Split(name=name, people=_people(entry.people), motions=tuple(checked_motion(m) for m in entry.motions),
                     cameras=tuple(_camera(camera_name, camera) for camera_name, camera in entry.cameras.items()),
                     noises=tuple(NoiseModel(noise.kind, noise.strength) for noise in entry.noises), scenes=entry.scenes,
                     each_noise=entry.each_noise, passer_by=entry.passer_by, color_delay_s=entry.color_delay_s,
                     rendered=entry.rendered)
    except (BadInput, msgspec.ValidationError) as error:
        raise BadInput(f'splits.{name}: {error}') from error


def _people(entry: tuple[int, ...] | _PeopleEntry) -> tuple[int, ...]:
    """Seeds as a list, or `count` of them `from` a first one."""
    return tuple(range(entry.first, entry.first + entry.count)) if isinstance(entry, _PeopleEntry) else entry


def _camera(name: str, entry: msgspec.Struct) -> CameraEntry:
    rig = msgspec.structs.asdict(entry)
    kind = rig.pop('sensor')
    sensor(kind)
    return CameraEntry(name, kind, RigOptions(**rig))


def _check_disjoint(recipe: Recipe, path: Path) -> None:
    for what in ('people', 'motions', 'cameras', 'noises'):
        owner: dict[Any, str] = {}
        for split in recipe.splits:
            for item in getattr(split, what):
                if what == 'motions' and not item.startswith(CMU):
                    continue    # a performance belongs to its person, and people are disjoint
                key = dataclasses.replace(item, name='') if what == 'cameras' else item
                if owner.setdefault(key, split.name) != split.name:
                    raise BadInput(f'{path}: splits {owner[key]!r} and {split.name!r} share {what}: {item}; '
                                   'give each split its own')


def _split_plans(recipe: Recipe, split: Split) -> list[SequencePlan]:
    rng = np.random.default_rng((recipe.seed, zlib.crc32(split.name.encode())))
    people, cameras = _dealt(split.people, split.scenes, rng), _dealt(split.cameras, split.scenes, rng)
    motions = [split.motions[i % len(split.motions)] for i in range(split.scenes)]
    passing = np.argsort(rng.random(split.scenes)) < round(split.passer_by * split.scenes)
    seeds = rng.integers(0, 2**31, split.scenes)
    scenes = list(zip(people, motions, cameras, passing, seeds))
    noises = [split.noises] * split.scenes if split.each_noise else [(noise,) for noise in _dealt(split.noises, split.scenes, rng)]
    return [SequencePlan(name=f'{split.name}/{index:04d}_{name.replace("/", "_")}_{camera.name}_{noise.name}',
                         split=split.name, person=person, motion=name, camera=camera, noise=noise, room=int(seed) % 100000,
                         seed=int(seed), passer_by=bool(passes), color_delay_s=split.color_delay_s,
                         rate_hz=recipe.rate_hz, seconds=recipe.seconds, rendered=split.rendered)
            for index, (person, name, camera, passes, seed) in enumerate(scenes) for noise in noises[index]]


def _dealt(pool: tuple, count: int, rng: np.random.Generator) -> list:
    """`count` of the pool by lot, each as often as the others give or take one."""
    rounds = [rng.permutation(len(pool)) for _ in range(-(-count // len(pool)))]
    return [pool[i] for i in np.concatenate(rounds)[:count]]
