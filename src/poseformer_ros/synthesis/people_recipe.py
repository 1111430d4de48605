"""A recipe of crops or of rooms (YAML): how many, of which people, before which cameras; read strictly, entry by entry."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from poseformer_ros.body.model import default_body_path
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.person_crops import CropSplit
from poseformer_ros.synthesis.person_views import USUAL_HEIGHT_M
from poseformer_ros.synthesis.rendering.cameras import sensor
from poseformer_ros.synthesis.rendering.sensor_noise import NoiseModel

TRAIN, CLUTTER, TEST = 'train', 'clutter', 'test'
CROPS, VIEWS = 'crops', 'views'
LIKE = {CROPS: 'studio/people_v1.yaml', VIEWS: 'studio/rooms_v1.yaml'}
SPLITS = {CROPS: (TRAIN, CLUTTER, TEST), VIEWS: (TRAIN, TEST)}
MOST_SHARDS, MOST_RECORDS, HIGHEST_M = 10_000, 100_000, 5.0
_RECIPE = {'name': str, 'body': str, 'splits': dict}
_SPLIT = {'seed': int, 'shards': int, 'sensors': list, 'noises': list, 'camera_height_m': list}


@dataclass(frozen=True)
class PeopleSplit:
    """A split, and how many shards of how many records each are drawn from it."""

    split: CropSplit
    shards: int
    count: int


@dataclass(frozen=True)
class PeopleRecipe:
    """A whole recipe.

    name: for people. records: CROPS or VIEWS. body: file of the body model and its crowd. splits: those of SPLITS. sha256: of the
    recipe's file.
    """

    name: str
    records: str
    body: Path
    splits: dict[str, PeopleSplit]
    sha256: str


def load_people_recipe(path: Path, records: str = CROPS) -> PeopleRecipe:
    """Read a recipe of CROPS or VIEWS. Raises BadInput that names the file and the entry, also when the splits share a seed."""
    path = Path(path)
    try:
        text = path.read_text()
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f'{path}: {error}; give a recipe like {LIKE[records]}') from error
    try:
        entries = strict_entries(content, _RECIPE, 'recipe')
        splits = strict_entries(entries['splits'], dict.fromkeys(SPLITS[records], dict), 'splits')
        recipe = PeopleRecipe(entries['name'], records, _body(entries['body'], path),
                              {name: _split(name, splits[name], records) for name in SPLITS[records]},
                              hashlib.sha256(text.encode()).hexdigest())
    except BadInput as error:
        raise BadInput(f'{path}: {error}; compare with {LIKE[records]}') from error
    seeds = {name: split.split.seed for name, split in recipe.splits.items()}
    if len(set(seeds.values())) < len(seeds):
        said = ', '.join(f'{name} {seed}' for name, seed in seeds.items())
        raise BadInput(f'{path}: splits share a seed ({said}); give each split its own')
    return recipe


def strict_entries(content: Any, wanted: Mapping[str, type], where: str,
                   optional: Mapping[str, type] | None = None) -> dict[str, Any]:
    """The content, once it is seen to hold these entries of these types and no other. Raises BadInput that names the entry."""
    if not isinstance(content, dict):
        raise BadInput(f'{where}: {content!r} is no table of entries')
    known = {**wanted, **(optional or {})}
    for name in content:
        if name not in known:
            raise BadInput(f'{where}.{name}: is not known, wanted some of {", ".join(known)}')
    for name in wanted:
        if name not in content:
            raise BadInput(f'{where}.{name}: is missing')
    for name, value in content.items():
        _check_type(value, known[name], f'{where}.{name}')
    return content


def _check_type(value: Any, wanted: type, where: str) -> None:
    accepted = (int, float) if wanted is float else (wanted,)
    if type(value) not in accepted:
        raise BadInput(f'{where}: {value!r} is no {wanted.__name__}')


def check_range(value: float, low: float, high: float, where: str) -> None:
    """Raises BadInput that names the entry for a value outside."""
    if not low <= value <= high:
        raise BadInput(f'{where}: {value!r} is outside [{low}, {high}]')


def _split(name: str, content: dict[str, Any], records: str) -> PeopleSplit:
    where = f'splits.{name}'
    entries = strict_entries(content, {**_SPLIT, records: int}, where)
    for entry, most in (('seed', 2**63 - 1), ('shards', MOST_SHARDS), (records, MOST_RECORDS)):
        check_range(entries[entry], entry != 'seed', most, f'{where}.{entry}')
    for entry in ('sensors', 'noises'):
        if not entries[entry]:
            raise BadInput(f'{where}.{entry}: is empty')
    drawn = CropSplit(name, entries['seed'], tuple(_sensor(s, f'{where}.sensors') for s in entries['sensors']),
                      tuple(_noise(n, f'{where}.noises') for n in entries['noises']),
                      _heights(entries['camera_height_m'], f'{where}.camera_height_m'), name == TEST, name == CLUTTER)
    return PeopleSplit(drawn, entries['shards'], entries[records])


def _sensor(name: Any, where: str) -> str:
    _check_type(name, str, where)
    try:
        sensor(name)
    except BadInput as error:
        raise BadInput(f'{where}: {error}') from error
    return name


def _noise(content: Any, where: str) -> NoiseModel:
    entries = strict_entries(content, {'kind': str}, where, {'strength': float})
    try:
        return NoiseModel(**entries)
    except BadInput as error:
        raise BadInput(f'{where}: {error}') from error


def _heights(content: list, where: str) -> tuple[float, float]:
    """Lowest and highest, on either side of the usual height, which is drawn most often."""
    if len(content) != 2:
        raise BadInput(f'{where}: {content!r} has {len(content)} numbers, wanted the lowest and the highest')
    for value in content:
        _check_type(value, float, where)
    check_range(content[0], 0.0, USUAL_HEIGHT_M, where)
    check_range(content[1], USUAL_HEIGHT_M, HIGHEST_M, where)
    return float(content[0]), float(content[1])


def _body(name: str, recipe: Path) -> Path:
    """A body file beside the recipe, or one that ships."""
    for folder in (recipe.parent, default_body_path().parent):
        if (folder / name).is_file():
            return folder / name
    raise BadInput(f'body: {name!r} is neither beside the recipe nor among the bodies that ship')
