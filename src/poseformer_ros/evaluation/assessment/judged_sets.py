"""Assessed sets against what was acted: counts, edges, angles, centre of mass, faults."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from poseformer_ros.assessment.balance import centre_of_mass
from poseformer_ros.assessment.body_series import body_series
from poseformer_ros.assessment.exercise_spec import exercise_specs
from poseformer_ros.assessment.movement import Movement
from poseformer_ros.assessment.repetitions.segmentation import smoothed
from poseformer_ros.assessment.set_assessment import assess_set
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
    range_deg: the same of each repetition's ranges. centre_m: mean error of the centre of mass against the mid ankles.
    named: faults named in each repetition. can: faults that the exercise has a band for.
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
    found = assess_set(known.movement, spec)
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
    can = frozenset(band.fault.partition('/')[0] for band in spec.bands)
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
            f'{np.mean([one.angles_deg for one in sets]):.1f}', f'{np.mean([one.range_deg for one in sets]):.1f}',
            f'{1000 * np.mean([one.centre_m for one in sets]):.0f}')


def fault_table(sets: Sequence[JudgedSet]) -> str:
    """By exercise and fault: named where acted, and named where the set was done right."""
    rows = []
    for exercise in dict.fromkeys(one.plan.exercise for one in sets):
        mine = [one for one in sets if one.plan.exercise == exercise]
        acted = dict.fromkeys(one.plan.fault for one in mine if one.plan.fault != RIGHT)
        for fault in acted:
            if fault not in mine[0].can:
                rows.append((exercise, fault, 'no band', '-'))
                continue
            rows.append((exercise, fault, _share(fault, [one for one in mine if one.plan.fault == fault]),
                         _share(fault, [one for one in mine if one.plan.fault == RIGHT])))
    judged_faults = [(one, one.plan.fault) for one in sets if one.plan.fault in one.can]
    named = [one.plan.fault in names for one, _ in judged_faults for names in one.named]
    false = [bool(names) for one in sets if one.plan.fault == RIGHT for names in one.named]
    rows.append(('all that have a band', '', _said(named), f'{_said(false)} (any fault)'))
    return markdown_table(('exercise', 'acted fault', 'named in repetitions', 'named in right repetitions'), rows)


def _share(fault: str, sets: Iterable[JudgedSet]) -> str:
    return _said([fault in names for one in sets for names in one.named])


def _said(hits: Sequence[bool]) -> str:
    return f'{sum(hits)} of {len(hits)} ({100 * np.mean(hits):.0f} %)' if hits else '-'

