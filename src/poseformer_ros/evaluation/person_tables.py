"""The figures and tables of a person model: JSON for everything else, Markdown for people."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from poseformer_ros.evaluation.evaluate_person import JudgedCrops, JudgedPeople
from poseformer_ros.evaluation.shares import wilson
from poseformer_ros.evaluation.tables import markdown_table
from poseformer_ros.person.answers import HIDDEN, NOBODY, OUTSIDE, PERSON, SEEN, TWO
from poseformer_ros.skeleton.joints import JOINT, JOINT_NAMES
from poseformer_ros.synthesis.person_crops import CHILD_M, KIND_NAMES

FACING_NEAR_RAD = np.radians(30.0)
FRONT_MOST_RAD, BACK_LEAST_RAD = np.radians(45.0), np.radians(135.0)
STANDING = ('standing', 'exercise')
LEAST_SEEN = 12                 # joints of somebody who counts as not covered; those on the far side are hidden by the body itself
BOUNDS = {'50 %': np.log(2.0), '90 %': np.log(10.0)}       # half widths of a Laplace distribution's central interval, in scales
JOINT_GROUPS = {'pelvis and spine': ('pelvis', 'lower_spine', 'spine_centre', 'upper_spine'),
                'neck and head': ('neck', 'head'), 'shoulders': ('collarbone', 'shoulder'), 'elbows': ('elbow',),
                'wrists': ('wrist',), 'hands': ('hand',), 'hips': ('hip',), 'knees': ('knee',), 'ankles': ('ankle',),
                'heels': ('heel',)}
CLASS_NAMES = {NOBODY: 'nobody', PERSON: 'a person', TWO: 'two people'}
Figures = dict[str, Any]


def person_figures(judged: JudgedCrops) -> Figures:
    """All figures; joints are counted where they lie inside the image."""
    people = judged.people
    inside, rows = people.sight != OUTSIDE, _row_groups(people)
    return {
        'crops': len(judged.person_true), 'people': len(people.kind), 'things': len(judged.person_true) - len(people.kind),
        'joints': {'all': _joint_errors(people, inside),
                   'by sight': {name: _joint_errors(people, people.sight == sight)
                                for name, sight in (('seen', SEEN), ('hidden', HIDDEN))},
                   'by joint': {name: _joint_errors(people, inside & columns) for name, columns in _joint_groups().items()},
                   **{title: {name: _joint_errors(people, inside & chosen[:, None]) for name, chosen in groups.items()}
                      for title, groups in rows.items()}},
        'facing': {'all': _facing(people, np.ones(len(people.kind), bool)), 'whole and standing': _facing(people, _whole(people)),
                   **{title: {name: _facing(people, chosen) for name, chosen in groups.items()} for title, groups in rows.items()}},
        'person': _person(judged.person_true, judged.person_found),
        'parts': _parts(judged.parts),
        'scale': {name: _inside_bounds(people.surprise, where) for name, where in (
            ('all', inside), ('seen', people.sight == SEEN), ('hidden', people.sight == HIDDEN))},
    }


def person_report(figures: Figures, title: str) -> str:
    """All tables as Markdown."""
    joints, facing = figures['joints'], figures['facing']
    parts = [f'{title}\n\n{figures["crops"]} crops, {figures["people"]} of people and {figures["things"]} of things. Joint errors '
             'are distances in millimetres, of joints inside the image: of the answer for the side that is truly seen, and for the '
             'side that the facing answer says. Swapped: people whose joints fit better with left and right exchanged.\n',
             '## Joints\n', _joint_table({'all': joints['all'], **joints['by sight']})]
    parts += [f'## Joints {name}\n\n{_joint_table(joints[name])}' for name in joints if name not in ('all', 'by sight')]
    parts += ['## Facing\n', _facing_table({name: facing[name] for name in ('all', 'whole and standing')})]
    parts += [f'## Facing {name}\n\n{_facing_table(facing[name])}' for name in facing if name not in ('all', 'whole and standing')]
    parts += ['## Person or thing\n', _person_table(figures['person']), '## Parts\n', _parts_table(figures['parts']),
              '## Honesty of the scale\n\nShare of errors inside the stated central intervals of the Laplace distribution.\n',
              _scale_table(figures['scale'])]
    return '\n'.join(parts)


def write_figures(figures: Figures, report: str, stem: Path) -> None:
    """Write `stem`.json and `stem`.md."""
    stem.parent.mkdir(parents=True, exist_ok=True)
    stem.with_suffix('.json').write_text(json.dumps(figures, indent=1) + '\n')
    stem.with_suffix('.md').write_text(report)


def _row_groups(people: JudgedPeople) -> dict[str, dict[str, np.ndarray]]:
    """(n,) bool of each group of people, by what they are grouped by."""
    angle, child = np.abs(people.facing_rad), people.stature_m < CHILD_M[1]
    return {'by kind of pose': {KIND_NAMES[kind]: people.kind == kind for kind in np.unique(people.kind)},
            'by view': {'front': angle < FRONT_MOST_RAD, 'side': (angle >= FRONT_MOST_RAD) & (angle <= BACK_LEAST_RAD),
                        'back': angle > BACK_LEAST_RAD},
            'by stature': {f'under {CHILD_M[1]} m': child, 'others': ~child}}


def _joint_groups() -> dict[str, np.ndarray]:
    """(24,) bool of each group of joints."""
    return {name: np.array([joint.removeprefix('left_').removeprefix('right_') in words for joint in JOINT_NAMES])
            for name, words in JOINT_GROUPS.items()}


def _whole(people: JudgedPeople) -> np.ndarray:
    """(n,) bool: standing, all joints inside the image, not covered."""
    standing = np.isin(people.kind, [KIND_NAMES.index(name) for name in STANDING])
    return standing & (people.sight != OUTSIDE).all(axis=1) & ((people.sight == SEEN).sum(axis=1) >= LEAST_SEEN)


def _joint_errors(people: JudgedPeople, where: np.ndarray) -> Figures:
    """where: (n, 24) bool."""
    return {'n': int(where.sum()), **{name: _millimetres(getattr(people, field)[where])
                                      for name, field in (('true side', 'true_side_m'), ('chosen side', 'chosen_side_m'))}}


def _millimetres(error_m: np.ndarray) -> Figures | None:
    if not len(error_m):
        return None
    return {'mean': float(error_m.mean() * 1000), 'median': float(np.median(error_m) * 1000),
            'p95': float(np.percentile(error_m, 95) * 1000)}


def _facing(people: JudgedPeople, chosen: np.ndarray) -> Figures:
    error, swapped = people.facing_error_rad[chosen], people.swapped[chosen]
    return {'n': len(error), 'within 30 degrees': share((error < FACING_NEAR_RAD).sum(), len(error)),
            'median degrees': float(np.degrees(np.median(error))) if len(error) else None,
            'swapped': share(swapped.sum(), len(error))}


def share(right: int, count: int) -> Figures:
    """A share with its Wilson 95 % interval."""
    return {'n': int(count), 'count': int(right), 'share': float(right / count) if count else None,
            'wilson95': wilson(int(right), int(count))}


def _person(true: np.ndarray, found: np.ndarray) -> Figures:
    """Recall and precision of somebody, one or two, against nobody; crops whose truth is open are left out."""
    told = np.isin(true, list(CLASS_NAMES))
    somebody, said = true[told] != NOBODY, found[told] != NOBODY
    return {'recall of people': share((somebody & said).sum(), somebody.sum()),
            'precision of people': share((somebody & said).sum(), said.sum()),
            'recall of things': share((~somebody & ~said).sum(), (~somebody).sum()),
            'recall of two': share(((true == TWO) & (found == TWO)).sum(), (true == TWO).sum()),
            'precision of two': share(((true == TWO) & (found == TWO)).sum(), (told & (found == TWO)).sum()),
            'counts': {CLASS_NAMES[t]: {CLASS_NAMES[f]: int(((true == t) & (found == f)).sum()) for f in CLASS_NAMES}
                       for t in CLASS_NAMES}}


def _parts(confusion: np.ndarray) -> Figures:
    """Accuracy and overlap of parts. confusion: pixels by true and found part."""
    right, union = np.diag(confusion), confusion.sum(0) + confusion.sum(1) - np.diag(confusion)
    overlap = np.where(union > 0, right / np.maximum(union, 1), np.nan)
    body = confusion[1:, 1:].sum()
    return {'accuracy': float(right.sum() / confusion.sum()), 'accuracy on people': float(right[1:].sum() / confusion[1:].sum()),
            'IoU of the person': float(body / (confusion.sum() - confusion[0, 0])), 'mean IoU': float(np.nanmean(overlap[1:])),
            'IoU by part': {name: float(overlap[1 + JOINT[name]]) for name in JOINT_NAMES}}


def _inside_bounds(surprise: np.ndarray, where: np.ndarray) -> Figures:
    """Share of coordinates inside each bound, across the image and in depth. where: (n, 24) bool."""
    return {direction: {name: float((values[where] < bound).mean()) if where.any() else None for name, bound in BOUNDS.items()}
            for direction, values in (('across', surprise[..., :2]), ('depth', surprise[..., 2:]))}


def _joint_table(groups: Mapping[str, Figures]) -> str:
    sides = ('true side', 'chosen side')
    head = ['', 'joints', *(f'{side} {name}' for side in sides for name in ('mean', 'median', 'p95'))]
    return markdown_table(head, [[name, group['n'], *(f'{value:.0f}' for side in sides for value in group[side].values())]
                                 for name, group in groups.items() if group['n']])


def _facing_table(groups: Mapping[str, Figures]) -> str:
    return markdown_table(('', 'people', 'within 30 degrees', 'median degrees', 'swapped'), [
        [name, group['n'], percent(group['within 30 degrees']), f'{group["median degrees"]:.1f}', percent(group['swapped'])]
        for name, group in groups.items() if group['n']])


def _person_table(person: Figures) -> str:
    shares = [[name, f'{share["count"]} of {share["n"]}', percent(share)] for name, share in person.items() if name != 'counts']
    counts = [[f'truly {true}', *found.values()] for true, found in person['counts'].items()]
    return (markdown_table(('', 'crops', 'share (95 %)'), shares) + '\n'
            + markdown_table(('', *(f'found {name}' for name in CLASS_NAMES.values())), counts))


def _parts_table(parts: Figures) -> str:
    whole = [[name, f'{100 * value:.1f} %'] for name, value in parts.items() if name != 'IoU by part']
    return (markdown_table(('', ''), whole) + '\n'
            + markdown_table(('part', 'IoU'), [[name, f'{value:.2f}'] for name, value in parts['IoU by part'].items()]))


def _scale_table(scale: Mapping[str, Figures]) -> str:
    head = ['', *(f'{direction} {bound}' for direction in ('across', 'depth') for bound in BOUNDS)]
    return markdown_table(head, [[name, *('-' if value is None else f'{100 * value:.0f} %' for found in group.values()
                                          for value in found.values())] for name, group in scale.items()])


def percent(share: Figures) -> str:
    """A share with its interval, for a table."""
    if share['share'] is None:
        return '-'
    low, high = share['wilson95']
    return f'{100 * share["share"]:.1f} % ({100 * low:.1f} to {100 * high:.1f})'
