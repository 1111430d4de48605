"""Tasks of features done, kept by their digest and listed: a run that was killed goes on and ends with the same files."""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from poseformer_ros.errors import BadInput
from poseformer_ros.features.feature_task import FeatureFile, FeatureTask, digest_of, made_features
from poseformer_ros.recordings.whole_file import write_whole

INDEX = 'features.csv'
HEAD = ('recording', 'person', 'file', 'problem')
Workers = Callable[[Callable[[FeatureTask], FeatureFile], Sequence[FeatureTask]], Iterator[tuple[int, FeatureFile]]]


@dataclass(frozen=True)
class Listed:
    """A line of the index. file: in the folder of the features; '' where there is a problem."""

    recording: str
    person: str
    file: str
    problem: str = ''


def run_features(tasks: Sequence[FeatureTask], out: Path, workers: Workers, skip_bad: bool) -> list[Listed]:
    """Make what is not there yet; returns a line for each task, in their order, and writes them into `out`/features.csv.

    Raises BadInput at the first recording that cannot be used, unless `skip_bad`.
    """
    out.mkdir(parents=True, exist_ok=True)
    paths, problems = _paths(tasks, out, skip_bad)
    missing = [index for index, path in paths.items() if not path.is_file()]
    with tqdm(total=len(paths), initial=len(paths) - len(missing), desc='features', unit='recording') as bar:
        for index, made in workers(made_features, [tasks[index] for index in missing]):
            place = missing[index]
            if made.problem:
                _refuse(tasks[place], made.problem, skip_bad, problems, place)
            else:
                write_whole(paths[place], made.content)
            bar.update()
    lines = [Listed(task.source.name, task.person, '' if index in problems else paths[index].name, problems.get(index, ''))
             for index, task in enumerate(tasks)]
    write_index(out, lines)
    return lines


def write_index(out: Path, lines: Sequence[Listed]) -> None:
    """The list of all recordings."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator='\n')
    writer.writerow(HEAD)
    writer.writerows((line.recording, line.person, line.file, line.problem) for line in lines)
    write_whole(out / INDEX, text.getvalue())


def read_index(out: Path) -> list[Listed]:
    """The lines of a folder of features. Raises BadInput where there are none."""
    try:
        with open(out / INDEX, newline='') as file:
            return [Listed(**row) for row in csv.DictReader(file)]
    except (OSError, TypeError) as error:
        raise BadInput(f'{out / INDEX}: {error}; make features with `poseformer features`') from error


def _paths(tasks: Sequence[FeatureTask], out: Path, skip_bad: bool) -> tuple[dict[int, Path], dict[int, str]]:
    paths: dict[int, Path] = {}
    problems: dict[int, str] = {}
    for index, task in enumerate(tqdm(tasks, desc='reading', unit='recording')):
        try:
            paths[index] = out / f'{task.source.name}_{digest_of(task)}.npz'
        except BadInput as error:
            _refuse(task, str(error), skip_bad, problems, index)
    return paths, problems


def _refuse(task: FeatureTask, problem: str, skip_bad: bool, problems: dict[int, str], index: int) -> None:
    if not skip_bad:
        raise BadInput(f'{task.source.name}: {problem} (or skip such recordings with --bad skip)')
    problems[index] = problem
