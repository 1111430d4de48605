"""Who is tested when: folds of people, nobody in training and test at once.

The leaky twin is of samples by lot instead, as many papers do it: it shows what that is worth.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.protocol.samples import Sample
from poseformer_ros.recordings.labelled.labelled_motion import HEALTHY, PATIENTS
from poseformer_ros.recordings.whole_file import read_json, write_json

LEAKY_FOLDS = 5
INNER_FOLDS = 2
SEED = 13


@dataclass(frozen=True)
class Fold:
    """One split. test: indices into the samples of a unit; train: the others that may be learned from."""

    name: str
    train: np.ndarray
    test: np.ndarray


def people_of(samples: Sequence[Sample]) -> list[str]:
    """Everybody, by name."""
    return sorted({sample.person for sample in samples})


def one_out(people: Sequence[str]) -> dict[str, list[str]]:
    """Fold name to its test people: everybody alone."""
    return {person: [person] for person in people}


def grouped(people: Sequence[str], count: int, groups: Mapping[str, str]) -> dict[str, list[str]]:
    """`count` folds by lot; each holds its share of every group (of a person: `groups[person]`)."""
    rng = np.random.default_rng(SEED)
    drawn = [person for group in sorted(set(groups.values()))
             for person in rng.permutation([p for p in people if groups[p] == group]).tolist()]
    return {f'fold{number:02d}': sorted(drawn[number::count]) for number in range(min(count, len(drawn)))}


def healthy_to_patients(groups: Mapping[str, str]) -> dict[str, list[str]]:
    """One fold: learned from everybody who is healthy, tested on all patients."""
    return {'patients': sorted(person for person, group in groups.items() if group == PATIENTS)}


def folds_of(samples: Sequence[Sample], test_people: Mapping[str, Sequence[str]]) -> list[Fold]:
    """Folds over samples. Raises BadInput for a fold without test or training samples."""
    persons = np.array([sample.person for sample in samples])
    found = []
    for name, people in test_people.items():
        inside = np.isin(persons, list(people))
        if inside.any() and inside.all():
            raise BadInput(f"fold '{name}': all people are tested and nobody is left to learn from; give more people")
        if inside.any():
            found.append(Fold(name, np.flatnonzero(~inside), np.flatnonzero(inside)))
    return found


def leaky(count: int) -> list[Fold]:
    """Samples by lot, whoever they are of: neighbours of a test sample are learned from. For comparison alone."""
    lot = np.random.default_rng((SEED, 1)).permutation(count) % LEAKY_FOLDS
    return [Fold(f'leaky{number}', np.flatnonzero(lot != number), np.flatnonzero(lot == number)) for number in range(LEAKY_FOLDS)]


def inner(people: Sequence[str], count: int = INNER_FOLDS) -> list[np.ndarray]:
    """For each inner fold (n,) bool: the training samples, by their person, that choices are judged on."""
    persons = np.array(people)
    drawn = np.random.default_rng((SEED, 2)).permutation(sorted(set(people)))
    return [np.isin(persons, drawn[number::count]) for number in range(min(count, len(drawn)))]


def groups_of(samples: Sequence[Sample]) -> dict[str, str]:
    """Person to group."""
    return {sample.person: sample.group for sample in samples}


def has_patients(samples: Sequence[Sample]) -> bool:
    """Whether healthy people and patients are among them."""
    return {HEALTHY, PATIENTS} <= {sample.group for sample in samples}


def load_or_write_folds(path: Path, made: Mapping[str, Mapping[str, Sequence[str]]]) -> dict[str, dict[str, list[str]]]:
    """The fold file: the one that is there, else one with the folds made now. Raises BadInput where other people are in it."""
    wanted = {scheme: {name: list(people) for name, people in folds.items()} for scheme, folds in made.items()}
    if not path.is_file():
        write_json(path, wanted)
        return wanted
    there: dict[str, dict[str, list[str]]] = read_json(path)
    if there != wanted:
        raise BadInput(f'{path}: folds of other people or of another kind; give an empty --out for other data')
    return there
