"""A recipe of the benchmark of people (YAML): how many whole images, empty rooms and recordings, and what they are drawn from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.people import load_crowd
from poseformer_ros.errors import BadInput
from poseformer_ros.synthesis.motion.everyday_poses import KINDS
from poseformer_ros.synthesis.people_recipe import TEST, PeopleRecipe, check_range, load_people_recipe, strict_entries
from poseformer_ros.synthesis.people_sequences import SCENARIOS, PeopleSequence
from poseformer_ros.synthesis.rendering.renderer import PartLabels
from poseformer_ros.synthesis.whole_images import Mix, WholeImage, World, empty_image, person_image

IMAGES, EMPTY = 'images', 'empty_rooms'
REMEDY = 'compare with studio/bench_v2.yaml'
MOST = 1_000_000
_RECIPE = {'name': str, 'people': str, 'seed': int, IMAGES: int, 'kinds': dict, 'occluder_share': float, 'helper_share': float,
           EMPTY: int, 'crowded_share': float, 'looks': int, 'sequences': dict, 'rate_hz': float}
_STREAMS = {IMAGES: 0xB21, EMPTY: 0xB22}
_SEQUENCES = 0xB23


@dataclass(frozen=True)
class PeopleBench:
    """A whole recipe.

    people: of whose test split the images are. counts: images, empty rooms, and recordings by scenario. looks: how often one image
    is shown to a stage that starts cold. sha256: of the recipe's file and of what it takes from `people`.
    """

    name: str
    people: PeopleRecipe
    seed: int
    counts: Mapping[str, int]
    mix: Mix
    crowded_share: float
    looks: int
    rate_hz: float
    sha256: str


def load_people_bench(path: Path) -> PeopleBench:
    """Read a recipe. Raises BadInput that names the file and the entry."""
    path = Path(path)
    try:
        text = path.read_text()
        content = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise BadInput(f'{path}: {error}; give a recipe like studio/bench_v2.yaml') from error
    try:
        entries = strict_entries(content, _RECIPE, 'recipe')
        counts = {IMAGES: entries[IMAGES], EMPTY: entries[EMPTY],
                  **strict_entries(entries['sequences'], dict.fromkeys(SCENARIOS, int), 'sequences')}
        _check(entries, counts)
    except BadInput as error:
        raise BadInput(f'{path}: {error}; {REMEDY}') from error
    people = load_people_recipe(path.parent / entries['people'])
    if entries['seed'] in {split.split.seed for split in people.splits.values()}:
        raise BadInput(f'{path}: seed {entries["seed"]} is one of {entries["people"]}; give the benchmark its own')
    mix = Mix(entries['kinds'], entries['occluder_share'], entries['helper_share'])
    return PeopleBench(entries['name'], people, entries['seed'], counts, mix, entries['crowded_share'], entries['looks'],
                       float(entries['rate_hz']), _sha256(text, people))


def world_of(bench: PeopleBench) -> World:
    """What the images are drawn from, with the body model read from its file."""
    model = load_body_model(bench.people.body)
    return World(bench.people.splits[TEST].split, model, load_crowd(bench.people.body), PartLabels(model))


def bench_image(bench: PeopleBench, world: World, part: str, index: int) -> WholeImage:
    """Image `index` of IMAGES or EMPTY."""
    rng = np.random.default_rng((bench.seed, _STREAMS[part], index))
    return person_image(world, bench.mix, rng) if part == IMAGES else empty_image(world, is_crowded(bench, index), rng)


def is_crowded(bench: PeopleBench, index: int) -> bool:
    """Whether empty room `index` is a crowded one: they are spread evenly."""
    return int((index + 1) * bench.crowded_share) > int(index * bench.crowded_share)


def bench_sequence(bench: PeopleBench, world: World, scenario: str, index: int) -> PeopleSequence:
    """Recording `index` of one of SCENARIOS."""
    return PeopleSequence(world, scenario, (bench.seed, _SEQUENCES), index, bench.rate_hz)


def _sha256(text: str, people: PeopleRecipe) -> str:
    taken = {'body': people.body.name, **asdict(people.splits[TEST].split)}
    return hashlib.sha256((text + json.dumps(taken, sort_keys=True)).encode()).hexdigest()


def _check(entries: dict[str, Any], counts: Mapping[str, int]) -> None:
    for name, count in counts.items():
        check_range(count, 0, MOST, name)
    for name in ('occluder_share', 'helper_share', 'crowded_share'):
        check_range(entries[name], 0.0, 1.0, name)
    check_range(entries['seed'], 0, 2**63 - 1, 'seed')
    check_range(entries['looks'], 1, 100, 'looks')
    check_range(entries['rate_hz'], 1.0, 60.0, 'rate_hz')
    kinds = entries['kinds']
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise BadInput(f'kinds.{unknown[0]}: is not known, wanted some of {", ".join(KINDS)}')
    if not all(isinstance(share, (int, float)) and share >= 0 for share in kinds.values()) or abs(sum(kinds.values()) - 1) > 1e-9:
        raise BadInput(f'kinds: {list(kinds.values())} are no shares that add up to 1')
