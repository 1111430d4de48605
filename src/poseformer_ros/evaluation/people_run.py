"""A benchmark of people, judged in pieces that are kept: what was interrupted goes on, and the same pieces give the same tables."""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from poseformer_ros.claim import claim
from poseformer_ros.evaluation.evaluate_people import Judges, judge_empty, judge_image, judge_sequence, judges
from poseformer_ros.evaluation.pieces import CLAIM, person_models, read_piece, write_piece
from poseformer_ros.evaluation.pose_methods import PoseWay
from poseformer_ros.in_processes import in_processes
from poseformer_ros.stage_options import Parameters
from poseformer_ros.synthesis.people_bench import (
    EMPTY,
    IMAGES,
    PeopleBench,
    bench_image,
    bench_sequence,
    is_crowded,
    load_people_bench,
    world_of,
)
from poseformer_ros.synthesis.whole_images import World

PIECE = {IMAGES: 40, EMPTY: 40}     # images in a piece; a recording is one
Judged = dict[str, np.ndarray]      # by part: records of `evaluate_people`


@dataclass(frozen=True)
class Settings:
    """What is judged. recipe: its file. ways: to the joints. parameters: of the stages."""

    recipe: Path
    ways: tuple[PoseWay, ...]
    parameters: Parameters


@dataclass(frozen=True)
class _Piece:
    part: str
    first: int
    count: int
    path: Path


def judge_people(settings: Settings, out: Path, parts: list[str], most: int | None = None, workers: int = 1) -> Judged:
    """All records by part; pieces that are in `out` already are read and not judged again.

    most: images of each part, rounded up to whole pieces; all of the recipe where left out. Raises BadInput where `out` holds
    pieces of other settings.
    """
    bench = load_people_bench(settings.recipe)
    judges(list(settings.ways), settings.parameters)       # a wrong name is said before an hour of work
    folder = out / 'pieces'
    claim(folder / CLAIM, _facts(bench, settings))
    pieces = [piece for part in parts for piece in _pieces(part, bench.counts[part], most, folder)]
    missing = [piece for piece in pieces if not piece.path.exists()]
    done = sum(piece.count for piece in pieces) - sum(piece.count for piece in missing)
    with tqdm(total=sum(piece.count for piece in pieces), initial=done, desc='images and recordings', unit='') as bar:
        for count in in_processes(_judge, missing, workers, settings):
            bar.update(count)
    return {part: np.concatenate([read_piece(piece.path) for piece in pieces if piece.part == part]) for part in parts
            if any(piece.part == part for piece in pieces)}


def _pieces(part: str, total: int, most: int | None, folder: Path) -> list[_Piece]:
    size = PIECE.get(part, 1)
    wanted = total if most is None else min(total, -(-most // size) * size)
    return [_Piece(part, first, min(size, total - first), folder / f'{part}_{first:06d}.npy') for first in range(0, wanted, size)]


def _facts(bench: PeopleBench, settings: Settings) -> dict[str, Any]:
    """What the pieces are of."""
    return {'recipe': bench.name, 'recipe_sha256': bench.sha256, 'ways': [asdict(way) for way in settings.ways],
            'parameters': settings.parameters, 'person_models': person_models(settings.parameters)}


def _judge(piece: _Piece, settings: Settings) -> int:
    """Judge a piece and write it into a file, which appears only when it is whole."""
    said = json.dumps([str(settings.recipe), [asdict(way) for way in settings.ways], settings.parameters])
    bench, world, judge = _tools(said)
    indices = range(piece.first, piece.first + piece.count)
    write_piece(piece.path, np.stack([_row(piece.part, index, bench, world, judge) for index in indices]))
    return piece.count


@lru_cache(maxsize=1)
def _tools(said: str) -> tuple[PeopleBench, World, Judges]:
    """What a process needs for all its pieces, made once. said: recipe, ways and parameters as JSON."""
    recipe, ways, parameters = json.loads(said)
    bench = load_people_bench(Path(recipe))
    return bench, world_of(bench), judges([PoseWay(**way) for way in ways], parameters)


def _row(part: str, index: int, bench: PeopleBench, world: World, judge: Judges) -> np.ndarray:
    if part == IMAGES:
        return judge_image(judge, bench_image(bench, world, part, index), index, bench.looks)
    if part == EMPTY:
        return judge_empty(judge, bench_image(bench, world, part, index), index, bench.looks, is_crowded(bench, index))
    return judge_sequence(judge, bench_sequence(bench, world, part, index), index)
