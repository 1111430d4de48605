"""Assessed sets against what was acted: counts, edges, angles, centre of mass, faults."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.assessment.balance import centre_of_mass
from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.segmentation import smoothed
from poseformer_ros.assessment.set_assessment import assess_set
from poseformer_ros.errors import BadInput
from poseformer_ros.evaluation.assessment.set_recipe import RIGHT, SetPlan
from poseformer_ros.evaluation.tables import markdown_table

JUDGED_ANGLES = ('trunk_forward', 'trunk_left', 'left_shoulder', 'right_shoulder', 'left_elbow', 'right_elbow', 'left_hip',
                 'right_hip', 'left_knee', 'right_knee')


@dataclass(frozen=True)
class KnownSet:
    """movement: as told. joints: (T, 24, 3) true, in a room of their own. repetition: (T,) true, 0 at rest."""

    plan: SetPlan
    movement: Movement
    joints: np.ndarray
    repetition: np.ndarray


@dataclass(frozen=True)
class JudgedSet:
    """edges_s: (N, 2) errors of start and end, empty where the count is wrong. angles_deg: mean absolute error of JUDGED_ANGLES.
    range_deg: the same of each repetition's ranges. centre_m: mean error of the centre of mass against the mid ankles. The last
    three are NaN where there is a body in too few of the images.
    named: faults named in each repetition that was found. can: faults that the exercise has a band for.
    """

    plan: SetPlan
    counted: int
    edges_s: np.ndarray
    angles_deg: float
    range_deg: float
    centre_m: float
    named: tuple[frozenset[str], ...]
    can: frozenset[str]


def judged(known: KnownSet) -> JudgedSet:
    """Judge a set."""
    spec = exercise_specs()[known.plan.exercise]
    can = frozenset(band.fault.partition('/')[0] for band in spec.bands)
    try:
        found = assess_set(known.movement, spec)
    except BadInput:
        return JudgedSet(known.plan, 0, np.empty((0, 2)), np.nan, np.nan, np.nan, (), can)
    edges = true_edges(known.repetition, known.movement.stamps_s)
    said = np.array([(one.repetition.start_s, one.repetition.end_s) for one in found.repetitions])
    there = known.movement.known
    stamps, truth = known.movement.stamps_s[there], body_series(known.joints[there])
    told = {name: smoothed(stamps, values) for name, values in body_series(known.movement.joints[there]).items()
            if name in JUDGED_ANGLES}
    angles = float(np.mean([np.nanmean(np.abs(told[name] - truth[name])) for name in JUDGED_ANGLES]))
    inside = [known.repetition[there] == number for number in range(1, len(edges) + 1)]
    ranges = float(np.mean([np.abs(np.ptp(told[name][part]) - np.ptp(truth[name][part])) for name in JUDGED_ANGLES
                            for part in inside]))
    errors_s = np.abs(said - edges) if len(said) == len(edges) else np.empty((0, 2))
    centre = _centre_error(known.movement.joints[there], known.joints[there])
    named = tuple(frozenset(fault.name for fault in one.faults) for one in found.repetitions)
    return JudgedSet(known.plan, len(found.repetitions), errors_s, angles, ranges, centre, named, can)


def _centre_error(told: np.ndarray, truth: np.ndarray) -> float:
    """In height and in distance from the middle of the ankles along the floor, as the two rooms are turned against each other."""
    parts = []
    for joints in (told, truth):
        way = centre_of_mass(joints) - joints[:, [7, 8]].mean(axis=1)
        parts.append(np.stack([np.hypot(way[:, 0], way[:, 2]), way[:, 1]], axis=1))
    return float(np.linalg.norm(parts[0] - parts[1], axis=1).mean())


def true_edges(repetition: np.ndarray, stamps_s: np.ndarray) -> np.ndarray:
    """(N, 2) start and end in seconds."""
    step = float(np.median(np.diff(stamps_s)))
    inside = [np.flatnonzero(repetition == number) for number in range(1, int(repetition.max()) + 1)]
    return np.array([(stamps_s[of[0]], stamps_s[of[-1]] + step) for of in inside])


def exercise_table(sets: Sequence[JudgedSet]) -> str:
    """By exercise: counts, edges, angles, ranges, centre of mass."""
    names = dict.fromkeys(one.plan.exercise for one in sets)
    rows = [_row(name, [one for one in sets if one.plan.exercise == name]) for name in names]
    head = ('exercise', 'sets', 'count exact', 'edges, median s', 'angles, mean deg', 'range, mean deg', 'centre of mass, mm')
    return markdown_table(head, [*rows, _row('all', list(sets))])


def _row(name: str, sets: list[JudgedSet]) -> tuple[str, ...]:
    exact = sum(one.counted == one.plan.repetitions for one in sets)
    edges = [one.edges_s for one in sets if len(one.edges_s)]
    return (name, str(len(sets)), f'{exact} of {len(sets)}', f'{np.median(np.concatenate(edges)):.2f}' if edges else '-',
            f'{np.nanmean([one.angles_deg for one in sets]):.1f}', f'{np.nanmean([one.range_deg for one in sets]):.1f}',
            f'{1000 * np.nanmean([one.centre_m for one in sets]):.0f}')


def fault_table(ways: Mapping[str, Sequence[JudgedSet]]) -> str:
    """By exercise and fault, of each way to the same sets: named where acted, and named where the set was done right."""
    first = next(iter(ways.values()))
    rows = []
    for exercise in dict.fromkeys(one.plan.exercise for one in first):
        mine = [one for one in first if one.plan.exercise == exercise]
        for fault in dict.fromkeys(one.plan.fault for one in mine if one.plan.fault != RIGHT):
            if fault in mine[0].can:
                rows.append((exercise, fault, *(cell for sets in ways.values() for cell in _cells(exercise, fault, sets))))
            else:
                rows.append((exercise, fault, 'no band', *'-' * (2 * len(ways) - 1)))
    rows.append(('all that have a band', 'any', *(cell for sets in ways.values() for cell in _any(sets))))
    told = (f'{way}: {cell}' for way in ways for cell in ('named', 'named in right ones'))
    return markdown_table(('exercise', 'acted fault', *told), rows)


def _cells(exercise: str, fault: str, sets: Sequence[JudgedSet]) -> tuple[str, str]:
    mine = [one for one in sets if one.plan.exercise == exercise]
    return (_said([hit for one in mine if one.plan.fault == fault for hit in _named(one)]),
            _said([fault in names for one in mine if one.plan.fault == RIGHT for names in one.named]))


def _any(sets: Iterable[JudgedSet]) -> tuple[str, str]:
    return (_said([hit for one in sets if one.plan.fault in one.can for hit in _named(one)]),
            _said([bool(names) for one in sets if one.plan.fault == RIGHT for names in one.named]))


def _named(one: JudgedSet) -> list[bool]:
    """Of each repetition whether the acted fault is named; not in those that were not found."""
    hits = [one.plan.fault in names for names in one.named[:one.plan.repetitions]]
    return hits + [False] * (one.plan.repetitions - len(hits))


def _said(hits: Sequence[bool]) -> str:
    return f'{sum(hits)} of {len(hits)} ({100 * np.mean(hits):.0f} %)' if hits else '-'
