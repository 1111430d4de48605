"""The shards of a recipe on disk: those that are missing are rendered, by several processes."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

from tqdm import tqdm

from poseformer_ros.body.model import load_body_model
from poseformer_ros.body.people import load_crowd
from poseformer_ros.claim import claim
from poseformer_ros.in_processes import in_processes
from poseformer_ros.synthesis.clutter_crops import render_clutter_shard
from poseformer_ros.synthesis.people_recipe import CROPS, VIEWS, PeopleRecipe, PeopleSplit
from poseformer_ros.synthesis.person_crops import CROP, open_shard, render_shard, write_shard
from poseformer_ros.synthesis.room_views import VIEW, render_views

RECORDS = {CROPS: CROP, VIEWS: VIEW}
Shard = tuple[Path, PeopleSplit, int]       # its file, its split and its number


def shards_of(recipe: PeopleRecipe, folder: Path, workers: int = 1) -> dict[str, list[Path]]:
    """Files of all shards by split; what is missing is rendered, what is there is kept.

    Raises BadInput where the folder holds crops of another recipe, or a file that is no shard.
    """
    work: list[Shard] = []
    for name, split in recipe.splits.items():
        claim(folder / f'{name}.json', _facts(recipe, split))
        work += [(folder / f'{name}_{index:04d}.npy', split, index) for index in range(split.shards)]
    missing = [one for one in work if not one[0].exists()]
    with tqdm(total=len(work), initial=len(work) - len(missing), desc='shards', unit='shard') as bar:
        for _ in in_processes(_render, missing, workers, recipe):
            bar.update()
    for path, split, _ in work:
        open_shard(path, split.count, RECORDS[recipe.records])
    return {name: [path for path, split, _ in work if split.split.name == name] for name in recipe.splits}


def _facts(recipe: PeopleRecipe, split: PeopleSplit) -> dict[str, Any]:
    """What shards are drawn from; how many there are may grow."""
    return {'recipe': recipe.name, 'body': recipe.body.name, recipe.records: split.count, **asdict(split.split)}


def _render(shard: Shard, recipe: PeopleRecipe) -> None:
    path, split, index = shard
    render = render_views if recipe.records == VIEWS else render_clutter_shard if split.split.crowded else render_shard
    write_shard(path, render(split.split, index, split.count, load_body_model(recipe.body), load_crowd(recipe.body)))
